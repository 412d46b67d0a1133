package import Models
package import Postgres

/// What cycles measured: the last values, and how they came to be what they are.
package struct MeasurementStore: Sendable {
    /// A measurement older than this is not how things are now.
    package static let currentFor = Duration.seconds(2 * 3_600)
    package static let pointsMax = 1_000

    /// One figure as it was for a while.
    package struct Point: Hashable, Sendable {
        package let at: Timestamp
        package let value: Double
        package let sample: Int64
    }

    let database: Database

    /// - Parameter database: of the service role for one business's own, of the platform role for all.
    package init(_ database: Database) {
        self.database = database
    }

    /// One statement however many there are.
    ///
    /// - Parameter isHourly: kept for long; the others for some days.
    static func insertion(_ measurements: [Measurement], isHourly: Bool) -> SQL {
        """
        INSERT INTO monitoring_metrics (at, tenant_id, subject, metric, value, sample, is_hourly)
        SELECT m.*, \(isHourly) FROM unnest(
            \(measurements.map(\.at)), \(measurements.map(\.scope.tenantID)), \(measurements.map(\.scope.subject)),
            \(measurements.map(\.metric.rawValue)), \(measurements.map(\.value)), \(measurements.map(\.sample))
        ) AS m (at, tenant_id, subject, metric, value, sample)
        """
    }

    /// The last cycle's measurements of a business and its senders.
    package func current(of tenantID: TenantID) async throws(DatabaseError) -> [Measurement] {
        try await last(SQL.actFor(tenantID), "tenant_id = \(tenantID)")
    }

    /// The last cycle's measurements of the platform; platform role.
    package func currentOfPlatform() async throws(DatabaseError) -> [Measurement] {
        try await last("SELECT 1", "tenant_id IS NULL")
    }

    private func last(_ acting: SQL, _ scope: SQL) async throws(DatabaseError) -> [Measurement] {
        let answers = try await database.pipeline([
            acting,
            """
            SELECT DISTINCT ON (metric, subject) metric, tenant_id, subject, at, value, sample
            FROM monitoring_metrics
            WHERE \(scope) AND metric = ANY (\(Metric.allCases.map(\.rawValue)))
              AND at > now() - \(Self.currentFor.microseconds) * interval '1 microsecond'
            ORDER BY metric, subject, at DESC
            """,
        ])
        return try Connection.decoded { try (answers.last ?? []).compactMap { try Measurement($0) } }
    }

    /// One figure over a span, oldest first: each point the mean of what was measured in its part of the span.
    ///
    /// - Parameter points: at most so many.
    package func history(
        _ metric: Metric, _ scope: MetricScope, from: Timestamp, to: Timestamp, points: Int
    ) async throws(DatabaseError) -> [Point] {
        let part = max(1, (to - from).microseconds / Int64(max(1, points)))
        let acting: SQL = scope.tenantID.map { .actFor($0) } ?? "SELECT 1"
        let isOfScope: SQL = scope.tenantID.map { "tenant_id = \($0)" } ?? "tenant_id IS NULL"
        let answers = try await database.pipeline([
            acting,
            """
            SELECT min(at) AS at, avg(value)::double precision AS value, sum(sample)::bigint / count(*) AS sample
            FROM monitoring_metrics
            WHERE metric = \(metric.rawValue) AND \(isOfScope) AND subject = \(scope.subject)
              AND at >= \(from) AND at < \(to)
            GROUP BY (extract(epoch FROM at) * 1000000)::bigint / \(part) ORDER BY 1
            """,
        ])
        return try Connection.decoded {
            try (answers.last ?? []).map { row in
                Point(at: try row.value("at"), value: try row.value("value"), sample: try row.value("sample"))
            }
        }
    }
}

extension Measurement {
    /// Nil for a metric that this program does not know.
    init?(_ row: Row) throws(DatabaseError) {
        guard let metric = Metric(rawValue: try row.value("metric")) else { return nil }
        self.init(
            metric, MetricScope(tenantID: try row.value("tenant_id"), subject: try row.value("subject")),
            at: try row.value("at"), value: try row.value("value"), sample: try row.value("sample"))
    }
}
