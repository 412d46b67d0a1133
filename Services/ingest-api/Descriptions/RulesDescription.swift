/// Rules of automation, and ready ones.
enum RulesDescription {
    static let paths = #"""
        {"/v1/rules": {
          "post": {
            "summary": "Make a rule",
            "description": "What is sent when an event of this type is told to us. Its template may come later: `warnings` says what would hinder its messages now.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewRule"},
              "example": {"name": "reminder a day before", "event_type": "EventPublished", "task_type": "send_reminder",
                "template": {"name": "event_reminder_24h", "language": "en"},
                "variables": {"attendee_name": "recipient.name", "event_name": "data.event_name",
                              "event_time": {"from": "data.starts_at", "format": "time"}},
                "recipient_filter": {"ticket_type": "VIP"},
                "timing": {"relative_to": "data.starts_at", "days": -1}, "on_repeat": "replace",
                "cancelled_by": ["EventCancelled"]}}}},
            "responses": {
              "201": {"description": "The rule.",
                "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Rule"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}},
          "get": {
            "summary": "List rules",
            "description": "Newest first.",
            "parameters": [
              {"name": "event_type", "in": "query", "schema": {"type": "string"}, "description": "Only those of this type."},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RuleList"}}}}}}},
         "/v1/rules/examples": {
          "get": {
            "summary": "List ready rules",
            "description": "For the events of a network of members and of an organiser. Their templates are among the ready templates.",
            "responses": {
              "200": {"description": "All of them.", "content": {"application/json": {"schema": {
                "type": "object", "additionalProperties": false, "required": ["data"],
                "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/RuleContent"}}}}}}}}},
          "post": {
            "summary": "Take ready rules",
            "description": "Makes rules of your own of them; what has one's name already stays as it is. Without a body all are taken.",
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"type": "object", "additionalProperties": false,
                "properties": {
                  "names": {"type": "array", "items": {"type": "string"}, "description": "Only these."},
                  "language": {"type": "string", "minLength": 2, "maxLength": 20, "description": "Of their templates; en otherwise."}}},
              "example": {"names": ["member_registered"], "language": "en"}}}},
            "responses": {
              "201": {"description": "Those that were made.", "content": {"application/json": {"schema": {
                "type": "object", "additionalProperties": false, "required": ["created", "existing", "data"],
                "properties": {"created": {"type": "integer"}, "existing": {"type": "integer"},
                  "data": {"type": "array", "items": {"$ref": "#/components/schemas/Rule"}}}}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/rules/{id}": {
          "get": {
            "summary": "Read a rule",
            "responses": {
              "200": {"description": "The rule.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Rule"}}}}}},
          "patch": {
            "summary": "Change a rule",
            "description": "Only what is sent changes; null takes away. What is planned already keeps its time, and is sent as the rule is then; of a rule that is switched off it is skipped.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/RuleChange"},
              "example": {"enabled": false, "timing": {"minutes": 30}}}}},
            "responses": {
              "200": {"description": "The rule as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Rule"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}},
          "delete": {
            "summary": "Delete a rule",
            "description": "What it has planned is cancelled with it.",
            "responses": {"204": {"description": "It is gone."}}}}}
        """#

    static let schemas = #"""
        {"RuleTemplate": {"type": "object", "additionalProperties": false, "required": ["name", "language"],
           "properties": {
             "name": {"type": "string", "pattern": "^[a-z0-9_]{1,512}$"},
             "language": {"type": "string", "pattern": "^[A-Za-z_-]{2,20}$"}}},
         "EventType": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.:-]{0,99}$",
           "description": "Your own word, as in MemberRegistered or booking.confirmed."},
         "VariableSource": {"description": "Where the value of a template's variable comes from: a path into the event (`data.…`, `recipient.name`, `recipient.to`, `subject`, `occurred_at`), or more about it.",
           "oneOf": [
             {"type": "string", "minLength": 1, "maxLength": 200},
             {"type": "object", "additionalProperties": false, "description": "Either `from` or `text`.",
              "properties": {
                "from": {"type": "string", "minLength": 1, "maxLength": 200, "description": "A path into the event."},
                "text": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "The same for everybody."},
                "format": {"type": "string", "enum": ["text", "date", "iso_date", "time", "time_12h", "date_time", "weekday", "number"],
                  "description": "Dates and times in your time zone and the template's language."},
                "default": {"type": ["string", "null"], "maxLength": 1024, "description": "Where the event has nothing there."},
                "decimals": {"type": ["integer", "null"], "minimum": 0, "maximum": 4, "description": "Of a number."},
                "prefix": {"type": ["string", "null"], "maxLength": 32},
                "suffix": {"type": ["string", "null"], "maxLength": 32}}}]},
         "Variables": {"type": ["object", "null"], "maxProperties": 50,
           "additionalProperties": {"$ref": "#/components/schemas/VariableSource"},
           "description": "By the template's variable. What is left out may have a text of the template's own."},
         "RecipientFilter": {"type": ["object", "null"], "maxProperties": 20, "additionalProperties": true,
           "description": "Conditions that all must hold, by path: a value, a list of values, or tests: eq, ne, in, not_in, gt, gte, lt, lte, exists, contains, starts_with. `{\"ticket_type\": \"VIP\"}`"},
         "Timing": {"type": ["object", "null"], "additionalProperties": false,
           "description": "When its messages go out. Without anything: at once.",
           "properties": {
             "relative_to": {"type": ["string", "null"], "description": "A path to a time; without it, when the event occurred. A time without an offset is in your time zone."},
             "days": {"type": ["integer", "null"], "minimum": -730, "maximum": 730, "description": "Calendar days, negative before."},
             "hours": {"type": ["integer", "null"], "minimum": -17520, "maximum": 17520},
             "minutes": {"type": ["integer", "null"], "minimum": -1051200, "maximum": 1051200},
             "seconds": {"type": ["integer", "null"], "minimum": -63072000, "maximum": 63072000},
             "at": {"type": ["string", "null"], "pattern": "^[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?$", "description": "A time of that day in your time zone, instead of hours, minutes and seconds."}}},
         "OnRepeat": {"type": "string", "enum": ["add", "replace", "ignore"], "default": "add",
           "description": "What another event of the same subject and recipient means: its own messages, the last one counts, or the first."},
         "NewRule": {"type": "object", "additionalProperties": false, "required": ["name", "event_type", "template"],
           "properties": {
             "name": {"type": "string", "minLength": 1, "maxLength": 100, "description": "One of a kind."},
             "description": {"type": ["string", "null"], "minLength": 1, "maxLength": 500},
             "event_type": {"$ref": "#/components/schemas/EventType"},
             "enabled": {"type": "boolean", "default": true},
             "task_type": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$", "default": "send_message",
               "description": "Your own word for what its messages are: send_reminder."},
             "template": {"$ref": "#/components/schemas/RuleTemplate"},
             "variables": {"$ref": "#/components/schemas/Variables"},
             "recipient_filter": {"$ref": "#/components/schemas/RecipientFilter"},
             "timing": {"$ref": "#/components/schemas/Timing"},
             "expires_after_seconds": {"type": ["integer", "null"], "minimum": 1, "maximum": 2592000,
               "description": "How long after its time a message is worth sending; without it a day, or an hour where the time is relative to a date of the event."},
             "on_repeat": {"$ref": "#/components/schemas/OnRepeat"},
             "cancelled_by": {"type": ["array", "null"], "maxItems": 20, "items": {"$ref": "#/components/schemas/EventType"},
               "description": "Types of events that call off what is planned for the same subject."},
             "sender_id": {"anyOf": [{"$ref": "#/components/schemas/Id"}, {"type": "null"}]},
             "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$", "default": "general"},
             "priority": {"type": "integer", "minimum": 1, "maximum": 10, "default": 5}}},
         "RuleChange": {"type": "object", "additionalProperties": false,
           "properties": {
             "name": {"type": "string", "minLength": 1, "maxLength": 100},
             "description": {"type": ["string", "null"], "minLength": 1, "maxLength": 500},
             "event_type": {"$ref": "#/components/schemas/EventType"},
             "enabled": {"type": "boolean"},
             "task_type": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$"},
             "template": {"$ref": "#/components/schemas/RuleTemplate"},
             "variables": {"$ref": "#/components/schemas/Variables"},
             "recipient_filter": {"$ref": "#/components/schemas/RecipientFilter"},
             "timing": {"$ref": "#/components/schemas/Timing"},
             "expires_after_seconds": {"type": ["integer", "null"], "minimum": 1, "maximum": 2592000},
             "on_repeat": {"$ref": "#/components/schemas/OnRepeat"},
             "cancelled_by": {"type": ["array", "null"], "maxItems": 20, "items": {"$ref": "#/components/schemas/EventType"}},
             "sender_id": {"anyOf": [{"$ref": "#/components/schemas/Id"}, {"type": "null"}]},
             "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,49}$"},
             "priority": {"type": "integer", "minimum": 1, "maximum": 10}}},
         "RuleContent": {"type": "object", "additionalProperties": false,
           "required": ["name", "description", "event_type", "enabled", "task_type", "template", "variables", "recipient_filter", "timing", "expires_after_seconds", "on_repeat", "cancelled_by", "sender_id", "kind", "priority"],
           "properties": {
             "name": {"type": "string"}, "description": {"type": ["string", "null"]},
             "event_type": {"type": "string"}, "enabled": {"type": "boolean"}, "task_type": {"type": "string"},
             "template": {"$ref": "#/components/schemas/RuleTemplate"},
             "variables": {"$ref": "#/components/schemas/Variables"},
             "recipient_filter": {"$ref": "#/components/schemas/RecipientFilter"},
             "timing": {"$ref": "#/components/schemas/Timing"},
             "expires_after_seconds": {"type": ["integer", "null"]},
             "on_repeat": {"$ref": "#/components/schemas/OnRepeat"},
             "cancelled_by": {"type": "array", "items": {"type": "string"}},
             "sender_id": {"type": ["string", "null"]}, "kind": {"type": "string"}, "priority": {"type": "integer"}}},
         "Rule": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "description", "event_type", "enabled", "task_type", "template", "variables", "recipient_filter", "timing", "expires_after_seconds", "on_repeat", "cancelled_by", "sender_id", "kind", "priority", "warnings", "created_at", "updated_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "name": {"type": "string"}, "description": {"type": ["string", "null"]},
             "event_type": {"type": "string"}, "enabled": {"type": "boolean"}, "task_type": {"type": "string"},
             "template": {"$ref": "#/components/schemas/RuleTemplate"},
             "variables": {"$ref": "#/components/schemas/Variables"},
             "recipient_filter": {"$ref": "#/components/schemas/RecipientFilter"},
             "timing": {"$ref": "#/components/schemas/Timing"},
             "expires_after_seconds": {"type": ["integer", "null"]},
             "on_repeat": {"$ref": "#/components/schemas/OnRepeat"},
             "cancelled_by": {"type": "array", "items": {"type": "string"}},
             "sender_id": {"type": ["string", "null"]}, "kind": {"type": "string"}, "priority": {"type": "integer"},
             "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "RuleList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Rule"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
