package import Models
package import Postgres

/// How the delivery engine fares: what waits too long, and what monitoring measured last. Platform role.
package struct EngineStore: Sendable {
    /// Waiting rows are counted up to here.
    package static let countedMax = 10_000
    static let rowsMax = 1_000

    /// Messages whose time has come and which nothing holds.
    package struct Backlog: Sendable {
        package let waiting: CappedCount
        /// Of the one that waits longest.
        package let oldestAt: Timestamp?
    }

    /// The newest of its kind.
    package struct Figure: Sendable {
        package let metric: Metric
        /// Nil: the platform's.
        package let business: String?
        package let subject: String
        package let value: Double
        package let at: Timestamp
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameter grace: what has waited no longer than that is on its way.
    package func backlog(after grace: Duration) async throws(DatabaseError) -> Backlog {
        let rows = try await database.rows(
            """
            SELECT count(*) AS waiting, min(due_at) AS oldest_at FROM (
                SELECT due_at FROM due_messages
                WHERE due_at < now() - \(grace.microseconds) * interval '1 microsecond' AND gate_id IS NULL
                ORDER BY due_at LIMIT \(Self.countedMax + 1)) AS late
            """)
        guard let row = rows.first else { throw .decoding("a count that was asked for is not there") }
        return try Connection.decoded {
            Backlog(
                waiting: CappedCount(try row.value("waiting"), max: Self.countedMax), oldestAt: try row.value("oldest_at"))
        }
    }

    /// Of the last hour, one a metric, business and subject.
    package func latest(_ metrics: [Metric]) async throws(DatabaseError) -> [Figure] {
        let rows = try await database.rows(
            """
            SELECT DISTINCT ON (m.metric, m.tenant_id, m.subject) m.metric, t.name AS business, m.subject, m.value, m.at
            FROM monitoring_metrics m LEFT JOIN tenants t ON t.id = m.tenant_id
            WHERE m.metric = ANY (\(metrics.map(\.rawValue))) AND m.at > now() - interval '1 hour'
            ORDER BY m.metric, m.tenant_id, m.subject, m.at DESC LIMIT \(Self.rowsMax)
            """)
        return try Connection.decoded {
            try rows.compactMap { row in
                guard let metric = Metric(rawValue: try row.value("metric")) else { return nil }
                return Figure(
                    metric: metric, business: try row.value("business"), subject: try row.value("subject"),
                    value: try row.value("value"), at: try row.value("at"))
            }
        }
    }
}
