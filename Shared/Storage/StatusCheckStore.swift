package import Models
package import Postgres

/// Messages whose status somebody wants to have asked of the provider: the table is the outbox.
package struct StatusCheckStore: Sendable {
    /// A check that was taken, and what asking needs. Whoever took it and dies leaves it to its next try.
    package struct Taken: Sendable {
        package let tenantID: TenantID
        package let messageID: MessageID
        package let senderID: SenderID
        /// This one included.
        package let tries: Int
        /// The latest attempt that the provider gave an id; nil when there is none.
        package let attempt: (number: Int, providerMessageID: ProviderMessageID)?
    }

    /// How a check ended.
    package struct Result: Sendable {
        package let check: Taken
        /// The provider's word for the status, or ours for why there is none.
        package let word: String
        /// The provider was asked and answered.
        package let wasAnswered: Bool

        package init(_ check: Taken, _ word: String, wasAnswered: Bool) {
            self.check = check
            self.word = word
            self.wasAnswered = wasAnswered
        }
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Checks that are due, of all tenants.
    package func take(max: Int) async throws(DatabaseError) -> [Taken] {
        var tries: [MessageID: Int] = [:]
        var messages: [(TenantID, MessageID)] = []
        for row in try await database.rows("SELECT * FROM take_status_checks(\(Int32(clamping: max)))") {
            let messageID: MessageID = try row.value("message_id")
            tries[messageID] = Int(try row.value("tries", as: Int16.self))
            messages.append((try row.value("tenant_id"), messageID))
        }
        if messages.isEmpty { return [] }
        let answers = try await database.pipeline([
            .actFor(messages.map(\.0)),
            """
            SELECT m.tenant_id, m.id, m.sender_id, a.number, a.provider_message_id
            FROM unnest(\(messages.map(\.0)), \(messages.map(\.1))) AS w (tenant_id, id)
            JOIN messages m ON m.tenant_id = w.tenant_id AND m.id = w.id
            LEFT JOIN LATERAL (
                SELECT t.number, t.provider_message_id FROM attempts t
                WHERE t.tenant_id = w.tenant_id AND t.message_id = w.id AND t.provider_message_id IS NOT NULL
                ORDER BY t.number DESC LIMIT 1
            ) AS a ON true
            """,
        ])
        var taken: [Taken] = []
        for row in answers.last ?? [] {
            let messageID: MessageID = try row.value("id")
            let number: Int16? = try row.value("number")
            let providerID: String? = try row.value("provider_message_id")
            var attempt: (Int, ProviderMessageID)?
            if let number, let providerID { attempt = (Int(number), ProviderMessageID(providerID)) }
            taken.append(
                Taken(
                    tenantID: try row.value("tenant_id"), messageID: messageID, senderID: try row.value("sender_id"),
                    tries: tries[messageID] ?? 1, attempt: attempt))
        }
        return taken
    }

    /// Ends checks, and notes when the provider was last asked.
    package func finish(_ results: [Result]) async throws(DatabaseError) {
        if results.isEmpty { return }
        let asked = results.filter(\.wasAnswered)
        var statements: [SQL] = [
            .actFor(results.map(\.check.tenantID)),
            """
            UPDATE status_checks c SET done_at = now(), result = w.result
            FROM unnest(
                \(results.map(\.check.tenantID)), \(results.map(\.check.messageID)), \(results.map(\.word))
            ) AS w (tenant_id, message_id, result)
            WHERE c.tenant_id = w.tenant_id AND c.message_id = w.message_id AND c.done_at IS NULL
            """,
        ]
        if !asked.isEmpty {
            let sorted = asked.sorted {
                ($0.check.tenantID, $0.check.messageID) < ($1.check.tenantID, $1.check.messageID)
            }
            statements.append(
                """
                UPDATE message_states s SET last_status_check = now()
                FROM unnest(\(sorted.map(\.check.tenantID)), \(sorted.map(\.check.messageID))) AS w (tenant_id, id)
                WHERE s.tenant_id = w.tenant_id AND s.id = w.id
                """)
        }
        _ = try await database.pipeline(statements)
    }

    /// Nobody was asked for want of the account's calls: their turn comes in a moment, and no try is used up.
    package func putOff(_ checks: [Taken], by span: Duration) async throws(DatabaseError) {
        if checks.isEmpty { return }
        _ = try await database.pipeline([
            .actFor(checks.map(\.tenantID)),
            """
            UPDATE status_checks c
            SET due_at = now() + \(span.microseconds) * interval '1 microsecond', tries = greatest(c.tries - 1, 0)
            FROM unnest(\(checks.map(\.tenantID)), \(checks.map(\.messageID))) AS w (tenant_id, message_id)
            WHERE c.tenant_id = w.tenant_id AND c.message_id = w.message_id AND c.done_at IS NULL
            """,
        ])
    }
}
