/// Who did what in a business.
enum AuditDescription {
    static let paths = #"""
        {"/v1/audit": {
          "get": {
            "summary": "Who did what",
            "description": "In this business, newest first: its people, its keys, and the platform, whose people are not named. Nobody can change or remove a line.",
            "parameters": [
              {"name": "actor", "in": "query", "schema": {"type": "string"},
               "description": "A part of who did it: an address, a key's id."},
              {"name": "actor_kind", "in": "query",
               "schema": {"type": "string", "enum": ["founder", "user", "key", "system", "admin_key"]}},
              {"name": "action", "in": "query", "schema": {"type": "string"}, "description": "How it begins: `sender.`"},
              {"name": "target", "in": "query", "schema": {"type": "string"}, "description": "A part of it: an id."},
              {"name": "from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "to", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of it.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AuditPage"}}}}}}}}
        """#

    static let schemas = #"""
        {"AuditLine": {"type": "object", "additionalProperties": false,
           "required": ["id", "at", "actor_kind", "actor", "action", "target", "detail", "address"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "at": {"$ref": "#/components/schemas/Timestamp"},
             "actor_kind": {"type": "string", "enum": ["user", "key", "system", "platform"]},
             "actor": {"type": "string"},
             "action": {"type": "string", "description": "`sender.created`"},
             "target": {"type": ["string", "null"], "description": "`sender 0199…`"},
             "detail": {"type": "object", "additionalProperties": true},
             "address": {"type": ["string", "null"], "description": "Where the request came from."}}},
         "AuditPage": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/AuditLine"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
