import JSON

/// An error as RFC 9457 has it: thrown by a handler, it becomes the answer. Everything in it may leave the
/// building.
package struct Problem: Error, Sendable {
    package var status: Int
    /// Stable, for programs: `recipient_invalid`.
    package var code: String
    /// The kind of problem in a few words; the same for every occurrence.
    package var title: String
    /// This occurrence, for a person.
    package var detail: String
    /// The member of the request that is wrong, as a path: `content.template.name`.
    package var field: String?
    /// Sent as `Retry-After` in whole seconds, rounded up.
    package var retryAfter: Duration?
    /// Where more than one member is wrong.
    package var errors: [Entry]
    /// Further members of the document.
    package var extra: [(name: String, json: [UInt8])]
    /// Further headers, such as `WWW-Authenticate`.
    package var headers: [(name: String, value: String)] = []

    package struct Entry: Sendable, Equatable {
        package var field: String
        package var code: String
        package var detail: String

        package init(field: String, code: String, detail: String) {
            self.field = field
            self.code = code
            self.detail = detail
        }
    }

    package init(
        status: Int,
        code: String,
        title: String,
        detail: String,
        field: String? = nil,
        retryAfter: Duration? = nil,
        errors: [Entry] = [],
        extra: [(name: String, json: [UInt8])] = []
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.field = field
        self.retryAfter = retryAfter
        self.errors = errors
        self.extra = extra
    }

    package func response(requestID: String) -> Response {
        var response = Response(status: status, body: document(requestID: requestID))
        response.setHeader("Content-Type", "application/problem+json")
        response.setHeader("Cache-Control", "no-store")
        if let retryAfter {
            let (seconds, attoseconds) = retryAfter.components
            response.setHeader("Retry-After", String(max(0, attoseconds > 0 ? seconds + 1 : seconds)))
        }
        for (name, value) in headers { response.addHeader(name, value) }
        return response
    }

    private func document(requestID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { object in
            object.field("type", "about:blank")
            object.field("title", title)
            object.field("status", status)
            object.field("code", code)
            object.field("detail", detail)
            object.field("field", field)
            if !errors.isEmpty {
                object.field("errors", array: writeErrors)
            }
            object.field("request_id", requestID)
            for (name, json) in extra {
                object.key(name)
                object.raw(json)
            }
        }
        return writer.bytes
    }

    private func writeErrors(_ array: inout JSONWriter) {
        for entry in errors {
            array.object { object in
                object.field("field", entry.field)
                object.field("code", entry.code)
                object.field("detail", entry.detail)
            }
        }
    }
}

extension Problem {
    static let nothingHere = Problem(
        status: 404,
        code: "not_found",
        title: "Not found",
        detail: "There is nothing at this address."
    )

    static func methodNotAllowed(allowed: [HTTPMethod]) -> Problem {
        let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        var problem = Problem(
            status: 405,
            code: "method_not_allowed",
            title: "Method not allowed",
            detail: "This address answers \(names)."
        )
        problem.headers = [("Allow", names)]
        return problem
    }

    static let methodUnknown = Problem(
        status: 501,
        code: "method_unknown",
        title: "Method not implemented",
        detail: "No address of this server answers this method."
    )

    static let targetMalformed = Problem(
        status: 400,
        code: "target_malformed",
        title: "Malformed address",
        detail: "The path or query is not well formed, or leads upwards."
    )

    static let internalError = Problem(
        status: 500,
        code: "internal_error",
        title: "Internal error",
        detail: "Something went wrong on our side. The request id helps us to find it."
    )
}
