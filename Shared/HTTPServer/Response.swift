/// What a handler answers. `Date`, `Content-Length`, `Transfer-Encoding`, `Connection` and `X-Request-Id` are
/// the server's own; a handler's values for them are left out.
package struct Response: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    var producer: (@Sendable (StreamWriter) async -> Void)?
    var isAbandoned = false

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ status: Int, _ bytes: [UInt8]) -> Response {
        Response(status: status, contentType: "application/json", body: bytes)
    }

    package static func text(_ status: Int, _ text: String) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    package static func html(_ status: Int, _ text: String) -> Response {
        Response(status: status, contentType: "text/html; charset=utf-8", body: Array(text.utf8))
    }

    package static func bytes(_ status: Int = 200, contentType: String, _ bytes: [UInt8]) -> Response {
        Response(status: status, contentType: contentType, body: bytes)
    }

    package static func empty(_ status: Int = 204) -> Response {
        Response(status: status)
    }

    /// No answer: the connection is closed without a word, as by a server that dies. For stand-ins.
    package static func abandoned() -> Response {
        var response = Response(status: 499)
        response.isAbandoned = true
        return response
    }

    /// 303 by default: the next request is a GET, also after a form.
    package static func redirect(to location: String, status: Int = 303) -> Response {
        Response(status: status, headers: [("Location", location)])
    }

    /// An answer of unknown length; the connection ends with it. A `text/event-stream` is told to end when
    /// the server drains, since its client comes back by itself; any other stream may finish within the
    /// drain's limit.
    package static func stream(
        _ status: Int = 200,
        contentType: String,
        producer: @escaping @Sendable (StreamWriter) async -> Void
    ) -> Response {
        var response = Response(status: status, contentType: contentType, body: [])
        response.producer = producer
        return response
    }

    /// Server-Sent Events: see `StreamWriter.send` and `StreamWriter.forward`.
    package static func events(producer: @escaping @Sendable (StreamWriter) async -> Void) -> Response {
        var response = stream(contentType: "text/event-stream", producer: producer)
        response.setHeader("Cache-Control", "no-store")
        // nginx would otherwise hold events back until its buffer is full.
        response.setHeader("X-Accel-Buffering", "no")
        return response
    }

    /// Replaces every header of that name.
    package mutating func setHeader(_ name: String, _ value: String) {
        headers.removeAll { equalIgnoringCase($0.name, name) }
        headers.append((name, value))
    }

    /// Beside any of that name, as `Set-Cookie` needs.
    package mutating func addHeader(_ name: String, _ value: String) {
        headers.append((name, value))
    }

    package func header(_ name: String) -> String? {
        headers.first { equalIgnoringCase($0.name, name) }?.value
    }

    private init(status: Int, contentType: String, body: [UInt8]) {
        self.init(status: status, headers: [("Content-Type", contentType)], body: body)
    }
}

func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8) { asciiLower($0) == asciiLower($1) }
}
