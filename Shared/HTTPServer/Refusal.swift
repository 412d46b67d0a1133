import Cbeast

extension Problem {
    /// Why the connection ends before there is a request to handle.
    static func refusing(_ refusal: cbeast_refusal) -> Problem {
        switch refusal {
        case CBEAST_REFUSAL_FRAMING:
            Problem(
                status: 400,
                code: "framing_ambiguous",
                title: "Malformed request",
                detail: "The length of the request body is not stated in one clear way."
            )
        case CBEAST_REFUSAL_VERSION:
            Problem(
                status: 505,
                code: "version_unsupported",
                title: "HTTP version not supported",
                detail: "This server speaks versions 1.1 and 1.0."
            )
        case CBEAST_REFUSAL_EXPECTATION:
            Problem(
                status: 417,
                code: "expectation_failed",
                title: "Expectation failed",
                detail: "Only 100-continue can be expected of this server."
            )
        case CBEAST_REFUSAL_TARGET_TOO_LONG:
            Problem(
                status: 414,
                code: "target_too_long",
                title: "Address too long",
                detail: "The request line is longer than this server reads."
            )
        case CBEAST_REFUSAL_HEADERS_TOO_LARGE:
            Problem(
                status: 431,
                code: "headers_too_large",
                title: "Headers too large",
                detail: "The headers are more, or longer, than this server reads."
            )
        case CBEAST_REFUSAL_BODY_TOO_LARGE:
            Problem(
                status: 413,
                code: "body_too_large",
                title: "Body too large",
                detail: "The body is longer than this server reads."
            )
        case CBEAST_REFUSAL_TOO_SLOW:
            Problem(
                status: 408,
                code: "request_too_slow",
                title: "Request too slow",
                detail: "The request did not arrive in time."
            )
        case CBEAST_REFUSAL_CONNECTIONS_OF_ADDRESS:
            Problem(
                status: 429,
                code: "too_many_connections",
                title: "Too many connections",
                detail: "Your address has too many connections open.",
                retryAfter: .seconds(1)
            )
        case CBEAST_REFUSAL_CONNECTIONS, CBEAST_REFUSAL_BODIES_IN_MEMORY:
            Problem(
                status: 503,
                code: "server_busy",
                title: "Server busy",
                detail: "The server has too much under way. Try again shortly.",
                retryAfter: .seconds(1)
            )
        default:
            Problem(
                status: 400,
                code: "request_malformed",
                title: "Malformed request",
                detail: "This is not a well-formed HTTP request."
            )
        }
    }
}
