package import Models
package import Postgres

/// A tenant's own view of its messages.
package struct MessageQueryStore: Sendable {
    package static let pageMax = 200
    package static let pageStandard = 50
    /// Events of one message that a page shows: receipts may be repeated without end.
    package static let eventsMax = 500

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Newest first. `before` is the last id of the page before.
    package func list(
        of tenantID: TenantID,
        _ filter: MessageFilter,
        before: MessageID?,
        limit: Int
    ) async throws(DatabaseError) -> (messages: [MessageSummary], hasMore: Bool) {
        let count = max(1, min(limit, Self.pageMax))
        let query: SQL = """
            \(Self.summaryColumns)
            WHERE \(Self.conditions(tenantID, filter, before: before).joined(separator: " AND "))
            ORDER BY m.id DESC LIMIT \(count + 1)
            """
        let answers = try await database.run { connection in
            try connection.pipeline([.actFor(tenantID), query])
        }
        var messages: [MessageSummary] = []
        for row in answers.last ?? [] { messages.append(try MessageSummary(row)) }
        return (Array(messages.prefix(count)), messages.count > count)
    }

    /// Nil for an id the tenant does not own: whether somebody else does is nobody's business.
    package func detail(
        of messageID: MessageID,
        tenantID: TenantID
    ) async throws(DatabaseError) -> MessageDetail? {
        let answers = try await database.run { connection in
            try connection.pipeline([
                .actFor(tenantID),
                "\(Self.summaryColumns) WHERE m.tenant_id = \(tenantID) AND m.id = \(messageID)",
                RecordedEvent.query(messageID, tenantID, max: Self.eventsMax),
                RecordedAttempt.query(messageID, tenantID),
            ])
        }
        guard answers.count == 4, let row = answers[1].first else { return nil }
        var events: [RecordedEvent] = []
        for row in answers[2] { events.append(try RecordedEvent(row)) }
        var attempts: [RecordedAttempt] = []
        for row in answers[3] { attempts.append(try RecordedAttempt(row)) }
        return MessageDetail(summary: try MessageSummary(row), timeline: events, attempts: attempts)
    }

    /// The answer once given under an idempotency key, if there is one.
    package func answer(
        tenantID: TenantID,
        keyHash: UUIDValue,
        requestHash: UUIDValue
    ) async throws(DatabaseError) -> AcceptOutcome? {
        try await database.run { connection in
            let stored = try IdempotencyRows.read([(tenantID, keyHash)], on: connection)
            guard let row = stored.values.first else { return nil }
            return row.requestHash == requestHash ? .repeated(row.answer) : .keyReused
        }
    }

    static let summaryColumns: SQL = """
        SELECT m.id, m.sender_id, m.template_id, m.batch_id, m.parent_message_id, m.type, m.kind, m.lane, m.priority,
               m.recipient, m.content, m.reference, m.metadata, m.scheduled_for, m.expires_at, m.created_at,
               s.state, s.attempts,
               retries_made(s.retries, s.attempts) AS retries, s.is_critical, s.error_code, s.changed_at, s.sent_at, s.delivered_at,
               s.read_at, s.ended_at, (SELECT t.max_retries FROM tenants t WHERE t.id = m.tenant_id) AS max_retries,
               s.last_status_check,
               (SELECT p.provider FROM senders p WHERE p.tenant_id = m.tenant_id AND p.id = m.sender_id) AS provider
        FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
        """

    /// On `messages m` and `message_states s`.
    static func conditions(_ tenantID: TenantID, _ filter: MessageFilter, before: MessageID?) -> [SQL] {
        // The same conditions on both tables let each skip the day partitions that cannot match.
        var conditions: [SQL] = ["m.tenant_id = \(tenantID)", "s.tenant_id = \(tenantID)"]
        func keep(_ condition: SQL?) {
            if let condition { conditions.append(condition) }
        }
        keep(before.map { "m.id < \($0) AND s.id < \($0)" })
        keep(
            filter.createdFrom.map { from in
                let floor = UUIDValue.floor(of: from)
                return "m.id >= \(floor) AND s.id >= \(floor) AND m.created_at >= \(from)"
            }
        )
        keep(
            filter.createdTo.map { to in
                // Ids may run a little ahead of their message: a burst within one millisecond counts on into the next.
                let ceiling = UUIDValue.floor(of: to + .seconds(60))
                return "m.id < \(ceiling) AND s.id < \(ceiling) AND m.created_at < \(to)"
            }
        )
        if !filter.states.isEmpty {
            keep("s.state = ANY (\(filter.states.map(\.rawValue).sorted()))")
        }
        keep(filter.kind.map { "m.kind = \($0)" })
        keep(filter.recipient.map { "m.recipient_reversed = \(String($0.reversed()))" })
        keep(filter.reference.map { "m.reference = \($0)" })
        keep(filter.batchID.map { "m.batch_id = \($0)" })
        keep(filter.errorCode.map { "s.error_code = \(Int32(clamping: $0))" })
        keep(filter.templates.map { "m.template_id = ANY (\($0.sorted()))" })
        keep(filter.isCritical.map { "s.is_critical = \($0)" })
        return conditions
    }
}

package struct MessageFilter: Sendable {
    package var states: Set<MessageState> = []
    package var kind: String?
    /// E.164.
    package var recipient: String?
    package var reference: String?
    package var batchID: BatchID?
    package var errorCode: Int?
    /// The translations of one template.
    package var templates: Set<TemplateID>?
    package var isCritical: Bool?
    /// Included.
    package var createdFrom: Timestamp?
    /// Not included.
    package var createdTo: Timestamp?

    package init() {}
}
