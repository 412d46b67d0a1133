/// Lists as files.
enum ExportsDescription {
    static let paths = #"""
        {"/v1/exports": {
          "get": {
            "summary": "Your exports", "description": "Those of the last 24 hours, the newest first; all on one page.",
            "responses": {"200": {"description": "The exports.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ExportList"}}}}}},
          "post": {
            "summary": "Order a file of a list",
            "description": "Of the message log, of the contacts, or of those who must not be written to. The file is made in the background, the newest first, up to 1,048,575 rows; of messages, those that were there when it was ordered. Contacts and suppressions need `contacts:read`. Ask for the export until it is `ready`. In CSV a text that a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a line end) has an apostrophe before it.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewExport"},
              "example": {"format": "xlsx", "filter": {"status": "failed", "from": "2026-11-01"}}}}},
            "responses": {"202": {"description": "It will be made.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Export"}}}}}}},
         "/v1/exports/{id}": {
          "get": {
            "summary": "One export, and how far it is", "description": "`percent` is by time, from the newest message to the oldest: nobody counts them beforehand.",
            "responses": {"200": {"description": "The export.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Export"}}}}}}},
         "/v1/exports/{id}/file": {
          "get": {
            "summary": "The file of an export", "description": "For 24 hours.",
            "responses": {"200": {"description": "The file.", "content": {
              "text/csv": {"schema": {"type": "string"}},
              "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"schema": {"type": "string"}}}}}}}}
        """#

    static let schemas = #"""
        {"NewExport": {"type": "object", "additionalProperties": false, "required": ["format"],
          "properties": {
           "list": {"type": "string", "enum": ["messages", "contacts", "suppressions"], "default": "messages"},
           "format": {"type": "string", "enum": ["csv", "xlsx"]},
           "filter": {"type": "object", "additionalProperties": false,
             "description": "As the parameters of `GET /api/whatsapp/logs`, of `GET /v1/contacts` (`phone`, `user_id`, `external_id`, `tag`, `q`, `consent`) or of `GET /v1/suppressions` (`recipient`, `category`, `reason`), without the place in the list.",
             "properties": {
              "user_id": {"type": "string"}, "external_id": {"type": "string"}, "tag": {"type": "string"},
              "q": {"type": "string"}, "consent": {"type": "string"}, "recipient": {"type": "string"},
              "category": {"type": "string"}, "reason": {"type": "string"},
              "status": {"type": "string"}, "kind": {"type": "string"}, "template": {"type": "string"},
              "phone": {"type": "string"}, "sender": {"type": "string"}, "from": {"type": "string"},
              "to": {"type": "string"}, "minRetries": {"type": "integer", "minimum": 0, "maximum": 100}}}}},
         "Export": {"type": "object", "additionalProperties": false,
          "required": ["id", "list", "format", "filter", "state", "rows", "bytes", "percent", "created_at", "created_by", "expires_at"],
          "properties": {
           "id": {"$ref": "#/components/schemas/Id"},
           "list": {"type": "string", "enum": ["messages", "contacts", "suppressions"]},
           "format": {"type": "string", "enum": ["csv", "xlsx"]},
           "filter": {"type": "string"},
           "state": {"type": "string", "enum": ["waiting", "running", "ready", "failed"]},
           "rows": {"type": "integer"}, "bytes": {"type": "integer"},
           "percent": {"type": "integer"},
           "created_at": {"$ref": "#/components/schemas/Timestamp"},
           "created_by": {"type": "string"},
           "ended_at": {"$ref": "#/components/schemas/Timestamp"},
           "expires_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "ExportList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
          "properties": {
           "data": {"type": "array", "items": {"$ref": "#/components/schemas/Export"}},
           "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
