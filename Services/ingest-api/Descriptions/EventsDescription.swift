/// Events of a business, and the tasks that rules make of them.
enum EventsDescription {
    static let paths = #"""
        {"/v1/events": {
          "post": {
            "summary": "Tell of an event",
            "description": "Your rules make tasks of it, each a message at its time. An event that can be read is always accepted: a missing or impossible number is recorded on its task and reported in the answer.",
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewEvent"},
              "example": {"type": "CommissionReceived", "subject": "commission 81",
                "recipient": {"to": "+393401234567", "name": "Ada", "language": "en"},
                "data": {"member_name": "Ada", "amount": 1250.5, "transaction_type": "commission"}}}}},
            "responses": {
              "202": {"description": "Recorded.",
                "headers": {"Location": {"description": "Where to read the event.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RecordedEvent"}}}}}},
          "get": {
            "summary": "List events",
            "description": "Newest first.",
            "parameters": [
              {"name": "type", "in": "query", "schema": {"type": "string"}},
              {"name": "subject", "in": "query", "schema": {"type": "string"}},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventList"}}}}}}},
         "/v1/events/preview": {
          "post": {
            "summary": "Try an event out",
            "description": "What it would plan now, with times and texts. Nothing is recorded or sent.",
            "x-scope": "automation:read",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewEvent"},
              "example": {"type": "MemberRegistered", "recipient": {"to": "+393401234567"}, "data": {"member_name": "Ada"}}}}},
            "responses": {
              "200": {"description": "What would be.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventPreview"}}}}}}},
         "/v1/events/{id}": {
          "get": {
            "summary": "Read an event",
            "description": "With its data, and where its tasks are.",
            "responses": {
              "200": {"description": "The event.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BusinessEventDetail"}}}}}}},
         "/v1/events/{id}/cancel": {
          "post": {
            "summary": "Call off what an event has planned",
            "description": "Its tasks that still wait; messages that were made go on.",
            "responses": {
              "200": {"description": "The event as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BusinessEventDetail"}}}}}}},
         "/v1/tasks": {
          "post": {
            "summary": "Plan messages without a rule",
            "description": "For recipients named here, or for those of an event.",
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewTask"},
              "example": {"type": "send_update", "template": {"name": "event_update", "language": "en"},
                "recipient": {"to": "+393401234567", "name": "Ada"}, "data": {"event_name": "Swift Day"},
                "variables": {"event_name": "data.event_name", "update_message": {"text": "Doors open at seven."}}}}}},
            "responses": {
              "201": {"description": "What was planned.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PlannedTasks"}}}}}},
          "get": {
            "summary": "List tasks",
            "description": "Newest first.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/TaskStatus"}},
              {"name": "type", "in": "query", "schema": {"type": "string"}},
              {"name": "rule_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "event_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "subject", "in": "query", "schema": {"type": "string"}},
              {"name": "to", "in": "query", "schema": {"type": "string"}, "description": "A number; a + is %2B in an address."},
              {"name": "scheduled_from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "scheduled_to", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}, "description": "Not itself included."},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TaskList"}}}}}}},
         "/v1/tasks/{id}": {
          "get": {
            "summary": "Read a task",
            "responses": {
              "200": {"description": "The task.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}}}},
          "patch": {
            "summary": "Move a task",
            "description": "To another time. One that was skipped or failed is planned anew.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false, "required": ["scheduled_for"],
                "properties": {"scheduled_for": {"$ref": "#/components/schemas/Timestamp"}}},
              "example": {"scheduled_for": "2027-03-14T09:00:00Z"}}}},
            "responses": {
              "200": {"description": "The task as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/tasks/{id}/cancel": {
          "post": {
            "summary": "Cancel a task",
            "description": "While it waits. Cancelling twice is no mistake.",
            "responses": {
              "200": {"description": "The task as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/tasks/{id}/run": {
          "post": {
            "summary": "Run a task now",
            "description": "One that waits, or was skipped or failed and has been repaired.",
            "responses": {
              "200": {"description": "The task as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}}}
        """#

    static let schemas = #"""
        {"EventRecipient": {"type": ["object", "null"], "additionalProperties": false,
           "description": "Nothing in it is required: whoever has no number is recorded and reported.",
           "properties": {
             "to": {"type": ["string", "null"], "description": "A telephone number."},
             "contact_id": {"anyOf": [{"$ref": "#/components/schemas/Id"}, {"type": "null"}],
               "description": "One of your contacts, for what is not said here."},
             "name": {"type": ["string", "null"]},
             "language": {"type": ["string", "null"], "description": "Preferred where the template is approved in it."},
             "data": {"type": ["object", "null"], "additionalProperties": true, "description": "This recipient's own, over the event's: at most 8 KiB."}}},
         "NewEvent": {"type": "object", "additionalProperties": false, "required": ["type"],
           "description": "With `recipient`, or with `recipients` for up to 1,000.",
           "properties": {
             "type": {"$ref": "#/components/schemas/EventType"},
             "occurred_at": {"anyOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}], "description": "Now, otherwise."},
             "subject": {"type": ["string", "null"], "minLength": 1, "maxLength": 255,
               "description": "What it happened to: booking 17. Later events of the same subject may replace or call off what this one plans; its messages have it as their reference."},
             "recipient": {"$ref": "#/components/schemas/EventRecipient"},
             "recipients": {"type": ["array", "null"], "maxItems": 1000, "items": {"$ref": "#/components/schemas/EventRecipient"}},
             "data": {"type": ["object", "null"], "additionalProperties": true, "description": "Everything else: at most 64 KiB."}}},
         "TaskStatus": {"type": "string", "enum": ["pending", "executing", "done", "skipped", "failed", "cancelled"]},
         "PlannedTask": {"type": "object", "additionalProperties": false,
           "required": ["id", "type", "rule_id", "rule_name", "index", "status", "scheduled_for", "reason", "explanation"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"}, "type": {"type": "string"},
             "rule_id": {"type": ["string", "null"]}, "rule_name": {"type": ["string", "null"]},
             "index": {"type": ["integer", "null"], "description": "Which of the recipients."},
             "status": {"$ref": "#/components/schemas/TaskStatus"},
             "scheduled_for": {"$ref": "#/components/schemas/Timestamp"},
             "reason": {"type": ["string", "null"]}, "explanation": {"type": ["string", "null"]}}},
         "RecordedEvent": {"type": "object", "additionalProperties": false,
           "required": ["id", "type", "subject", "occurred_at", "recipients", "planned", "skipped", "filtered", "cancelled", "warnings", "tasks", "tasks_left_out"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"}, "type": {"type": "string"},
             "subject": {"type": ["string", "null"]},
             "occurred_at": {"$ref": "#/components/schemas/Timestamp"},
             "recipients": {"type": "integer"},
             "planned": {"type": "integer", "description": "Tasks that wait for their time."},
             "skipped": {"type": "integer", "description": "Tasks recorded with the reason why nothing is sent."},
             "filtered": {"type": "integer", "description": "Pairs of a rule and a recipient it is not meant for."},
             "cancelled": {"type": "integer", "description": "Earlier tasks that this event replaced or called off."},
             "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
             "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/PlannedTask"}, "description": "The first 100."},
             "tasks_left_out": {"type": "integer"}}},
         "PlannedTasks": {"type": "object", "additionalProperties": false,
           "required": ["planned", "skipped", "filtered", "data", "tasks_left_out"],
           "properties": {
             "planned": {"type": "integer"}, "skipped": {"type": "integer"}, "filtered": {"type": "integer"},
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/PlannedTask"}, "description": "The first 100."},
             "tasks_left_out": {"type": "integer"}}},
         "BusinessEvent": {"type": "object", "additionalProperties": false,
           "required": ["id", "type", "subject", "occurred_at", "received_at", "recipients", "planned", "skipped", "filtered"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"}, "type": {"type": "string"},
             "subject": {"type": ["string", "null"]},
             "occurred_at": {"$ref": "#/components/schemas/Timestamp"},
             "received_at": {"$ref": "#/components/schemas/Timestamp"},
             "recipients": {"type": "integer"}, "planned": {"type": "integer"}, "skipped": {"type": "integer"},
             "filtered": {"type": "integer"}}},
         "BusinessEventDetail": {"type": "object", "additionalProperties": false,
           "required": ["id", "type", "subject", "occurred_at", "received_at", "recipients", "planned", "skipped", "filtered", "data", "tasks"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"}, "type": {"type": "string"},
             "subject": {"type": ["string", "null"]},
             "occurred_at": {"$ref": "#/components/schemas/Timestamp"},
             "received_at": {"$ref": "#/components/schemas/Timestamp"},
             "recipients": {"type": "integer"}, "planned": {"type": "integer"}, "skipped": {"type": "integer"},
             "filtered": {"type": "integer"},
             "data": {"type": "object", "additionalProperties": true},
             "tasks": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "How many are in each status now."},
             "cancelled_now": {"type": "integer", "description": "In the answer to a cancellation."}}},
         "EventList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/BusinessEvent"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "EventPreview": {"type": "object", "additionalProperties": false,
           "required": ["planned", "skipped", "filtered", "warnings", "tasks", "tasks_left_out"],
           "properties": {
             "planned": {"type": "integer"}, "skipped": {"type": "integer"}, "filtered": {"type": "integer"},
             "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
             "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/PreviewedTask"}},
             "tasks_left_out": {"type": "integer"}}},
         "PreviewedTask": {"type": "object", "additionalProperties": false,
           "required": ["rule_id", "rule_name", "type", "index", "to", "status", "scheduled_for", "expires_at", "reason", "explanation", "template", "text", "problems"],
           "properties": {
             "rule_id": {"type": ["string", "null"]}, "rule_name": {"type": ["string", "null"]}, "type": {"type": "string"},
             "index": {"type": ["integer", "null"]}, "to": {"type": ["string", "null"]},
             "status": {"$ref": "#/components/schemas/TaskStatus"},
             "scheduled_for": {"$ref": "#/components/schemas/Timestamp"},
             "expires_at": {"$ref": "#/components/schemas/Timestamp"},
             "reason": {"type": ["string", "null"]}, "explanation": {"type": ["string", "null"]},
             "template": {"type": ["object", "null"], "additionalProperties": false, "required": ["name", "language", "variables"],
               "properties": {"name": {"type": "string"}, "language": {"type": "string"},
                 "variables": {"type": "object", "additionalProperties": {"type": "string"}}}},
             "text": {"type": ["string", "null"], "description": "What the recipient would read."},
             "problems": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"},
               "description": "Why the message would not be accepted as things are now."}}},
         "NewTask": {"type": "object", "additionalProperties": false, "required": ["template"],
           "description": "Beside these `recipient`, `recipients` or `event_id` is required.",
           "properties": {
             "type": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$", "default": "send_message"},
             "origin": {"type": "string", "enum": ["api", "ai", "schedule"], "default": "api", "description": "Who plans it."},
             "event_id": {"anyOf": [{"$ref": "#/components/schemas/Id"}, {"type": "null"}], "description": "For the recipients of this event."},
             "recipient": {"$ref": "#/components/schemas/EventRecipient"},
             "recipients": {"type": ["array", "null"], "maxItems": 1000, "items": {"$ref": "#/components/schemas/EventRecipient"}},
             "data": {"type": ["object", "null"], "additionalProperties": true},
             "recipient_filter": {"$ref": "#/components/schemas/RecipientFilter"},
             "subject": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
             "template": {"$ref": "#/components/schemas/RuleTemplate"},
             "variables": {"$ref": "#/components/schemas/Variables"},
             "scheduled_for": {"anyOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}], "description": "Now, otherwise."},
             "expires_after_seconds": {"type": ["integer", "null"], "minimum": 1, "maximum": 2592000, "description": "A day, otherwise."},
             "sender_id": {"anyOf": [{"$ref": "#/components/schemas/Id"}, {"type": "null"}]},
             "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$", "default": "general"},
             "priority": {"type": "integer", "minimum": 1, "maximum": 10, "default": 5},
             "metadata": {"type": ["object", "null"], "additionalProperties": true, "description": "Your own, at most 4,096 bytes."}}},
         "Task": {"type": "object", "additionalProperties": false,
           "required": ["id", "type", "origin", "status", "rule_id", "rule_name", "event_id", "subject", "to", "template", "scheduled_for", "expires_at", "next_try_at", "tries", "message_id", "reason", "explanation", "metadata", "created_at", "updated_at", "finished_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"}, "type": {"type": "string"},
             "origin": {"type": "string", "enum": ["rule", "api", "ai", "schedule"]},
             "status": {"$ref": "#/components/schemas/TaskStatus"},
             "rule_id": {"type": ["string", "null"]}, "rule_name": {"type": ["string", "null"]},
             "event_id": {"type": ["string", "null"]}, "subject": {"type": ["string", "null"]},
             "to": {"type": ["string", "null"]},
             "template": {"anyOf": [{"$ref": "#/components/schemas/RuleTemplate"}, {"type": "null"}]},
             "scheduled_for": {"$ref": "#/components/schemas/Timestamp"},
             "expires_at": {"$ref": "#/components/schemas/Timestamp", "description": "Later than this nothing is sent."},
             "next_try_at": {"type": ["string", "null"], "format": "date-time"},
             "tries": {"type": "integer"},
             "message_id": {"type": ["string", "null"], "description": "From here on the message says how it goes."},
             "reason": {"type": ["string", "null"]}, "explanation": {"type": ["string", "null"]},
             "metadata": {"type": ["object", "null"], "additionalProperties": true},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"},
             "finished_at": {"type": ["string", "null"], "format": "date-time"}}},
         "TaskList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
