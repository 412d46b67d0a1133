package import Models
package import Postgres

/// What became of a batch.
package struct BatchStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Nil when the tenant has no such batch.
    package func summary(of id: BatchID, tenantID: TenantID) async throws(DatabaseError) -> BatchSummary? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT b.accepted, b.refused, b.created_at,
                   (SELECT g.closed_at FROM gates g
                    WHERE g.scope = 'batch' AND g.subject = \(id.description) AND g.cause = 'paused'
                      AND g.tenant_id = \(tenantID) AND g.opened_at IS NULL) AS paused_at
            FROM batches b WHERE b.tenant_id = \(tenantID) AND b.id = \(id)
            """,
            """
            SELECT s.state, count(*) AS messages
            FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
            WHERE \(Self.members(of: id, tenantID)) GROUP BY s.state ORDER BY s.state
            """,
        ])
        guard answers.count == 3, let batch = answers[1].first else { return nil }
        var messages: [MessageState: Int] = [:]
        for row in answers[2] {
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            messages[state] = try row.value("messages", as: Int.self)
        }
        return BatchSummary(
            id: id,
            accepted: try batch.value("accepted"),
            refused: try batch.value("refused"),
            createdAt: try batch.value("created_at"),
            pausedAt: try batch.value("paused_at"),
            messages: messages
        )
    }

    /// Messages of a batch get their ids right after it, so a span of ids finds them without an index of their own;
    /// what was repeated later is no member.
    static func members(of id: BatchID, _ tenantID: TenantID) -> SQL {
        let floor = UUIDValue.floor(of: id.value.instant)
        // Ids may run a little ahead of their message: a burst within one millisecond counts on into the next.
        let ceiling = UUIDValue.floor(of: id.value.instant + .seconds(60))
        return """
            m.tenant_id = \(tenantID) AND s.tenant_id = \(tenantID) AND m.batch_id = \(id)
            AND m.id >= \(floor) AND s.id >= \(floor) AND m.id < \(ceiling) AND s.id < \(ceiling)
            """
    }
}

package struct BatchSummary: Sendable {
    package let id: BatchID
    package let accepted: Int
    package let refused: Int
    package let createdAt: Timestamp
    package let pausedAt: Timestamp?
    package let messages: [MessageState: Int]

    /// Still ours to do.
    package var pending: Int { messages.reduce(0) { $0 + ($1.key.awaitsUs ? $1.value : 0) } }
}
