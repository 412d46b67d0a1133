package import Models
internal import Postgres

/// A message as lists show it.
package struct LogRow: Sendable {
    package let tenantID: TenantID
    package let business: String
    package let id: MessageID
    package let createdAt: Timestamp
    package let recipient: String
    package let type: String
    package let kind: String
    package let reference: String?
    package let template: String?
    package let language: String?
    /// The beginning of what a message without a template says.
    package let preview: String?
    package let priority: Int
    package let scheduledFor: Timestamp?
    package let expiresAt: Timestamp
    package let state: MessageState
    package let attempts: Int
    package let retries: Int
    package let retriesMax: Int
    package let isCritical: Bool
    package let errorCode: Int?
    package let changedAt: Timestamp
    package let sentAt: Timestamp?
    package let deliveredAt: Timestamp?
    package let readAt: Timestamp?
    package let endedAt: Timestamp?
    /// When somebody of ours looks again; nil when nobody has to.
    package let dueAt: Timestamp?
    /// `dueAt` is its turn at the sender's pace, or when a limit or quiet hours end and it gets one.
    package let isPaced: Bool
    /// The closed gate that holds it.
    package let gate: HoldingGate?

    init(_ row: Row) throws(DatabaseError) {
        guard let state = MessageState(rawValue: try row.value("state")) else {
            throw .decoding("an unknown state")
        }
        self.state = state
        tenantID = try row.value("tenant_id")
        business = try row.value("business")
        id = try row.value("id")
        createdAt = try row.value("created_at")
        recipient = try row.value("recipient")
        type = try row.value("type")
        kind = try row.value("kind")
        reference = try row.value("reference")
        template = try row.value("template")
        language = try row.value("language")
        preview = try row.value("preview")
        priority = try row.value("priority")
        scheduledFor = try row.value("scheduled_for")
        expiresAt = try row.value("expires_at")
        attempts = try row.value("attempts")
        retries = try row.value("retries")
        retriesMax = try row.value("max_retries")
        isCritical = try row.value("is_critical")
        errorCode = try row.value("error_code")
        changedAt = try row.value("changed_at")
        sentAt = try row.value("sent_at")
        deliveredAt = try row.value("delivered_at")
        readAt = try row.value("read_at")
        endedAt = try row.value("ended_at")
        dueAt = try row.value("due_at")
        isPaced = try row.value("paced", as: Bool?.self) ?? false
        gate = try HoldingGate(row)
    }
}

/// What a held message waits for.
package struct HoldingGate: Sendable {
    package let scope: GateScope
    package let subject: String
    package let cause: GateCause
    /// When it opens by itself; nil: not by time.
    package let opensAt: Timestamp?
    /// When one message tries whether it is open again.
    package let probeAt: Timestamp?

    fileprivate init?(_ row: Row) throws(DatabaseError) {
        guard let scopeWord = try row.value("gate_scope", as: String?.self) else { return nil }
        guard let scope = GateScope(rawValue: scopeWord),
            let cause = GateCause(rawValue: try row.value("gate_cause"))
        else { throw .decoding("a gate's scope or cause that this program does not know") }
        self.scope = scope
        self.cause = cause
        subject = try row.value("gate_subject")
        opensAt = try row.value("gate_opens_at")
        probeAt = try row.value("gate_probe_at")
    }
}
