package import HTTPServer

/// What browsers want to hear before a page of another origin may call us (Fetch standard, CORS protocol).
package enum CrossOrigin {
    /// How long a browser may remember the answer to its question.
    static let secondsRemembered = 600
    static let originBytesMax = 255
    private static let requestHeaders = "Authorization, Content-Type, Idempotency-Key, X-Request-Id"
    private static let answerHeaders =
        "Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, "
        + "Idempotent-Replayed, X-Request-Id"

    /// The page's origin, where a browser says that there is one.
    package static func origin(of request: Request) -> String? {
        request.header("origin").flatMap { $0.utf8.count <= originBytesMax ? $0 : "" }
    }

    /// Lets the page read the answer, whatever it becomes.
    package static func allow(_ origin: String, _ request: Request) {
        request.answer.set("Access-Control-Allow-Origin", origin)
        request.answer.set("Access-Control-Expose-Headers", answerHeaders)
        request.answer.set("Vary", "Origin")
    }

    /// The answer to a preflight; nil when the request is none.
    package static func preflight(
        _ request: Request, allowed: [HTTPMethod], isKnown: (String) async throws -> Bool
    ) async -> Response? {
        guard let origin = origin(of: request), request.header("access-control-request-method") != nil else { return nil }
        do {
            guard try await isKnown(origin) else { return Problem.originNotAllowed.response(requestID: request.id) }
        } catch {
            return Problem.storageUnavailable.response(requestID: request.id)
        }
        var response = Response.empty()
        response.setHeader("Access-Control-Allow-Origin", origin)
        response.setHeader("Access-Control-Allow-Methods", allowed.map(\.rawValue).sorted().joined(separator: ", "))
        response.setHeader("Access-Control-Allow-Headers", requestHeaders)
        response.setHeader("Access-Control-Max-Age", "\(secondsRemembered)")
        response.setHeader("Vary", "Origin")
        return response
    }
}
