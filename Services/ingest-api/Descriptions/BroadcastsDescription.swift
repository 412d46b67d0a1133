/// One message to many.
enum BroadcastsDescription {
    static let paths = #"""
        {"/v1/broadcasts": {
          "get": {
            "summary": "List broadcasts", "description": "Newest first.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/BroadcastStatus"}},
              {"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {"200": {"description": "A page of them.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BroadcastList"}}}}}},
          "post": {
            "summary": "Draft a broadcast",
            "description": "Then upload recipients, look at the forecast, and start it.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewBroadcast"},
              "example": {"name": "Spring", "message": {"type": "template", "template": {"name": "spring_offer", "language": "en"}}}}}},
            "responses": {"201": {"description": "The draft.",
              "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Broadcast"}}}}}}},
         "/v1/broadcasts/{id}": {
          "get": {
            "summary": "Read a broadcast", "description": "With how many of its messages are in each state.",
            "responses": {"200": {"description": "The broadcast.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BroadcastProgress"}}}}}},
          "patch": {
            "summary": "Change a draft",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/BroadcastChange"}, "example": {"scheduled_for": null}}}},
            "responses": {"200": {"description": "The draft.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Broadcast"}}}}, "409": {"$ref": "#/components/responses/Conflict"}}},
          "delete": {
            "summary": "Delete a draft", "responses": {"204": {"description": "It is gone, with its recipients."}, "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/broadcasts/{id}/recipients": {
          "post": {
            "summary": "Upload recipients",
            "description": "JSON lines, `{\"to\":…,\"variables\":{…},\"reference\":…}`, or CSV whose first row names the columns: `to`, perhaps `reference`, and one for each variable. Up to 16 MiB at a time; several uploads add up to 100,000 recipients. An upload is added whole or not at all; recipients that cannot be sent to are kept with their problem.",
            "requestBody": {"required": true, "content": {
              "application/x-ndjson": {"schema": {"type": "string"}}, "application/jsonl": {"schema": {"type": "string"}},
              "application/json-lines": {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}}}},
            "responses": {"200": {"description": "How many there are.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Uploaded"}}}},
              "409": {"$ref": "#/components/responses/Conflict"},
              "415": {"description": "Neither JSON lines nor CSV.",
               "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}}},
          "delete": {
            "summary": "Forget the recipients of a draft", "responses": {"204": {"description": "It has none."}, "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/broadcasts/{id}/results": {
          "get": {
            "summary": "What became of each recipient",
            "description": "JSON lines, one a recipient, in the order of the uploads, as a stream: `position`, `to`, `reference`, `message_id`, `status` (the message's; `pending` before it is made, `refused` where there is none), `problem`, `error_code`.",
            "responses": {"200": {"description": "The results.", "content": {"application/x-ndjson": {
              "schema": {"type": "string"}}}}}}},
         "/v1/broadcasts/{id}/forecast": {
          "post": {
            "summary": "What would happen",
            "description": "Who would be refused and why, what it costs at list price, how long it takes and what limits it. Nothing is sent.",
            "x-scope": "automation:read",
            "responses": {"200": {"description": "The forecast.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Forecast"}}}}}}},
         "/v1/broadcasts/{id}/start": {
          "post": {
            "summary": "Start a broadcast", "description": "At its time, or now. Starting twice starts once.",
            "responses": {"200": {"description": "The broadcast.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BroadcastProgress"}}}}, "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/broadcasts/{id}/pause": {
          "post": {
            "summary": "Pause a broadcast", "description": "What has not been sent is held.",
            "responses": {"200": {"description": "The broadcast.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BroadcastProgress"}}}}, "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/broadcasts/{id}/resume": {
          "post": {
            "summary": "Resume a broadcast",
            "responses": {"200": {"description": "The broadcast.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BroadcastProgress"}}}}, "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/broadcasts/{id}/cancel": {
          "post": {
            "summary": "Call a broadcast back", "description": "What has not been sent never will be.",
            "responses": {"200": {"description": "The broadcast.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BroadcastProgress"}}}}}}}}
        """#
}
