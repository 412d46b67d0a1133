/// Sending and reading messages: the model that other areas' descriptions follow.
enum MessagesDescription {
    static let paths = #"""
        {"/v1/messages": {
          "post": {
            "summary": "Send a message",
            "description": "Accepted means committed: after a 202 the message is in exactly one state at every moment.",
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewMessage"},
              "example": {"to": "+393401234567", "type": "text", "text": {"body": "Your table is ready."},
                          "reference": "order-77"}}}},
            "responses": {
              "202": {"description": "Accepted.",
                "headers": {"Location": {"description": "Where to read the message.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AcceptedMessage"}}}}}},
          "get": {
            "summary": "List messages",
            "description": "Newest first.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"type": "string"},
               "description": "One or several states, with commas between."},
              {"name": "kind", "in": "query", "schema": {"type": "string"}, "description": "As it was sent."},
              {"name": "to", "in": "query", "schema": {"type": "string"},
               "description": "The recipient's number; a + is %2B in an address."},
              {"name": "reference", "in": "query", "schema": {"type": "string"}, "description": "Your own reference."},
              {"name": "batch_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "template", "in": "query", "schema": {"type": "string"},
               "description": "The name of a template, or the id of one translation."},
              {"name": "error_code", "in": "query", "schema": {"type": "integer"},
               "description": "A provider's code, as in 131026."},
              {"name": "created_from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "created_to", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MessageList"}}}}}}},
         "/v1/messages/batch": {
          "post": {
            "summary": "Send up to 1,000 messages",
            "description": "Either `messages`, each as a single one, or `recipients` of what stands beside them. Each entry is accepted or refused by itself; 422 only when none is accepted.",
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"oneOf": [{"$ref": "#/components/schemas/MessageBatch"},
                                   {"$ref": "#/components/schemas/RecipientBatch"}]},
              "example": {"messages": [{"to": "+393401234567", "type": "text", "text": {"body": "Hello."}}]}}}},
            "responses": {
              "202": {"description": "At least one is accepted.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AcceptedBatch"}}}}}}},
         "/v1/messages/{id}": {
          "get": {
            "summary": "Read a message",
            "description": "With its history and every attempt to send it.",
            "responses": {
              "200": {"description": "The message.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MessageDetail"}}}}}}},
         "/v1/messages/{id}/cancel": {
          "post": {
            "summary": "Cancel a message",
            "description": "Only what has not left. Cancelling twice is no mistake.",
            "responses": {
              "200": {"description": "The message as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MessageDetail"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/batches/{id}": {
          "get": {
            "summary": "Read a batch",
            "description": "How many of its messages are in each state.",
            "responses": {
              "200": {"description": "The batch.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}}}}}},
         "/v1/batches/{id}/cancel": {
          "post": {
            "summary": "Cancel a batch",
            "description": "Ends every message of it that has not left.",
            "responses": {
              "200": {"description": "The batch as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}}}}}}}
        """#

    static let schemas = #"""
        {"MessageState": {"type": "string", "enum": ["scheduled", "queued", "sending", "unanswered", "waiting", "held",
           "sent", "delivered", "read", "failed", "undelivered", "expired", "cancelled"]},
         "MessageType": {"type": "string", "enum": ["template", "text", "image", "document", "audio", "video"]},
         "Lane": {"type": "string", "enum": ["authentication", "utility", "marketing"]},
         "Metadata": {"type": "object", "additionalProperties": true,
           "description": "Your own, given back unchanged: at most 4,096 bytes."},
         "Media": {"type": "object", "additionalProperties": false,
           "description": "A file: either `link` or `id`.",
           "properties": {
             "link": {"type": "string", "format": "uri", "description": "Where WhatsApp can fetch it."},
             "id": {"type": "string", "description": "Of a file uploaded to WhatsApp before."},
             "caption": {"type": "string", "maxLength": 1024, "description": "Not with audio."},
             "filename": {"type": "string", "description": "Of documents only."}}},
         "TemplateValues": {"description": "Values by name, or a list in the template's order. A value is a string, or WhatsApp's own object of a parameter (currency, location, a file by id).",
           "oneOf": [{"type": "object", "additionalProperties": {"$ref": "#/components/schemas/TemplateValue"}},
                     {"type": "array", "items": {"$ref": "#/components/schemas/TemplateValue"}}]},
         "TemplateValue": {"type": ["string", "object"], "additionalProperties": true},
         "MessageTemplate": {"type": "object", "additionalProperties": false, "required": ["name", "language"],
           "properties": {
             "name": {"type": "string", "pattern": "^[a-z0-9_]{1,512}$"},
             "language": {"type": "string", "description": "As in en, en_US, pt_BR."},
             "variables": {"$ref": "#/components/schemas/TemplateValues"}}},
         "MessageText": {"type": "object", "additionalProperties": false, "required": ["body"],
           "properties": {
             "body": {"type": "string", "minLength": 1, "maxLength": 4096},
             "preview_url": {"type": "boolean", "default": false}}},
         "NewMessage": {"type": "object", "additionalProperties": false, "required": ["type"],
           "description": "Either `to` or `contact_id`; and the part that `type` names, and no other part.",
           "properties": {
             "to": {"type": "string", "maxLength": 131, "description": "With its country code, as in +393401234567; without one it is read as a number of your default country. Or WhatsApp's user id of somebody who hides the number, as in IT.4410928374650192837."},
             "contact_id": {"$ref": "#/components/schemas/Id"},
             "type": {"$ref": "#/components/schemas/MessageType"},
             "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$", "default": "general",
                      "description": "What it is about: confirmation, reminder, …"},
             "template": {"$ref": "#/components/schemas/MessageTemplate"},
             "text": {"$ref": "#/components/schemas/MessageText"},
             "image": {"$ref": "#/components/schemas/Media"},
             "document": {"$ref": "#/components/schemas/Media"},
             "audio": {"$ref": "#/components/schemas/Media"},
             "video": {"$ref": "#/components/schemas/Media"},
             "sender_id": {"$ref": "#/components/schemas/Id"},
             "priority": {"type": "integer", "minimum": 1, "maximum": 10, "default": 5,
                          "description": "Within its sender and lane the higher ones leave first."},
             "scheduled_for": {"$ref": "#/components/schemas/Timestamp"},
             "expires_at": {"$ref": "#/components/schemas/Timestamp"},
             "reference": {"type": "string", "minLength": 1, "maxLength": 255, "description": "Your own."},
             "metadata": {"$ref": "#/components/schemas/Metadata"}}},
         "MessageBatch": {"type": "object", "additionalProperties": false, "required": ["messages"],
           "properties": {"messages": {"type": "array", "minItems": 1, "maxItems": 1000,
             "items": {"$ref": "#/components/schemas/NewMessage"}}}},
         "Recipient": {"type": "object", "additionalProperties": false,
           "description": "Either `to` or `contact_id`.",
           "properties": {
             "to": {"type": "string", "maxLength": 131},
             "contact_id": {"$ref": "#/components/schemas/Id"},
             "variables": {"$ref": "#/components/schemas/TemplateValues"},
             "reference": {"type": "string", "minLength": 1, "maxLength": 255},
             "metadata": {"$ref": "#/components/schemas/Metadata"}}},
         "RecipientBatch": {"type": "object", "additionalProperties": false, "required": ["recipients", "type"],
           "properties": {
             "recipients": {"type": "array", "minItems": 1, "maxItems": 1000,
               "items": {"$ref": "#/components/schemas/Recipient"}},
             "type": {"$ref": "#/components/schemas/MessageType"},
             "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$"},
             "template": {"$ref": "#/components/schemas/MessageTemplate"},
             "text": {"$ref": "#/components/schemas/MessageText"},
             "image": {"$ref": "#/components/schemas/Media"},
             "document": {"$ref": "#/components/schemas/Media"},
             "audio": {"$ref": "#/components/schemas/Media"},
             "video": {"$ref": "#/components/schemas/Media"},
             "sender_id": {"$ref": "#/components/schemas/Id"},
             "priority": {"type": "integer", "minimum": 1, "maximum": 10},
             "scheduled_for": {"$ref": "#/components/schemas/Timestamp"},
             "expires_at": {"$ref": "#/components/schemas/Timestamp"},
             "metadata": {"$ref": "#/components/schemas/Metadata"}}},
         "AcceptedMessage": {"type": "object", "additionalProperties": false,
           "required": ["id", "status", "to", "type", "kind", "priority", "sender_id", "expires_at", "created_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "status": {"$ref": "#/components/schemas/MessageState"},
             "to": {"type": "string"},
             "type": {"$ref": "#/components/schemas/MessageType"},
             "kind": {"type": "string"},
             "priority": {"type": "integer"},
             "sender_id": {"$ref": "#/components/schemas/Id"},
             "reference": {"type": "string"},
             "scheduled_for": {"$ref": "#/components/schemas/Timestamp"},
             "expires_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}}}},
         "AcceptedBatch": {"type": "object", "additionalProperties": false,
           "required": ["batch_id", "accepted", "refused", "data"],
           "properties": {
             "batch_id": {"$ref": "#/components/schemas/Id"},
             "accepted": {"type": "integer"},
             "refused": {"type": "integer"},
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/BatchItem"}}}},
         "BatchItem": {"type": "object", "additionalProperties": false, "required": ["index"],
           "description": "`id` and `status` of an accepted one, `error` of a refused one.",
           "properties": {
             "index": {"type": "integer"},
             "id": {"$ref": "#/components/schemas/Id"},
             "status": {"$ref": "#/components/schemas/MessageState"},
             "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
             "error": {"$ref": "#/components/schemas/FieldProblem"},
             "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}}}},
         "Batch": {"type": "object", "additionalProperties": false,
           "required": ["id", "accepted", "refused", "pending", "messages", "created_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "cancelled_now": {"type": "integer", "description": "In the answer to a cancellation."},
             "accepted": {"type": "integer"},
             "refused": {"type": "integer"},
             "pending": {"type": "integer"},
             "messages": {"type": "object", "additionalProperties": {"type": "integer"},
               "description": "How many are in each state."},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "paused_at": {"$ref": "#/components/schemas/Timestamp"}}}}
        """#
}
