/// Every limit that makes a message wait; the raw values are stored, shown and documented.
package enum LimitName: String, CaseIterable, Hashable, Sendable {
    /// Messages a second of one sender.
    case senderRate = "sender_rate"
    /// Messages of one sender to one recipient.
    case pairRate = "pair_rate"
    /// Unique recipients of a portfolio in a rolling day.
    case portfolioRecipients = "portfolio_recipients"
    /// API calls of one account, or of the whole app.
    case accountCalls = "account_calls"
    /// The tenant's own pause between two messages of a sender.
    case messageDelay = "message_delay"
    /// The tenant's own sends a day.
    case dailyQuota = "daily_quota"
    case quietHours = "quiet_hours"
}

/// Hits of one limit on one subject since they were last taken.
package struct LimitHit: Hashable, Sendable {
    package let tenantID: TenantID
    package let senderID: SenderID
    package let name: LimitName
    /// What the limit is on: a sender's id, an account, a portfolio; never a phone number.
    package let subject: String
    /// Said by the provider's answer, not by our own count: our picture of the limit was wrong.
    package let byProvider: Bool
    package fileprivate(set) var hits: Int
    package let firstAt: Timestamp
    package fileprivate(set) var lastAt: Timestamp
}

/// Counts hits until they are written down: one entry a limit and subject, however often it is hit.
package struct LimitHits: Sendable {
    private struct Key: Hashable {
        let senderID: SenderID
        let name: LimitName
        let byProvider: Bool
    }

    private var hits: [Key: LimitHit] = [:]

    package init() {}

    /// - Parameter subject: nil: the sender itself.
    package mutating func add(
        _ name: LimitName, tenantID: TenantID, senderID: SenderID, subject: String? = nil, byProvider: Bool = false,
        at now: Timestamp, count: Int = 1
    ) {
        let key = Key(senderID: senderID, name: name, byProvider: byProvider)
        if hits[key] == nil {
            hits[key] = LimitHit(
                tenantID: tenantID, senderID: senderID, name: name, subject: subject ?? "\(senderID)",
                byProvider: byProvider, hits: 0, firstAt: now, lastAt: now)
        }
        hits[key]?.hits += count
        hits[key]?.lastAt = now
    }

    package mutating func take() -> [LimitHit] {
        guard !hits.isEmpty else { return [] }
        defer { hits.removeAll(keepingCapacity: true) }
        return Array(hits.values)
    }
}
