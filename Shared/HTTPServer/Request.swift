/// A request that has arrived whole. Nothing in it has been verified beyond its form: headers such as
/// `X-Forwarded-For` are whatever the client wrote.
package struct Request: Sendable {
    package let method: HTTPMethod
    /// As sent, without the query; `pathParameter` gives decoded pieces.
    package let path: String
    package let body: [UInt8]
    /// The client's `X-Request-Id` if it is 1–64 characters of `[A-Za-z0-9._-]`, otherwise one of ours.
    package let id: String
    /// The peer of the connection, which is the proxy where there is one.
    package let remoteAddress: String
    /// When its last byte was here, before it waited for anybody.
    package let arrivedAt: ContinuousClock.Instant
    /// The pattern that matched, such as `/v1/messages/{id}`; empty where none did. Safe as a metrics label.
    package internal(set) var route = ""
    /// What the answer will carry besides its own headers.
    package let answer = AnswerHeaders()

    let target: RequestTarget
    let fields: HeaderFields
    var pathParameters: [RequestTarget.Parameter] = []

    init(
        method: HTTPMethod,
        target: RequestTarget,
        fields: HeaderFields,
        body: [UInt8],
        id: String,
        remoteAddress: String,
        arrivedAt: ContinuousClock.Instant = .now
    ) {
        self.method = method
        self.path = target.path
        self.body = body
        self.id = id
        self.remoteAddress = remoteAddress
        self.arrivedAt = arrivedAt
        self.target = target
        self.fields = fields
    }

    /// A request that no client sent, to try a handler with. `nil` if the target is not well formed.
    package init?(
        _ method: HTTPMethod,
        _ target: String,
        headers: [(String, String)] = [],
        body: [UInt8] = [],
        id: String = "test",
        remoteAddress: String = "127.0.0.1",
        pathParameters: [(String, String)] = []
    ) {
        guard let target = RequestTarget(Array(target.utf8)[...]) else { return nil }
        self.init(
            method: method,
            target: target,
            fields: HeaderFields(headers),
            body: body,
            id: id,
            remoteAddress: remoteAddress
        )
        self.pathParameters = pathParameters.map { RequestTarget.Parameter(name: $0, value: $1) }
    }

    /// The first header of that name, in any case.
    package func header(_ name: String) -> String? {
        fields.first(name)
    }

    package var headers: [(name: String, value: String)] { fields.all }

    /// All parameters of the query in order, decoded.
    package var query: [(name: String, value: String)] { target.query.map { ($0.name, $0.value) } }

    /// The first of that name.
    package func query(_ name: String) -> String? {
        target.query.first { $0.name == name }?.value
    }

    /// What stood in the place of `{name}`, decoded; never empty. `nil` if the route has no such place.
    package func pathParameter(_ name: String) -> String? {
        pathParameters.first { $0.name == name }?.value
    }

    /// The value of one cookie, as sent.
    package func cookie(_ name: String) -> String? {
        guard let header = header("Cookie") else { return nil }
        for pair in header.split(separator: ";") {
            let pair = pair.drop { $0 == " " }
            guard let equals = pair.firstIndex(of: "="), pair[..<equals] == name else { continue }
            return String(pair[pair.index(after: equals)...])
        }
        return nil
    }
}
