package import Models
package import Postgres

/// What a tenant may see of its own retention.
package struct RetentionQueryStore: Sendable {
    package struct Rules: Sendable {
        /// As the tenant set it; nil: nothing.
        package let retentionDays: Int?
        /// The plan's bound; nil: none.
        package let planDaysMax: Int?
        package let redactAfterDays: Int?
        package let isArchived: Bool
    }

    package struct Day: Sendable {
        package let day: Timestamp
        package let redactedAt: Timestamp?
        package let archivedAt: Timestamp?
        package let archiveFiles: Int?
        package let removedAt: Timestamp?
        package let messages: Int64?

        package var name: String { String(day.rfc3339.prefix(10)) }
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Newest day first; nil when there is no such tenant.
    package func retention(
        of tenantID: TenantID, before: Timestamp?, limit: Int
    ) async throws(DatabaseError) -> (rules: Rules, days: [Day], hasMore: Bool)? {
        var condition: SQL = "tenant_id = \(tenantID)"
        if let before { condition.append(" AND day < (\(before) AT TIME ZONE 'UTC')::date") }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT t.retention_days, p.retention_days_max, t.redact_after_days, t.is_archived
            FROM tenants t JOIN plans p ON p.name = t.plan WHERE t.id = \(tenantID)
            """,
            """
            SELECT day::timestamp AT TIME ZONE 'UTC' AS day, redacted_at, archived_at, archive_files, removed_at, messages
            FROM retention_days WHERE \(condition) ORDER BY retention_days.day DESC LIMIT \(limit + 1)
            """,
        ])
        guard answers.count == 3, let row = answers[1].first else { return nil }
        let rules = Rules(
            retentionDays: try row.value(0, as: Int32?.self).map { Int($0) },
            planDaysMax: try row.value(1, as: Int32?.self).map { Int($0) },
            redactAfterDays: try row.value(2, as: Int32?.self).map { Int($0) }, isArchived: try row.value(3))
        var days: [Day] = []
        for row in answers[2] {
            days.append(
                Day(
                    day: try row.value("day"), redactedAt: try row.value("redacted_at"),
                    archivedAt: try row.value("archived_at"),
                    archiveFiles: try row.value("archive_files", as: Int32?.self).map { Int($0) },
                    removedAt: try row.value("removed_at"), messages: try row.value("messages")))
        }
        return (rules, Array(days.prefix(limit)), days.count > limit)
    }
}
