extension Catalogue {
    /// What hinders a request before anybody looks at what it asks for.
    static let protocolErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "not_found", 404, cause: "There is no such address.",
            remedy: "Compare the path with the description: `/docs`."),
        CatalogueEntry(
            "method_not_allowed", 405, cause: "The address exists and does not answer this method.",
            remedy: "Use a method that the header `Allow` names."),
        CatalogueEntry(
            "method_unknown", 501, cause: "No address of this server answers this method.",
            remedy: "Use GET, POST, PATCH or DELETE, as the description says."),
        CatalogueEntry(
            "json_malformed", 400, cause: "The body is empty, is not one JSON document in UTF-8, or is nested too deep.",
            remedy: "`detail` says what is wrong; let a library write the JSON."),
        CatalogueEntry(
            "json_duplicate_key", 422, cause: "An object in the body has the same key twice, which two readers would read differently.",
            remedy: "Leave one of them out."),
        CatalogueEntry(
            "null_character", 422, cause: "A text in the body holds the character U+0000, which cannot be stored.",
            remedy: "Leave the character out."),
        CatalogueEntry(
            "body_too_large", 413, cause: "The body is larger than this address reads.",
            remedy: "Send less at once: smaller batches, several uploads."),
        CatalogueEntry(
            "target_malformed", 400, cause: "The path or the query is not well formed, or leads upwards.",
            remedy: "Encode what is not a letter or a digit with percent signs; a + is %2B."),
        CatalogueEntry(
            "target_too_long", 414, cause: "The address is longer than the server reads.",
            remedy: "Ask for less at once, or send it in a body where the address takes one."),
        CatalogueEntry(
            "headers_too_large", 431, cause: "The headers are more, or longer, than the server reads.",
            remedy: "Send fewer and shorter headers: cookies are the usual cause."),
        CatalogueEntry(
            "framing_ambiguous", 400, cause: "The length of the body is not stated in one clear way.",
            remedy: "Send one `Content-Length`, or `Transfer-Encoding: chunked`, and not both."),
        CatalogueEntry(
            "request_malformed", 400, cause: "This is no well-formed HTTP request.",
            remedy: "Use an HTTP library; look for a proxy on the way that changes requests."),
        CatalogueEntry(
            "request_too_slow", 408, cause: "The request did not arrive whole in time.",
            remedy: "Send it again over a better connection."),
        CatalogueEntry(
            "expectation_failed", 417, cause: "The header `Expect` asks for something other than 100-continue.",
            remedy: "Leave the header out."),
        CatalogueEntry(
            "version_unsupported", 505, cause: "The request is not HTTP/1.1 or HTTP/1.0.",
            remedy: "Speak HTTP/1.1, or put a proxy that does in front."),
        CatalogueEntry(
            "too_many_connections", 429, cause: "Your address has too many connections open.",
            remedy: "Keep connections and use them again; wait for `Retry-After`."),
        CatalogueEntry(
            "server_busy", 503, cause: "The server has too much under way.",
            remedy: "Try again after `Retry-After`."),
        CatalogueEntry(
            "overloaded", 503, cause: "More arrives than can be stored at the moment. Nothing was accepted.",
            remedy: "Try again after `Retry-After`, with the same `Idempotency-Key`.",
            alsoKnownAs: ["WhatsApp service not available"]),
        CatalogueEntry(
            "storage_unavailable", 503,
            cause: "The message store cannot be reached, so nothing could be written down. Nothing is sent that is not on record.",
            remedy: "Try again after `Retry-After`; with an `Idempotency-Key` nothing is sent twice. If it goes on, the platform's operator looks at Postgres.",
            alsoKnownAs: ["Failed to log WhatsApp message", "WhatsApp service not available"]),
        CatalogueEntry(
            "api_unavailable", 503,
            cause: "A page asked ingest-api, which did not answer. Nothing was changed.",
            remedy: "Try again in a moment. If it goes on, the platform's operator looks at ingest-api and at `INGEST_URL` of monitor."),
        CatalogueEntry(
            "internal_error", 500, cause: "Something went wrong on our side.",
            remedy: "Write to support with the `request_id`."),
    ]
}
