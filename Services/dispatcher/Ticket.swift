import EventBus
import Kafka
import Models
import Runtime
import Storage

/// A queued message in this process's hands, with the record whose offset waits for it.
struct Ticket: Sendable {
    let message: PreparedMessage
    let sender: SendingSender
    let record: ConsumedRecord
    /// By the planner's clock: what is known about gates must not be older when the message is held.
    let takenAt: Timestamp
    /// From its record's arrival to its outcome; nil where its trace is not kept.
    let span: OpenSpan?

    init(_ message: PreparedMessage, _ sender: SendingSender, _ record: ConsumedRecord, takenAt: Timestamp) {
        self.message = message
        self.sender = sender
        self.record = record
        self.takenAt = takenAt
        span = Tracer.begin(
            "process dispatch", .consumer, below: record.trace ?? Tracer.root(of: message.messageID))
    }

    private init(_ ticket: Ticket, with sender: SendingSender) {
        message = ticket.message
        self.sender = sender
        record = ticket.record
        takenAt = ticket.takenAt
        span = ticket.span
    }

    var id: MessageID { message.messageID }
    var senderID: SenderID { message.senderID }
    var tenantID: TenantID { message.tenantID }

    var subjects: GateSubjects {
        GateSubjects(
            messageID: message.messageID, tenantID: message.tenantID, senderID: message.senderID,
            templateID: message.templateID, batchID: message.batchID, accountID: sender.profile.accountID,
            portfolioID: sender.profile.portfolioID, provider: sender.profile.provider)
    }

    var planned: PlannedMessage {
        PlannedMessage(
            subjects: subjects, lane: message.lane, priority: message.priority, recipient: message.recipient,
            readyAt: message.readyAt, expiresAt: message.expiresAt, isBusinessInitiated: message.templateID != nil)
    }

    /// Nil when nothing that outlives a dispatcher limits it.
    var reservation: ReservationWish? {
        let countsRecipient = message.templateID != nil && sender.profile.portfolioRecipientsMax != nil
        guard countsRecipient || sender.tenant.dailyQuota != nil else { return nil }
        return ReservationWish(
            messageID: id, tenantID: tenantID, senderID: senderID, recipient: message.recipient,
            portfolioID: countsRecipient ? sender.profile.portfolioID : nil,
            hasDailyQuota: sender.tenant.dailyQuota != nil)
    }

    func with(_ sender: SendingSender) -> Ticket {
        Ticket(self, with: sender)
    }
}

/// A message whose slot is reserved and which may be claimed.
struct PlannedTicket: Sendable {
    let ticket: Ticket
    let notBefore: Timestamp
    let pairPaidUntil: Timestamp?
}

/// What a turn of planning found, with what the planner does not know.
struct TicketPlan: Sendable {
    var sends: [PlannedTicket] = []
    var held: [(ticket: Ticket, gate: ClosedGate)] = []
    var later: [(ticket: Ticket, until: Timestamp)] = []
    var expired: [Ticket] = []
    var wakeAt: Timestamp?

    var isEmpty: Bool { sends.isEmpty && held.isEmpty && later.isEmpty && expired.isEmpty }
}
