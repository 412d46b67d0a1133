/// Meta's price lists.
enum RateCardsDescription {
    static let paths = #"""
        {"/v1/admin/rate-cards": {
          "get": {
            "summary": "All price lists",
            "description": "The newest first; all on one page.",
            "responses": {"200": {"description": "All of them.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RateCardList"}}}}}},
          "post": {
            "summary": "Import a price list",
            "description": "CSV as Meta publishes it: `Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service`; an empty field and `n/a` are no price. Each currency of the file becomes a list; one of the same currency and day is replaced. What had no price so far gets one.",
            "parameters": [
              {"name": "valid_from", "in": "query", "required": true, "schema": {"type": "string", "format": "date"},
               "description": "The first day on which the prices hold (UTC)."},
              {"name": "name", "in": "query", "schema": {"type": "string", "maxLength": 100}}],
            "requestBody": {"required": true, "content": {"text/csv": {"schema": {"type": "string"}}}},
            "responses": {"200": {"description": "The lists that were made.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RateCards"}}}}}}},
         "/v1/admin/rate-cards/{id}": {
          "delete": {
            "summary": "Remove a price list", "description": "What was priced by it keeps its price.",
            "responses": {"204": {"description": "It is gone."}}}}}
        """#

    static let schemas = #"""
        {"RateCard": {"type": "object", "additionalProperties": false,
          "required": ["id", "name", "currency", "valid_from", "imported_at", "imported_by", "prices_count"],
          "properties": {
           "id": {"$ref": "#/components/schemas/Id"}, "name": {"type": "string"},
           "currency": {"$ref": "#/components/schemas/Currency"}, "valid_from": {"type": "string", "format": "date"},
           "imported_at": {"$ref": "#/components/schemas/Timestamp"}, "imported_by": {"type": "string"},
           "prices_count": {"type": "integer"}}},
         "RateCards": {"type": "object", "additionalProperties": false, "required": ["data"],
          "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/RateCard"}}}},
         "RateCardList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
          "properties": {
           "data": {"type": "array", "items": {"$ref": "#/components/schemas/RateCard"}},
           "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
