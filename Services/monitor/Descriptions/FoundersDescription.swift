/// What the founders' pages show, for programs.
enum FoundersDescription {
    static let paths = #"""
        {"/api/admin/whatsapp-logs": {
          "get": {
            "summary": "The message log of all businesses",
            "description": "Numbers are masked. Without a filter: what is critical. Reading it is on record.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"type": "string"}},
              {"name": "kind", "in": "query", "schema": {"type": "string"}},
              {"name": "template", "in": "query", "schema": {"type": "string"}},
              {"name": "phone", "in": "query", "schema": {"type": "string"}},
              {"name": "from", "in": "query", "schema": {"type": "string"}},
              {"name": "to", "in": "query", "schema": {"type": "string"}},
              {"name": "minRetries", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 100}},
              {"name": "error_code", "in": "query", "schema": {"type": "integer"}, "description": "A provider's code, as in 131026."},
              {"name": "business", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "before", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "after", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}}],
            "responses": {
              "200": {"description": "A page of it.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LogPage"}}}}}}},
         "/api/admin/delivery": {
          "get": {
            "summary": "Delivery of all businesses",
            "description": "Closed gates, limits that were hit, sends without an answer, duplicates, ledgers, and what ended without delivery.",
            "responses": {
              "200": {"description": "The picture.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeliveryPicture"}}}}}}}}
        """#

    static let schemas = #"""
        {"DeliveryPicture": {"type": "object", "additionalProperties": false,
           "required": ["gates", "limit_hits_today", "unanswered", "duplicates", "ledgers", "ended"],
           "properties": {
             "gates": {"type": "array", "items": {"$ref": "#/components/schemas/PlatformGate"}},
             "limit_hits_today": {"type": "array", "items": {"$ref": "#/components/schemas/PlatformLimitHits"}},
             "unanswered": {"type": "array", "items": {"$ref": "#/components/schemas/UnansweredFigures"}},
             "duplicates": {"type": "array", "items": {"$ref": "#/components/schemas/Duplicate"}},
             "ledgers": {"type": "array", "items": {"$ref": "#/components/schemas/LedgerCheck"}},
             "ended": {"type": "array", "items": {"$ref": "#/components/schemas/EndedReason"}}}},
         "PlatformGate": {"type": "object", "additionalProperties": false,
           "required": ["id", "scope", "subject", "cause", "explanation", "remedy", "who", "held", "closed_at",
             "closed_by"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "scope": {"type": "string"}, "subject": {"type": "string"}, "subject_name": {"type": "string"},
             "tenant_id": {"$ref": "#/components/schemas/Id"},
             "business": {"type": "string"}, "cause": {"type": "string"}, "error_code": {"type": "integer"},
             "explanation": {"type": "string"}, "remedy": {"type": "string"}, "who": {"type": "string"},
             "held": {"type": "integer"},
             "closed_at": {"$ref": "#/components/schemas/Timestamp"},
             "closed_by": {"type": "string"}, "note": {"type": "string"},
             "opens_at": {"$ref": "#/components/schemas/Timestamp"},
             "next_try_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "PlatformLimitHits": {"type": "object", "additionalProperties": false,
           "required": ["tenant_id", "business", "limit", "hits", "by_provider", "last_at"],
           "properties": {
             "tenant_id": {"$ref": "#/components/schemas/Id"},
             "business": {"type": "string"}, "limit": {"type": "string"}, "hits": {"type": "integer"},
             "by_provider": {"type": ["boolean", "integer"]},
             "last_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "UnansweredFigures": {"type": "object", "additionalProperties": false,
           "required": ["tenant_id", "business", "open", "proven", "resent", "ended"],
           "properties": {
             "tenant_id": {"$ref": "#/components/schemas/Id"},
             "business": {"type": "string"}, "open": {"type": "integer"}, "proven": {"type": "integer"},
             "resent": {"type": "integer"}, "ended": {"type": "integer"}}},
         "Duplicate": {"type": "object", "additionalProperties": false,
           "required": ["tenant_id", "business", "message_id", "found_at"],
           "properties": {
             "tenant_id": {"$ref": "#/components/schemas/Id"},
             "business": {"type": "string"},
             "message_id": {"$ref": "#/components/schemas/Id"},
             "found_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "LedgerCheck": {"type": "object", "additionalProperties": false,
           "required": ["tenant_id", "business", "differences"],
           "properties": {
             "tenant_id": {"$ref": "#/components/schemas/Id"},
             "business": {"type": "string"},
             "checked_at": {"$ref": "#/components/schemas/Timestamp"},
             "messages": {"type": "integer"},
             "balanced": {"type": "boolean"},
             "differences": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["figure", "counted", "rows"],
               "properties": {"figure": {"type": "string"}, "counted": {"type": "integer"},
                 "rows": {"type": "integer"}}}}}},
         "EndedReason": {"type": "object", "additionalProperties": false, "required": ["status", "messages", "businesses"],
           "properties": {
             "status": {"type": "string"}, "error_code": {"type": "integer"}, "error_title": {"type": "string"},
             "messages": {"type": "integer"}, "businesses": {"type": "integer"}}}}
        """#
}
