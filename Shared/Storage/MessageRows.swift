package import Models
package import Postgres

/// A message as its tenant sees it in a list.
package struct MessageSummary: Sendable {
    package let id: MessageID
    package let senderID: SenderID
    package let templateID: TemplateID?
    package let batchID: BatchID?
    package let parentID: MessageID?
    package let type: String
    package let kind: String
    package let lane: Lane?
    package let priority: Int
    package let recipient: String
    package let content: JSONText
    package let reference: String?
    package let metadata: JSONText?
    package let scheduledFor: Timestamp?
    package let expiresAt: Timestamp
    package let createdAt: Timestamp
    package let state: MessageState
    package let attempts: Int
    package let retries: Int
    package let isCritical: Bool
    package let errorCode: Int?
    package let changedAt: Timestamp
    package let sentAt: Timestamp?
    package let deliveredAt: Timestamp?
    package let readAt: Timestamp?
    package let endedAt: Timestamp?
    package let maxRetries: Int
    package let lastStatusCheck: Timestamp?
    /// Whose error codes these are; nil when the sender is gone.
    package let provider: Provider?

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value(0)
        senderID = try row.value(1)
        templateID = try row.value(2)
        batchID = try row.value(3)
        parentID = try row.value(4)
        type = try row.value(5)
        kind = try row.value(6)
        lane = Lane(rawValue: try row.value(7))
        priority = try row.value(8)
        recipient = try row.value(9)
        content = try row.value(10)
        reference = try row.value(11)
        metadata = try row.value(12)
        scheduledFor = try row.value(13)
        expiresAt = try row.value(14)
        createdAt = try row.value(15)
        guard let state = MessageState(rawValue: try row.value(16)) else {
            throw .decoding("an unknown state")
        }
        self.state = state
        attempts = try row.value(17)
        retries = try row.value(18)
        isCritical = try row.value(19)
        errorCode = try row.value(20)
        changedAt = try row.value(21)
        sentAt = try row.value(22)
        deliveredAt = try row.value(23)
        readAt = try row.value(24)
        endedAt = try row.value(25)
        maxRetries = try row.value(26, as: Int?.self) ?? 0
        lastStatusCheck = try row.value(27)
        provider = try row.value(28, as: String?.self).flatMap { Provider(rawValue: $0) }
    }
}

package struct MessageDetail: Sendable {
    package let summary: MessageSummary
    package let timeline: [RecordedEvent]
    package let attempts: [RecordedAttempt]
}

/// One row of what happened to a message.
package struct RecordedEvent: Sendable {
    /// When it happened, by the one who says so.
    package let at: Timestamp
    package let recordedAt: Timestamp
    package let type: String
    package let attempt: Int?
    package let errorCode: Int?
    package let detail: JSONText?

    /// As they were learned; receipts of one webhook in the order of their rank. Receipts may be repeated without
    /// end, so there is a limit.
    static func query(_ messageID: MessageID, _ tenantID: TenantID, max: Int) -> SQL {
        """
        SELECT at, recorded_at, type, attempt, error_code, detail FROM message_events
        WHERE tenant_id = \(tenantID) AND message_id = \(messageID)
        ORDER BY recorded_at, array_position(ARRAY['sent', 'delivered', 'read'], type) NULLS FIRST, at
        LIMIT \(max)
        """
    }

    init(_ row: Row) throws(DatabaseError) {
        at = try row.value(0)
        recordedAt = try row.value(1)
        type = try row.value(2)
        attempt = try row.value(3)
        errorCode = try row.value(4)
        detail = try row.value(5)
    }
}

package struct RecordedAttempt: Sendable {
    package let number: Int
    package let outcome: AttemptEnd.Outcome
    package let startedAt: Timestamp
    package let endedAt: Timestamp?
    package let providerMessageID: String?
    package let httpStatus: Int?
    package let errorCode: Int?
    package let errorDetails: String?

    static func query(_ messageID: MessageID, _ tenantID: TenantID) -> SQL {
        """
        SELECT number, outcome, started_at, ended_at, provider_message_id, http_status, error_code, error_details
        FROM attempts WHERE tenant_id = \(tenantID) AND message_id = \(messageID) ORDER BY number
        """
    }

    init(_ row: Row) throws(DatabaseError) {
        number = try row.value(0)
        guard let outcome = AttemptEnd.Outcome(rawValue: try row.value(1)) else {
            throw .decoding("an unknown outcome")
        }
        self.outcome = outcome
        startedAt = try row.value(2)
        endedAt = try row.value(3)
        providerMessageID = try row.value(4)
        httpStatus = try row.value(5)
        errorCode = try row.value(6)
        errorDetails = try row.value(7)
    }
}
