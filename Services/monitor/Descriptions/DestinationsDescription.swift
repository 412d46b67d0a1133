/// Who is told of alerts: the same for a business and for the platform.
enum DestinationsDescription {
    static let paths = described(at: "/v1/alert-destinations", channel: "slack", whose: "your")
    static let founderPaths = described(at: "/v1/admin/alert-destinations", channel: "email", whose: "the platform's")

    private static func described(at path: String, channel: String, whose: String) -> String {
        let example =
            channel == "slack"
            ? #"{"channel": "slack", "url": "https://hooks.slack.com/services/T000/B000/XXXX", "severity_min": "warning"}"#
            : #"{"channel": "email", "address": "on-call@example.com", "severity_min": "critical"}"#
        let one = ##""content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlertDestination"}}}"##
        let id = #""parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}]"#
        return """
            {"\(path)": {
              "get": {
                "summary": "Who is told of alerts",
                "description": "All of \(whose) destinations; there are 20 at most.",
                "responses": {"200": {"description": "The destinations.", "content": {"application/json": {
                  "schema": {"$ref": "#/components/schemas/AlertDestinationList"}}}}}},
              "post": {
                "summary": "Tell somebody else",
                "description": "An e-mail address is told once the link in a mail to it was followed.",
                "requestBody": {"required": true, "content": {"application/json": {
                  "schema": {"$ref": "#/components/schemas/NewAlertDestination"}, "example": \(example)}}},
                "responses": {
                  "201": {"description": "The destination.", "headers": {"Location": {"schema": {"type": "string"}}}, \(one)},
                  "409": {"$ref": "#/components/responses/Conflict"}}}},
             "\(path)/{id}": {
              "get": {"summary": "One destination", \(id), "responses": {"200": {"description": "The destination.", \(one)}}},
              "patch": {
                "summary": "Change what it is told, and when",
                "description": "Null takes quiet hours and codes away.", \(id),
                "requestBody": {"required": true, "content": {"application/json": {
                  "schema": {"$ref": "#/components/schemas/AlertDestinationChange"}, "example": {"severity_min": "critical"}}}},
                "responses": {"200": {"description": "The destination.", \(one)}}},
              "delete": {"summary": "Tell them no more", \(id), "responses": {"204": {"description": "It is gone."}}}},
             "\(path)/{id}/test": {
              "post": {
                "summary": "Send a test",
                "description": "To an address that is not proven yet, the mail that proves it.", \(id),
                "responses": {"202": {"description": "It is on its way.", \(one)}}}}}
            """
    }

    private static let wishes = #"""
        "label": {"type": "string", "maxLength": 100},
        "severity_min": {"type": "string", "enum": ["info", "warning", "critical"]},
        "codes": {"type": ["array", "null"], "items": {"type": "string"}, "description": "Of alerts; empty: all."},
        "is_second_line": {"type": "boolean", "description": "Told only of what nobody acknowledges in time."},
        "quiet_hours": {"type": ["object", "null"], "additionalProperties": false, "required": ["from", "to"],
          "properties": {"from": {"type": "string"}, "to": {"type": "string"}},
          "description": "What is not critical waits for their end and is told together."},
        "time_zone": {"type": "string"},
        "wants_digest": {"type": "boolean"}, "wants_retry_report": {"type": "boolean"}, "is_on": {"type": "boolean"}
        """#

    static let schemas = """
        {"AlertDestination": {"type": "object", "additionalProperties": false,
           "required": ["id", "channel", "address", "label", "severity_min", "codes", "is_second_line", "quiet_hours", "time_zone",
             "wants_digest", "wants_retry_report", "is_on", "is_verified", "created_by", "created_at", "updated_at",
             "last_told_at", "last_problem_at", "last_problem"],
           "properties": {
             "id": {"type": "string", "format": "uuid"}, "channel": {"type": "string", "enum": ["email", "slack"]},
             "address": {"type": ["string", "null"], "description": "Of e-mail; Slack's is never shown."}, \(wishes),
             "is_verified": {"type": "boolean"}, "created_by": {"type": "string"},
             "created_at": {"type": "string", "format": "date-time"}, "updated_at": {"type": "string", "format": "date-time"},
             "last_told_at": {"type": ["string", "null"]}, "last_problem_at": {"type": ["string", "null"]},
             "last_problem": {"type": ["string", "null"]}}},
         "AlertDestinationList": {"type": "object", "additionalProperties": false, "required": ["data"],
           "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/AlertDestination"}}}},
         "NewAlertDestination": {"type": "object", "additionalProperties": false, "required": ["channel"],
           "properties": {"channel": {"type": "string", "enum": ["email", "slack"]}, "address": {"type": "string"},
             "url": {"type": "string"}, \(wishes)}},
         "AlertDestinationChange": {"type": "object", "additionalProperties": false, "properties": {\(wishes)}}}
        """
}
