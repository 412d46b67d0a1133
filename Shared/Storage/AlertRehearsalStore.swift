package import Models
package import Postgres

/// A rule over what was measured before. Platform role for the platform's rules, service role for a business's own.
package struct AlertRehearsalStore: Sendable {
    package static let span = Duration.seconds(30 * 86_400)
    /// Things that are looked at, and measurements of all of them: a rehearsal is an answer to a person who waits.
    package static let seriesMax = 2_000
    package static let measurementsMax = 1_000_000

    package struct Outcome: Sendable {
        package let rehearsal: AlertRehearsal
        /// Not everything there is was looked at.
        package let isCut: Bool
        package let from: Timestamp
        /// The names of the businesses in it.
        package let businesses: [TenantID: String]
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameters:
    ///   - tenantID: nil for all that the rule would hold for as the platform's.
    ///   - subject: empty for all of them.
    package func rehearse(
        _ rule: AlertRule, tenantID: TenantID?, subject: String
    ) async throws(DatabaseError) -> Outcome {
        try await database.transaction { connection in
            if let tenantID { _ = try connection.rows(.actFor(tenantID)) }
            let from: Timestamp = try connection.rows(
                "SELECT now() - \(Self.span.microseconds) * interval '1 microsecond' AS start"
            ).first?.value("start") ?? Timestamp(microseconds: 0)
            let whose: SQL = tenantID.map { "m.tenant_id = \($0)" } ?? "true"
            let which: SQL = subject.isEmpty ? "true" : "m.subject = \(subject)"
            let series = try connection.rows(
                """
                SELECT DISTINCT m.tenant_id, m.subject FROM monitoring_metrics m
                WHERE m.metric = \(rule.metric.rawValue) AND \(whose) AND \(which) AND m.at >= \(from)
                ORDER BY m.tenant_id, m.subject LIMIT \(Self.seriesMax)
                """
            ).map { MetricScope(tenantID: try $0.value("tenant_id"), subject: try $0.value("subject")) }
            var rehearsal = AlertRehearsal(rule)
            for scope in series where rehearsal.measurements < Self.measurementsMax {
                let of: SQL = scope.tenantID.map { "tenant_id = \($0)" } ?? "tenant_id IS NULL"
                let rows = try connection.rows(
                    """
                    SELECT at, value, sample FROM monitoring_metrics
                    WHERE metric = \(rule.metric.rawValue) AND \(of) AND subject = \(scope.subject) AND at >= \(from)
                    ORDER BY at LIMIT \(Self.measurementsMax - rehearsal.measurements)
                    """)
                for row in rows {
                    rehearsal.take(
                        Measurement(
                            rule.metric, scope, at: try row.value("at"), value: try row.value("value"),
                            sample: try row.value("sample")))
                }
            }
            let tenants = Set(rehearsal.firings.compactMap(\.scope.tenantID)).sorted()
            var names: [TenantID: String] = [:]
            for row in try connection.rows("SELECT id, name FROM tenants WHERE id = ANY (\(tenants))") {
                names[try row.value("id")] = try row.value("name", as: String.self)
            }
            return Outcome(
                rehearsal: rehearsal,
                isCut: series.count == Self.seriesMax || rehearsal.measurements >= Self.measurementsMax,
                from: from, businesses: names)
        }
    }
}
