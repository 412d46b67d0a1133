package import Models
package import Postgres

/// Messages that ended without delivery, by what ended them.
package struct DeadGroup: Sendable {
    package let state: MessageState
    package let errorCode: Int?
    package let provider: Provider?
    package let messages: Int
    package let critical: Int
    package let lastAt: Timestamp
}

package struct DeadStore: Sendable {
    package static let states: Set<MessageState> = [.failed, .undelivered, .expired]
    /// Messages looked at for the groups.
    package static let countedMax = 100_000

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Those that people must look at first, then the largest.
    package func groups(
        of tenantID: TenantID, _ filter: MessageFilter
    ) async throws(DatabaseError) -> (groups: [DeadGroup], isCapped: Bool) {
        let conditions = MessageQueryStore.conditions(tenantID, filter, before: nil)
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT d.state, d.error_code, p.provider, count(*) AS messages,
                   count(*) FILTER (WHERE d.is_critical) AS critical, max(d.changed_at) AS last_at
            FROM (
                SELECT s.state, s.error_code, s.is_critical, s.changed_at, m.sender_id
                FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
                WHERE \(conditions.joined(separator: " AND ")) LIMIT \(Self.countedMax + 1)
            ) AS d LEFT JOIN senders p ON p.tenant_id = \(tenantID) AND p.id = d.sender_id
            GROUP BY d.state, d.error_code, p.provider ORDER BY critical DESC, messages DESC, d.state
            """,
        ])
        var groups: [DeadGroup] = []
        for row in answers.last ?? [] {
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            groups.append(
                DeadGroup(
                    state: state,
                    errorCode: try row.value("error_code"),
                    provider: try row.value("provider", as: String?.self).flatMap { Provider(rawValue: $0) },
                    messages: try row.value("messages"),
                    critical: try row.value("critical"),
                    lastAt: try row.value("last_at")
                )
            )
        }
        return (groups, groups.reduce(0) { $0 + $1.messages } > Self.countedMax)
    }
}
