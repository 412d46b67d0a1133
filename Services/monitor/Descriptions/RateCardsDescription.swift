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
              {"name": "name", "in": "query", "schema": {"type": "string", "maxLength": 100}},
              {"name": "dry_run", "in": "query", "schema": {"type": "boolean", "default": false},
               "description": "Store nothing and tell what would change: against the list that would be replaced, or else against the one that holds until that day."}],
            "requestBody": {"required": true, "content": {"text/csv": {"schema": {"type": "string"}}}},
            "responses": {"200": {"description": "The lists that were made, or what would change.",
              "content": {"application/json": {"schema": {"oneOf": [
                {"$ref": "#/components/schemas/RateCards"}, {"$ref": "#/components/schemas/RateCardPreviews"}]}}}}}}},
         "/v1/admin/rate-cards/{id}": {
          "get": {
            "summary": "A price list with its prices", "description": "By market and category.",
            "responses": {"200": {"description": "The list.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PricedRateCard"}}}}}},
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
         "PricedRateCard": {"type": "object", "additionalProperties": false,
          "required": ["id", "name", "currency", "valid_from", "imported_at", "imported_by", "prices_count", "prices"],
          "properties": {
           "id": {"$ref": "#/components/schemas/Id"}, "name": {"type": "string"},
           "currency": {"$ref": "#/components/schemas/Currency"}, "valid_from": {"type": "string", "format": "date"},
           "imported_at": {"$ref": "#/components/schemas/Timestamp"}, "imported_by": {"type": "string"},
           "prices_count": {"type": "integer"},
           "prices": {"type": "array", "items": {"type": "object", "additionalProperties": false,
             "required": ["market", "category", "amount"],
             "properties": {"market": {"type": "string"}, "category": {"type": "string"}, "amount": {"type": "string"}}}}}},
         "RateCardPreviews": {"type": "object", "additionalProperties": false, "required": ["dry_run", "data"],
          "properties": {"dry_run": {"type": "boolean"},
           "data": {"type": "array", "items": {"$ref": "#/components/schemas/RateCardPreview"}}}},
         "RateCardPreview": {"type": "object", "additionalProperties": false,
          "required": ["currency", "valid_from", "prices_count", "is_replacing", "changes"],
          "properties": {
           "currency": {"$ref": "#/components/schemas/Currency"}, "valid_from": {"type": "string", "format": "date"},
           "prices_count": {"type": "integer"},
           "is_replacing": {"type": "boolean", "description": "There is a list of this currency and day."},
           "compared_with": {"$ref": "#/components/schemas/RateCard"},
           "changes": {"type": "array", "items": {"type": "object", "additionalProperties": false,
             "required": ["market", "category", "before", "after"],
             "properties": {"market": {"type": "string"}, "category": {"type": "string"},
               "before": {"type": ["string", "null"]}, "after": {"type": ["string", "null"]}}}}}},
         "RateCards": {"type": "object", "additionalProperties": false, "required": ["data"],
          "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/RateCard"}}}},
         "RateCardList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
          "properties": {
           "data": {"type": "array", "items": {"$ref": "#/components/schemas/RateCard"}},
           "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
