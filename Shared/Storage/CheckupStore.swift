package import Postgres

/// What tells at a glance whether the platform is looked after. Platform role.
package struct CheckupStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package struct State: Sendable, Equatable {
        /// Whether tomorrow's messages have a partition to go to.
        package let hasPartitionsAhead: Bool
        /// Messages whose due time passed more than two minutes ago; counted up to 10,000.
        package let overdue: Int
        package let closedGates: Int
        package let openAlerts: Int
    }

    package func state() async throws(DatabaseError) -> State {
        let rows = try await database.rows(
            """
            SELECT to_regclass('messages_' || to_char((now() + interval '1 day') AT TIME ZONE 'UTC', 'YYYYMMDD'))
                       IS NOT NULL AS partitions_ahead,
                   (SELECT count(*) FROM (
                        SELECT 1 FROM due_messages WHERE due_at < now() - interval '2 minutes' LIMIT 10000) AS d) AS overdue,
                   (SELECT count(*) FROM gates WHERE opened_at IS NULL AND cause <> 'paused') AS closed_gates,
                   (SELECT count(*) FROM alerts WHERE resolved_at IS NULL) AS open_alerts
            """)
        guard let row = rows.first else { throw DatabaseError.decoding("no state") }
        return State(
            hasPartitionsAhead: try row.value("partitions_ahead"), overdue: try row.value("overdue", as: Int.self),
            closedGates: try row.value("closed_gates", as: Int.self), openAlerts: try row.value("open_alerts", as: Int.self))
    }
}
