extension BroadcastsDescription {
    private static let broadcastProperties = #"""
        "id": {"$ref": "#/components/schemas/Id"}, "name": {"type": "string"},
        "status": {"$ref": "#/components/schemas/BroadcastStatus"},
        "message": {"type": "object", "additionalProperties": true, "description": "What all recipients share."},
        "scheduled_for": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]},
        "problem": {"description": "Why it paused by itself.",
         "oneOf": [{"$ref": "#/components/schemas/FieldProblem"}, {"type": "null"}]},
        "recipients": {"type": "integer"},
        "unusable": {"type": "integer", "description": "Recipients that can never be sent to: no number, or one twice."},
        "released_upto": {"type": "integer", "description": "Up to which position messages were made."},
        "accepted": {"type": "integer"}, "refused": {"type": "integer"},
        "created_at": {"$ref": "#/components/schemas/Timestamp"}, "updated_at": {"$ref": "#/components/schemas/Timestamp"},
        "started_at": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]},
        "finished_at": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]}
        """#

    private static let required = #"""
        "id", "name", "status", "message", "scheduled_for", "problem", "recipients", "unusable", "released_upto",
        "accepted", "refused", "created_at", "updated_at", "started_at", "finished_at"
        """#

    static let schemas = #"""
        {"BroadcastStatus": {"type": "string", "enum": ["draft", "scheduled", "running", "paused", "done", "cancelled"]},
         "NewBroadcast": {"type": "object", "additionalProperties": false, "required": ["name", "message"],
          "properties": {
           "name": {"type": "string", "minLength": 1, "maxLength": 100},
           "message": {"$ref": "#/components/schemas/BroadcastMessage"},
           "scheduled_for": {"$ref": "#/components/schemas/Timestamp"}}},
         "BroadcastChange": {"type": "object", "additionalProperties": false,
          "properties": {
           "name": {"type": "string", "minLength": 1, "maxLength": 100},
           "message": {"$ref": "#/components/schemas/BroadcastMessage"},
           "scheduled_for": {"oneOf": [{"$ref": "#/components/schemas/Timestamp"}, {"type": "null"}]}}},
         "BroadcastMessage": {"type": "object", "additionalProperties": true, "required": ["type"],
          "description": "As `POST /v1/messages` has it, without what each recipient has of its own. Looked at when the broadcast starts.",
          "properties": {"type": {"type": "string", "enum": ["template", "text", "image", "document", "audio", "video"]}}},
         "Broadcast": {"type": "object", "additionalProperties": false, "required": [\#(required)],
          "properties": {\#(broadcastProperties)}},
         "BroadcastProgress": {"type": "object", "additionalProperties": false, "required": [\#(required), "messages"],
          "properties": {\#(broadcastProperties),
           "messages": {"type": "object", "additionalProperties": {"type": "integer"},
            "description": "How many are in each state; states without a message are left out."}}},
         "BroadcastList": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
          "properties": {
           "data": {"type": "array", "items": {"$ref": "#/components/schemas/Broadcast"}},
           "next_cursor": {"$ref": "#/components/schemas/NextCursor"}}},
         "Uploaded": {"type": "object", "additionalProperties": false, "required": ["added", "recipients", "unusable"],
          "properties": {"added": {"type": "integer"}, "recipients": {"type": "integer"}, "unusable": {"type": "integer"}}},
         "Forecast": {"type": "object", "additionalProperties": false,
          "required": ["would_send", "would_refuse", "refused", "cost", "duration"],
          "properties": {
           "would_send": {"type": "integer"}, "would_refuse": {"type": "integer"},
           "refused": {"type": "array", "items": {"type": "object", "additionalProperties": false,
            "required": ["code", "count"],
            "properties": {"code": {"type": "string"}, "count": {"type": "integer"}, "detail": {"type": "string"},
             "first_position": {"type": "integer"}}}},
           "cost": {"$ref": "#/components/schemas/Estimate"},
           "duration": {"description": "Null where it would never end, or without a sender.",
            "oneOf": [{"type": "null"}, {"type": "object", "additionalProperties": false,
             "required": ["seconds", "limited_by", "put_off"],
             "properties": {"seconds": {"type": "integer"},
              "limited_by": {"type": "string", "description": "The limit that decides, as `GET /v1/limits` names it."},
              "put_off": {"type": "object", "additionalProperties": {"type": "integer"},
               "description": "Messages that a limit per day puts off to the days after."}}}]}}}}
        """#
}
