import Models

/// How businesses do, what answers, and monitoring itself.
enum QualityDescription {
    private static let metrics = Metric.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")

    static let paths = #"""
        {"/v1/quality": {
          "get": {
            "summary": "How the business does now",
            "description": "What the last cycle of monitoring measured, of the business (`sender_id` null) and of each sender, held against the thresholds of its settings. `sample` says how many messages or attempts stand behind a value. `since`: since when it is, or is not, met.",
            "responses": {
              "200": {"description": "The figures.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Quality"}}}}}}},
         "/v1/quality/history": {
          "get": {
            "summary": "One figure over time",
            "description": "Each point is the mean of what was measured in its part of the span. Each cycle is kept for three days, the first of each hour for 35 days.",
            "parameters": [
              {"name": "metric", "in": "query", "required": true,
               "schema": {"type": "string", "enum": [\#(metrics)]}},
              {"name": "sender_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"},
               "description": "Absent: the business as a whole."},
              {"name": "from", "in": "query", "schema": {"type": "string"},
               "description": "A time of RFC 3339; a day before `to` unless given."},
              {"name": "to", "in": "query", "schema": {"type": "string"}},
              {"name": "points", "in": "query",
               "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 288}}],
            "responses": {
              "200": {"description": "Oldest first.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/QualityHistory"}}}}}}}}
        """#

    static let schemas = #"""
        {"Quality": {"type": "object", "additionalProperties": false,
           "required": ["at", "thresholds", "quality", "forecasts"],
           "properties": {
             "at": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]},
             "thresholds": {"type": "object", "additionalProperties": false,
               "required": ["delivery_rate", "failure_rate", "quality_score"],
               "properties": {
                 "delivery_rate": {"type": "number"}, "failure_rate": {"type": "number"},
                 "quality_score": {"type": "number"}}},
             "quality": {"type": "array", "items": {"$ref": "#/components/schemas/QualityFigure"}},
             "forecasts": {"type": "array", "items": {"$ref": "#/components/schemas/Forecast"}}}},
         "QualityFigure": {"type": "object", "additionalProperties": false,
           "required": ["metric", "sender_id", "value", "sample", "threshold", "is_met", "since"],
           "properties": {
             "metric": {"type": "string"}, "sender_id": {"type": ["string", "null"]}, "value": {"type": "number"},
             "sample": {"type": "integer"}, "threshold": {"type": ["number", "null"]},
             "is_met": {"type": ["boolean", "null"]},
             "since": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]}}},
         "Forecast": {"type": "object", "additionalProperties": false,
           "required": ["kind", "sender_id", "is_urgent", "words"],
           "properties": {
             "kind": {"type": "string", "enum": ["limit", "failures", "token"]},
             "sender_id": {"type": ["string", "null"]}, "is_urgent": {"type": "boolean"}, "words": {"type": "string"}}},
         "QualityHistory": {"type": "object", "additionalProperties": false,
           "required": ["metric", "sender_id", "from", "to", "data"],
           "properties": {
             "metric": {"type": "string"}, "sender_id": {"type": ["string", "null"]},
             "from": {"$ref": "#/components/schemas/Timestamp"}, "to": {"$ref": "#/components/schemas/Timestamp"},
             "data": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["at", "value", "sample"],
               "properties": {
                 "at": {"$ref": "#/components/schemas/Timestamp"}, "value": {"type": "number"},
                 "sample": {"type": "integer"}}}}}}}
        """#
}
