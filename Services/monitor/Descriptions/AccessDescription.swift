/// Keys and people of any business, founders' keys, and the audit log.
enum AccessDescription {
    static let paths = #"""
        {"/v1/admin/tenants/{id}/keys": {
          "get": {
            "summary": "API keys of a business",
            "description": "Newest first, revoked ones too.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TenantKeyList"}}}}}},
          "post": {
            "summary": "Make an API key for a business",
            "description": "The key is shown this once. Without scopes it may do everything.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false, "required": ["name"],
                "properties": {
                  "name": {"type": "string", "minLength": 1, "maxLength": 200},
                  "scopes": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                  "expires_at": {"type": ["string", "null"], "format": "date-time"}}},
              "example": {"name": "support", "scopes": ["messages:read"]}}}},
            "responses": {
              "201": {"description": "The key.", "headers": {"Location": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CreatedTenantKey"}}}}}}},
         "/v1/admin/tenants/{id}/keys/{key_id}": {
          "delete": {
            "summary": "Revoke an API key of a business",
            "description": "It works no longer, and sessions that it began are over. Revoking twice is no mistake.",
            "responses": {"204": {"description": "It is revoked."}}}},
         "/v1/admin/tenants/{id}/users": {
          "get": {
            "summary": "People of a business",
            "description": "Newest first.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TenantUserList"}}}}}},
          "post": {
            "summary": "Let a person into a business",
            "description": "They get a mail that says where to sign in.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false, "required": ["email", "role"],
                "properties": {
                  "email": {"type": "string"},
                  "name": {"type": "string", "minLength": 1, "maxLength": 200},
                  "role": {"type": "string", "enum": ["owner", "operator", "viewer"]}}},
              "example": {"email": "bob@acme.example", "role": "operator"}}}},
            "responses": {
              "201": {"description": "The person.", "headers": {"Location": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TenantUser"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/admin/tenants/{id}/users/{user_id}": {
          "patch": {
            "summary": "Change a person of a business",
            "description": "Whoever is disabled is signed out everywhere.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {
                  "name": {"type": "string", "minLength": 1, "maxLength": 200},
                  "role": {"type": "string", "enum": ["owner", "operator", "viewer"]},
                  "status": {"type": "string", "enum": ["active", "disabled"]}}},
              "example": {"role": "owner"}}}},
            "responses": {
              "200": {"description": "The person.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TenantUser"}}}}}},
          "delete": {
            "summary": "Remove a person from a business",
            "description": "Their sessions in it are over.",
            "responses": {"204": {"description": "They are gone."}}}},
         "/v1/admin/keys": {
          "get": {
            "summary": "Admin keys",
            "description": "Of all founders, newest first, revoked ones too.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AdminKeyList"}}}}}},
          "post": {
            "summary": "Make an admin key",
            "description": "With a founder's session (its cookie and the header `Origin` of these pages), never with another key. The key is shown this once, and works as long as its founder is one.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false, "required": ["name"],
                "properties": {
                  "name": {"type": "string", "minLength": 1, "maxLength": 200},
                  "expires_at": {"type": ["string", "null"], "format": "date-time"}}},
              "example": {"name": "back office"}}}},
            "responses": {
              "201": {"description": "The key.", "headers": {"Location": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CreatedAdminKey"}}}}}}},
         "/v1/admin/keys/{key_id}": {
          "delete": {
            "summary": "Revoke an admin key",
            "description": "Revoking twice is no mistake.",
            "responses": {"204": {"description": "It is revoked."}}}},
         "/v1/admin/audit": {
          "get": {
            "summary": "Who did what",
            "description": "Of the platform and all businesses, newest first. Nobody can change or remove a line.",
            "parameters": [
              {"name": "tenant_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "actor", "in": "query", "schema": {"type": "string"}, "description": "A part of who did it: an address, a key's id."},
              {"name": "actor_kind", "in": "query", "schema": {"type": "string", "enum": ["founder", "user", "key", "system", "admin_key"]}},
              {"name": "action", "in": "query", "schema": {"type": "string"}, "description": "How it begins: `tenant.`"},
              {"name": "target", "in": "query", "schema": {"type": "string"}, "description": "A part of it: an id."},
              {"name": "from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "to", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of it.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AuditPage"}}}}}}}}
        """#

    static let schemas = #"""
        {"TenantKey": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "prefix", "scopes", "created_at", "created_by", "expires_at", "revoked_at", "last_used_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "name": {"type": "string"}, "prefix": {"type": "string", "description": "How the key begins."},
             "scopes": {"type": "array", "items": {"type": "string"}},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_by": {"type": ["string", "null"]},
             "expires_at": {"type": ["string", "null"], "format": "date-time"},
             "revoked_at": {"type": ["string", "null"], "format": "date-time"},
             "last_used_at": {"type": ["string", "null"], "format": "date-time"}}},
         "CreatedTenantKey": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "key", "prefix", "scopes", "created_at", "created_by", "expires_at", "revoked_at",
             "last_used_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "name": {"type": "string"}, "key": {"type": "string", "description": "The whole key, shown this once."},
             "prefix": {"type": "string"}, "scopes": {"type": "array", "items": {"type": "string"}},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_by": {"type": ["string", "null"]},
             "expires_at": {"type": ["string", "null"], "format": "date-time"},
             "revoked_at": {"type": ["string", "null"], "format": "date-time"},
             "last_used_at": {"type": ["string", "null"], "format": "date-time"}}},
         "TenantKeyList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/TenantKey"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "TenantUser": {"type": "object", "additionalProperties": false,
           "required": ["id", "email", "name", "role", "status", "created_at", "created_by", "last_sign_in_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "email": {"type": "string"}, "name": {"type": "string"},
             "role": {"type": "string", "enum": ["owner", "operator", "viewer"]},
             "status": {"type": "string", "enum": ["active", "disabled"]},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_by": {"type": ["string", "null"]},
             "last_sign_in_at": {"type": ["string", "null"], "format": "date-time"}}},
         "TenantUserList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/TenantUser"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "AdminKey": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "prefix", "email", "created_at", "expires_at", "revoked_at", "last_used_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "name": {"type": "string"}, "prefix": {"type": "string"},
             "email": {"type": "string", "description": "The founder who answers for it."},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "expires_at": {"type": ["string", "null"], "format": "date-time"},
             "revoked_at": {"type": ["string", "null"], "format": "date-time"},
             "last_used_at": {"type": ["string", "null"], "format": "date-time"}}},
         "CreatedAdminKey": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "key", "prefix", "email", "created_at", "expires_at", "revoked_at", "last_used_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "name": {"type": "string"}, "key": {"type": "string", "description": "The whole key, shown this once."},
             "prefix": {"type": "string"}, "email": {"type": "string"},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "expires_at": {"type": ["string", "null"], "format": "date-time"},
             "revoked_at": {"type": ["string", "null"], "format": "date-time"},
             "last_used_at": {"type": ["string", "null"], "format": "date-time"}}},
         "AdminKeyList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/AdminKey"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "AuditLine": {"type": "object", "additionalProperties": false,
           "required": ["id", "at", "tenant_id", "actor_kind", "actor", "action", "target", "detail", "address"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "at": {"$ref": "#/components/schemas/Timestamp"},
             "tenant_id": {"type": ["string", "null"], "format": "uuid"},
             "actor_kind": {"type": "string"}, "actor": {"type": "string"},
             "action": {"type": "string", "description": "`tenant.suspended`"},
             "target": {"type": ["string", "null"], "description": "`tenant 0199…`"},
             "detail": {"type": "object", "additionalProperties": true},
             "address": {"type": ["string", "null"], "description": "Where the request came from."}}},
         "AuditPage": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/AuditLine"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
