/// What businesses may have at most.
enum PlansDescription {
    static let paths = #"""
        {"/v1/admin/plans": {
          "get": {
            "summary": "All plans",
            "description": "By name.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PlanList"}}}}}},
          "post": {
            "summary": "Make a plan",
            "description": "A limit that is absent or null is none.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewPlan"},
              "example": {"name": "starter", "title": "Starter", "messages_per_day": 1000, "senders_max": 1}}}},
            "responses": {
              "201": {"description": "The plan.", "headers": {"Location": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Plan"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/admin/plans/{name}": {
          "get": {
            "summary": "One plan",
            "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {
              "200": {"description": "The plan.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Plan"}}}}}},
          "patch": {
            "summary": "Change a plan",
            "description": "For all businesses that have it, at once. Who has more than a new limit allows keeps it and gets no more. Null takes a limit away.",
            "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}],
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/PlanChange"}, "example": {"senders_max": 3}}}},
            "responses": {
              "200": {"description": "The plan.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Plan"}}}}}},
          "delete": {
            "summary": "Remove a plan",
            "description": "One that no business has; `unlimited` stays.",
            "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"204": {"description": "It is gone."}, "409": {"$ref": "#/components/responses/Conflict"}}}}}
        """#

    static let schemas = #"""
        {"Plan": {"type": "object", "additionalProperties": false,
           "required": ["name", "title", "messages_per_day", "senders_max", "templates_max", "contacts_max", "users_max",
             "keys_max", "callbacks_max", "broadcast_recipients_max", "requests_per_second", "retention_days_max", "tenants", "created_at", "updated_at"],
           "properties": {
             "name": {"type": "string"}, "title": {"type": "string"},
             "messages_per_day": {"type": ["integer", "null"]},
             "senders_max": {"type": ["integer", "null"]},
             "templates_max": {"type": ["integer", "null"]},
             "contacts_max": {"type": ["integer", "null"]},
             "users_max": {"type": ["integer", "null"]},
             "keys_max": {"type": ["integer", "null"]},
             "callbacks_max": {"type": ["integer", "null"]},
             "broadcast_recipients_max": {"type": ["integer", "null"]},
             "requests_per_second": {"type": ["integer", "null"]},
             "retention_days_max": {"type": ["integer", "null"]},
             "tenants": {"type": "integer", "description": "How many businesses have it."},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "PlanList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/Plan"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "NewPlan": {"type": "object", "additionalProperties": false, "required": ["name"],
           "properties": {
             "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"},
             "title": {"type": "string", "minLength": 1, "maxLength": 200},
             "messages_per_day": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "senders_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "templates_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "contacts_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "users_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "keys_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "callbacks_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "broadcast_recipients_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "requests_per_second": {"type": ["integer", "null"], "minimum": 1, "maximum": 2147483647},
             "retention_days_max": {"type": ["integer", "null"], "minimum": 1, "maximum": 2147483647}}},
         "PlanChange": {"type": "object", "additionalProperties": false,
           "properties": {
             "title": {"type": "string", "minLength": 1, "maxLength": 200},
             "messages_per_day": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "senders_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "templates_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "contacts_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "users_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "keys_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "callbacks_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "broadcast_recipients_max": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "requests_per_second": {"type": ["integer", "null"], "minimum": 1, "maximum": 2147483647},
             "retention_days_max": {"type": ["integer", "null"], "minimum": 1, "maximum": 2147483647}}}}
        """#
}
