package import Models
package import Postgres

/// The figures of digests: a day, and a week's retries. From rollups alone.
package struct DigestStore: Sendable {
    private static let reasonsMax = 5

    private let database: Database

    /// - Parameter database: of the platform role.
    package init(_ database: Database) {
        self.database = database
    }

    /// What a day brought.
    package struct Day: Sendable {
        package let from: Timestamp
        package let to: Timestamp
        /// Accepted in the day; the states are how each grew or shrank in it.
        package let flow: CountedFlow
        package let criticalFailures: Int64
        package let alertsOpened: Int64
        package let alertsStillOpen: Int64
        /// Why messages accepted on these calendar days (UTC) ended without delivery, the most frequent first.
        package let reasons: [Reason]
    }

    package struct Reason: Sendable, Hashable {
        package let code: Int
        package let messages: Int64
    }

    /// One business's retries, of messages accepted in the week.
    package struct Retries: Sendable, Hashable {
        package let tenantID: TenantID
        package let business: String
        package let accepted: Int64
        /// Messages that were repeated at least once.
        package let messages: Int64
        /// How often altogether.
        package let retries: Int64
        /// Of `messages`: WhatsApp has them now, or they were delivered or read.
        package let succeeded: Int64
        /// Of `messages`: failed, undelivered or expired.
        package let failed: Int64
    }

    /// The 24 hours up to a moment, to the minute.
    ///
    /// - Parameter tenant: nil: of all businesses.
    package func day(of tenant: TenantID?, ending: Timestamp) async throws(DatabaseError) -> Day {
        let from = ending + .seconds(-86_400)
        let counts = CountStore(database)
        let flows =
            if let tenant {
                try await counts.flows(of: tenant, from: from, to: ending, by: .total)
            } else {
                try await counts.flowsOfAllTenants(from: from, to: ending)
            }
        let isTheirs: SQL = "(\(tenant as TenantID?)::uuid IS NULL OR tenant_id = \(tenant as TenantID?))"
        let answers = try await database.pipeline([
            """
            SELECT (SELECT count(*) FROM critical_failures
                    WHERE failed_at >= \(from) AND failed_at < \(ending) AND \(isTheirs)) AS critical,
                   (SELECT count(*) FROM alerts
                    WHERE opened_at >= \(from) AND opened_at < \(ending) AND \(isTheirs)) AS opened,
                   (SELECT count(*) FROM alerts WHERE resolved_at IS NULL AND \(isTheirs)) AS still_open
            """,
            """
            SELECT error_code, sum(messages)::bigint AS messages FROM outcome_days
            WHERE day BETWEEN (\(from) AT TIME ZONE 'UTC')::date AND (\(ending) AT TIME ZONE 'UTC')::date
              AND error_code IS NOT NULL AND state <> \(MessageState.cancelled.rawValue) AND \(isTheirs)
            GROUP BY error_code ORDER BY 2 DESC, 1 LIMIT \(Self.reasonsMax)
            """,
        ])
        guard answers.count == 2, let row = answers[0].first else { throw .decoding("figures that are not there") }
        return Day(
            from: from, to: ending, flow: CountedFlow(sumOf: flows),
            criticalFailures: try row.value("critical"), alertsOpened: try row.value("opened"),
            alertsStillOpen: try row.value("still_open"),
            reasons: try Connection.decoded {
                try answers[1].map { Reason(code: try $0.value("error_code"), messages: try $0.value("messages")) }
            })
    }

    /// By business, those with the most retries first; a business that repeated nothing is missing.
    ///
    /// - Parameter ending: the seven calendar days (UTC) before this moment's day.
    package func retriesOfWeek(ending: Timestamp) async throws(DatabaseError) -> [Retries] {
        let rows = try await database.rows(
            """
            SELECT o.tenant_id, t.name, sum(o.messages)::bigint AS accepted, sum(o.retried)::bigint AS messages,
                   sum(o.retries)::bigint AS retries,
                   coalesce(sum(o.retried) FILTER (WHERE o.state BETWEEN \(MessageState.sent.rawValue)
                                                                     AND \(MessageState.read.rawValue)), 0)::bigint AS succeeded,
                   coalesce(sum(o.retried) FILTER (WHERE o.state BETWEEN \(MessageState.failed.rawValue)
                                                                     AND \(MessageState.expired.rawValue)), 0)::bigint AS failed
            FROM outcome_days o JOIN tenants t ON t.id = o.tenant_id
            WHERE o.day < (\(ending) AT TIME ZONE 'UTC')::date AND o.day >= (\(ending) AT TIME ZONE 'UTC')::date - 7
            GROUP BY o.tenant_id, t.name HAVING sum(o.retried) > 0 ORDER BY 5 DESC, t.name, o.tenant_id
            """)
        return try Connection.decoded {
            try rows.map { row in
                Retries(
                    tenantID: try row.value("tenant_id"), business: try row.value("name"),
                    accepted: try row.value("accepted"), messages: try row.value("messages"),
                    retries: try row.value("retries"), succeeded: try row.value("succeeded"),
                    failed: try row.value("failed"))
            }
        }
    }
}
