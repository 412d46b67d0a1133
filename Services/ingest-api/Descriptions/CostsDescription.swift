/// What messages cost.
enum CostsDescription {
    static let paths = #"""
        {"/v1/costs": {
          "get": {
            "summary": "What messages cost",
            "description": "By default this month up to today, in UTC. Prices come from receipts: what was not delivered costs nothing. `without_price` counts what no price list names yet; it gets its price when the list comes.",
            "parameters": [
              {"name": "from", "in": "query", "schema": {"$ref": "#/components/schemas/Day"}, "description": "The first day."},
              {"name": "to", "in": "query", "schema": {"$ref": "#/components/schemas/Day"}, "description": "The last day, included."},
              {"name": "group", "in": "query", "description": "How the figures are grouped; `total` unless given.",
               "schema": {"type": "string", "enum": ["total", "day", "month", "sender", "template", "country", "category"]}}],
            "responses": {
              "200": {"description": "The figures.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Costs"}}}}}}},
         "/v1/costs/estimate": {
          "post": {
            "summary": "What messages would cost",
            "description": "At list price: an upper bound. Nothing is sent.",
            "x-scope": "costs:read",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/EstimateOrder"},
              "example": {"category": "marketing", "countries": {"IT": 1200, "DE": 30}}}}},
            "responses": {
              "200": {"description": "The estimate, the dearest country first.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Estimate"}}}}}}},
         "/v1/messages/{id}/costs": {
          "get": {
            "summary": "What a message cost",
            "description": "One entry for each send that was charged or would have been; none before its receipt.",
            "x-scope": "costs:read",
            "responses": {
              "200": {"description": "Its costs.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MessageCosts"}}}}}}},
         "/v1/rate-cards": {
          "get": {
            "summary": "List the price lists",
            "description": "The newest first; all on one page.",
            "x-scope": "costs:read",
            "responses": {
              "200": {"description": "All of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RateCardList"}}}}}}},
         "/v1/rate-cards/{id}": {
          "get": {
            "summary": "Read a price list",
            "x-scope": "costs:read",
            "responses": {
              "200": {"description": "The list with its prices.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RateCard"}}}}}}}}
        """#

    static let schemas = #"""
        {"Day": {"type": "string", "format": "date", "description": "Of UTC, as in 2027-01-31."},
         "Money": {"type": "string", "pattern": "^[0-9]+\\.[0-9]{2,6}$", "description": "A decimal number, as in 12.3456."},
         "PriceCategory": {"type": "string", "enum": ["marketing", "utility", "authentication", "authentication_international", "service"]},
         "Costs": {"type": "object", "additionalProperties": false, "required": ["from", "to", "group", "data"],
          "properties": {
           "from": {"$ref": "#/components/schemas/Day"}, "to": {"$ref": "#/components/schemas/Day"},
           "group": {"type": "string"},
           "data": {"type": "array", "items": {"$ref": "#/components/schemas/CostGroup"}}}},
         "CostGroup": {"type": "object", "additionalProperties": false,
          "required": ["key", "currency", "messages", "billable", "without_price", "amount"],
          "properties": {
           "key": {"type": "string", "description": "A day, a month, an id, a country or a category; empty for the total, for messages without a template, and for numbers that do not tell their country."},
           "currency": {"$ref": "#/components/schemas/Currency"},
           "messages": {"type": "integer"}, "billable": {"type": "integer"},
           "without_price": {"type": "integer", "description": "Billable, and no price list names them yet."},
           "amount": {"$ref": "#/components/schemas/Money"}}},
         "EstimateOrder": {"type": "object", "additionalProperties": false,
          "description": "Either `template` or `category`, and either `recipients` or `countries`.",
          "properties": {
           "template": {"type": "object", "additionalProperties": false, "required": ["name", "language"],
            "properties": {"name": {"type": "string"}, "language": {"type": "string"}}},
           "category": {"$ref": "#/components/schemas/PriceCategory"},
           "recipients": {"type": "array", "minItems": 1, "maxItems": 10000, "items": {"type": "string"},
            "description": "Telephone numbers."},
           "countries": {"type": "object", "maxProperties": 300, "propertyNames": {"pattern": "^[A-Z]{2}$"},
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 100000000},
            "description": "How many messages go to each country."}}},
         "Estimate": {"type": "object", "additionalProperties": false,
          "required": ["category", "currency", "messages", "without_price", "amount", "countries"],
          "properties": {
           "category": {"$ref": "#/components/schemas/PriceCategory"},
           "currency": {"$ref": "#/components/schemas/Currency"},
           "messages": {"type": "integer"}, "without_price": {"type": "integer"},
           "amount": {"$ref": "#/components/schemas/Money"},
           "countries": {"type": "array", "items": {"$ref": "#/components/schemas/EstimateLine"}}}},
         "EstimateLine": {"type": "object", "additionalProperties": false,
          "required": ["country", "market", "messages", "price", "amount"],
          "properties": {
           "country": {"type": ["string", "null"]}, "market": {"type": "string"}, "messages": {"type": "integer"},
           "price": {"type": ["string", "null"], "description": "Of one message; null: no price list names it."},
           "amount": {"type": ["string", "null"]}}},
         "MessageCosts": {"type": "object", "additionalProperties": false, "required": ["message_id", "data"],
          "properties": {
           "message_id": {"$ref": "#/components/schemas/Id"},
           "data": {"type": "array", "items": {"$ref": "#/components/schemas/MessageCost"}}}},
         "MessageCost": {"type": "object", "additionalProperties": false,
          "required": ["attempt", "category", "pricing_type", "billable", "amount", "currency", "source", "country"],
          "properties": {
           "attempt": {"type": "integer"}, "category": {"type": "string"},
           "pricing_type": {"type": "string", "description": "The provider's word: regular, free_customer_service, free_entry_point."},
           "billable": {"type": "boolean"},
           "amount": {"type": ["string", "null"], "description": "Null: no price list names it yet."},
           "currency": {"$ref": "#/components/schemas/Currency"},
           "source": {"type": "string", "enum": ["rate_card", "provider", "free"]},
           "country": {"type": ["string", "null"]}, "segments": {"type": "integer"}}},
         "RateCardSummary": {"type": "object", "additionalProperties": false,
          "required": ["id", "name", "currency", "valid_from", "imported_at", "prices_count"],
          "properties": {
           "id": {"$ref": "#/components/schemas/Id"}, "name": {"type": "string"},
           "currency": {"$ref": "#/components/schemas/Currency"}, "valid_from": {"$ref": "#/components/schemas/Day"},
           "imported_at": {"$ref": "#/components/schemas/Timestamp"}, "prices_count": {"type": "integer"}}},
         "RateCardList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
          "properties": {
           "data": {"type": "array", "items": {"$ref": "#/components/schemas/RateCardSummary"}},
           "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "RateCard": {"type": "object", "additionalProperties": false,
          "required": ["id", "name", "currency", "valid_from", "imported_at", "prices_count", "prices"],
          "properties": {
           "id": {"$ref": "#/components/schemas/Id"}, "name": {"type": "string"},
           "currency": {"$ref": "#/components/schemas/Currency"}, "valid_from": {"$ref": "#/components/schemas/Day"},
           "imported_at": {"$ref": "#/components/schemas/Timestamp"}, "prices_count": {"type": "integer"},
           "prices": {"type": "array", "items": {"type": "object", "additionalProperties": false,
            "required": ["market", "category", "amount"],
            "properties": {"market": {"type": "string"}, "category": {"$ref": "#/components/schemas/PriceCategory"},
             "amount": {"$ref": "#/components/schemas/Money"}}}}}}}
        """#
}
