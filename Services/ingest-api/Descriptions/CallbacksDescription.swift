/// A tenant's own endpoints, what they are told, and what was delivered to them.
enum CallbacksDescription {
    static let paths = #"""
        {"/v1/callbacks": {
          "get": {
            "summary": "List endpoints",
            "description": "Newest first.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackList"}}}}}},
          "post": {
            "summary": "Add an endpoint",
            "description": "From now on it is told of what happens. Deliveries are signed as standardwebhooks.com has it, with the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`; verify them with `secret`, which is shown this once. Any answer of 200 to 299 within 15 seconds takes a delivery; everything else is tried again, 13 times over a day. Events of one message come one after the other. The same event may come twice: its `webhook-id` is the same then.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewCallback"},
              "example": {"url": "https://example.com/tidings", "description": "CRM",
                          "events": ["message.delivered", "message.failed", "message.received"]}}}},
            "responses": {
              "201": {"description": "Added.",
                "headers": {"Location": {"description": "Where to read the endpoint.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackWithSecret"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/callbacks/event-types": {
          "get": {
            "summary": "List what an endpoint can be told of",
            "responses": {
              "200": {"description": "All of them; an endpoint that names none gets those that are `is_standard`.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackEventTypeList"}}}}}}},
         "/v1/callbacks/{id}": {
          "get": {
            "summary": "Read an endpoint",
            "description": "With how it does: what waits for it, since when it fails and why.",
            "responses": {
              "200": {"description": "The endpoint.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Callback"}}}}}},
          "patch": {
            "summary": "Change an endpoint",
            "description": "`paused` keeps what happens waiting, for two weeks; `active` delivers it, also after we had switched the endpoint off.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/CallbackChanges"},
              "example": {"status": "paused"}}}},
            "responses": {
              "200": {"description": "The endpoint as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Callback"}}}}}},
          "delete": {
            "summary": "Delete an endpoint",
            "description": "What waits for it goes with it.",
            "responses": {"204": {"description": "Deleted."}}}},
         "/v1/callbacks/{id}/rotate-secret": {
          "post": {
            "summary": "Replace the secret",
            "description": "For `overlap_hours` both secrets sign: verify with either, and nothing is refused while you change over.",
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/SecretRotation"},
              "example": {"overlap_hours": 24}}}},
            "responses": {
              "200": {"description": "The endpoint with its new secret, shown this once.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackWithSecret"}}}}}}},
         "/v1/callbacks/{id}/test": {
          "post": {
            "summary": "Try an endpoint",
            "description": "Sends `callback.test` once, also to one that is paused or switched off.",
            "responses": {
              "200": {"description": "What the endpoint answered.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackDelivery"}}}},
              "202": {"description": "It takes longer than 5 seconds; read the delivery later.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackDelivery"}}}}}}},
         "/v1/callbacks/{id}/replay": {
          "post": {
            "summary": "Deliver many again",
            "description": "What ended in this time, the oldest first, at most 10,000 at once; while `is_capped`, send the request again. Each keeps its `webhook-id`.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/CallbackReplay"},
              "example": {"from": "2027-01-31T09:30:00Z", "to": "2027-01-31T12:00:00Z", "status": "failed"}}}},
            "responses": {
              "202": {"description": "They wait for delivery.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackReplayed"}}}}}}},
         "/v1/callbacks/{id}/skip": {
          "post": {
            "summary": "Give up what waits",
            "description": "At most 10,000 at once, the oldest first. A replay brings them back.",
            "responses": {
              "202": {"description": "Given up.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackSkipped"}}}}}}},
         "/v1/callbacks/{id}/deliveries": {
          "get": {
            "summary": "List deliveries",
            "description": "What waits, what was delivered and what was given up, newest event first.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"type": "string", "enum": ["pending", "delivered", "failed"]}},
              {"name": "type", "in": "query", "schema": {"type": "string"}, "description": "As in message.delivered."},
              {"name": "message_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"},
               "description": "Or the id of whatever the event is about."},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackDeliveryList"}}}}}}},
         "/v1/callbacks/{id}/deliveries/{delivery}": {
          "get": {
            "summary": "Read a delivery",
            "responses": {
              "200": {"description": "With its latest 40 tries.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackDelivery"}}}}}}},
         "/v1/callbacks/{id}/deliveries/{delivery}/replay": {
          "post": {
            "summary": "Deliver one again",
            "responses": {
              "202": {"description": "It waits for delivery.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CallbackDelivery"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}}}
        """#

    static let schemas = #"""
        {"CallbackURL": {"type": "string", "format": "uri", "maxLength": 2000,
           "description": "https, at a public address, without a name and password in it."},
         "CallbackEvents": {"type": "array", "minItems": 1, "items": {"type": "string"},
           "description": "Types of events, `message.*` for all of a kind, or `*`. Without it (or null): the standard ones."},
         "NewCallback": {"type": "object", "additionalProperties": false, "required": ["url"],
           "properties": {
             "url": {"$ref": "#/components/schemas/CallbackURL"},
             "description": {"type": ["string", "null"], "maxLength": 500},
             "events": {"type": ["array", "null"], "minItems": 1, "items": {"type": "string"},
               "description": "Types of events, `message.*` for all of a kind, or `*`. Without it: the standard ones."}}},
         "CallbackChanges": {"type": "object", "additionalProperties": false,
           "properties": {
             "url": {"$ref": "#/components/schemas/CallbackURL"},
             "description": {"type": ["string", "null"], "maxLength": 500},
             "events": {"type": ["array", "null"], "minItems": 1, "items": {"type": "string"},
               "description": "null: the standard ones."},
             "status": {"type": "string", "enum": ["active", "paused"]}}},
         "Callback": {"type": "object", "additionalProperties": false,
           "required": ["id", "url", "description", "events", "status", "status_reason", "status_changed_at", "waiting",
             "failures_in_a_row", "failing_since", "rests_until", "last_delivered_at", "last_failed_at", "last_problem",
             "previous_secret_until", "created_at", "updated_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "url": {"$ref": "#/components/schemas/CallbackURL"},
             "description": {"type": "string"},
             "events": {"$ref": "#/components/schemas/CallbackEvents"},
             "status": {"type": "string", "enum": ["active", "paused", "disabled"],
               "description": "disabled: switched off by us, after every try had failed for three days or it answered 410."},
             "status_reason": {"type": ["string", "null"]},
             "status_changed_at": {"$ref": "#/components/schemas/Timestamp"},
             "waiting": {"type": "integer", "description": "Deliveries still to be made."},
             "waiting_is_more": {"type": "boolean", "description": "There are more than were counted."},
             "failures_in_a_row": {"type": "integer"},
             "failing_since": {"type": ["string", "null"], "format": "date-time"},
             "rests_until": {"type": ["string", "null"], "format": "date-time",
               "description": "It is down: one delivery tries again then."},
             "last_delivered_at": {"type": ["string", "null"], "format": "date-time"},
             "last_failed_at": {"type": ["string", "null"], "format": "date-time"},
             "last_problem": {"type": ["string", "null"]},
             "previous_secret_until": {"type": ["string", "null"], "format": "date-time",
               "description": "Until then the secret before this one signs too."},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "CallbackWithSecret": {"type": "object", "additionalProperties": false,
           "required": ["id", "url", "description", "events", "status", "status_reason", "status_changed_at", "waiting",
             "failures_in_a_row", "failing_since", "rests_until", "last_delivered_at", "last_failed_at", "last_problem",
             "previous_secret_until", "created_at", "updated_at", "secret"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "url": {"$ref": "#/components/schemas/CallbackURL"},
             "description": {"type": "string"},
             "events": {"$ref": "#/components/schemas/CallbackEvents"},
             "status": {"type": "string", "enum": ["active", "paused", "disabled"],
               "description": "disabled: switched off by us, after every try had failed for three days or it answered 410."},
             "status_reason": {"type": ["string", "null"]},
             "status_changed_at": {"$ref": "#/components/schemas/Timestamp"},
             "waiting": {"type": "integer", "description": "Deliveries still to be made."},
             "waiting_is_more": {"type": "boolean", "description": "There are more than were counted."},
             "failures_in_a_row": {"type": "integer"},
             "failing_since": {"type": ["string", "null"], "format": "date-time"},
             "rests_until": {"type": ["string", "null"], "format": "date-time",
               "description": "It is down: one delivery tries again then."},
             "last_delivered_at": {"type": ["string", "null"], "format": "date-time"},
             "last_failed_at": {"type": ["string", "null"], "format": "date-time"},
             "last_problem": {"type": ["string", "null"]},
             "previous_secret_until": {"type": ["string", "null"], "format": "date-time",
               "description": "Until then the secret before this one signs too."},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"},
             "secret": {"type": "string", "description": "`whsec_` and base64: shown this once."}}},
         "CallbackList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/Callback"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "CallbackEventTypeList": {"type": "object", "additionalProperties": false, "required": ["data"],
           "properties": {"data": {"type": "array", "items": {"type": "object", "additionalProperties": false,
             "required": ["type", "description", "is_standard"],
             "properties": {
               "type": {"type": "string"},
               "description": {"type": "string"},
               "is_standard": {"type": "boolean"}}}}}},
         "SecretRotation": {"type": "object", "additionalProperties": false,
           "properties": {"overlap_hours": {"type": "integer", "minimum": 0, "maximum": 168, "default": 24}}},
         "CallbackReplay": {"type": "object", "additionalProperties": false, "required": ["from"],
           "properties": {
             "from": {"$ref": "#/components/schemas/Timestamp"},
             "to": {"$ref": "#/components/schemas/Timestamp"},
             "status": {"type": "string", "enum": ["failed", "delivered", "all"], "default": "failed"},
             "type": {"type": "string", "description": "As in message.delivered."}}},
         "CallbackReplayed": {"type": "object", "additionalProperties": false, "required": ["replayed", "is_capped"],
           "properties": {"replayed": {"type": "integer"}, "is_capped": {"type": "boolean"}}},
         "CallbackSkipped": {"type": "object", "additionalProperties": false, "required": ["skipped", "is_capped"],
           "properties": {"skipped": {"type": "integer"}, "is_capped": {"type": "boolean"}}},
         "CallbackDelivery": {"type": "object", "additionalProperties": false,
           "required": ["id", "callback_id", "type", "object_id", "status", "occurred_at", "tries", "next_try_at", "ended_at",
             "attempts"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id", "description": "Of the event: the `webhook-id`."},
             "callback_id": {"$ref": "#/components/schemas/Id"},
             "type": {"type": "string"},
             "object_id": {"$ref": "#/components/schemas/Id", "description": "The message, template or contact."},
             "status": {"type": "string", "enum": ["pending", "delivered", "failed"]},
             "occurred_at": {"$ref": "#/components/schemas/Timestamp"},
             "tries": {"type": "integer"},
             "next_try_at": {"type": ["string", "null"], "format": "date-time"},
             "ended_at": {"type": ["string", "null"], "format": "date-time"},
             "attempts": {"type": "array", "items": {"$ref": "#/components/schemas/CallbackAttempt"}}}},
         "CallbackAttempt": {"type": "object", "additionalProperties": false, "required": ["at"],
           "properties": {
             "at": {"$ref": "#/components/schemas/Timestamp"},
             "status": {"type": "integer", "description": "What the endpoint answered; absent when nothing came."},
             "milliseconds": {"type": "integer"},
             "problem": {"type": "string"},
             "answer": {"type": "string", "description": "How the answer to a failed try began."}}},
         "CallbackDeliveryList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/CallbackDelivery"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
