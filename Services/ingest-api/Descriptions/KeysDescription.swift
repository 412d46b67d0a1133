/// Who may do what: a business's API keys and people.
enum KeysDescription {
    static let paths = #"""
        {"/v1/keys": {
          "get": {
            "summary": "Your API keys",
            "description": "Newest first, those that are over too.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/KeyList"}}}}}},
          "post": {
            "summary": "Make an API key",
            "description": "`key` is shown this once. A key can only hand on scopes that it has.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false, "required": ["name", "scopes"],
                "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 100},
                  "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/KeyScope"}, "minItems": 1},
                  "expires_at": {"$ref": "#/components/schemas/Timestamp"}}},
              "example": {"name": "Shop", "scopes": ["messages", "templates:read"]}}}},
            "responses": {
              "201": {"description": "The key, with itself.",
                "headers": {"Location": {"description": "Where to read about it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ShownKey"}}}}}}},
         "/v1/keys/{id}": {
          "get": {
            "summary": "An API key",
            "responses": {
              "200": {"description": "What is known of it.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Key"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}},
          "patch": {
            "summary": "Rename an API key",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false, "required": ["name"],
                "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 100}}},
              "example": {"name": "Till"}}}},
            "responses": {
              "200": {"description": "What is known of it.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Key"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}},
          "delete": {
            "summary": "Revoke an API key",
            "description": "At once and for good; again is no mistake. A key cannot revoke itself.",
            "responses": {
              "204": {"description": "Revoked."},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/keys/{id}/rotate": {
          "post": {
            "summary": "Let a new key take a key's place",
            "description": "With the same name and scopes. The old one works for `overlap_seconds` more: a day unless given.",
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {"overlap_seconds": {"type": "integer", "minimum": 0, "maximum": 2592000, "default": 86400}}},
              "example": {"overlap_seconds": 3600}}}},
            "responses": {
              "201": {"description": "The new key, with itself.",
                "headers": {"Location": {"description": "Where to read about it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ShownKey"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/users": {
          "get": {
            "summary": "Your people",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them, newest first.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PersonList"}}}}}},
          "post": {
            "summary": "Let somebody in",
            "description": "They sign in with a link sent to this address. Owners may do everything, operators all but keys, people and settings, viewers only look. A key can give a role only what it may itself do.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false, "required": ["email", "role"],
                "properties": {"email": {"type": "string", "maxLength": 320}, "name": {"type": "string", "maxLength": 200},
                  "role": {"$ref": "#/components/schemas/PersonRole"}}},
              "example": {"email": "ada@example.com", "name": "Ada", "role": "operator"}}}},
            "responses": {
              "201": {"description": "The person.",
                "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/users/{id}": {
          "get": {
            "summary": "A person",
            "responses": {
              "200": {"description": "The person.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}},
          "patch": {
            "summary": "Change a person",
            "description": "There is always an active owner left.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {"name": {"type": "string", "maxLength": 200},
                  "role": {"$ref": "#/components/schemas/PersonRole"},
                  "status": {"type": "string", "enum": ["active", "disabled"]}}},
              "example": {"role": "viewer"}}}},
            "responses": {
              "200": {"description": "The person as they are now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}},
          "delete": {
            "summary": "Remove a person",
            "responses": {
              "204": {"description": "Removed, and signed out."},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}}}
        """#

    static let schemas = #"""
        {"KeyScope": {"type": "string", "enum": ["messages", "messages:read", "templates", "templates:read", "contacts",
           "contacts:read", "automation", "automation:read", "callbacks", "callbacks:read", "costs", "costs:read",
           "settings", "settings:read", "keys", "keys:read", "audit", "audit:read"]},
         "Key": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "prefix", "scopes", "status", "created_at", "created_by", "expires_at",
             "revoked_at", "last_used_at", "replaced_by"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"}, "name": {"type": "string"},
             "prefix": {"type": "string", "description": "How the key begins, to tell keys apart."},
             "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/KeyScope"}},
             "status": {"type": "string", "enum": ["active", "expired", "revoked"]},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_by": {"type": ["string", "null"]},
             "expires_at": {"type": ["string", "null"], "format": "date-time"},
             "revoked_at": {"type": ["string", "null"], "format": "date-time"},
             "last_used_at": {"type": ["string", "null"], "format": "date-time", "description": "Some seconds behind."},
             "replaced_by": {"type": ["string", "null"], "format": "uuid"}}},
         "ShownKey": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "prefix", "scopes", "status", "created_at", "created_by", "expires_at",
             "revoked_at", "last_used_at", "replaced_by", "key"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"}, "name": {"type": "string"}, "prefix": {"type": "string"},
             "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/KeyScope"}},
             "status": {"type": "string", "enum": ["active", "expired", "revoked"]},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_by": {"type": ["string", "null"]},
             "expires_at": {"type": ["string", "null"], "format": "date-time"},
             "revoked_at": {"type": ["string", "null"], "format": "date-time"},
             "last_used_at": {"type": ["string", "null"], "format": "date-time"},
             "replaced_by": {"type": ["string", "null"], "format": "uuid"},
             "key": {"type": "string", "description": "The key itself, this once."}}},
         "KeyList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "PersonRole": {"type": "string", "enum": ["owner", "operator", "viewer"]},
         "Person": {"type": "object", "additionalProperties": false,
           "required": ["id", "email", "name", "role", "status", "created_at", "created_by", "last_sign_in_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"}, "email": {"type": "string"}, "name": {"type": "string"},
             "role": {"$ref": "#/components/schemas/PersonRole"},
             "status": {"type": "string", "enum": ["active", "disabled"]},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_by": {"type": ["string", "null"]},
             "last_sign_in_at": {"type": ["string", "null"], "format": "date-time"}}},
         "PersonList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
