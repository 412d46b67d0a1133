/// Proofs of delivery.
enum ProofsDescription {
    static let paths = #"""
        {"/v1/messages/{id}/proof": {
          "get": {
            "summary": "Proof of what happened to a message",
            "description": "A document that anybody can check against the public key at `/.well-known/tidings-proof-key.json`: with `tidings verify-proof`, or with the script `deploy/verify-proof`. What happened within the last minutes is not sealed yet.",
            "parameters": [
              {"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Id"}},
              {"name": "show", "in": "query", "schema": {"type": "string", "enum": ["recipient", "content", "all"]},
               "description": "What is shown beside what happened; without it there are hashes only."}],
            "responses": {
              "200": {"description": "The proof.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeliveryProof"}}}}}}},
         "/v1/proofs/seals": {
          "get": {
            "summary": "The seals over the business's log",
            "description": "In their order. Whoever keeps them can show later that none was changed or left out: each names the SHA-256 of the text before it.",
            "parameters": [
              {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}, "description": "The number of the last one of the page before."},
              {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}}],
            "responses": {
              "200": {"description": "Seals.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ProofSeals"}}}}}}}}
        """#

    static let schemas = #"""
        {"ProofSeal": {"type": "object", "additionalProperties": false, "required": ["text", "signature"],
           "properties": {
             "text": {"type": "string", "description": "What is signed."},
             "signature": {"type": "string", "description": "Ed25519 over the text, in Base64."}}},
         "ProofSeals": {"type": "object", "additionalProperties": false, "required": ["data", "next_cursor"],
           "properties": {
             "data": {"type": "array", "items": {"$ref": "#/components/schemas/ProofSeal"}},
             "next_cursor": {"type": ["string", "null"], "description": "Give it back as `after`."}}},
         "DeliveryProof": {"type": "object", "additionalProperties": false,
           "required": ["format", "message_id", "statement", "parts", "seals", "disclosed", "keys", "unsealed", "notes"],
           "properties": {
             "format": {"type": "string", "const": "tidings-proof-1"},
             "message_id": {"$ref": "#/components/schemas/Id"},
             "statement": {"$ref": "#/components/schemas/ProofSeal"},
             "parts": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["seal", "lines", "path"],
               "properties": {
                 "seal": {"type": "integer"},
                 "lines": {"type": "array", "items": {"type": "string"}},
                 "path": {"type": "array", "items": {"type": "object", "additionalProperties": false,
                   "required": ["side", "hash"],
                   "properties": {"side": {"type": "string", "enum": ["left", "right"]}, "hash": {"type": "string"}}}}}}},
             "seals": {"type": "array", "items": {"$ref": "#/components/schemas/ProofSeal"}},
             "disclosed": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["what", "value", "salt"],
               "properties": {
                 "what": {"type": "string", "enum": ["recipient", "content", "detail", "receipt"]},
                 "value": {"type": "string"}, "salt": {"type": "string"}}}},
             "keys": {"type": "array", "items": {"type": "object", "additionalProperties": false,
               "required": ["id", "public_key"],
               "properties": {"id": {"type": "string"}, "public_key": {"type": "string"}}}},
             "unsealed": {"type": "array", "items": {"type": "string"}},
             "notes": {"type": "array", "items": {"type": "string"}}}}}
        """#
}
