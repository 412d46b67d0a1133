package import HTTPClient
package import Models

/// Meta's Cloud API, as far as sending goes.
package struct MetaAPI: Sendable {
    package static let answerBytesMax = 64 << 10

    private let client: HTTPClient
    private let messagesURLPrefix: String
    private let deadline: Duration

    /// - Parameters:
    ///   - baseURL: `https://graph.facebook.com`, or a stand-in's address.
    ///   - version: of the Graph API, such as `v25.0`; Meta retires each after about two years.
    ///   - deadline: for one call as a whole; the attempt's lease must be longer.
    package init(client: HTTPClient, baseURL: String, version: String, deadline: Duration) {
        self.client = client
        messagesURLPrefix = "\(baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL)/\(version)/"
        self.deadline = deadline
    }

    /// One attempt. Never throws: whatever happens is one of the four outcomes.
    package func send(_ order: SendOrder) async -> (outcome: SendOutcome, httpStatus: Int?) {
        let body: [UInt8]
        do {
            body = try MetaRequest.body(of: order)
        } catch {
            // Ours to mend; no try of the same row would do better.
            return (.refused(ProviderError(code: 100, details: "Tidings could not build the request.")), nil)
        }
        let request = ClientRequest(
            method: "POST", url: "\(messagesURLPrefix)\(order.phoneNumberID)/messages",
            headers: [
                ("Authorization", "Bearer \(order.accessToken)"), ("Content-Type", "application/json"),
            ],
            body: body, timeout: deadline, responseBytesMax: Self.answerBytesMax)
        do {
            let response = try await client.send(request)
            return (MetaAnswer.outcome(status: response.status, body: response.body), response.status)
        } catch {
            return (Self.outcome(of: error), nil)
        }
    }

    /// Not sent only when it is certain that not a byte of the request left us.
    package static func outcome(of failure: ClientFailure) -> SendOutcome {
        switch failure.written {
        case .nothing: .notSent(notSentReason(failure.kind))
        case .some, .all: .unanswered(unansweredReason(failure.kind))
        }
    }

    private static func notSentReason(_ kind: ClientFailure.Kind) -> NotSentReason {
        switch kind {
        case .resolve: .nameNotResolved
        case .tls: .tlsFailed
        case .timeout: .timedOut
        case .stopped: .stopped
        case .connect, .connectionLost, .bodyTooLarge, .protocol, .cancelled, .overloaded, .forbiddenAddress:
            .notConnected
        }
    }

    private static func unansweredReason(_ kind: ClientFailure.Kind) -> UnansweredReason {
        switch kind {
        case .timeout: .timedOut
        case .stopped: .stopped
        case .resolve, .connect, .tls, .connectionLost, .protocol, .cancelled, .overloaded, .forbiddenAddress:
            .connectionLost
        case .bodyTooLarge: .unreadable
        }
    }
}
