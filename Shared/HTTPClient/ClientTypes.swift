/// Limits and time-outs of one client.
package struct HTTPClientSettings: Sendable {
    /// Connections open at once to all hosts together; what exceeds it waits inside its own time-out.
    package var connectionsMax = 256
    package var connectionsPerHostMax = 256
    /// Requests in flight and waiting; the next one is refused with `.overloaded`.
    package var requestsMax = 20_000
    /// Name resolution, connecting and the TLS handshake together.
    package var connectTimeout = Duration.seconds(5)
    /// A connection idle for longer is not used again. Keep it below the idle limit of the servers: a server
    /// that closes at the very moment we write turns a send into an unanswered one. Whole seconds.
    package var connectionIdleMax = Duration.seconds(20)
    /// HTTP/2 where a TLS server offers it. Off, because libcurl 7.88 does not tell a stream that the server
    /// refused unprocessed (any busy server's orderly GOAWAY) from one that died: such requests end as
    /// unanswered, where HTTP/1.1's `Connection: close` costs nothing. HTTP/2 also takes more processor time
    /// for each request.
    package var allowsHTTP2 = false
    package var userAgent = "tidings"
    /// A file of certificates to trust instead of the system's.
    package var certificatesFile: String?

    package init() {}
}

package struct ClientRequest: Sendable {
    /// Which addresses a request may reach, checked after name resolution.
    package enum Reach: Sendable {
        case anywhere
        /// Refuses loopback, private, link-local and other special addresses: for URLs that a tenant gave us.
        case publicOnly
    }

    package var method: String
    package var url: String
    package var headers: [(String, String)]
    package var body: [UInt8]
    /// From `send` to the last byte of the answer, waiting for a connection included.
    package var timeout: Duration
    package var responseBytesMax: Int
    package var reach: Reach

    package init(
        method: String = "GET",
        url: String,
        headers: [(String, String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30),
        responseBytesMax: Int = 1 << 20,
        reach: Reach = .anywhere
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.responseBytesMax = responseBytesMax
        self.reach = reach
    }
}

package struct ClientResponse: Sendable {
    package let status: Int
    /// In the order they came; names as the server wrote them.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// From `send` to the last byte.
    package let duration: Duration

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8], duration: Duration) {
        self.status = status
        self.headers = headers
        self.body = body
        self.duration = duration
    }

    /// The first header of that name, whatever the letter case.
    package func header(_ name: String) -> String? {
        headers.first { equalIgnoringCase($0.name, name) }?.value
    }
}

package struct ClientFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case resolve, connect, tls, timeout, connectionLost, bodyTooLarge, `protocol`, stopped
        /// The task that waited was cancelled.
        case cancelled
        /// `requestsMax` was reached.
        case overloaded
        /// The request may reach public addresses only, and the host's address is not one.
        case forbiddenAddress
    }

    /// How much of the request may have left us.
    package enum Written: Sendable, Equatable {
        /// Proof that no byte of the request left us.
        case nothing
        /// A part was written, or we cannot tell.
        case some
        /// All of it was handed to the connection.
        case all
    }

    package let kind: Kind
    package let written: Written
    /// A sentence for the log, without URL, headers or bodies.
    package let text: String

    package init(kind: Kind, written: Written, text: String) {
        self.kind = kind
        self.written = written
        self.text = text
    }

    package var description: String { "\(kind), written \(written): \(text)" }
}

/// What a client has done so far.
package struct HTTPClientStatistics: Sendable {
    package var connectionsOpened = 0
    package var requestsBegun = 0
    package var requestsWaiting = 0
    /// How often a repeat of a request that had begun was prevented.
    package var repeatsPrevented = 0
}

func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
    func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
    return left.utf8.count == right.utf8.count
        && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
}
