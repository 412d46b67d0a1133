/// Pauses and gates, limits, the ledger.
enum DeliveryDescription {
    static let paths = #"""
        {"/v1/pause": {
          "post": {
            "summary": "Hold messages",
            "description": "Those of all (`tenant`, without `id`), of a sender, a template or a batch. They use up no attempt; they still expire. Pausing twice is one pause.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/PauseSubject"},
              "example": {"scope": "tenant", "note": "wrong price"}}}},
            "responses": {
              "200": {"description": "It was paused already.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Gate"}}}},
              "201": {"description": "Paused.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Gate"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}}},
         "/v1/resume": {
          "post": {
            "summary": "Let messages go again",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/PauseSubject"},
              "example": {"scope": "tenant"}}}},
            "responses": {
              "200": {"description": "Resumed.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Resumed"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}}},
         "/v1/gates": {
          "get": {
            "summary": "What holds messages now",
            "responses": {
              "200": {"description": "Everything that is closed.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GateList"}}}}}}},
         "/v1/limits": {
          "get": {
            "summary": "What limits you",
            "description": "Quota, quiet hours, senders and portfolios, what is used now, and which limits were hit today.",
            "responses": {
              "200": {"description": "The limits.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Limits"}}}}}}},
         "/v1/ledger": {
          "get": {
            "summary": "The account of your messages",
            "description": "`opening` + `accepted` = `closing`, per state what entered and left. Whole minutes; today unless given.",
            "parameters": [
              {"name": "from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "to", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}}],
            "responses": {
              "200": {"description": "The ledger.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ledger"}}}}}}}}
        """#

    static let schemas = #"""
        {"PauseSubject": {"type": "object", "additionalProperties": false, "required": ["scope"],
           "properties": {
             "scope": {"type": "string", "enum": ["tenant", "sender", "template", "batch"]},
             "id": {"$ref": "#/components/schemas/Id"},
             "note": {"type": "string", "maxLength": 500}}},
         "Gate": {"type": "object", "additionalProperties": false,
           "required": ["gate_id", "scope", "id", "cause", "title", "explanation", "remedy", "who_acts", "closed_at",
             "closed_by", "until", "held"],
           "properties": {
             "gate_id": {"$ref": "#/components/schemas/Id"},
             "scope": {"type": "string",
               "enum": ["tenant", "sender", "template", "batch", "account", "portfolio", "provider"]},
             "id": {"type": "string", "description": "Ours for the first four, the provider's for the others."},
             "cause": {"type": "string", "description": "See the catalogue, chapter Sending."},
             "title": {"type": "string"},
             "explanation": {"type": "string"},
             "remedy": {"type": "string"},
             "who_acts": {"type": "string", "enum": ["tenant", "platform", "recipient", "nobody"]},
             "error": {"$ref": "#/components/schemas/ProviderError"},
             "note": {"type": "string"},
             "closed_at": {"$ref": "#/components/schemas/Timestamp"},
             "closed_by": {"type": "string"},
             "until": {"type": ["string", "null"], "format": "date-time"},
             "next_probe_at": {"$ref": "#/components/schemas/Timestamp"},
             "held": {"type": "integer"},
             "held_is_more": {"type": "boolean", "description": "There are more than were counted."}}},
         "GateList": {"type": "object", "additionalProperties": false, "required": ["data"],
           "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Gate"}}}},
         "Resumed": {"type": "object", "additionalProperties": false, "required": ["scope", "id", "was_paused", "released"],
           "properties": {
             "scope": {"type": "string"},
             "id": {"type": "string"},
             "was_paused": {"type": "boolean"},
             "released": {"type": "integer"},
             "released_is_more": {"type": "boolean"}}},
         "Limits": {"type": "object", "additionalProperties": false,
           "required": ["time_zone", "daily_quota", "quiet_hours", "message_delay_seconds", "senders", "portfolios",
             "hits_today"],
           "properties": {
             "time_zone": {"type": "string"},
             "daily_quota": {"type": "object", "additionalProperties": false, "required": ["max", "resets_at"],
               "properties": {
                 "max": {"type": ["integer", "null"]},
                 "used_today": {"type": "integer"},
                 "resets_at": {"$ref": "#/components/schemas/Timestamp"}}},
             "quiet_hours": {"type": ["object", "null"], "additionalProperties": false,
               "required": ["from", "to", "quiet_now"],
               "properties": {
                 "from": {"type": "string"},
                 "to": {"type": "string"},
                 "quiet_now": {"type": "boolean"},
                 "until": {"$ref": "#/components/schemas/Timestamp"}}},
             "message_delay_seconds": {"type": "integer"},
             "senders": {"type": "array", "items": {"$ref": "#/components/schemas/SenderLimits"}},
             "portfolios": {"type": "array", "items": {"$ref": "#/components/schemas/PortfolioLimits"}},
             "hits_today": {"type": "array", "items": {"$ref": "#/components/schemas/LimitHit"}}}},
         "SenderLimits": {"type": "object", "additionalProperties": false,
           "required": ["id", "name", "provider", "status", "messages_per_second", "messages_per_second_now",
             "in_flight_max", "pair_burst", "has_dispatcher", "waiting_in_dispatcher"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "name": {"type": "string"},
             "provider": {"type": "string"},
             "status": {"type": "string"},
             "portfolio_id": {"type": "string"},
             "messages_per_second": {"type": "number"},
             "messages_per_second_now": {"type": "number"},
             "in_flight_max": {"type": "integer"},
             "pair_burst": {"type": "integer"},
             "has_dispatcher": {"type": "boolean"},
             "waiting_in_dispatcher": {"type": "object", "additionalProperties": {"type": "integer"}}}},
         "PortfolioLimits": {"type": "object", "additionalProperties": false,
           "required": ["id", "recipients_max", "recipients_used"],
           "properties": {
             "id": {"type": "string"},
             "recipients_max": {"type": ["integer", "null"]},
             "recipients_used": {"type": "integer"},
             "recipients_free": {"type": "integer"},
             "next_free_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "LimitHit": {"type": "object", "additionalProperties": false,
           "required": ["limit", "subject", "by_provider", "hits", "last_at"],
           "properties": {
             "limit": {"type": "string"},
             "subject": {"type": "string"},
             "by_provider": {"type": "boolean"},
             "hits": {"type": "integer"},
             "last_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "Ledger": {"type": "object", "additionalProperties": false,
           "required": ["from", "to", "opening", "accepted", "closing", "balanced", "identity", "states", "ever",
             "last_check"],
           "properties": {
             "from": {"$ref": "#/components/schemas/Timestamp"},
             "to": {"$ref": "#/components/schemas/Timestamp"},
             "opening": {"type": "integer"},
             "accepted": {"type": "integer"},
             "closing": {"type": "integer"},
             "balanced": {"type": "boolean"},
             "identity": {"type": "string"},
             "states": {"type": "object", "description": "By the names of the states.",
               "additionalProperties": {"type": "object", "additionalProperties": false,
                 "required": ["opening", "entered", "left", "closing"],
                 "properties": {
                   "opening": {"type": "integer"},
                   "entered": {"type": "integer"},
                   "left": {"type": "integer"},
                   "closing": {"type": "integer"}}}},
             "ever": {"type": "object", "additionalProperties": false, "required": ["accepted", "in_states"],
               "properties": {"accepted": {"type": "integer"}, "in_states": {"type": "integer"}}},
             "last_check": {"type": ["object", "null"], "additionalProperties": false,
               "required": ["checked_at", "messages", "balanced", "differences"],
               "properties": {
                 "checked_at": {"$ref": "#/components/schemas/Timestamp"},
                 "messages": {"type": "integer"},
                 "balanced": {"type": "boolean"},
                 "differences": {"type": "object", "additionalProperties": true,
                   "description": "By figure, what was counted and what the rows say; empty when all is well."}}}}}}
        """#
}
