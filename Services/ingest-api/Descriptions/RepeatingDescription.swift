/// Sending again, asking for statuses, why a message waits; and what a message looks like when it is read.
enum RepeatingDescription {
    static let paths = #"""
        {"/v1/messages/{id}/explain": {
          "get": {
            "summary": "Why a message is not sent yet",
            "description": "What holds it now, in the order in which it has to get past it, and when it will probably go.",
            "responses": {
              "200": {"description": "The reasons.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Explanation"}}}}}}},
         "/v1/messages/{id}/retry": {
          "post": {
            "summary": "Send a failed message again",
            "description": "As a new message. With `force` also one that the recipient may have.",
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {"force": {"type": "boolean", "default": false}}},
              "example": {"force": false}}}},
            "responses": {
              "201": {"description": "The new message.",
                "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/messages/retry": {
          "post": {
            "summary": "Send failed messages again by filter",
            "description": "First with `filter` and `dry_run`, which counts and makes a plan; then with `plan_id` alone, which executes it, once.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {
                  "filter": {"$ref": "#/components/schemas/MessageFilter"},
                  "dry_run": {"type": "boolean"},
                  "plan_id": {"$ref": "#/components/schemas/Id"}}},
              "example": {"filter": {"status": "failed", "error_code": 131000}, "dry_run": true}}}},
            "responses": {
              "200": {"description": "The plan, or what became of it.",
                "content": {"application/json": {"schema": {"oneOf": [
                  {"$ref": "#/components/schemas/RetryPlan"}, {"$ref": "#/components/schemas/ExecutedPlan"}]}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/messages/{id}/refresh": {
          "post": {
            "summary": "Ask the provider for a message's status",
            "description": "Where it can be asked (Twilio).",
            "responses": {
              "200": {"description": "The message after the provider's answer.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshedMessage"}}}},
              "202": {"description": "The answer takes longer; it will be applied.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshedMessage"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/messages/refresh": {
          "post": {
            "summary": "Ask the provider for the status of many",
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {"filter": {"$ref": "#/components/schemas/MessageFilter"}}},
              "example": {"filter": {"status": "sent"}}}}},
            "responses": {
              "200": {"description": "There was nothing to ask for.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshWishes"}}}},
              "202": {"description": "They are asked for.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RefreshWishes"}}}}}}},
         "/v1/messages/dead": {
          "get": {
            "summary": "What ended without delivery",
            "description": "On the first page `groups` by reason; then the messages, critical ones first, each newest first. The last 7 days unless `created_from` is given.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"type": "string"},
               "description": "Of failed, undelivered and expired."},
              {"name": "kind", "in": "query", "schema": {"type": "string"}},
              {"name": "to", "in": "query", "schema": {"type": "string"}},
              {"name": "reference", "in": "query", "schema": {"type": "string"}},
              {"name": "batch_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "template", "in": "query", "schema": {"type": "string"}},
              {"name": "error_code", "in": "query", "schema": {"type": "integer"}},
              {"name": "created_from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "created_to", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeadList"}}}}}}}}
        """#

    static let schemas = #"""
        {"ProviderError": {"type": "object", "additionalProperties": false,
           "required": ["code", "title", "explanation", "remedy", "who_acts", "class"],
           "properties": {
             "code": {"type": "integer", "description": "The provider's own."},
             "title": {"type": "string"},
             "explanation": {"type": "string"},
             "remedy": {"type": "string"},
             "who_acts": {"type": "string", "enum": ["tenant", "platform", "recipient", "nobody"]},
             "class": {"type": "string", "enum": ["retry", "throttle", "wait", "fail", "suppress", "template", "sender",
               "account", "platform", "unknown"]},
             "provider_details": {"type": "string"}}},
         "MessageFields": {"type": "object",
           "required": ["id", "status", "to", "type", "kind", "priority", "sender_id", "content", "retry_count",
             "attempt_count", "is_critical", "expires_at", "created_at", "updated_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "status": {"$ref": "#/components/schemas/MessageState"},
             "to": {"type": "string"},
             "type": {"$ref": "#/components/schemas/MessageType"},
             "kind": {"type": "string"},
             "priority": {"type": "integer"},
             "lane": {"$ref": "#/components/schemas/Lane"},
             "sender_id": {"$ref": "#/components/schemas/Id"},
             "template_id": {"$ref": "#/components/schemas/Id"},
             "batch_id": {"$ref": "#/components/schemas/Id"},
             "parent_message_id": {"$ref": "#/components/schemas/Id"},
             "reference": {"type": "string"},
             "metadata": {"$ref": "#/components/schemas/Metadata"},
             "content": {"type": "object", "additionalProperties": true, "description": "What was sent."},
             "retry_count": {"type": "integer", "description": "Retries whose send has begun."},
             "max_retries": {"type": "integer"},
             "attempt_count": {"type": "integer"},
             "is_critical": {"type": "boolean"},
             "error": {"$ref": "#/components/schemas/ProviderError"},
             "scheduled_for": {"$ref": "#/components/schemas/Timestamp"},
             "expires_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"},
             "sent_at": {"$ref": "#/components/schemas/Timestamp"},
             "delivered_at": {"$ref": "#/components/schemas/Timestamp"},
             "read_at": {"$ref": "#/components/schemas/Timestamp"},
             "ended_at": {"$ref": "#/components/schemas/Timestamp"},
             "last_status_check": {"$ref": "#/components/schemas/Timestamp"}}},
         "MessageList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "MessageEvent": {"type": "object", "additionalProperties": false, "required": ["type", "at", "recorded_at"],
           "properties": {
             "type": {"type": "string"},
             "at": {"$ref": "#/components/schemas/Timestamp"},
             "recorded_at": {"$ref": "#/components/schemas/Timestamp"},
             "attempt": {"type": "integer"},
             "error": {"$ref": "#/components/schemas/ProviderError"},
             "detail": {"type": ["object", "array", "string", "null"], "additionalProperties": true}}},
         "Attempt": {"type": "object", "additionalProperties": false, "required": ["number", "outcome", "started_at"],
           "properties": {
             "number": {"type": "integer"},
             "outcome": {"type": "string"},
             "started_at": {"$ref": "#/components/schemas/Timestamp"},
             "ended_at": {"$ref": "#/components/schemas/Timestamp"},
             "provider_message_id": {"type": "string"},
             "http_status": {"type": "integer"},
             "error": {"$ref": "#/components/schemas/ProviderError"},
             "error_details": {"type": "string"}}},
         "Message": {"type": "object", "unevaluatedProperties": false,
           "allOf": [{"$ref": "#/components/schemas/MessageFields"}]},
         "MessageHistory": {"type": "object", "required": ["timeline", "attempts"],
           "properties": {
             "timeline": {"type": "array", "items": {"$ref": "#/components/schemas/MessageEvent"}},
             "attempts": {"type": "array", "items": {"$ref": "#/components/schemas/Attempt"}}}},
         "MessageDetail": {"type": "object", "unevaluatedProperties": false,
           "allOf": [{"$ref": "#/components/schemas/MessageFields"}, {"$ref": "#/components/schemas/MessageHistory"}]},
         "RefreshedMessage": {"type": "object", "unevaluatedProperties": false, "required": ["status_check"],
           "allOf": [{"$ref": "#/components/schemas/MessageFields"}, {"$ref": "#/components/schemas/MessageHistory"}],
           "properties": {"status_check": {"type": "object", "additionalProperties": false, "required": ["done"],
             "properties": {"done": {"type": "boolean"}, "result": {"type": "string"}}}}},
         "DeadMessage": {"type": "object", "unevaluatedProperties": false, "required": ["replay"],
           "allOf": [{"$ref": "#/components/schemas/MessageFields"}],
           "properties": {"replay": {"$ref": "#/components/schemas/Replay"}}},
         "Replay": {"type": "object", "additionalProperties": false,
           "description": "The request that sends it again, or the message it was sent again as.",
           "properties": {
             "retried_as": {"$ref": "#/components/schemas/Id"},
             "method": {"type": "string"},
             "href": {"type": "string"},
             "body": {"type": "object", "additionalProperties": true}}},
         "DeadGroup": {"type": "object", "additionalProperties": false,
           "required": ["status", "messages", "critical", "last_at", "replay"],
           "properties": {
             "status": {"$ref": "#/components/schemas/MessageState"},
             "messages": {"type": "integer"},
             "critical": {"type": "integer"},
             "error": {"$ref": "#/components/schemas/ProviderError"},
             "last_at": {"$ref": "#/components/schemas/Timestamp"},
             "replay": {"$ref": "#/components/schemas/Replay"}}},
         "DeadList": {"type": "object", "additionalProperties": false,
           "required": ["created_from", "data", "next_cursor"],
           "properties": {
             "created_from": {"$ref": "#/components/schemas/Timestamp"},
             "groups_are_capped": {"type": "boolean"},
             "groups": {"type": "array", "items": {"$ref": "#/components/schemas/DeadGroup"}},
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/DeadMessage"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "MessageFilter": {"type": "object", "additionalProperties": false,
           "properties": {
             "status": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1,
               "description": "One or several states: a list, or a text with commas."},
             "kind": {"type": "string"},
             "to": {"type": "string"},
             "reference": {"type": "string"},
             "batch_id": {"$ref": "#/components/schemas/Id"},
             "template": {"type": "string", "description": "The name of a template, or the id of one translation."},
             "error_code": {"type": "integer"},
             "created_from": {"$ref": "#/components/schemas/Timestamp"},
             "created_to": {"$ref": "#/components/schemas/Timestamp"}}},
         "SkipCounts": {"type": "object", "additionalProperties": {"type": "integer"},
           "description": "By reason: delivered, cancelled, unanswered, repeated_before, not_found."},
         "RetryPlan": {"type": "object", "additionalProperties": false,
           "required": ["plan_id", "expires_at", "found", "is_capped", "would_repeat", "would_skip"],
           "properties": {
             "plan_id": {"$ref": "#/components/schemas/Id"},
             "expires_at": {"$ref": "#/components/schemas/Timestamp"},
             "found": {"type": "integer"},
             "is_capped": {"type": "boolean"},
             "detail": {"type": "string"},
             "would_repeat": {"type": "integer"},
             "would_skip": {"$ref": "#/components/schemas/SkipCounts"}}},
         "ExecutedPlan": {"type": "object", "additionalProperties": false,
           "required": ["plan_id", "executed_at", "planned", "repeated", "skipped"],
           "properties": {
             "plan_id": {"$ref": "#/components/schemas/Id"},
             "executed_at": {"$ref": "#/components/schemas/Timestamp"},
             "planned": {"type": "integer"},
             "repeated": {"type": "integer"},
             "skipped": {"$ref": "#/components/schemas/SkipCounts"}}},
         "RefreshWishes": {"type": "object", "additionalProperties": false,
           "required": ["requested", "not_offered", "not_sent", "is_capped"],
           "properties": {
             "requested": {"type": "integer"},
             "not_offered": {"type": "integer"},
             "not_sent": {"type": "integer"},
             "is_capped": {"type": "boolean"},
             "detail": {"type": "string"}}},
         "Explanation": {"type": "object", "additionalProperties": false,
           "required": ["id", "state", "state_since", "reasons", "position", "estimated_send_at", "expires_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "state": {"$ref": "#/components/schemas/MessageState"},
             "state_since": {"$ref": "#/components/schemas/Timestamp"},
             "reasons": {"type": "array", "items": {"$ref": "#/components/schemas/Hold"}},
             "position": {"type": ["object", "null"], "additionalProperties": false,
               "required": ["lane", "ahead", "is_more", "detail"],
               "properties": {
                 "lane": {"$ref": "#/components/schemas/Lane"},
                 "ahead": {"type": "integer"},
                 "is_more": {"type": "boolean"},
                 "detail": {"type": "string"}}},
             "estimated_send_at": {"type": ["string", "null"], "format": "date-time"},
             "expires_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "Hold": {"type": "object", "additionalProperties": false, "required": ["reason", "detail", "until"],
           "properties": {
             "reason": {"type": "string"},
             "detail": {"type": "string"},
             "until": {"type": ["string", "null"], "format": "date-time"},
             "gate_id": {"$ref": "#/components/schemas/Id"}}}}
        """#
}
