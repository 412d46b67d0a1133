package import Models
package import Postgres

/// A sender or business that something will happen to, by name.
package struct NamedScope: Hashable, Sendable {
    package let scope: MetricScope
    /// Nil: the platform.
    package let business: String?
    /// Nil: the business as a whole.
    package let sender: String?
}

extension MeasurementStore {
    /// What forecasts of all businesses are made of, as the last cycle measured it; platform role.
    ///
    /// - Returns: only scopes that may have one, and their names.
    package func outlookOfAll(max: Int) async throws(DatabaseError) -> (measurements: [Measurement], names: [NamedScope]) {
        let rows = try await database.rows(
            """
            WITH cycle AS (
                SELECT max(at) AS at FROM monitoring_metrics
                WHERE at > now() - \(Self.currentFor.microseconds) * interval '1 microsecond'
            ), concerned AS MATERIALIZED (
                SELECT DISTINCT m.tenant_id, m.subject FROM monitoring_metrics m, cycle
                WHERE m.at = cycle.at AND m.tenant_id IS NOT NULL AND (
                    m.metric = \(Metric.limitUse.rawValue) AND m.value >= \(Forecast.limitShareMin)
                    OR m.metric = \(Metric.failureBurnRate.rawValue) AND m.value > \(Forecast.burnTold)
                       AND m.sample >= \(Forecast.burnSampleMin) AND m.subject <> ''
                    OR m.metric = \(Metric.tokenDaysLeft.rawValue) AND m.value <= \(Forecast.tokenDaysTold))
                ORDER BY 1, 2 LIMIT \(max)
            )
            SELECT m.metric, m.tenant_id, m.subject, m.at, m.value, m.sample, t.name AS business, s.name AS sender
            FROM concerned c JOIN cycle ON true
            JOIN monitoring_metrics m ON m.tenant_id = c.tenant_id AND m.subject = c.subject AND m.at = cycle.at
                AND m.metric = ANY (\(Self.outlookMetrics.map(\.rawValue)))
            JOIN tenants t ON t.id = m.tenant_id
            LEFT JOIN senders s ON s.tenant_id = m.tenant_id AND s.id::text = m.subject
            """)
        return try Connection.decoded {
            (
                try rows.compactMap { try Measurement($0) },
                try rows.map { row in
                    NamedScope(
                        scope: MetricScope(tenantID: try row.value("tenant_id"), subject: try row.value("subject")),
                        business: try row.value("business"), sender: try row.value("sender"))
                }
            )
        }
    }

    private static let outlookMetrics: [Metric] = [
        .limitUse, .limitHoursLeft, .failureBurnRate, .failureBurnRateSixHours, .tokenDaysLeft,
    ]

    /// Since when a figure is on the side of its threshold where it is now; as far back as measurements are kept.
    package func since(
        _ metric: Metric, of tenantID: TenantID, threshold: Double, isBelow: Bool
    ) async throws(DatabaseError) -> Timestamp? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT min(at) AS since FROM monitoring_metrics
            WHERE metric = \(metric.rawValue) AND tenant_id = \(tenantID) AND subject = ''
              AND at > coalesce((
                  SELECT at FROM monitoring_metrics
                  WHERE metric = \(metric.rawValue) AND tenant_id = \(tenantID) AND subject = ''
                    AND (value < \(threshold)) <> \(isBelow)
                  ORDER BY at DESC LIMIT 1), '-infinity')
            """,
        ])
        return try answers.last?.first?.value("since", as: Timestamp?.self) ?? nil
    }

    /// The names of a business's senders, by id as text, and what it wants to be told of.
    package func business(_ tenantID: TenantID) async throws(DatabaseError)
        -> (thresholds: TenantThresholds, senders: [String: String])?
    {
        let answers = try await database.pipeline([
            .actFor(tenantID), "SELECT thresholds FROM tenants WHERE id = \(tenantID)",
            "SELECT id::text AS id, name FROM senders WHERE tenant_id = \(tenantID)",
        ])
        guard answers.count == 3, let row = answers[1].first else { return nil }
        let thresholds = TenantThresholds(tenantJSON: try row.value("thresholds"))
        let senders = try Connection.decoded {
            try answers[2].map { (try $0.value("id", as: String.self), try $0.value("name", as: String.self)) }
        }
        return (thresholds, Dictionary(senders, uniquingKeysWith: { first, _ in first }))
    }
}
