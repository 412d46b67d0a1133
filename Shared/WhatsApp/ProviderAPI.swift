package import HTTPClient
package import Models

/// A way to WhatsApp, as far as sending goes.
package protocol ProviderAPI: Sendable {
    /// One attempt. Never throws: whatever happens is one of the four outcomes.
    func send(_ order: SendOrder) async -> ProviderAnswer
}

/// What came of one call.
package struct ProviderAnswer: Sendable {
    package let outcome: SendOutcome
    /// Nil without an answer.
    package let httpStatus: Int?
    /// How much of the account's calls are used up, where the provider says so.
    package let usage: AccountUsage?

    package init(_ outcome: SendOutcome, httpStatus: Int? = nil, usage: AccountUsage? = nil) {
        self.outcome = outcome
        self.httpStatus = httpStatus
        self.usage = usage
    }
}

extension SendOutcome {
    /// Not sent only when it is certain that not a byte of the request left us.
    package init(_ failure: ClientFailure) {
        self =
            switch failure.written {
            case .nothing: .notSent(NotSentReason(failure.kind))
            case .some, .all: .unanswered(UnansweredReason(failure.kind))
            }
    }
}

extension NotSentReason {
    fileprivate init(_ kind: ClientFailure.Kind) {
        self =
            switch kind {
            case .resolve: .nameNotResolved
            case .tls: .tlsFailed
            case .timeout: .timedOut
            case .stopped: .stopped
            case .connect, .connectionLost, .bodyTooLarge, .protocol, .cancelled, .overloaded, .forbiddenAddress:
                .notConnected
            }
    }
}

extension UnansweredReason {
    fileprivate init(_ kind: ClientFailure.Kind) {
        self =
            switch kind {
            case .timeout: .timedOut
            case .stopped: .stopped
            case .resolve, .connect, .tls, .connectionLost, .protocol, .cancelled, .overloaded, .forbiddenAddress:
                .connectionLost
            case .bodyTooLarge: .unreadable
            }
    }
}
