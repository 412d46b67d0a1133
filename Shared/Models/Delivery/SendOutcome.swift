/// The four ends of a provider call.
package enum SendOutcome: Hashable, Sendable {
    /// `heldForQuality`: Meta paces the template and may still drop the message.
    case accepted(ProviderMessageID, heldForQuality: Bool)
    /// The provider answered that it does not take the message.
    case refused(ProviderError)
    /// Proven: no byte of the request was written, so a further send is no repetition.
    case notSent(NotSentReason)
    /// Bytes were written and no usable answer came: the provider may hold the message.
    case unanswered(UnansweredReason)
}

package enum NotSentReason: String, CaseIterable, Hashable, Sendable {
    case nameNotResolved = "name_not_resolved"
    case notConnected = "not_connected"
    case tlsFailed = "tls_failed"
    /// Time ran out before the first byte.
    case timedOut = "timed_out"
    /// Somebody closed a gate after the send was planned.
    case gateClosed = "gate_closed"
    /// We are stopping, or may not send for this sender any more.
    case stopped
}

package enum UnansweredReason: String, CaseIterable, Hashable, Sendable {
    case timedOut = "timed_out"
    case connectionLost = "connection_lost"
    /// An answer that says neither yes nor no.
    case unreadable
    /// The process that made the call did not come back.
    case leaseRanOut = "lease_ran_out"
    /// We stopped before the answer came.
    case stopped
}

/// What a provider said when it refused, in an answer or in a receipt.
package struct ProviderError: Hashable, Sendable {
    /// For a refusal without a code, such as a proxy's page. Zero is a code of Meta's.
    package static let noCode = -1
    /// Ours: the row cannot be made into a request, whoever the provider is.
    package static let unsendableCode = -2
    /// A person cancelled it at the provider, which has no code for that.
    package static let cancelledCode = -3

    package let code: Int
    package let subcode: Int?
    /// Zero in a receipt.
    package let httpStatus: Int
    /// The provider's own words; they may name parameters, so they go to the tenant but never into a log
    /// line.
    package let details: String?
    package let traceID: String?

    package init(
        code: Int,
        subcode: Int? = nil,
        httpStatus: Int = 0,
        details: String? = nil,
        traceID: String? = nil
    ) {
        self.code = code
        self.subcode = subcode
        self.httpStatus = httpStatus
        self.details = details
        self.traceID = traceID
    }
}
