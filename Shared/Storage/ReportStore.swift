internal import JSON
package import Models
package import Postgres

/// The monthly reports that are kept.
package struct ReportStore: Sendable {
    /// Receipts of a month's last messages come for weeks: then its report is made once more, and stays.
    package static let settledAfter = Duration.seconds(Int64(OutcomeStore.daysCounted) * 86_400)
    /// As far back as monitor makes up for months that it missed.
    package static let monthsMax = 24

    /// A month of a tenant whose report is to be made.
    package struct Due: Hashable, Sendable {
        /// Nil: of all businesses.
        package let tenantID: TenantID?
        package let business: String?
        package let period: ReportPeriod
        /// Nothing of the month will change any more.
        package let isSettled: Bool
    }

    package struct Stored: Hashable, Sendable {
        /// 2027-01
        package let month: String
        package let madeAt: Timestamp
        package let isSettled: Bool
    }

    private let database: Database

    /// - Parameter database: of the platform role to make and to read those of all; of the service role to read a tenant's.
    package init(_ database: Database) {
        self.database = database
    }

    /// The oldest month that ended and has no report, or one that was made before it was settled.
    ///
    /// - Parameter now: nil: now.
    package func nextDue(now: Timestamp? = nil) async throws(DatabaseError) -> Due? {
        let rows = try await database.rows(
            """
            WITH clock AS (SELECT coalesce(\(now as Timestamp?), now()) AT TIME ZONE 'UTC' AS now),
            businesses AS (
                SELECT t.id, t.name, t.created_at AT TIME ZONE 'UTC' AS since,
                       CASE WHEN t.status = 'deleted' THEN t.status_changed_at AT TIME ZONE 'UTC' END AS until
                FROM tenants t
                UNION ALL
                SELECT NULL, NULL, min(t.created_at) AT TIME ZONE 'UTC', NULL FROM tenants t HAVING count(*) > 0
            )
            SELECT b.id, b.name, m.month AT TIME ZONE 'UTC' AS month, s.is_settled
            FROM clock CROSS JOIN businesses b
            CROSS JOIN LATERAL generate_series(
                greatest(date_trunc('month', b.since), date_trunc('month', clock.now) - \(Int32(Self.monthsMax)) * interval '1 month'),
                date_trunc('month', clock.now) - interval '1 month', interval '1 month') AS m (month)
            CROSS JOIN LATERAL (
                SELECT clock.now >= m.month + interval '1 month' + \(Self.settledAfter.microseconds) * interval '1 microsecond'
                       AS is_settled
            ) AS s
            LEFT JOIN compliance_reports r ON r.tenant_id IS NOT DISTINCT FROM b.id AND r.month = m.month::date
            WHERE coalesce(b.until >= m.month, true) AND (r.month IS NULL AND (
                  -- Counted since its last day was over; a day later it is made of whatever was counted.
                  EXISTS (SELECT FROM outcome_counts c WHERE c.day = (m.month + interval '1 month - 1 day')::date
                          AND c.counted_at AT TIME ZONE 'UTC' >= m.month + interval '1 month')
                  OR clock.now >= m.month + interval '1 month 1 day')
               OR NOT r.is_settled AND s.is_settled)
            ORDER BY m.month, b.id NULLS LAST LIMIT 1
            """)
        guard let row = rows.first else { return nil }
        return try Connection.decoded {
            Due(
                tenantID: try row.value("id"), business: try row.value("name"),
                period: ReportPeriod(monthOf: try row.value("month")), isSettled: try row.value("is_settled"))
        }
    }

    /// The same report stored twice is one; a settled one is never replaced.
    package func store(_ report: ComplianceReport, for due: Due) async throws(DatabaseError) {
        var writer = JSONWriter(capacity: 16_384)
        writer.object { report.write(into: &$0) }
        _ = try await database.execute(
            """
            INSERT INTO compliance_reports AS r (tenant_id, month, made_at, is_settled, report)
            VALUES (\(due.tenantID as TenantID?), \(due.period.firstDay)::text::date, \(report.madeAt), \(due.isSettled),
                    \(JSONText(writer.bytes)))
            ON CONFLICT (tenant_id, month) DO UPDATE
            SET made_at = excluded.made_at, is_settled = excluded.is_settled, report = excluded.report
            WHERE NOT r.is_settled
            """)
    }

    /// Newest first.
    ///
    /// - Parameter tenantID: nil: those of all businesses together.
    package func months(of tenantID: TenantID?) async throws(DatabaseError) -> [Stored] {
        let rows = try await rows(
            of: tenantID,
            """
            SELECT to_char(month, 'YYYY-MM') AS month, made_at, is_settled FROM compliance_reports
            WHERE tenant_id IS NOT DISTINCT FROM \(tenantID as TenantID?) ORDER BY compliance_reports.month DESC LIMIT 240
            """)
        return try Connection.decoded {
            try rows.map {
                Stored(
                    month: try $0.value("month"), madeAt: try $0.value("made_at"), isSettled: try $0.value("is_settled"))
            }
        }
    }

    /// Nil when none is kept for the month.
    package func report(of tenantID: TenantID?, month: ReportPeriod) async throws(DatabaseError) -> ComplianceReport? {
        let rows = try await rows(
            of: tenantID,
            """
            SELECT report FROM compliance_reports
            WHERE tenant_id IS NOT DISTINCT FROM \(tenantID as TenantID?) AND month = \(month.firstDay)::text::date
            """)
        guard let kept = try rows.first?.value("report", as: JSONText.self) else { return nil }
        guard let json = try? JSONDocument(parsing: kept.bytes), let report = ComplianceReport(json.root) else {
            throw .decoding("a report that this program cannot read")
        }
        return report
    }

    private func rows(of tenantID: TenantID?, _ query: SQL) async throws(DatabaseError) -> [Row] {
        guard let tenantID else { return try await database.rows(query) }
        return try await database.pipeline([.actFor(tenantID), query]).last ?? []
    }
}
