/// When measured figures raise alerts: a business's own rules, and the platform's for all.
enum AlertRulesDescription {
    static let paths = part("/v1/alert-rules", founders: false)
    static let founderPaths = part("/v1/admin/alert-rules", founders: true)

    private static func part(_ path: String, founders: Bool) -> String {
        let whose =
            founders
            ? "They hold for every business that has none of its own, and for the platform's own figures."
            : "Your own, else those that hold for you: from your thresholds, the platform's, or the program's."
        let metric = #"{"name": "metric", "in": "path", "required": true, "schema": {"type": "string"}, "description": "delivery_rate and the like."}"#
        let subject = #"{"name": "subject", "in": "query", "schema": {"type": "string", "minLength": 1, "maxLength": 100}, "description": "Only for this sender or endpoint."}"#
        let body = #"""
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/AlertRuleChange"},
              "example": {"raise_at": 0.9, "clear_at": 0.93, "cycles": 3, "severity": "critical"}}}}
            """#
        return #"""
            {"\#(path)": {
              "get": {
                "summary": "Alert rules",
                "description": "One for each metric, and those for one sender or endpoint. \#(whose)",
                "responses": {
                  "200": {"description": "All of them.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlertRuleList"}}}}}}},
             "\#(path)/{metric}": {
              "get": {
                "summary": "One rule", "parameters": [\#(metric), \#(subject)],
                "responses": {
                  "200": {"description": "The rule that holds.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlertRule"}}}}}},
              "put": {
                "summary": "Write a rule",
                "description": "What is absent stays as it is in the rule that holds. Each change is a version, and on record.",
                "parameters": [\#(metric), \#(subject)], \#(body),
                "responses": {
                  "200": {"description": "The rule.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlertRule"}}}},
                  "409": {"$ref": "#/components/responses/Conflict"}}},
              "delete": {
                "summary": "Take a rule back", "description": "What held before somebody wrote it holds again.",
                "parameters": [\#(metric), \#(subject)],
                "responses": {"204": {"description": "It is gone."}}}},
             "\#(path)/{metric}/dry-run": {
              "post": {
                "summary": "What a rule would have done",
                "description": "The rule in the body over what was measured in the last 30 days. Nothing is changed.",
                "parameters": [\#(metric), \#(subject)], \#(body),
                "responses": {
                  "200": {"description": "When its alerts would have been open.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlertRehearsal"}}}}}}}}
            """#
    }

    static let schemas = #"""
        {"AlertRule": {"type": "object", "additionalProperties": false,
           "required": ["metric", "subject", "name", "comparison", "raise_at", "clear_at", "cycles", "lasting_seconds",
             "sample_min", "severity", "enabled", "source", "version", "updated_at", "updated_by"],
           "properties": {
             "metric": {"type": "string"},
             "subject": {"type": "string", "description": "Empty: of all."},
             "name": {"type": "string", "description": "In words."},
             "comparison": {"type": "string", "enum": ["above", "below"]},
             "raise_at": {"type": "number", "description": "Past it the alert is raised; shares are of 1."},
             "clear_at": {"type": "number", "description": "On it or better the alert is over."},
             "cycles": {"type": "integer", "description": "So often in a row."},
             "lasting_seconds": {"type": "integer", "description": "And for so long."},
             "sample_min": {"type": "integer", "description": "Fewer messages, attempts or checks say nothing."},
             "severity": {"type": "string", "enum": ["info", "warning", "critical"]},
             "enabled": {"type": "boolean"},
             "source": {"type": "string", "enum": ["own", "thresholds", "platform", "standard"]},
             "version": {"type": ["integer", "null"], "description": "Null where you have written none."},
             "updated_at": {"type": ["string", "null"]},
             "updated_by": {"type": ["string", "null"]}}},
         "AlertRuleList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/AlertRule"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "AlertRuleChange": {"type": "object", "additionalProperties": false,
           "properties": {
             "raise_at": {"type": ["number", "null"], "minimum": -1000000000000, "maximum": 1000000000000},
             "clear_at": {"type": ["number", "null"], "minimum": -1000000000000, "maximum": 1000000000000},
             "cycles": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000},
             "lasting_seconds": {"type": ["integer", "null"], "minimum": 0, "maximum": 604800},
             "sample_min": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000000000},
             "severity": {"type": ["string", "null"], "enum": ["info", "warning", "critical", null]},
             "enabled": {"type": ["boolean", "null"]}}},
         "AlertRehearsal": {"type": "object", "additionalProperties": false,
           "required": ["from", "measurements", "truncated", "fired", "longest_seconds", "firings"],
           "properties": {
             "from": {"$ref": "#/components/schemas/Timestamp"},
             "measurements": {"type": "integer"},
             "truncated": {"type": "boolean", "description": "There was more than is looked at."},
             "fired": {"type": "integer"},
             "longest_seconds": {"type": "integer"},
             "firings": {"type": "array", "description": "The first thousand.",
               "items": {"$ref": "#/components/schemas/AlertFiring"}}}},
         "AlertFiring": {"type": "object", "additionalProperties": false,
           "required": ["tenant_id", "business", "subject", "from", "to", "worst"],
           "properties": {
             "tenant_id": {"type": ["string", "null"]},
             "business": {"type": ["string", "null"]},
             "subject": {"type": "string"},
             "from": {"$ref": "#/components/schemas/Timestamp"},
             "to": {"type": ["string", "null"], "description": "Null: it would be open still."},
             "worst": {"type": "number"}}}}
        """#
}
