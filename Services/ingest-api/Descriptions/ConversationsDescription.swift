/// What customers wrote, and what was done about it.
enum ConversationsDescription {
    static let paths = #"""
        {"/v1/conversations": {
          "get": {
            "summary": "List conversations",
            "description": "One a person and sender; those whose person wrote last first.",
            "parameters": [
              {"name": "status", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}},
              {"name": "sender_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "contact_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "assigned_to", "in": "query", "schema": {"type": "string"}},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {"200": {"description": "A page of them.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ConversationList"}}}}}}},
         "/v1/conversations/{id}": {
          "get": {
            "summary": "Read a conversation",
            "description": "`window_open_until` says how long this person may be answered with more than templates.",
            "responses": {"200": {"description": "The conversation.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Conversation"}}}}}},
          "patch": {
            "summary": "Change a conversation",
            "description": "Close it, hand it to somebody, mark it as read. What the person writes next opens it again.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/ConversationChange"},
              "example": {"status": "closed", "assigned_to": "ada"}}}},
            "responses": {"200": {"description": "The conversation as it is now.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Conversation"}}}}}}},
         "/v1/conversations/{id}/messages": {
          "get": {
            "summary": "Read what both sides wrote",
            "description": "Newest first.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {"200": {"description": "A page of it.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ConversationTurns"}}}}}}},
         "/v1/conversations/{id}/interactions": {
          "get": {
            "summary": "Read what agents did",
            "description": "Oldest first.",
            "parameters": [{"$ref": "#/components/parameters/Limit"}, {"$ref": "#/components/parameters/Cursor"}],
            "responses": {"200": {"description": "A page of it.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/InteractionList"}}}}}},
          "post": {
            "summary": "Log what an agent did",
            "description": "A person, a program or an AI: a note, a reply, a hand-over. Nothing is sent by it.",
            "requestBody": {"required": true, "content": {"application/json": {
              "schema": {"$ref": "#/components/schemas/NewInteraction"},
              "example": {"agent": "booking-assistant", "agent_kind": "ai", "type": "classification",
                "text": "Asks for another date.", "data": {"confidence": 0.93}}}}},
            "responses": {"201": {"description": "Logged.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Interaction"}}}}}}},
         "/v1/inbound-messages": {
          "get": {
            "summary": "List what customers wrote",
            "description": "Newest first.",
            "parameters": [
              {"name": "from", "in": "query", "schema": {"type": "string"}, "description": "A number; a + is %2B in an address."},
              {"name": "sender_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "contact_id", "in": "query", "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "received_from", "in": "query", "schema": {"$ref": "#/components/schemas/Timestamp"}},
              {"$ref": "#/components/parameters/Limit"},
              {"$ref": "#/components/parameters/Cursor"}],
            "responses": {"200": {"description": "A page of it.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/InboundMessageList"}}}}}}},
         "/v1/inbound-messages/{id}": {
          "get": {
            "summary": "Read what a customer wrote",
            "description": "`content` is the provider's own object.",
            "responses": {"200": {"description": "The message.",
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/InboundMessage"}}}}}}}}
        """#

    static let schemas = #"""
        {"Conversation": {"type": "object", "additionalProperties": false,
           "required": ["id", "sender_id", "contact_id", "phone", "user_id", "name", "status", "assigned_to",
             "last_inbound_at", "read_until", "unread", "window_open_until", "created_at", "updated_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "sender_id": {"$ref": "#/components/schemas/Id"},
             "contact_id": {"$ref": "#/components/schemas/Id"},
             "phone": {"type": ["string", "null"]},
             "user_id": {"type": ["string", "null"]},
             "name": {"type": ["string", "null"], "description": "Yours for the person, else WhatsApp's."},
             "status": {"type": "string", "enum": ["open", "closed"]},
             "assigned_to": {"type": ["string", "null"]},
             "last_inbound_at": {"$ref": "#/components/schemas/Timestamp"},
             "read_until": {"type": ["string", "null"], "format": "date-time"},
             "unread": {"type": "integer", "maximum": 100, "description": "100 means at least as many."},
             "window_open_until": {"type": ["string", "null"], "format": "date-time"},
             "created_at": {"$ref": "#/components/schemas/Timestamp"},
             "updated_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "ConversationChange": {"type": "object", "additionalProperties": false,
           "properties": {
             "status": {"type": "string", "enum": ["open", "closed"]},
             "assigned_to": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
             "read_until": {"$ref": "#/components/schemas/Timestamp"}}},
         "ConversationList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/Conversation"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "ConversationTurn": {"type": "object", "additionalProperties": false, "required": ["direction"],
           "properties": {
             "direction": {"type": "string", "enum": ["inbound", "outbound"]},
             "inbound": {"$ref": "#/components/schemas/InboundMessage"},
             "outbound": {"$ref": "#/components/schemas/Message"}}},
         "ConversationTurns": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/ConversationTurn"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "InteractionData": {"type": ["object", "null"], "additionalProperties": true,
           "description": "Your own: at most 16,384 bytes."},
         "NewInteraction": {"type": "object", "additionalProperties": false, "required": ["agent", "type"],
           "properties": {
             "agent": {"type": "string", "minLength": 1, "maxLength": 255},
             "agent_kind": {"type": "string", "enum": ["human", "ai", "system"], "default": "human"},
             "type": {"type": "string", "pattern": "^[a-z0-9_]{1,50}$"},
             "text": {"type": "string", "maxLength": 10000},
             "data": {"$ref": "#/components/schemas/InteractionData"},
             "message_id": {"$ref": "#/components/schemas/Id"},
             "inbound_message_id": {"$ref": "#/components/schemas/Id"},
             "at": {"$ref": "#/components/schemas/Timestamp"}}},
         "Interaction": {"type": "object", "additionalProperties": false,
           "required": ["id", "agent", "agent_kind", "type", "text", "data", "message_id", "inbound_message_id", "at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "agent": {"type": "string"},
             "agent_kind": {"type": "string", "enum": ["human", "ai", "system"]},
             "type": {"type": "string"},
             "text": {"type": ["string", "null"]},
             "data": {"$ref": "#/components/schemas/InteractionData"},
             "message_id": {"type": ["string", "null"], "format": "uuid"},
             "inbound_message_id": {"type": ["string", "null"], "format": "uuid"},
             "at": {"$ref": "#/components/schemas/Timestamp"}}},
         "InteractionList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/Interaction"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "InboundContent": {"type": "object", "additionalProperties": true},
         "InboundMessage": {"type": "object", "additionalProperties": false,
           "required": ["id", "sender_id", "contact_id", "conversation_id", "provider_message_id", "from",
             "from_user_id", "type", "text", "content", "sent_at", "received_at"],
           "properties": {
             "id": {"$ref": "#/components/schemas/Id"},
             "sender_id": {"$ref": "#/components/schemas/Id"},
             "contact_id": {"type": ["string", "null"], "format": "uuid"},
             "conversation_id": {"type": ["string", "null"], "format": "uuid"},
             "provider_message_id": {"type": "string"},
             "from": {"type": ["string", "null"]},
             "from_user_id": {"type": ["string", "null"]},
             "type": {"type": "string", "description": "WhatsApp's word: text, image, button, interactive …"},
             "text": {"type": ["string", "null"], "description": "What was written, or the label of what was chosen."},
             "content": {"$ref": "#/components/schemas/InboundContent"},
             "sent_at": {"$ref": "#/components/schemas/Timestamp"},
             "received_at": {"$ref": "#/components/schemas/Timestamp"}}},
         "InboundMessageList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/InboundMessage"}},
             "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}}}
        """#
}
