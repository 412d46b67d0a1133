/// Templates: writing them, having them approved, seeing them used.
enum TemplatesDescription {
    static let paths = #"""
        {"/v1/templates": {
          "get": {
            "summary": "List templates",
            "description": "Newest first. Those of all accounts, drafts included.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/TemplateStatus"}},
              {"name": "category", "in": "query", "schema": {"$ref": "#/components/schemas/TemplateCategory"}},
              {"name": "name", "in": "query", "schema": {"type": "string"}},
              {"name": "language", "in": "query", "schema": {"type": "string"}},
              {"name": "account_id", "in": "query", "schema": {"type": "string"}},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {
              "200": {"description": "A page of them.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplateList"}}}}}},
          "post": {
            "summary": "Write a template",
            "description": "A draft, checked by WhatsApp's rules: header, body, footer, buttons, and an example for each variable. It belongs to an account: `account_id`, or the one that `sender_id` sends through, or that of your default sender. With `submit` it is handed in at once.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewTemplate"},
              "example": {"name": "order_left", "language": "en", "category": "utility",
                "header": {"format": "text", "text": "Order {{order_number}}"},
                "body": "Hi {{first_name}}, order {{order_number}} has left.",
                "buttons": [{"type": "url", "text": "Follow it", "url": "https://shop.example/orders/{{1}}"}],
                "examples": {"header_order_number": "881", "first_name": "Ada", "order_number": "881", "button_0": "881"}}}}},
            "responses": {
              "201": {"description": "Written.",
                "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Template"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/templates/{id}": {
          "get": {
            "summary": "Read a template",
            "description": "With what became of its status, category and quality.",
            "responses": {
              "200": {"description": "The template.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplateDetail"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}},
          "patch": {
            "summary": "Change a template",
            "description": "A draft changes at once. What WhatsApp has stays as it is and goes on being sent; what you change waits in `changes` until you submit it. Null takes a part away.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/TemplateChange"},
              "example": {"footer": "Reply STOP to opt out"}}}},
            "responses": {
              "200": {"description": "The template as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Template"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}},
          "delete": {
            "summary": "Delete a template",
            "description": "A draft is gone at once. What the provider has is deleted there in the background; WhatsApp keeps the name of an approved one blocked for 30 days.",
            "responses": {
              "202": {"description": "It will be deleted at its provider.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Template"}}}},
              "204": {"description": "Gone."},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/templates/{id}/submit": {
          "post": {
            "summary": "Hand a template in for review",
            "description": "In the background, mostly within seconds: the first time the whole template, later its changes. The verdict is WhatsApp's and takes minutes, sometimes a day; `status` shows it.",
            "responses": {
              "202": {"description": "It will be handed in.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Template"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/templates/{id}/unpause": {
          "post": {
            "summary": "Lift a pause",
            "description": "For a pause that WhatsApp does not lift itself.",
            "responses": {
              "202": {"description": "WhatsApp will be asked.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Template"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/templates/{id}/preview": {
          "post": {
            "summary": "See a template with values",
            "description": "As its recipient will see it. Without `variables`: with its own examples. What is wrong with the values is listed, and refuses nothing.",
            "x-scope": "templates:read",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/TemplatePreviewOrder"},
              "example": {"changes": false}}}},
            "responses": {
              "200": {"description": "What it looks like.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplatePreview"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}}},
         "/v1/templates/{id}/usage": {
          "get": {
            "summary": "How a template is used and received",
            "description": "Of the messages accepted in a span, in days or hours of UTC; the last 30 days unless given.",
            "parameters": [
              {"name": "from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "to", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "granularity", "in": "query", "schema": {"type": "string", "enum": ["hour", "day"], "default": "day"}}],
            "responses": {
              "200": {"description": "The figures.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplateUsage"}}}},
              "404": {"$ref": "#/components/responses/NotFound"}}}},
         "/v1/templates/usage": {
          "get": {
            "summary": "How all templates are used and received",
            "description": "Most used first.",
            "parameters": [
              {"name": "from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"name": "to", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}}],
            "responses": {
              "200": {"description": "The figures.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplateUsageList"}}}}}}},
         "/v1/templates/preview": {
          "post": {
            "summary": "See a template before it is written",
            "x-scope": "templates:read",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/TemplateSketch"},
              "example": {"name": "order_left", "language": "en", "category": "utility",
                "body": "Hi {{first_name}}, it has left.", "examples": {"first_name": "Ada"},
                "variables": {"first_name": "Zoë"}}}}},
            "responses": {
              "200": {"description": "What it would look like.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplatePreview"}}}}}}},
         "/v1/templates/accounts": {
          "get": {
            "summary": "Whose templates there are",
            "description": "The accounts that your senders send through, and when each was last compared with its provider's list.",
            "responses": {
              "200": {"description": "The accounts, the default sender's first.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplateAccountList"}}}}}}},
         "/v1/templates/sync": {
          "post": {
            "summary": "Compare with the provider now",
            "description": "What was made, approved, changed or deleted elsewhere. It happens every hour by itself.",
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/TemplateSync"},
              "example": {}}}},
            "responses": {
              "202": {"description": "These accounts will be compared.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplateSyncAccounts"}}}}}}},
         "/v1/templates/examples": {
          "get": {
            "summary": "Templates to start from",
            "responses": {
              "200": {"description": "The examples.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TemplateExampleList"}}}}}}},
         "/v1/templates/examples/{name}": {
          "post": {
            "summary": "Make an example your own",
            "description": "A draft with the example's content, under its name or another.",
            "requestBody": {"required": false, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/TemplateFromExample"},
              "example": {"name": "my_reminder"}}}},
            "responses": {
              "201": {"description": "Written.",
                "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Template"}}}},
              "404": {"$ref": "#/components/responses/NotFound"},
              "409": {"$ref": "#/components/responses/Conflict"}}}}}
        """#
}
