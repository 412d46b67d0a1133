/// A message that wants to go out, with everything its turn depends on.
package struct PlannedMessage: Sendable, Hashable {
    package let subjects: GateSubjects
    package let lane: Lane
    /// 1 to 10, the most urgent.
    package let priority: Int
    package let recipient: String
    /// Since when it could have been sent; its waiting time is counted from here, its turn does not depend on it.
    package let readyAt: Timestamp
    package let expiresAt: Timestamp
    /// A template outside the customer's service window, as far as is known: it may count against the portfolio.
    package let isBusinessInitiated: Bool

    package var messageID: MessageID { subjects.messageID }
    package var senderID: SenderID { subjects.senderID }

    package init(
        subjects: GateSubjects, lane: Lane, priority: Int, recipient: String, readyAt: Timestamp,
        expiresAt: Timestamp, isBusinessInitiated: Bool
    ) {
        self.subjects = subjects
        self.lane = lane
        self.priority = min(max(priority, Priority.range.lowerBound), Priority.range.upperBound)
        self.recipient = recipient
        self.readyAt = readyAt
        self.expiresAt = expiresAt
        self.isBusinessInitiated = isBusinessInitiated
    }
}

/// What limits one sender.
package struct SenderRules: Sendable, Hashable {
    /// What the provider allows.
    package let messagesPerSecond: Int
    /// The tenant's own pause between two messages; zero: none.
    package let minimumGap: Duration
    /// How many messages one recipient may get at once after a rest.
    package let pairBurst: Int
    /// Calls under way at once.
    package let inFlightMax: Int

    package init(
        messagesPerSecond: Int, minimumGap: Duration = .zero, pairBurst: Int = 45, inFlightMax: Int = 64
    ) {
        self.messagesPerSecond = max(1, messagesPerSecond)
        self.minimumGap = max(.zero, minimumGap)
        self.pairBurst = min(max(1, pairBurst), 45)
        self.inFlightMax = max(1, inFlightMax)
    }
}

/// What a sender's former owner left behind.
package struct SenderResume: Sendable {
    /// Nothing is sent before: what was sent is paid for by then, whoever sent it.
    package let paidUntil: Timestamp
    /// Learned from the provider's answers; nil: the sender's own.
    package let rate: Double?
    package let rateChangedAt: Timestamp
    /// Recipients that owed more than the threshold when it was last written down.
    package let pairDebts: [String: Timestamp]
    /// Somebody else may have sent: there is no burst at first, and a recipient that is not in `pairDebts` is taken
    /// to owe just as much as need not be written down.
    package let isTakeOver: Bool

    package init(
        paidUntil: Timestamp, rate: Double? = nil, rateChangedAt: Timestamp? = nil,
        pairDebts: [String: Timestamp] = [:], isTakeOver: Bool
    ) {
        self.paidUntil = paidUntil
        self.rate = rate
        self.rateChangedAt = rateChangedAt ?? paidUntil
        self.pairDebts = pairDebts
        self.isTakeOver = isTakeOver
    }

    /// For a sender that nobody sent for, ever or for longer than any limit remembers.
    package static func rested(at now: Timestamp) -> SenderResume {
        SenderResume(paidUntil: now, isTakeOver: false)
    }
}

/// What a sender's next owner, and a person who asks, must know.
package struct SenderStanding: Sendable, Hashable {
    package let paidUntil: Timestamp
    /// Messages a second at the moment; at most the sender's own.
    package let rate: Double
    package let rateChangedAt: Timestamp
    package let inFlight: Int
    package let waitingAuthentication: Int
    package let waitingUtility: Int
    package let waitingMarketing: Int

    package init(
        paidUntil: Timestamp, rate: Double, rateChangedAt: Timestamp, inFlight: Int, waitingAuthentication: Int,
        waitingUtility: Int, waitingMarketing: Int
    ) {
        self.paidUntil = paidUntil
        self.rate = rate
        self.rateChangedAt = rateChangedAt
        self.inFlight = inFlight
        self.waitingAuthentication = waitingAuthentication
        self.waitingUtility = waitingUtility
        self.waitingMarketing = waitingMarketing
    }
}
