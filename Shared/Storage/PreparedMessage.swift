package import Models
internal import Postgres

/// A queued message with everything that its turn and its send need, read before anybody has claimed it.
package struct PreparedMessage: Sendable {
    package let tenantID: TenantID
    package let messageID: MessageID
    package let senderID: SenderID
    package let templateID: TemplateID?
    package let batchID: BatchID?
    package let lane: Lane
    package let priority: Int
    package let recipient: String
    /// JSON as `Storage` keeps it.
    package let content: [UInt8]
    /// The provider's own id of the template, where it was asked for.
    package let providerTemplateID: String?
    /// Since when it is queued.
    package let readyAt: Timestamp
    package let expiresAt: Timestamp
    package let attempts: Int

    package init(
        tenantID: TenantID, messageID: MessageID, senderID: SenderID, templateID: TemplateID? = nil,
        batchID: BatchID? = nil, lane: Lane, priority: Int = Priority.standard, recipient: String,
        content: [UInt8] = [], providerTemplateID: String? = nil, readyAt: Timestamp, expiresAt: Timestamp,
        attempts: Int = 0
    ) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.senderID = senderID
        self.templateID = templateID
        self.batchID = batchID
        self.lane = lane
        self.priority = priority
        self.recipient = recipient
        self.content = content
        self.providerTemplateID = providerTemplateID
        self.readyAt = readyAt
        self.expiresAt = expiresAt
        self.attempts = attempts
    }

    init(_ row: Row) throws(DatabaseError) {
        guard let lane = Lane(rawValue: try row.value("lane")) else {
            throw DatabaseError.decoding("a lane that this program does not know")
        }
        self.lane = lane
        tenantID = try row.value("tenant_id")
        messageID = try row.value("id")
        senderID = try row.value("sender_id")
        templateID = try row.value("template_id")
        batchID = try row.value("batch_id")
        priority = Int(try row.value("priority", as: Int16.self))
        recipient = try row.value("recipient")
        content = try row.value("content", as: JSONText.self).bytes
        providerTemplateID = try row.value("provider_template_id")
        readyAt = try row.value("changed_at")
        expiresAt = try row.value("expires_at")
        attempts = Int(try row.value("attempts", as: Int16.self))
    }

    /// A move of the message before anybody has claimed it: away from `queued`.
    package func move(to state: MessageState) -> Move {
        Move(
            tenantID: tenantID, messageID: messageID, senderID: senderID, templateID: templateID, from: .queued,
            attempts: attempts, to: state)
    }
}

/// A message that somebody told us to send, by its record.
package struct ToldMessage: Sendable, Hashable {
    package let tenantID: TenantID
    package let messageID: MessageID
    /// Twilio sends a template by its own id.
    package let wantsProviderTemplate: Bool

    package init(tenantID: TenantID, messageID: MessageID, wantsProviderTemplate: Bool = false) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.wantsProviderTemplate = wantsProviderTemplate
    }
}

/// A message whose turn has come, and what its sender's limits want written down with the claim.
package struct ClaimOrder: Sendable {
    package let message: PreparedMessage
    /// How long the recipient now owes the sender, when that is long enough for the next owner to know.
    package let pairOwes: Duration?

    package init(_ message: PreparedMessage, pairOwes: Duration? = nil) {
        self.message = message
        self.pairOwes = pairOwes
    }
}

/// A message that is ours to send now: its row says `sending` under this attempt's number, and the attempt is
/// written. The next stage takes nothing else.
package struct ClaimedMessage: Sendable {
    package let tenantID: TenantID
    package let messageID: MessageID
    package let senderID: SenderID
    package let templateID: TemplateID?
    package let attempt: Int
    package let retries: Int
    package let lane: Lane
    package let recipient: String
    /// JSON as `Storage` keeps it.
    package let content: [UInt8]
    package let providerTemplateID: String?
    package let expiresAt: Timestamp

    package init(
        tenantID: TenantID,
        messageID: MessageID,
        senderID: SenderID,
        templateID: TemplateID?,
        attempt: Int,
        retries: Int,
        lane: Lane,
        recipient: String,
        content: [UInt8],
        providerTemplateID: String? = nil,
        expiresAt: Timestamp
    ) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.senderID = senderID
        self.templateID = templateID
        self.attempt = attempt
        self.retries = retries
        self.lane = lane
        self.recipient = recipient
        self.content = content
        self.providerTemplateID = providerTemplateID
        self.expiresAt = expiresAt
    }

    init(_ message: PreparedMessage, attempt: Int, retries: Int) {
        self.init(
            tenantID: message.tenantID, messageID: message.messageID, senderID: message.senderID,
            templateID: message.templateID, attempt: attempt, retries: retries, lane: message.lane,
            recipient: message.recipient, content: message.content, providerTemplateID: message.providerTemplateID,
            expiresAt: message.expiresAt)
    }

    /// The move that ends this attempt.
    package func move(to state: MessageState) -> Move {
        Move(
            tenantID: tenantID,
            messageID: messageID,
            senderID: senderID,
            templateID: templateID,
            from: .sending,
            attempts: attempt,
            to: state
        )
    }
}

/// What a claim gave: messages to send, and messages that must not go out any more.
package struct Claim: Sendable {
    package var claimed: [ClaimedMessage] = []
    /// Expired while they waited, or cancelled because their recipient may not be written to (any more).
    package var ended: [(message: PreparedMessage, state: MessageState)] = []
}

/// A queued message that leaves the dispatcher's memory unsent: it comes again through its due row.
package struct GivenBack: Sendable {
    package let tenantID: TenantID
    package let messageID: MessageID
    /// Its turn; nil: retry-scheduler gives it one at its sender's pace.
    package let turnAt: Timestamp?

    package init(tenantID: TenantID, messageID: MessageID, turnAt: Timestamp? = nil) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.turnAt = turnAt
    }
}
