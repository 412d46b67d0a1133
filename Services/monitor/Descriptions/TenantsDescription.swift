/// Taking businesses on, looking at them, closing and removing them.
enum TenantsDescription {
    static let paths = #"""
        {"/v1/admin/tenants": {
          "get": {
            "summary": "All businesses",
            "description": "Newest first. Deleted ones are listed with `status=deleted` only.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"type": "string", "enum": ["active", "suspended", "deleted"]}},
              {"name": "plan", "in": "query", "schema": {"type": "string"}},
              {"name": "q", "in": "query", "schema": {"type": "string"}, "description": "A part of the name or slug."},
              {"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TenantList"}}}}}},
          "post": {
            "summary": "Take a business on",
            "description": "A name is enough. The answer holds the business's first API key, which is shown this once. With `owner` a person may sign in, and gets a mail that says where.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewTenant"},
              "example": {"name": "Acme", "slug": "acme", "owner": {"email": "ada@acme.example"},
                "key": {"name": "backend"}}}}},
            "responses": {
              "201": {"description": "It is there, with its first key.",
                "headers": {"Location": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CreatedTenant"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/admin/tenants/{id}": {
          "get": {
            "summary": "One business",
            "description": "With what it has of what its plan limits.",
            "responses": {
              "200": {"description": "The business.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TenantDetail"}}}}}},
          "patch": {
            "summary": "Change a business",
            "description": "What is the platform's to change; everything else the business sets itself. Null takes a value away.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/TenantChange"}, "example": {"plan": "unlimited"}}}},
            "responses": {
              "200": {"description": "The business as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tenant"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}},
          "delete": {
            "summary": "Delete a business for good",
            "description": "Its keys, people and secrets are gone with the answer; what it had not sent is cancelled shortly after. Its messages stay until their retention ends. Its slug and phone numbers are free.",
            "parameters": [
              {"name": "confirm", "in": "query", "required": true, "schema": {"type": "string"},
               "description": "The business's slug, so that nobody deletes the wrong one."},
              {"name": "reason", "in": "query", "schema": {"type": "string"}}],
            "responses": {
              "202": {"description": "It is deleted; messages are being cancelled.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tenant"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/admin/tenants/{id}/suspend": {
          "post": {
            "summary": "Suspend a business",
            "description": "Nothing is sent and nobody gets in, with a key or otherwise, until it is resumed; what it accepted waits. Receipts and messages from customers are still taken. Suspending again changes the reason.",
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 200}}},
              "example": {"reason": "not paid"}}}},
            "responses": {
              "200": {"description": "The business as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tenant"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/admin/tenants/{id}/resume": {
          "post": {
            "summary": "Resume a business",
            "description": "Its keys work again, and what waited goes out at its senders' pace.",
            "responses": {
              "200": {"description": "The business as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tenant"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}}}
        """#

    static let schemas = #"""
        {"Tenant": {"type": "object", "additionalProperties": false,
           "required": ["id", "slug", "name", "status", "status_reason", "status_changed_at", "plan", "default_region",
             "time_zone", "currency", "daily_quota", "created_at", "updated_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "slug": {"type": "string"}, "name": {"type": "string"},
             "status": {"type": "string", "enum": ["active", "suspended", "deleted"]},
             "status_reason": {"type": ["string", "null"]},
             "status_changed_at": {"type": ["string", "null"], "format": "date-time"},
             "plan": {"type": "string"},
             "default_region": {"type": ["string", "null"], "description": "The country of numbers without a country code."},
             "time_zone": {"type": "string"}, "currency": {"type": "string"},
             "daily_quota": {"type": ["integer", "null"], "description": "Sends a day; the plan's limit holds too."},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "TenantList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/Tenant"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "TenantDetail": {"type": "object", "additionalProperties": false,
           "required": ["id", "slug", "name", "status", "status_reason", "status_changed_at", "plan", "default_region",
             "time_zone", "currency", "daily_quota", "created_at", "updated_at", "usage"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "slug": {"type": "string"}, "name": {"type": "string"}, "status": {"type": "string"},
             "status_reason": {"type": ["string", "null"]},
             "status_changed_at": {"type": ["string", "null"], "format": "date-time"},
             "plan": {"type": "string"}, "default_region": {"type": ["string", "null"]},
             "time_zone": {"type": "string"}, "currency": {"type": "string"}, "daily_quota": {"type": ["integer", "null"]},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"},
             "usage": {"type": "object", "additionalProperties": false,
               "required": ["senders", "templates", "users", "keys"],
               "properties": {"senders": {"type": "integer"}, "templates": {"type": "integer"},
                 "users": {"type": "integer"}, "keys": {"type": "integer"}}}}},
         "CreatedTenant": {"type": "object", "additionalProperties": false,
           "required": ["id", "slug", "name", "status", "status_reason", "status_changed_at", "plan", "default_region",
             "time_zone", "currency", "daily_quota", "created_at", "updated_at", "api_key"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "slug": {"type": "string"}, "name": {"type": "string"}, "status": {"type": "string"},
             "status_reason": {"type": ["string", "null"]},
             "status_changed_at": {"type": ["string", "null"], "format": "date-time"},
             "plan": {"type": "string"}, "default_region": {"type": ["string", "null"]},
             "time_zone": {"type": "string"}, "currency": {"type": "string"}, "daily_quota": {"type": ["integer", "null"]},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"},
             "api_key": {"$ref": "#/components/schemas/CreatedTenantKey"},
             "owner": {"$ref": "#/components/schemas/TenantUser"}}},
         "NewTenant": {"type": "object", "additionalProperties": false, "required": ["name"],
           "properties": {
             "name": {"type": "string", "minLength": 1, "maxLength": 200},
             "slug": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$", "description": "Made of the name unless given."},
             "plan": {"type": "string", "default": "unlimited"},
             "default_region": {"type": ["string", "null"], "pattern": "^[A-Z]{2}$"},
             "time_zone": {"type": "string", "default": "UTC", "description": "Of the IANA list: `Europe/Rome`."},
             "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "default": "USD"},
             "daily_quota": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
             "owner": {"type": "object", "additionalProperties": false, "required": ["email"],
               "properties": {"email": {"type": "string"}, "name": {"type": "string", "minLength": 1, "maxLength": 200}}},
             "key": {"type": "object", "additionalProperties": false,
               "description": "The first key; it may do everything unless scopes are given.",
               "properties": {
                 "name": {"type": "string", "minLength": 1, "maxLength": 200},
                 "scopes": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                 "expires_at": {"type": ["string", "null"], "format": "date-time"}}}}},
         "TenantChange": {"type": "object", "additionalProperties": false,
           "properties": {
             "name": {"type": "string", "minLength": 1, "maxLength": 200},
             "slug": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"},
             "plan": {"type": "string"},
             "default_region": {"type": ["string", "null"], "pattern": "^[A-Z]{2}$"},
             "time_zone": {"type": "string"},
             "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
             "daily_quota": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647}}}}
        """#
}
