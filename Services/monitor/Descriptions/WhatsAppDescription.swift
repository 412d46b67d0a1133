/// The short paths for a business's own programs, and the clock's.
enum WhatsAppDescription {
    static let paths = #"""
        {"/api/whatsapp/stats": {
          "get": {
            "summary": "Counts of all messages",
            "description": "Of all there is, or of a span of time. `/v1/stats` says more.",
            "parameters": [
              {"name": "from", "in": "query", "schema": {"type": "string"},
               "description": "A time of RFC 3339, or a day such as 2026-11-20."},
              {"name": "to", "in": "query", "schema": {"type": "string"}}],
            "responses": {
              "200": {"description": "The counts.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WhatsAppStats"}}}}}}},
         "/api/whatsapp/message_details/{sid}": {
          "get": {
            "summary": "Everything about one message",
            "parameters": [
              {"name": "sid", "in": "path", "required": true, "schema": {"type": "string"},
               "description": "The provider's id of the message, or ours."}],
            "responses": {
              "200": {"description": "The message.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MessageDetails"}}}}}}},
         "/api/whatsapp/retry": {
          "post": {
            "summary": "Send failed messages again",
            "description": "With `logId` that message; with `{}` all that failed or came back undelivered and may be sent again: at most 10,000, the newest first, each once, and neither what may have arrived nor what another try would not help. `POST /v1/messages/retry` can do more.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {
                  "logId": {"type": "string", "description": "Our id, or the provider's."},
                  "dryRun": {"type": "boolean", "default": false, "description": "Only count."}}},
              "example": {"dryRun": true}}}},
            "responses": {
              "200": {"description": "What was done with all of them, or would be.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RetriedMessages"}}}},
              "201": {"description": "The one is sent again, as a new message.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RetriedMessages"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/api/whatsapp/refresh_status": {
          "post": {
            "summary": "Ask the provider for a message's status",
            "description": "Where it can be asked (Twilio).",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {"message_sid": {"type": "string"}, "logId": {"type": "string"}}},
              "example": {"message_sid": "SM0123456789abcdef0123456789abcdef"}}}},
            "responses": {
              "200": {"description": "After the provider's answer.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshedStatus"}}}},
              "202": {"description": "The answer takes longer; it will be applied.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshedStatus"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/api/whatsapp/refresh_all_statuses": {
          "post": {
            "summary": "Ask the provider for the status of all that is on its way",
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {"dryRun": {"type": "boolean", "default": false, "description": "Only count."}}},
              "example": {"dryRun": true}}}},
            "responses": {
              "200": {"description": "There was nothing to ask for, or it was only counted.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshRequests"}}}},
              "202": {"description": "They are asked for.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshRequests"}}}}}}}}
        """#

    static let schemas = #"""
        {"WhatsAppStats": {"type": "object", "additionalProperties": false,
           "required": ["total", "pending", "sent", "delivered", "read", "failed", "cancelled"],
           "properties": {
             "total": {"type": "integer"}, "pending": {"type": "integer"},
             "sent": {"type": "integer", "description": "Taken by WhatsApp, the delivered and read ones too."},
             "delivered": {"type": "integer", "description": "The read ones too."},
             "read": {"type": "integer"}, "failed": {"type": "integer"}, "cancelled": {"type": "integer"},
             "success_rate": {"type": "number", "description": "0 to 1; absent before anything is settled."},
             "delivery_rate": {"type": "number"}}},
         "RetriedMessages": {"type": "object", "additionalProperties": false, "required": ["dry_run", "found", "skipped"],
           "properties": {
             "dry_run": {"type": "boolean"},
             "found": {"type": "integer"},
             "is_capped": {"type": "boolean", "description": "There are more: ask again afterwards."},
             "would_retry": {"type": "integer"},
             "retried": {"type": "integer"},
             "skipped": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "By reason."},
             "message_id": {"$ref": "#/components/schemas/Id"},
             "parent_message_id": {"$ref": "#/components/schemas/Id"}}},
         "RefreshedStatus": {"type": "object", "additionalProperties": false, "required": ["logId", "status", "done"],
           "properties": {
             "logId": {"$ref": "#/components/schemas/Id"},
             "message_sid": {"type": "string"},
             "status": {"type": "string"},
             "done": {"type": "boolean"},
             "result": {"type": "string"},
             "last_status_check": {"$ref": "#/components/schemas/Timestamp"}}},
         "RefreshRequests": {"type": "object", "additionalProperties": false,
           "required": ["requested", "not_offered", "not_sent", "is_capped"],
           "properties": {
             "requested": {"type": "integer"},
             "not_offered": {"type": "integer", "description": "Of Meta, which cannot be asked."},
             "not_sent": {"type": "integer"},
             "is_capped": {"type": "boolean"},
             "detail": {"type": "string"}}},
         "MessageDetails": {"type": "object", "unevaluatedProperties": false,
           "required": ["customer_status", "attempts", "timeline"],
           "allOf": [{"$ref": "#/components/schemas/LogRowFields"}],
           "properties": {
             "message_sid": {"type": "string"},
             "customer_status": {"type": "string", "enum": ["sent", "not_sent", "pending"]},
             "error_message": {"type": "string", "description": "The provider's own words."},
             "parent_message_id": {"$ref": "#/components/schemas/Id"},
             "retried_as": {"$ref": "#/components/schemas/Id"},
             "last_status_check": {"$ref": "#/components/schemas/Timestamp"},
             "price": {"type": "string"}, "price_unit": {"type": "string"}, "num_segments": {"type": "integer"},
             "attempts": {"type": "array", "items": {"$ref": "#/components/schemas/AttemptDetails"}},
             "timeline": {"type": "array", "items": {"$ref": "#/components/schemas/EventDetails"}}}},
         "AttemptDetails": {"type": "object", "additionalProperties": false,
           "required": ["number", "outcome", "started_at"],
           "properties": {
             "number": {"type": "integer"}, "message_sid": {"type": "string"}, "outcome": {"type": "string"},
             "started_at": {"$ref": "#/components/schemas/Timestamp"},
             "ended_at": {"$ref": "#/components/schemas/Timestamp"},
             "http_status": {"type": "integer"}, "error_code": {"type": "integer"}, "error_message": {"type": "string"}}},
         "EventDetails": {"type": "object", "additionalProperties": false, "required": ["type", "at"],
           "properties": {
             "type": {"type": "string"}, "at": {"$ref": "#/components/schemas/Timestamp"},
             "attempt": {"type": "integer"}, "error_code": {"type": "integer"}}}}
        """#

    /// Guarded by `CRON_SECRET`, which is nobody's key.
    static let clockPaths = #"""
        {"/api/cron/whatsapp-retry": {
          "post": {
            "summary": "Send again what failed and may be tried again",
            "description": "The sweep that runs by itself every few minutes, asked for by a clock outside with `CRON_SECRET` as bearer. One runs at a time.",
            "responses": {
              "200": {"description": "What the sweep found and did.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SweepReport"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}},
          "get": {
            "summary": "Is answered 405",
            "description": "What changes something is never a GET. Have the clock send POST.",
            "security": [],
            "responses": {"405": {"$ref": "#/components/responses/Conflict"}}}}}
        """#

    static let clockSchemas = #"""
        {"SweepReport": {"type": "object", "additionalProperties": false,
           "required": ["id", "started_at", "ended_at", "found", "retried", "skipped", "has_more"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "started_at": {"$ref": "#/components/schemas/Timestamp"},
             "ended_at": {"$ref": "#/components/schemas/Timestamp"},
             "found": {"type": "integer"}, "retried": {"type": "integer"},
             "skipped": {"type": "object", "additionalProperties": {"type": "integer"}},
             "has_more": {"type": "boolean"}}}}
        """#
}
