/// What the routes of every API of ours have in common. Areas refer to it: `{"$ref":"#/components/schemas/Id"}`.
package enum SharedComponents {
    static let parameters: StaticString = #"""
        {"Limit":{"name":"limit","in":"query","description":"How many entries a page has at most.",
          "schema":{"type":"integer","minimum":1,"maximum":200,"default":50}},
         "Cursor":{"name":"cursor","in":"query","description":"`next_cursor` of the page before, unchanged.",
          "schema":{"type":"string"}},
         "IdempotencyKey":{"name":"Idempotency-Key","in":"header",
          "description":"The same key with the same body gives the first answer again and does nothing twice; with another body it is refused. Kept for 48 hours.",
          "schema":{"type":"string","minLength":1,"maxLength":255,"pattern":"^[\\x20-\\x7E]+$"}}}
        """#

    static let headers: StaticString = #"""
        {"RateLimit-Limit":{"description":"Requests this key may make in the time that `RateLimit-Policy` names.","schema":{"type":"integer"}},
         "RateLimit-Remaining":{"description":"How many of them are left.","schema":{"type":"integer"}},
         "RateLimit-Reset":{"description":"Seconds until all of them are there again.","schema":{"type":"integer"}},
         "RateLimit-Policy":{"description":"The limit and its time in seconds: `100;w=1`.","schema":{"type":"string"}},
         "Retry-After":{"description":"Seconds to wait before the next try.","schema":{"type":"integer"}}}
        """#

    static let responses: StaticString = #"""
        {"Malformed":{"description":"The request or its body cannot be read.",
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
         "NotSignedIn":{"description":"No key, or one that is unknown, revoked or over.",
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
         "NotAllowed":{"description":"The key lacks the scope, the account is suspended, or the page may not call from where it is.",
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
         "NotFound":{"description":"You have nothing with this id.",
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
         "Conflict":{"description":"Not possible as things are now; `code` says why.",
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
         "TooLarge":{"description":"The body is larger than this address reads.",
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
         "Refused":{"description":"Something in the request is not as it must be; `errors` names every field.",
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
         "TooManyRequests":{"description":"The key made more requests than its limit, or the address opened too many connections.",
          "headers":{"Retry-After":{"$ref":"#/components/headers/Retry-After"},
           "RateLimit-Limit":{"$ref":"#/components/headers/RateLimit-Limit"},
           "RateLimit-Remaining":{"$ref":"#/components/headers/RateLimit-Remaining"},
           "RateLimit-Reset":{"$ref":"#/components/headers/RateLimit-Reset"},
           "RateLimit-Policy":{"$ref":"#/components/headers/RateLimit-Policy"}},
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},
         "Unavailable":{"description":"Not possible at the moment; nothing was done. Try again.",
          "headers":{"Retry-After":{"$ref":"#/components/headers/Retry-After"}},
          "content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}}
        """#

    /// A part of its own, so that its routes and schemas are found where all the others are.
    package static let part = DescriptionPart(
        "This description",
        "Everybody may read it, from any page.",
        area: nil,
        paths: #"""
            {"/openapi.json": {"get": {"summary": "This description, for programs", "security": [],
               "responses": {"200": {"description": "OpenAPI 3.1.",
                 "content": {"application/json": {"schema": {"type": "object", "additionalProperties": true}}}},
                 "304": {"description": "It is as it was: `If-None-Match`."}}}},
             "/docs": {"get": {"summary": "This description, for people", "security": [],
               "responses": {"200": {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}},
                 "304": {"description": "It is as it was."}}}},
             "/docs/style.css": {"get": {"summary": "The page's style", "security": [],
               "responses": {"200": {"description": "CSS.", "content": {"text/css": {"schema": {"type": "string"}}}},
                 "304": {"description": "It is as it was."}}}},
             "/v1/errors": {"get": {"summary": "Every error code", "security": [],
               "description": "With its cause and its remedy: ours, and those of the providers that stand in `error.code` of a message.",
               "parameters": [
                 {"name": "search", "in": "query", "schema": {"type": "string"},
                  "description": "Any of its words: a code, or an error text such as `Token expired`."},
                 {"name": "source", "in": "query", "schema": {"type": "string", "enum": ["tidings", "meta", "twilio"]}}],
               "responses": {"200": {"description": "All that match.",
                 "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorList"}}}}}}}}
            """#,
        schemas: #"""
            {"Id":{"type":"string","format":"uuid","description":"Ours; ids made later sort later."},
             "Timestamp":{"type":"string","format":"date-time","description":"RFC 3339 with its offset; answers are in UTC."},
             "NextCursor":{"type":["string","null"],"description":"Give it back as `cursor` for the next page; null on the last one."},
             "Country":{"type":"string","pattern":"^[A-Z]{2}$","description":"ISO 3166, as in IT."},
             "Currency":{"type":"string","pattern":"^[A-Z]{3}$","description":"ISO 4217, as in EUR."},
             "ErrorList":{"type":"object","additionalProperties":false,"required":["data","next_cursor"],
              "properties":{"data":{"type":"array","items":{"$ref":"#/components/schemas/ListedError"}},
               "next_cursor":{"$ref":"#/components/schemas/NextCursor"}}},
             "ListedError":{"type":"object","additionalProperties":false,
              "required":["source","code","statuses","cause","remedy","also_known_as"],
              "properties":{"source":{"type":"string","enum":["tidings","meta","twilio"]},
               "code":{"type":"string","description":"A name in angle brackets stands for any word."},
               "statuses":{"type":"array","items":{"type":"integer"}},
               "title":{"type":"string"},"cause":{"type":"string"},"remedy":{"type":"string"},
               "also_known_as":{"type":"array","items":{"type":"string"}}}},
             "FieldProblem":{"type":"object","additionalProperties":false,"required":["code","detail"],
              "properties":{"field":{"type":"string","description":"Where, as in `template.name`; empty or absent for the request as a whole."},
               "code":{"type":"string","description":"Stable: see the catalogue of codes."},
               "detail":{"type":"string","description":"What to do, for a person."}}},
             "Problem":{"type":"object","additionalProperties":true,
              "description":"An error as RFC 9457 has it. Some codes bring further members, which the catalogue names.",
              "required":["type","title","status","code","detail","request_id"],
              "properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},
               "code":{"type":"string","description":"Stable: see the catalogue of codes."},
               "detail":{"type":"string","description":"What to do, for a person."},
               "field":{"type":"string","description":"The field that is wrong, as a path."},
               "errors":{"type":"array","items":{"$ref":"#/components/schemas/FieldProblem"}},
               "request_id":{"type":"string","description":"Helps us to find the request."}}}}
            """#
    )
}
