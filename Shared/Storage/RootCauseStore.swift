package import Models
package import Postgres

/// Why messages of all businesses failed of late. Platform role.
package struct RootCauseStore: Sendable {
    /// Of one business, for one reason.
    package struct Failures: Sendable {
        package let tenantID: TenantID
        package let business: String
        /// The provider's code; nil: nobody gave a reason.
        package let code: Int?
        /// Accepted yesterday or today (UTC), as last counted.
        package let messages: Int64
        /// Failed after their last retry within a day, as of now.
        package let critical: Int64
    }

    /// How automatic retries went, of what was accepted yesterday and today (UTC).
    package struct Retries: Sendable {
        package let settled: Int64
        package let sent: Int64

        /// Nil before the first.
        package var successRate: Double? { settled > 0 ? Double(sent) / Double(settled) : nil }
    }

    package static let rowsMax = 1_000
    static let criticalMax = 100_000

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Those with critical messages first, then the largest.
    package func failures() async throws(DatabaseError) -> [Failures] {
        let rows = try await database.rows(
            """
            SELECT f.tenant_id, t.name AS business, f.error_code,
                   greatest(sum(f.messages), sum(f.critical))::bigint AS messages, sum(f.critical)::bigint AS critical
            FROM (
                SELECT tenant_id, error_code, messages, 0 AS critical FROM outcome_days
                WHERE day >= (now() AT TIME ZONE 'UTC')::date - 1 AND state = ANY (\(Self.notSent))
                UNION ALL
                SELECT tenant_id, error_code, 0, count(*) FROM (
                    SELECT tenant_id, error_code FROM critical_failures WHERE failed_at > now() - interval '1 day'
                    ORDER BY failed_at DESC LIMIT \(Self.criticalMax)) AS lately
                GROUP BY tenant_id, error_code
            ) AS f JOIN tenants t ON t.id = f.tenant_id
            GROUP BY f.tenant_id, t.name, f.error_code
            ORDER BY critical DESC, messages DESC, f.tenant_id, f.error_code LIMIT \(Self.rowsMax)
            """)
        return try Connection.decoded {
            try rows.map { row in
                Failures(
                    tenantID: try row.value("tenant_id"), business: try row.value("business"),
                    code: try row.value("error_code", as: Int32?.self).map { Int($0) },
                    messages: try row.value("messages"), critical: try row.value("critical"))
            }
        }
    }

    package func retries() async throws(DatabaseError) -> Retries {
        let rows = try await database.rows(
            """
            SELECT coalesce(sum(retried), 0)::bigint AS settled,
                   coalesce(sum(retried) FILTER (WHERE state = ANY (\(Self.sent))), 0)::bigint AS sent
            FROM outcome_days
            WHERE day >= (now() AT TIME ZONE 'UTC')::date - 1 AND state = ANY (\(Self.sent + Self.notSent))
            """)
        guard let row = rows.first else { throw .decoding("a sum that was asked for is not there") }
        return try Connection.decoded { Retries(settled: try row.value("settled"), sent: try row.value("sent")) }
    }

    private static let notSent = [MessageState.failed, .undelivered, .expired].map(\.rawValue)
    private static let sent = [MessageState.sent, .delivered, .read].map(\.rawValue)
}
