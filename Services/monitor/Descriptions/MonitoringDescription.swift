/// Monitoring itself, what it measured of anybody, and what answers: for founders' programs.
enum MonitoringDescription {
    static let paths = #"""
        {"/v1/admin/quality": {
          "get": {
            "summary": "How a business does, or the platform",
            "description": "With `tenant` as `GET /v1/quality` shows it to that business, without the platform's own figures. Reading it is on record.",
            "parameters": [{"name": "tenant", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}}],
            "responses": {
              "200": {"description": "The figures.", "content": {"application/json": {"schema": {
                "anyOf": [{"$ref": "#/components/schemas/Quality"},
                          {"$ref": "#/components/schemas/PlatformQuality"}]}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}}},
         "/v1/admin/uptime": {
          "get": {
            "summary": "What answers",
            "description": "Providers, the webhook's public address, the services, Postgres and Kafka: how each is now, since when, and how often it answered per day and month (UTC). Reading it is on record.",
            "responses": {
              "200": {"description": "By name.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Uptime"}}}}}}},
         "/v1/admin/monitoring": {
          "get": {
            "summary": "Monitoring itself",
            "description": "Whether it runs, its last and next turn, what it found, and which copies of monitor are there.",
            "responses": {
              "200": {"description": "How it is.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MonitoringStatus"}}}}}}},
         "/v1/admin/monitoring/start": {
          "post": {
            "summary": "Start monitoring",
            "description": "For all copies; a turn begins at once. Nothing changes where it runs already.",
            "responses": {
              "200": {"description": "How it is.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MonitoringStatus"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/admin/monitoring/stop": {
          "post": {
            "summary": "Stop monitoring",
            "description": "For all copies, until somebody starts it; a turn that is in hand ends. Alerts that are open stay open.",
            "responses": {
              "200": {"description": "How it is.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MonitoringStatus"}}}}}}},
         "/v1/admin/monitoring/restart": {
          "post": {
            "summary": "Restart monitoring",
            "description": "Forgets a turn that is in hand and begins one at once.",
            "responses": {
              "200": {"description": "How it is.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MonitoringStatus"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}}}
        """#

    static let schemas = #"""
        {"PlatformQuality": {"type": "object", "additionalProperties": false, "required": ["at", "quality"],
           "properties": {
             "at": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]},
             "quality": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["metric", "subject", "value", "sample"],
               "properties": {
                 "metric": {"type": "string"}, "subject": {"type": "string"}, "value": {"type": "number"},
                 "sample": {"type": "integer"}}}}}},
         "Uptime": {"type": "object", "additionalProperties": false, "required": ["endpoints"],
           "properties": {"endpoints": {"type": "array", "items": {"$ref": "#/components/schemas/Endpoint"}}}},
         "Endpoint": {"type": "object", "additionalProperties": false,
           "required": ["name", "is_up", "since", "checked_at", "milliseconds", "why", "failed_in_a_row", "days",
             "months"],
           "properties": {
             "name": {"type": "string"}, "is_up": {"type": "boolean"},
             "since": {"$ref": "#/components/schemas/Timestamp"},
             "checked_at": {"$ref": "#/components/schemas/Timestamp"}, "milliseconds": {"type": "number"},
             "why": {"type": ["string", "null"]}, "failed_in_a_row": {"type": "integer"},
             "days": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["day", "checks", "up", "availability"],
               "properties": {
                 "day": {"type": "string"}, "checks": {"type": "integer"}, "up": {"type": "integer"},
                 "availability": {"type": ["number", "null"]}}}},
             "months": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["month", "checks", "up", "availability"],
               "properties": {
                 "month": {"type": "string"}, "checks": {"type": "integer"}, "up": {"type": "integer"},
                 "availability": {"type": ["number", "null"]}}}}}},
         "MonitoringStatus": {"type": "object", "additionalProperties": false, "required": ["enabled", "jobs", "copies"],
           "properties": {
             "enabled": {"type": "boolean"},
             "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/MonitoringJob"}},
             "copies": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["id", "started_at", "seen_at", "enabled"],
               "properties": {
                 "id": {"$ref": "#/components/schemas/Id"},
                 "started_at": {"$ref": "#/components/schemas/Timestamp"},
                 "seen_at": {"$ref": "#/components/schemas/Timestamp"}, "enabled": {"type": "boolean"}}}}}},
         "MonitoringJob": {"type": "object", "additionalProperties": false,
           "required": ["name", "enabled", "changed_at", "changed_by", "running", "turns", "started_at", "ended_at",
             "took_seconds", "next_at", "tenants", "measurements", "error", "failed_in_a_row"],
           "properties": {
             "name": {"type": "string", "enum": ["measure", "uptime"]}, "enabled": {"type": "boolean"},
             "changed_at": {"$ref": "#/components/schemas/Timestamp"}, "changed_by": {"type": ["string", "null"]},
             "running": {"type": "boolean"}, "turns": {"type": "integer"},
             "started_at": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]},
             "ended_at": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]},
             "took_seconds": {"type": ["number", "null"]},
             "next_at": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]},
             "tenants": {"type": "integer"}, "measurements": {"type": "integer"},
             "error": {"type": ["string", "null"]}, "failed_in_a_row": {"type": "integer"}}}}
        """#
}
