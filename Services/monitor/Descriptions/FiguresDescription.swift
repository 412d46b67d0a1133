/// A business's own figures and log.
enum FiguresDescription {
    static let paths = #"""
        {"/v1/stats": {
          "get": {
            "summary": "Counts and rates",
            "description": "Of a span of time (the last 24 hours unless given), and how many messages are in each state now.",
            "parameters": [
              {"name": "from", "in": "query", "schema": {"type": "string"},
               "description": "A time of RFC 3339, or a day such as 2026-11-20."},
              {"name": "to", "in": "query", "schema": {"type": "string"}},
              {"name": "group", "in": "query",
               "schema": {"type": "string", "enum": ["minute", "hour", "day", "template", "sender"]}}],
            "responses": {
              "200": {"description": "The figures.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Stats"}}}}}}},
         "/api/whatsapp/logs": {
          "get": {
            "summary": "The message log",
            "description": "As the page shows it, newest first unless asked otherwise. A search for something rare stops after so many rows and answers with fewer entries, or none, and a `next_cursor` to go on from: only `null` means that there is no more.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"type": "string"},
               "description": "A state, or not_sent, on_its_way, critical."},
              {"name": "kind", "in": "query", "schema": {"type": "string"}},
              {"name": "template", "in": "query", "schema": {"type": "string"}},
              {"name": "phone", "in": "query", "schema": {"type": "string"},
               "description": "At least the last three digits of a number."},
              {"name": "from", "in": "query", "schema": {"type": "string"}},
              {"name": "to", "in": "query", "schema": {"type": "string"}},
              {"name": "minRetries", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 100}},
              {"name": "error_code", "in": "query", "schema": {"type": "integer"}, "description": "A provider's code, as in 131026."},
              {"name": "sender", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "businessId", "in": "query", "schema": {"$ref": "#/components/schemas/Id"},
               "description": "Of the caller's own business; any other has no messages here."},
              {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["newest", "oldest"]}},
              {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100},
               "description": "For programs that count pages. The answer has `page` and `has_more` then. Farther than page 100 only cursors lead."},
              {"name": "before", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "after", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}],
            "responses": {
              "200": {"description": "A page of it.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LogPage"}}}}}}}}
        """#

    static let schemas = #"""
        {"Flow": {"type": "object",
           "required": ["accepted", "pending", "sent", "delivered", "read", "failed", "undelivered", "expired",
             "cancelled"],
           "properties": {
             "accepted": {"type": "integer"}, "pending": {"type": "integer"}, "sent": {"type": "integer"},
             "delivered": {"type": "integer"}, "read": {"type": "integer"}, "failed": {"type": "integer"},
             "undelivered": {"type": "integer"}, "expired": {"type": "integer"}, "cancelled": {"type": "integer"}}},
         "FlowTotals": {"type": "object", "unevaluatedProperties": false,
           "allOf": [{"$ref": "#/components/schemas/Flow"}]},
         "FlowGroup": {"type": "object", "unevaluatedProperties": false,
           "allOf": [{"$ref": "#/components/schemas/Flow"}],
           "properties": {
             "at": {"$ref": "#/components/schemas/Timestamp"},
             "id": {"$ref": "#/components/schemas/Id"},
             "success_rate": {"type": "number"},
             "delivery_rate": {"type": "number"}}},
         "Stats": {"type": "object", "additionalProperties": false,
           "required": ["from", "to", "totals", "by_state_now"],
           "properties": {
             "from": {"$ref": "#/components/schemas/Timestamp"},
             "to": {"$ref": "#/components/schemas/Timestamp"},
             "totals": {"$ref": "#/components/schemas/FlowTotals"},
             "success_rate": {"type": "number"},
             "delivery_rate": {"type": "number"},
             "by_state_now": {"type": "object", "additionalProperties": {"type": "integer"}},
             "group_by": {"type": "string"},
             "groups": {"type": "array", "items": {"$ref": "#/components/schemas/FlowGroup"}}}},
         "HoldingGate": {"type": "object", "additionalProperties": false,
           "required": ["scope", "cause", "title", "explanation", "remedy", "who"],
           "properties": {
             "scope": {"type": "string"}, "cause": {"type": "string"}, "title": {"type": "string"},
             "explanation": {"type": "string"}, "remedy": {"type": "string"}, "who": {"type": "string"},
             "opens_at": {"$ref": "#/components/schemas/Timestamp"},
             "next_try_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "LogRow": {"type": "object", "unevaluatedProperties": false,
           "allOf": [{"$ref": "#/components/schemas/LogRowFields"}]},
         "LogRowFields": {"type": "object",
           "required": ["id", "to", "type", "kind", "status", "critical", "retry_count", "created_at", "changed_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "tenant_id": {"$ref": "#/components/schemas/Id"},
             "business": {"type": "string"},
             "to": {"type": "string", "description": "Masked where all businesses are shown."},
             "type": {"type": "string"},
             "kind": {"type": "string"},
             "template": {"type": "string"},
             "reference": {"type": "string"},
             "status": {"type": "string"},
             "critical": {"type": "boolean"},
             "retry_count": {"type": "integer"},
             "max_retries": {"type": "integer"},
             "error_code": {"type": "integer"},
             "error_title": {"type": "string"},
             "error_explanation": {"type": "string"},
             "error_remedy": {"type": "string"},
             "error_who": {"type": "string"},
             "held_by": {"$ref": "#/components/schemas/HoldingGate"},
             "next_look_at": {"$ref": "#/components/schemas/Timestamp"},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "changed_at": {"$ref": "#/components/schemas/Timestamp"},
             "sent_at": {"$ref": "#/components/schemas/Timestamp"},
             "delivered_at": {"$ref": "#/components/schemas/Timestamp"},
             "read_at": {"$ref": "#/components/schemas/Timestamp"},
             "ended_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "LogPage": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/LogRow"}},
             "next_cursor": {"type": ["string", "null"],
               "description": "Give it back as `before`; with `sort=oldest` as `after`."},
             "page": {"type": "integer"},
             "has_more": {"type": "boolean"}}}}
        """#
}
