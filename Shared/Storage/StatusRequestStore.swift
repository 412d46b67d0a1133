package import Models
package import Postgres

/// Wishes that the provider be asked what became of messages; the dispatcher asks, where the provider offers it.
package struct StatusRequestStore: Sendable {
    package static let messagesMax = 10_000
    /// What was answered so lately is not asked again.
    static let freshFor = "interval '5 seconds'"

    package enum Wish: Sendable, Hashable {
        case requested
        /// The provider has no such question: its webhooks are the only source.
        case notOffered
        /// The provider has not taken it yet, so there is nothing to ask for.
        case notSent
    }

    package struct Check: Sendable, Hashable {
        package let isDone: Bool
        /// The provider's word, or ours for why there is none.
        package let result: String?
    }

    package struct Wishes: Sendable {
        package let requested: Int
        package let notOffered: Int
        package let notSent: Int
        package let isCapped: Bool
    }

    /// Messages of one business that were asked for and came to the same.
    package struct Outcome: Sendable {
        package let tenantID: TenantID
        package let business: String
        /// As `Check` has it; nil: not answered yet.
        package let result: String?
        package let messages: Int64
    }

    private let database: Database

    /// - Parameter database: the service's role for a tenant's own; the platform's for what crosses tenants.
    package init(_ database: Database) {
        self.database = database
    }

    /// Nil for an id the tenant does not own.
    package func request(_ id: MessageID, of tenantID: TenantID) async throws(DatabaseError) -> Wish? {
        let found: SQL = "m.tenant_id = \(tenantID) AND m.id = \(id) AND s.tenant_id = \(tenantID) AND s.id = \(id)"
        let wishes = try await write(found, of: tenantID)
        if wishes.notOffered > 0 { return .notOffered }
        if wishes.notSent > 0 { return .notSent }
        return wishes.requested > 0 ? .requested : nil
    }

    /// The newest first, where there are more than are taken at once.
    ///
    /// - Parameter isDry: only count.
    package func request(
        _ filter: MessageFilter, of tenantID: TenantID, isDry: Bool = false
    ) async throws(DatabaseError) -> Wishes {
        try await write(
            MessageQueryStore.conditions(tenantID, filter, before: nil).joined(separator: " AND "), of: tenantID,
            isDry: isDry)
    }

    private func write(
        _ conditions: SQL, of tenantID: TenantID, isDry: Bool = false
    ) async throws(DatabaseError) -> Wishes {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            WITH found AS MATERIALIZED (
                SELECT m.id, n.provider = 'twilio' AS is_offered, EXISTS (
                           SELECT FROM attempts a WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id
                             AND a.provider_message_id IS NOT NULL) AS is_sent
                FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
                JOIN senders n ON n.tenant_id = m.tenant_id AND n.id = m.sender_id
                WHERE \(conditions) ORDER BY m.id DESC LIMIT \(Self.messagesMax + 1)
            ), taken AS MATERIALIZED (
                SELECT * FROM found ORDER BY id DESC LIMIT \(Self.messagesMax)
            ), wished AS (
                INSERT INTO status_checks AS c (tenant_id, message_id, requested_at, due_at)
                SELECT \(tenantID), id, now(), now() FROM taken WHERE is_offered AND is_sent AND NOT \(isDry) ORDER BY id
                ON CONFLICT (tenant_id, message_id) DO UPDATE
                SET requested_at = now(), due_at = now(), tries = 0, done_at = NULL, result = NULL
                WHERE c.done_at < now() - \(raw: Self.freshFor)
            )
            SELECT count(*) FILTER (WHERE is_offered AND is_sent) AS requested,
                   count(*) FILTER (WHERE NOT is_offered) AS not_offered,
                   count(*) FILTER (WHERE is_offered AND NOT is_sent) AS not_sent,
                   (SELECT count(*) FROM found) > \(Self.messagesMax) AS is_capped
            FROM taken
            """,
        ])
        guard let row = answers.last?.first else { throw .decoding("a count that was asked for is not there") }
        return Wishes(
            requested: try row.value("requested"),
            notOffered: try row.value("not_offered"),
            notSent: try row.value("not_sent"),
            isCapped: try row.value("is_capped")
        )
    }

    /// Nil when nobody asked for one.
    package func check(of id: MessageID, tenantID: TenantID) async throws(DatabaseError) -> Check? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT done_at IS NOT NULL AS is_done, result FROM status_checks
            WHERE tenant_id = \(tenantID) AND message_id = \(id)
            """,
        ])
        guard let row = answers.last?.first else { return nil }
        return Check(isDone: try row.value("is_done"), result: try row.value("result"))
    }

    // MARK: Of all tenants; platform role

    /// Active businesses with a provider that can be asked, those first that were asked for longest ago.
    package func businesses() async throws(DatabaseError) -> [TenantID] {
        let rows = try await database.rows(
            """
            SELECT t.id FROM tenants t
            LEFT JOIN (SELECT tenant_id, max(requested_at) AS at FROM status_checks GROUP BY tenant_id) AS c
                ON c.tenant_id = t.id
            WHERE t.status = 'active'
              AND EXISTS (SELECT FROM senders n WHERE n.tenant_id = t.id AND n.provider = 'twilio')
            ORDER BY c.at NULLS FIRST, t.name, t.id
            """)
        return try Connection.decoded { try rows.map { try $0.value("id") } }
    }

    /// What became of the wishes of the last day, one business after the other.
    package func outcomes() async throws(DatabaseError) -> [Outcome] {
        let rows = try await database.rows(
            """
            SELECT c.tenant_id, t.name AS business, CASE WHEN c.done_at IS NOT NULL THEN coalesce(c.result, '') END AS result,
                   count(*) AS messages
            FROM status_checks c JOIN tenants t ON t.id = c.tenant_id
            WHERE c.requested_at > now() - interval '1 day'
            GROUP BY c.tenant_id, t.name, 3 ORDER BY t.name, c.tenant_id, messages DESC, 3
            """)
        return try Connection.decoded {
            try rows.map { row in
                Outcome(
                    tenantID: try row.value("tenant_id"), business: try row.value("business"),
                    result: try row.value("result"), messages: try row.value("messages"))
            }
        }
    }
}
