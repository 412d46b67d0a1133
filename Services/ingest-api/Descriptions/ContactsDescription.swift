/// Contacts, what they agreed to, and who must not be written to.
enum ContactsDescription {
    static let paths = #"""
        {"/v1/contacts": {
          "get": {
            "summary": "List contacts",
            "description": "Newest first.",
            "parameters": [
              {"name": "phone", "in": "query", "schema": {"type": "string"}, "description": "A + is %2B in an address."},
              {"name": "user_id", "in": "query", "schema": {"type": "string"}},
              {"name": "external_id", "in": "query", "schema": {"type": "string"}, "description": "Your own id."},
              {"name": "tag", "in": "query", "schema": {"type": "string"}},
              {"name": "q", "in": "query", "schema": {"type": "string"}, "description": "A part of a name."},
              {"name": "consent", "in": "query", "schema": {"type": "string"},
               "description": "A category and what was said: marketing:opted_in."},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {"200": {"description": "A page of them.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ContactList"}}}}}},
          "post": {
            "summary": "Create a contact",
            "description": "Known by at least one of phone, WhatsApp's user id and your own id. A person without phone and user id can be kept, and not written to.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewContact"},
              "example": {"phone": "+393401234567", "name": "Ada", "tags": ["vip"],
                "consents": [{"category": "marketing", "status": "opted_in", "source": "web_form"}]}}}},
            "responses": {"201": {"description": "Created.",
                "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ContactDetail"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}}},
         "/v1/contacts/import": {
          "post": {
            "summary": "Create or change up to 10,000 contacts",
            "description": "JSON, JSON lines (`application/x-ndjson`) or CSV (`text/csv`; the first row names the columns: phone, user_id, external_id, name, language, tags with `;` between, attributes.NAME, marketing, utility, authentication with opted_in or opted_out, consent_source, consent_at). Who is known already takes what is given; each row is taken or refused by itself.",
            "requestBody": {"required": true, "content": {
              "application/json": {
                "schema": {"$ref": "#/components/schemas/ContactImport"},
                "example": {"contacts": [{"phone": "+393401234568", "name": "Grace"}]}},
              "application/x-ndjson": {"schema": {"type": "string"}},
              "text/csv": {"schema": {"type": "string"}}}},
            "responses": {"200": {"description": "What became of them.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ImportResult"}}}}}}},
         "/v1/contacts/{id}": {
          "get": {
            "summary": "Read a contact",
            "description": "With what stands in its way and which senders may answer it freely.",
            "responses": {"200": {"description": "The contact.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ContactDetail"}}}}}},
          "patch": {
            "summary": "Change a contact",
            "description": "Fields that are left out stay as they are; null takes one away. Attributes are laid over those that are there.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/ContactChange"}, "example": {"name": "Ada Lovelace"}}}},
            "responses": {"200": {"description": "The contact as it is now.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ContactDetail"}}}},
              "409": {"$ref": "#/components/responses/Conflict"}}},
          "delete": {
            "summary": "Delete a contact",
            "description": "Its conversations go with it. Its opt-outs stay on the suppression list, and the ledger of consents stays as it is.",
            "responses": {"204": {"description": "Deleted."}}}},
         "/v1/contacts/{id}/consents": {
          "get": {
            "summary": "Read what a contact ever said",
            "description": "The ledger, newest first: nothing in it is changed or removed.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {"200": {"description": "A page of it.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ConsentLedger"}}}}}},
          "post": {
            "summary": "Record an opt-in or opt-out",
            "description": "What is older than what is known goes into the ledger and changes nothing else.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewConsent"},
              "example": {"category": "marketing", "status": "opted_out", "source": "web_form"}}}},
            "responses": {"201": {"description": "The contact as it is now.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ContactDetail"}}}}}}},
         "/v1/suppressions": {
          "get": {
            "summary": "List who must not be written to",
            "description": "Newest first.",
            "parameters": [
              {"name": "recipient", "in": "query", "schema": {"type": "string"}, "description": "A + is %2B in an address."},
              {"name": "category", "in": "query", "schema": {"$ref": "#/components/schemas/SuppressionCategory"}},
              {"name": "reason", "in": "query", "schema": {"$ref": "#/components/schemas/SuppressionReason"}},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {"200": {"description": "A page of them.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SuppressionList"}}}}}},
          "post": {
            "summary": "Put recipients on the list",
            "description": "One entry, or up to 1,000 as `entries`. What is on the list for the same reason is renewed.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"oneOf": [{"$ref": "#/components/schemas/NewSuppression"},
                                   {"$ref": "#/components/schemas/NewSuppressions"}]},
              "example": {"recipient": "+393401234599", "reason": "complaint"}}}},
            "responses": {"201": {"description": "The entry, or a list of them.",
                "headers": {"Location": {"description": "Where to read a single entry.", "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": {"oneOf": [
                  {"$ref": "#/components/schemas/Suppression"}, {"$ref": "#/components/schemas/SuppressionList"}]}}}}}}},
         "/v1/suppressions/{id}": {
          "get": {
            "summary": "Read an entry",
            "description": "As the list shows it.",
            "responses": {"200": {"description": "The entry.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Suppression"}}}}}},
          "delete": {
            "summary": "Take an entry away",
            "description": "Also one that the person or WhatsApp made: that is yours to answer for, and the audit log says who did it.",
            "responses": {"204": {"description": "Taken away."}}}},
         "/v1/consent-settings": {
          "get": {
            "summary": "Read the words of consent",
            "description": "What STOP and START are called, and what they end and begin.",
            "responses": {"200": {"description": "The settings.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ConsentSettings"}}}}}},
          "patch": {
            "summary": "Change the words of consent",
            "description": "Null sets a field back to what is usual.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/ConsentSettingsChange"},
              "example": {"stop_categories": ["marketing"]}}}},
            "responses": {"200": {"description": "The settings as they are now.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ConsentSettings"}}}}}}}}
        """#
}
