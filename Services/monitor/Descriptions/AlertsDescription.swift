/// A business's alerts and rules, and the founders' view of all.
enum AlertsDescription {
    /// The same routes stand under two addresses: whose alerts they are is whose key it is.
    static let paths = part("/v1/alerts", founders: false)
    static let founderPaths = part("/v1/admin/alerts", founders: true)

    private static func part(_ path: String, founders: Bool) -> String {
        let business =
            founders
            ? ##"{"name": "tenant_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},"## : ""
        let whose = founders ? "Of all businesses and of the platform." : "Of your business."
        return #"""
            {"\#(path)": {
              "get": {
                "summary": "Alerts",
                "description": "\#(whose) Open ones first, of these the critical ones; then what is over, the latest first.",
                "parameters": [
                  {"name": "status", "in": "query", "schema": {"type": "string", "enum": ["open", "resolved", "all"]}},
                  {"name": "severity", "in": "query", "schema": {"type": "string", "enum": ["info", "warning", "critical"]}},
                  {"name": "code", "in": "query", "schema": {"type": "string"}, "description": "DELIVERY_RATE_LOW and the like."},
                  \#(business)
                  {"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
                "responses": {
                  "200": {"description": "A page of them.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlertList"}}}}}}},
             "\#(path)/{id}": {
              "get": {
                "summary": "One alert",
                "description": "With its history, and the alerts that it explains.",
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Id"}}],
                "responses": {
                  "200": {"description": "The alert.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlertDetail"}}}}}}},
            \#(act(path, "acknowledge", "Somebody looks after it", "Reminders and escalation end. Again changes nothing.", "AlertNote")),
            \#(act(path, "silence", "Tell nobody for a while", "The alert stays open, and the next of the same kind is silent too.", "AlertSilence")),
            \#(act(path, "unsilence", "Tell again", "Ends a silence.", "AlertNote")),
            \#(act(path, "resolve", "It is over", "It stays resolved until it occurs anew.", "AlertNote")),
            \#(act(path, "note", "Add a note", "Also to an alert that is over.", "NewAlertNote"))}
            """#
    }

    private static func act(_ path: String, _ action: String, _ summary: String, _ what: String, _ body: String) -> String {
        let example =
            switch action {
            case "silence": #"{"hours": 8, "note": "planned work"}"#
            default: #"{"note": "we are at it"}"#
            }
        let isRequired = action == "silence" || action == "note"
        return #"""
             "\#(path)/{id}/\#(action)": {
              "post": {
                "summary": "\#(summary)",
                "description": "\#(what)",
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Id"}}],
                "requestBody": {"required": \#(isRequired), "content": {"application/json": {
                  "schema": {"$ref": "#/components/schemas/\#(body)"}, "example": \#(example)}}},
                "responses": {
                  "200": {"description": "The alert as it is now.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Alert"}}}},
                  "409": {"$ref": "#/components/responses/Conflict"}}}}
            """#
    }

    private static let fields = #"""
        "id": {"$ref": "#/components/schemas/Id"},
        "code": {"type": "string"},
        "severity": {"type": "string", "enum": ["info", "warning", "critical"]},
        "status": {"type": "string", "enum": ["open", "resolved"]},
        "tenant_id": {"type": ["string", "null"], "description": "Null: the platform's own."},
        "business": {"type": ["string", "null"]},
        "subject": {"type": "string", "description": "A sender's id, an endpoint's name; empty: the whole."},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "What happened, who acts, and what to do."},
        "occurrences": {"type": "integer"},
        "metric": {"type": ["string", "null"]},
        "value": {"type": ["number", "null"], "description": "What was measured last."},
        "threshold": {"type": ["number", "null"]},
        "root_cause": {"type": ["string", "null"], "description": "The same for all alerts that one cause explains."},
        "parent_id": {"type": ["string", "null"], "description": "The alert that explains this one."},
        "opened_at": {"$ref": "#/components/schemas/Timestamp"},
        "updated_at": {"$ref": "#/components/schemas/Timestamp"},
        "acknowledged_at": {"type": ["string", "null"]},
        "acknowledged_by": {"type": ["string", "null"]},
        "silenced_until": {"type": ["string", "null"]},
        "silenced_by": {"type": ["string", "null"]},
        "resolved_at": {"type": ["string", "null"]},
        "resolved_by": {"type": ["string", "null"], "description": "Null with resolved_at: it was over by itself."},
        "note": {"type": ["string", "null"]}
        """#

    private static let required = #"""
        "id", "code", "severity", "status", "tenant_id", "business", "subject", "title", "detail", "occurrences", "metric",
        "value", "threshold", "root_cause", "parent_id", "opened_at", "updated_at", "acknowledged_at", "acknowledged_by",
        "silenced_until", "silenced_by", "resolved_at", "resolved_by", "note"
        """#

    static let schemas = #"""
        {"Alert": {"type": "object", "additionalProperties": false, "required": [\#(required)],
           "properties": {\#(fields)}},
         "AlertDetail": {"type": "object", "additionalProperties": false, "required": [\#(required), "history", "explains"],
           "properties": {\#(fields),
             "history": {"type": "array", "items": {"$ref": "#/components/schemas/AlertEvent"}},
             "explains": {"type": "array", "items": {"$ref": "#/components/schemas/Alert"}}}},
         "AlertEvent": {"type": "object", "additionalProperties": false, "required": ["at", "what", "who", "note"],
           "properties": {
             "at": {"$ref": "#/components/schemas/Timestamp"},
             "what": {"type": "string", "enum": ["raised", "reopened", "grouped", "acknowledged", "silenced", "unsilenced",
               "escalated", "resolved", "noted"]},
             "who": {"type": "string"},
             "note": {"type": ["string", "null"]}}},
         "AlertList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/Alert"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "AlertNote": {"type": "object", "additionalProperties": false,
           "properties": {"note": {"type": ["string", "null"], "minLength": 1, "maxLength": 1000}}},
         "NewAlertNote": {"type": "object", "additionalProperties": false, "required": ["note"],
           "properties": {"note": {"type": "string", "minLength": 1, "maxLength": 1000}}},
         "AlertSilence": {"type": "object", "additionalProperties": false, "required": ["hours"],
           "properties": {
             "hours": {"type": "integer", "minimum": 1, "maximum": 168},
             "note": {"type": ["string", "null"], "minLength": 1, "maxLength": 1000}}}}
        """#
}
