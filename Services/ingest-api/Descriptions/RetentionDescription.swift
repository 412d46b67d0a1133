/// How long data are kept, and people who want to be forgotten.
enum RetentionDescription {
    static let paths = #"""
        {"/v1/retention": {
          "get": {
            "summary": "How long your data are kept",
            "description": "What holds, and what was done about each day (UTC), newest first. `PATCH /v1/settings` changes it.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "The rules, and a page of days.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Retention"}}}}}}},
         "/v1/erasures": {
          "get": {
            "summary": "List erasures",
            "description": "Newest first.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErasureList"}}}}}},
          "post": {
            "summary": "Have a person forgotten",
            "description": "Name one of `phone`, `user_id` and `contact_id`. Messages to them that have not gone are cancelled; what was written to them and by them, their contact, tasks and traces become unreadable or go; states and counts stay. Cannot be undone.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewErasure"},
              "example": {"phone": "+393409999999"}}}},
            "responses": {
              "202": {"description": "It is done within minutes.",
                "headers": {"Location": {"description": "Where to read the erasure.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Erasure"}}}}}}},
         "/v1/erasures/{id}": {
          "get": {
            "summary": "Read an erasure",
            "responses": {
              "200": {"description": "The erasure, and what it changed.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Erasure"}}}}}}}}
        """#

    static let schemas = #"""
        {"Retention": {"type": "object", "additionalProperties": false,
           "required": ["retention_days", "plan_days_max", "effective_days", "redact_after_days", "archive_before_removal", "data",
             "next_cursor"],
           "properties": {
             "retention_days": {"type": ["integer", "null"], "description": "As you set it; null: as long as we keep any."},
             "plan_days_max": {"type": ["integer", "null"], "description": "Your plan's bound."},
             "effective_days": {"type": ["integer", "null"], "description": "The shorter of both."},
             "redact_after_days": {"type": ["integer", "null"]},
             "archive_before_removal": {"type": "boolean"},
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/RetentionDay"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "RetentionDay": {"type": "object", "additionalProperties": false,
           "required": ["day", "redacted_at", "archived_at", "archive_files", "removed_at", "messages"],
           "properties": {
             "day": {"type": "string", "format": "date"},
             "redacted_at": {"type": ["string", "null"], "format": "date-time"},
             "archived_at": {"type": ["string", "null"], "format": "date-time"},
             "archive_files": {"type": ["integer", "null"]},
             "removed_at": {"type": ["string", "null"], "format": "date-time"},
             "messages": {"type": ["integer", "null"], "description": "How many were removed."}}},
         "NewErasure": {"type": "object", "additionalProperties": false,
           "properties": {
             "phone": {"type": "string", "maxLength": 64},
             "user_id": {"type": "string", "maxLength": 131, "description": "WhatsApp's business-scoped user id."},
             "contact_id": {"$ref": "#/components/schemas/Id"},
             "keep_opt_out": {"type": "boolean", "default": true,
               "description": "Whether the number stays on the list of those who must not be written to: the only way to go on honouring that."}}},
         "Erasure": {"type": "object", "additionalProperties": false,
           "required": ["id", "status", "subject_hash", "keep_opt_out", "requested_at", "done_at", "result"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "status": {"type": "string", "enum": ["pending", "done"]},
             "subject_hash": {"type": "string", "description": "SHA-256 of your tenant's id, |, and the number, user id or contact's id: proves later who was erased."},
             "keep_opt_out": {"type": "boolean"},
             "requested_at": {"$ref": "#/components/schemas/Timestamp"},
             "done_at": {"type": ["string", "null"], "format": "date-time"},
             "result": {"type": "object", "additionalProperties": {"type": "integer"},
               "description": "How many rows of each kind were changed or removed."}}},
         "ErasureList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/Erasure"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
