package import Models

/// One message on its way from one state to the next: written whole or not at all.
package struct Move: Sendable {
    package let tenantID: TenantID
    package let messageID: MessageID
    package let senderID: SenderID
    package let templateID: TemplateID?
    /// What the row must still say when the move is written; otherwise somebody was faster and nothing happens.
    package let from: MessageState
    /// The fencing number the row must still have.
    package let attempts: Int
    package let to: MessageState
    /// A further send that counts against the tenant's retries.
    package var usesRetry = false
    /// When somebody of ours must look again, counted from the database's clock; for states that await us.
    package var dueIn: Duration?
    /// For `held`: the closed gate it waits behind. If that has opened meanwhile, the message comes due at once.
    package var gateID: GateID?
    package var errorCode: Int?
    /// Failed after the last retry: people are told.
    package var isCritical = false
    /// When it happened, by the one who says so; nil: now, by the database's clock.
    package var at: Timestamp?
    /// When the provider took it, handed it over and had it read, as far as the news that moves it say; what they
    /// leave open follows from the later one, or from `at`.
    package var sentAt: Timestamp?
    package var deliveredAt: Timestamp?
    package var readAt: Timestamp?
    /// JSON kept with the event.
    package var detail: [UInt8]?

    package init(
        tenantID: TenantID,
        messageID: MessageID,
        senderID: SenderID,
        templateID: TemplateID?,
        from: MessageState,
        attempts: Int,
        to: MessageState
    ) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.senderID = senderID
        self.templateID = templateID
        self.from = from
        self.attempts = attempts
        self.to = to
    }

    /// Rows are locked in this order everywhere, so that two writers never wait for each other in a circle.
    var lockOrder: (TenantID, MessageID) { (tenantID, messageID) }
}

/// How an attempt ended, for its own row; written whether or not the message still moves by it.
package struct AttemptEnd: Sendable {
    package enum Outcome: Int16, Sendable, CaseIterable {
        case inFlight = 0
        case accepted = 1
        case refused = 2
        case notSent = 3
        case unanswered = 4

        package var name: String {
            switch self {
            case .inFlight: "in_flight"
            case .accepted: "accepted"
            case .refused: "refused"
            case .notSent: "not_sent"
            case .unanswered: "unanswered"
            }
        }
    }

    package let tenantID: TenantID
    package let messageID: MessageID
    package let number: Int
    package let outcome: Outcome
    package var providerMessageID: ProviderMessageID?
    package var httpStatus: Int?
    package var errorCode: Int?
    package var errorDetails: String?

    package init(tenantID: TenantID, messageID: MessageID, number: Int, outcome: Outcome) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.number = number
        self.outcome = outcome
    }
}

/// A fact about a message that moved nothing, kept in its timeline all the same.
package struct MessageFact: Sendable {
    package let tenantID: TenantID
    package let messageID: MessageID
    package let type: String
    package var at: Timestamp?
    package var attempt: Int?
    package var errorCode: Int?
    package var detail: [UInt8]?

    package init(tenantID: TenantID, messageID: MessageID, type: String) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.type = type
    }
}
