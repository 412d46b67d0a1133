package import Postgres

/// How the platform stands at this moment, for gauges. Platform role.
package struct PlatformGaugeStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package struct Gauges: Sendable {
        /// How long the message longest overdue waits for a turn of retry-scheduler already.
        package let overdue: Duration
        /// Pauses that people wanted are not among them.
        package let closedGates: Int
        /// By severity; one that is not there has none.
        package let openAlerts: [String: Int]
        /// Whose figures and rows differed when they were last held against each other.
        package let unbalancedTenants: Int
    }

    package func gauges() async throws(DatabaseError) -> Gauges {
        let answers = try await database.pipeline([
            """
            SELECT (greatest(0, extract(epoch FROM now() - least(
                       (SELECT min(due_at) FROM due_messages WHERE NOT to_pace),
                       (SELECT min(due_at) FROM due_messages WHERE to_pace)))) * 1000000)::bigint AS overdue,
                   (SELECT count(*) FROM gates WHERE opened_at IS NULL AND cause <> 'paused') AS closed_gates,
                   (SELECT count(*) FROM ledger_checks WHERE differences <> '{}') AS unbalanced_tenants
            """,
            "SELECT severity, count(*) AS alerts FROM alerts WHERE resolved_at IS NULL GROUP BY severity",
        ])
        guard answers.count == 2, let row = answers[0].first else { throw DatabaseError.decoding("no gauges") }
        var alerts: [String: Int] = [:]
        for row in answers[1] { alerts[try row.value("severity")] = try row.value("alerts", as: Int.self) }
        return Gauges(
            overdue: .microseconds(try row.value("overdue", as: Int64.self)),
            closedGates: try row.value("closed_gates", as: Int.self), openAlerts: alerts,
            unbalancedTenants: try row.value("unbalanced_tenants", as: Int.self))
    }
}
