/// Who asks for a message that ended without delivery to be sent again; the raw values are stored.
package enum RetryOrigin: String, CaseIterable, Hashable, Sendable {
    /// One message, by a person or a program of the tenant's.
    case api
    /// Many of them, counted by a dry run before.
    case plan
    /// The sweep, by itself.
    case sweep
}

/// Why a message is not repeated; the raw values are words of the API.
package enum RetrySkip: String, CaseIterable, Hashable, Sendable {
    case notFound = "not_found"
    /// It may still be sent, or its receipt is awaited.
    case notEnded = "not_ended"
    case delivered
    case cancelled
    /// A send of it was never answered: the provider may have delivered it.
    case unanswered
    /// A message repeats at most once; its repetition may be repeated again.
    case repeatedBefore = "repeated_before"
    case expired
    /// Trying again would change nothing.
    case permanent
    case retriesUsedUp = "retries_used_up"
    case automaticRetriesOff = "automatic_retries_off"

    /// Whether looking again later could give another answer.
    package var mayChange: Bool {
        switch self {
        case .automaticRetriesOff, .notEnded: true
        case .notFound, .delivered, .cancelled, .unanswered, .repeatedBefore, .expired, .permanent, .retriesUsedUp: false
        }
    }
}

/// Decides whether a message that ended is sent again as a new message.
package enum RepeatPolicy {
    /// A message as it stands, under its lock.
    package struct Standing: Hashable, Sendable {
        package var state: MessageState
        /// Vouched for at any time, also if it failed on paper afterwards.
        package var wasDelivered = false
        /// An attempt that was never answered, or that was accepted and not reported as failed.
        package var mayHaveArrived = false
        package var isRepeated = false
        /// Retries made, those of the messages it repeats and these repetitions themselves included.
        package var retriesMade = 0
        /// Of the last error; nil without one.
        package var failure: ErrorClassification?
        package var now: Timestamp
        package var expiresAt: Timestamp

        package init(state: MessageState, now: Timestamp, expiresAt: Timestamp) {
            self.state = state
            self.now = now
            self.expiresAt = expiresAt
        }
    }

    /// - Parameter isForced: a person takes the risk of a second copy; what was delivered is never repeated.
    /// - Returns: nil when it may be repeated.
    package static func skip(
        _ message: Standing, origin: RetryOrigin, isForced: Bool, rules: TenantRules
    ) -> RetrySkip? {
        switch message.state {
        case .sent, .delivered, .read: return .delivered
        case .scheduled, .queued, .sending, .unanswered, .waiting, .held: return .notEnded
        case .cancelled: return .cancelled
        case .failed, .undelivered, .expired: break
        }
        if message.wasDelivered { return .delivered }
        if message.isRepeated { return .repeatedBefore }
        if message.mayHaveArrived && !isForced { return .unanswered }
        switch origin {
        case .api, .plan: return nil
        case .sweep: return skipOfSweep(message, rules)
        }
    }

    /// Whether the last error says that another try would change nothing, until something else does.
    package static func isPermanent(_ message: Standing) -> Bool {
        guard let failure = message.failure else { return false }
        switch failure.fate {
        case .end: return true
        case .resend, .hold: return false
        }
    }

    private static func skipOfSweep(_ message: Standing, _ rules: TenantRules) -> RetrySkip? {
        switch message.state {
        case .failed: break
        case .expired: return .expired
        case .undelivered, .cancelled, .sent, .delivered, .read: return .permanent
        case .scheduled, .queued, .sending, .unanswered, .waiting, .held: return .notEnded
        }
        if message.now >= message.expiresAt { return .expired }
        guard let failure = message.failure, !isPermanent(message) else { return .permanent }
        if !rules.isRetryAutomatic || !rules.isActive { return .automaticRetriesOff }
        if message.retriesMade >= rules.retryPolicy.retriesAllowed(after: failure) { return .retriesUsedUp }
        return nil
    }

    /// What the sweep repeats is worth no more time than the tenant gave the first of them; what a person asks for begins
    /// anew.
    package static func expiry(
        of message: Standing, category: TemplateCategory, origin: RetryOrigin, rules: TenantRules
    ) -> Timestamp {
        switch origin {
        case .api, .plan: message.now + rules.expiry.span(for: category)
        case .sweep: message.expiresAt
        }
    }
}
