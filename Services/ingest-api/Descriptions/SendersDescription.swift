/// The numbers a business sends from.
enum SendersDescription {
    static let paths = #"""
        {"/v1/senders": {
          "get": {
            "summary": "Your senders",
            "description": "Newest first. Secrets are never read back; `has_…` says whether they are there.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SenderList"}}}}}},
          "post": {
            "summary": "Take on a sender",
            "description": "The provider is asked first: the token, the number, and that the number is the account's. What it does not vouch for is refused with `sender_refused`, and if it does not answer nothing is made. Your first sender is the default one. With `app_secret` your own Meta app delivers to `webhook_url`, proven with that secret.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewSender"},
              "example": {"name": "Shop", "provider": "meta", "phone_number_id": "100200300400777",
                "account_id": "900800700600777", "access_token": "EAAG-example"}}}},
            "responses": {
              "201": {"description": "The sender.",
                "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sender"}}}},
              "409": {"$ref": "#/components/responses/Conflict"},
              "503": {"$ref": "#/components/responses/Unavailable"}}}},
         "/v1/senders/{id}": {
          "get": {
            "summary": "A sender",
            "responses": {
              "200": {"description": "The sender.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sender"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}},
          "patch": {
            "summary": "Change a sender",
            "description": "A new `access_token` is tried before it takes the old one's place. A replaced `app_secret` goes on signing for a day. Number, account and provider stay: another number is another sender.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/SenderChange"},
              "example": {"status": "paused"}}}},
            "responses": {
              "200": {"description": "The sender as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sender"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"},
              "503": {"$ref": "#/components/responses/Unavailable"}}},
          "delete": {
            "summary": "Remove a sender",
            "description": "When no message waits for it.",
            "responses": {
              "204": {"description": "Removed."},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/senders/{id}/verify": {
          "post": {
            "summary": "Ask the provider about a sender now",
            "description": "It is asked every hour anyway. That it refuses is an answer: `verification.problem` says why.",
            "responses": {
              "200": {"description": "The sender with what the provider said.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sender"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "503": {"$ref": "#/components/responses/Unavailable"}}}}}
        """#

    static let schemas = #"""
        {"SenderList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Sender"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "NewSender": {"type": "object", "additionalProperties": false,
           "required": ["name", "phone_number_id", "account_id", "access_token"],
           "properties": {
             "name": {"type": "string", "minLength": 1, "maxLength": 100},
             "provider": {"type": "string", "enum": ["meta", "twilio"], "default": "meta"},
             "phone_number_id": {"type": "string", "description": "Meta: the number's id. Twilio: the number itself, whatsapp:+14155550100."},
             "account_id": {"type": "string", "description": "Meta: the WhatsApp Business Account. Twilio: the account's SID."},
             "access_token": {"type": "string", "writeOnly": true, "description": "Twilio: the auth token."},
             "messaging_service_id": {"type": "string", "description": "Twilio's MG…, when you send through a pool."},
             "is_default": {"type": "boolean"},
             "display_phone_number": {"type": "string"},
             "app_secret": {"type": "string", "writeOnly": true},
             "verify_token": {"type": "string", "writeOnly": true},
             "messages_per_second": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 80},
             "in_flight_max": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 64},
             "pair_burst": {"type": "integer", "minimum": 1, "maximum": 45, "default": 45}}},
         "SenderChange": {"type": "object", "additionalProperties": false,
           "properties": {
             "name": {"type": "string", "minLength": 1, "maxLength": 100},
             "status": {"$ref": "#/components/schemas/SenderStatus"},
             "is_default": {"type": "boolean"},
             "access_token": {"type": "string", "writeOnly": true},
             "app_secret": {"type": ["string", "null"], "writeOnly": true},
             "verify_token": {"type": ["string", "null"], "writeOnly": true},
             "messages_per_second": {"type": "integer", "minimum": 1, "maximum": 1000},
             "in_flight_max": {"type": "integer", "minimum": 1, "maximum": 1000},
             "pair_burst": {"type": "integer", "minimum": 1, "maximum": 45},
             "rate_limit_tier": {"type": "string", "description": "As WhatsApp writes it; only where nobody else sends in your portfolio."}}},
         "SenderStatus": {"type": "string", "enum": ["active", "paused", "disabled"],
           "description": "A paused one takes messages and holds them; a disabled one takes none."},
         "Sender": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "provider", "status", "is_default", "display_phone_number", "phone_number_id",
             "account_id", "messaging_service_id", "portfolio_id", "has_access_token", "has_app_secret",
             "previous_app_secret_until", "has_verify_token", "webhook_url", "messages_per_second", "in_flight_max",
             "pair_burst", "rate_limit_tier", "verification", "token", "created_at", "updated_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "name": {"type": "string"},
             "provider": {"type": "string", "enum": ["meta", "twilio"]},
             "status": {"$ref": "#/components/schemas/SenderStatus"},
             "is_default": {"type": "boolean"},
             "display_phone_number": {"type": "string"},
             "phone_number_id": {"type": "string"},
             "account_id": {"type": "string"},
             "messaging_service_id": {"type": ["string", "null"]},
             "portfolio_id": {"type": ["string", "null"], "description": "Whose limit on recipients it shares."},
             "has_access_token": {"type": "boolean"},
             "has_app_secret": {"type": "boolean"},
             "previous_app_secret_until": {"type": ["string", "null"], "format": "date-time"},
             "has_verify_token": {"type": "boolean"},
             "webhook_url": {"type": ["string", "null"], "description": "What to register with the provider."},
             "messages_per_second": {"type": "integer"},
             "in_flight_max": {"type": "integer"},
             "pair_burst": {"type": "integer"},
             "rate_limit_tier": {"type": ["string", "null"], "description": "Recipients in a rolling day; null while nobody knows."},
             "verification": {"type": "object", "additionalProperties": false,
               "required": ["verified_at", "problem", "explanation", "verified_name", "provider_status",
                 "quality_rating", "throughput", "can_send", "failed_checks"],
               "properties": {
                 "verified_at": {"type": ["string", "null"], "format": "date-time"},
                 "problem": {"type": ["string", "null"]},
                 "explanation": {"type": ["string", "null"]},
                 "verified_name": {"type": ["string", "null"]},
                 "provider_status": {"type": ["string", "null"]},
                 "quality_rating": {"type": ["string", "null"]},
                 "throughput": {"type": ["string", "null"]},
                 "can_send": {"type": ["string", "null"], "description": "AVAILABLE, LIMITED or BLOCKED, as the provider says."},
                 "failed_checks": {"type": "integer", "description": "Regular checks in a row in which the provider did not vouch for the sender."}}},
             "token": {"type": "object", "additionalProperties": false, "required": ["expires_at", "checked_at", "scopes"],
               "properties": {
                 "expires_at": {"type": ["string", "null"], "format": "date-time", "description": "Null: it does not end."},
                 "checked_at": {"type": ["string", "null"], "format": "date-time"},
                 "scopes": {"type": ["array", "null"], "items": {"type": "string"}}}},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"}}}}
        """#
}
