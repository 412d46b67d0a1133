/// Compliance reports.
enum ReportsDescription {
    static let paths = #"""
        {"/v1/reports/compliance": {
          "get": {
            "summary": "Compliance report",
            "description": "Of any days (UTC), or of a month: then as it was kept when the month was over. Every figure says what it means. Without parameters: the month before this one.",
            "parameters": [
              {"name": "month", "in": "query", "schema": {"type": "string"}, "description": "2027-01"},
              {"name": "from", "in": "query", "schema": {"type": "string", "format": "date"}},
              {"name": "to", "in": "query", "schema": {"type": "string", "format": "date"},
               "description": "Included; at most 366 days after `from`."},
              {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["json", "csv"]}}],
            "responses": {
              "200": {"description": "The report.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ComplianceReport"}},
                  "text/csv": {"schema": {"type": "string"}}}}}}},
         "/v1/reports/compliance/months": {
          "get": {
            "summary": "Monthly reports that are kept",
            "description": "Newest first. One is made when its month is over, and once more when nothing of it can change.",
            "responses": {
              "200": {"description": "The months.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReportMonths"}}}}}}},
         "/v1/admin/reports/compliance": {
          "get": {
            "summary": "Compliance report of one business, or of all together",
            "parameters": [
              {"name": "tenant", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "month", "in": "query", "schema": {"type": "string"}, "description": "2027-01"},
              {"name": "from", "in": "query", "schema": {"type": "string", "format": "date"}},
              {"name": "to", "in": "query", "schema": {"type": "string", "format": "date"}},
              {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["json", "csv"]}}],
            "responses": {
              "200": {"description": "The report.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ComplianceReport"}},
                  "text/csv": {"schema": {"type": "string"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}}},
         "/v1/admin/reports/compliance/months": {
          "get": {
            "summary": "Monthly reports that are kept, of one business or of all together",
            "parameters": [{"name": "tenant", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}}],
            "responses": {
              "200": {"description": "The months.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReportMonths"}}}}}}}}
        """#

    static let schemas = #"""
        {"ReportFigure": {"type": "object", "additionalProperties": false,
           "required": ["id", "title", "value", "unit", "text", "definition"],
           "properties": {
             "id": {"type": "string", "description": "For programs; it does not change."},
             "title": {"type": "string"},
             "value": {"type": ["number", "null"], "description": "Null where there is nothing to measure."},
             "unit": {"type": "string", "enum": ["count", "share", "seconds", "money", "text"]},
             "text": {"type": "string"},
             "definition": {"type": "string"}}},
         "ReportTable": {"type": "object", "additionalProperties": false,
           "required": ["id", "title", "definition", "columns", "rows"],
           "properties": {
             "id": {"type": "string"}, "title": {"type": "string"}, "definition": {"type": "string"},
             "columns": {"type": "array", "items": {"type": "string"}},
             "rows": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}}},
         "ComplianceReport": {"type": "object", "additionalProperties": false,
           "required": ["business", "from", "to", "made_at", "counted_at", "sections"],
           "properties": {
             "business": {"type": "string"},
             "from": {"type": "string", "format": "date"},
             "to": {"type": "string", "format": "date"},
             "made_at": {"$ref": "#/components/schemas/Timestamp"},
             "counted_at": {"type": ["string", "null"], "description": "The oldest count among the days; null: none was counted."},
             "sections": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["id", "title", "figures", "tables"],
               "properties": {
                 "id": {"type": "string"}, "title": {"type": "string"},
                 "figures": {"type": "array", "items": {"$ref": "#/components/schemas/ReportFigure"}},
                 "tables": {"type": "array", "items": {"$ref": "#/components/schemas/ReportTable"}}}}}}},
         "ReportMonths": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["month", "made_at", "is_settled"],
               "properties": {
                 "month": {"type": "string"},
                 "made_at": {"$ref": "#/components/schemas/Timestamp"},
                 "is_settled": {"type": "boolean"}}}},
             "next_cursor": {"type": "null"}}}}
        """#
}
