internal import JSON
package import Models
package import Postgres
package import Runtime

/// A rule as somebody wrote it.
package struct StoredAlertRule: Sendable {
    /// Nil tenant: the platform's.
    package let scope: MetricScope
    package let rule: AlertRule
    /// Counts the changes; the audit log has each.
    package let version: Int
    package let updatedAt: Timestamp
    package let updatedBy: String
}

/// The rules that people write, each change a transaction with its line in the audit log.
package struct AlertRuleStore: Sendable {
    /// Of one owner: every metric, and some numbers of its own.
    package static let rulesMax = 500

    private let database: Database
    private let ids: IDSource
    private let tenantID: TenantID?

    /// - Parameter tenantID: whose rules; nil for the platform's, with the platform's role.
    package init(_ database: Database, ids: IDSource, of tenantID: TenantID?) {
        self.database = database
        self.ids = ids
        self.tenantID = tenantID
    }

    package func rules() async throws(DatabaseError) -> [StoredAlertRule] {
        let isOurs = isOurs
        return try await acting { connection in
            try connection.rows(
                "SELECT * FROM alert_rules WHERE \(isOurs) ORDER BY metric, subject LIMIT \(Self.rulesMax)"
            ).compactMap { try StoredAlertRule($0) }
        }
    }

    /// Everything that decides which rule holds for the owner: its own, its thresholds, and the platform's.
    ///
    /// - Parameter platform: sees the platform's rules.
    package func book(platform: Database) async throws(DatabaseError) -> AlertRuleBook {
        let tenantID = tenantID
        return try await platform.run { connection in
            try AlertRuleBook.read(of: tenantID.map { [$0] } ?? [], on: connection)
        }
    }

    /// - Returns: the rule as it is now; nil when the owner has too many.
    package func put(
        _ rule: AlertRule, subject: String, by source: AuditSource
    ) async throws(DatabaseError) -> StoredAlertRule? {
        let (ids, tenantID, isOurs) = (ids, tenantID, isOurs)
        return try await acting { connection in
            let count = try connection.rows(
                """
                SELECT count(*) AS others FROM alert_rules
                WHERE \(isOurs) AND (metric, subject) IS DISTINCT FROM (\(rule.metric.rawValue), \(subject))
                """
            ).first?.value("others", as: Int.self) ?? 0
            guard count < Self.rulesMax else { return nil }
            let rows = try connection.rows(
                """
                INSERT INTO alert_rules AS r
                    (tenant_id, metric, subject, raise_at, clear_at, cycles, lasting_seconds, sample_min, severity, enabled,
                     updated_at, updated_by)
                VALUES (\(tenantID as TenantID?), \(rule.metric.rawValue), \(subject), \(rule.raiseAt), \(rule.clearAt),
                        \(Int32(clamping: rule.cycles)), \(Int32(clamping: rule.lasting.components.seconds)),
                        \(rule.sampleMin), \(rule.severity.rawValue), \(rule.isEnabled), now(), \(source.actor.name))
                ON CONFLICT (tenant_id, metric, subject) DO UPDATE
                SET raise_at = excluded.raise_at, clear_at = excluded.clear_at, cycles = excluded.cycles,
                    lasting_seconds = excluded.lasting_seconds, sample_min = excluded.sample_min,
                    severity = excluded.severity, enabled = excluded.enabled, version = r.version + 1,
                    updated_at = now(), updated_by = excluded.updated_by
                RETURNING *
                """)
            guard let stored = try rows.first.flatMap({ try StoredAlertRule($0) }) else { return nil }
            _ = try connection.execute(
                source.entry(
                    "alert_rule.set", Self.target(rule.metric, subject), of: tenantID, id: ids.uuid(),
                    detail: Self.detail(stored)))
            return stored
        }
    }

    /// What held before somebody wrote the rule holds again.
    ///
    /// - Returns: false when there is none.
    package func remove(_ metric: Metric, subject: String, by source: AuditSource) async throws(DatabaseError) -> Bool {
        let (ids, tenantID, isOurs) = (ids, tenantID, isOurs)
        return try await acting { connection in
            let removed = try connection.execute(
                "DELETE FROM alert_rules WHERE \(isOurs) AND metric = \(metric.rawValue) AND subject = \(subject)")
            guard removed > 0 else { return false }
            _ = try connection.execute(
                source.entry("alert_rule.removed", Self.target(metric, subject), of: tenantID, id: ids.uuid()))
            return true
        }
    }

    private var isOurs: SQL { tenantID.map { "tenant_id = \($0)" } ?? "tenant_id IS NULL" }

    private func acting<Outcome: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Outcome
    ) async throws(DatabaseError) -> Outcome {
        let tenantID = tenantID
        return try await database.transaction { connection in
            if let tenantID { _ = try connection.rows(.actFor(tenantID)) }
            return try body(connection)
        }
    }

    private static func target(_ metric: Metric, _ subject: String) -> String {
        "alert rule \(metric.rawValue)" + (subject.isEmpty ? "" : " of \(subject)")
    }

    /// The whole rule: what held at any time is read in the audit log.
    private static func detail(_ stored: StoredAlertRule) -> JSONText {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("version", stored.version)
            writer.field("raise_at", stored.rule.raiseAt)
            writer.field("clear_at", stored.rule.clearAt)
            writer.field("cycles", stored.rule.cycles)
            writer.field("lasting_seconds", stored.rule.lasting.components.seconds)
            writer.field("sample_min", stored.rule.sampleMin)
            writer.field("severity", stored.rule.severity.rawValue)
            writer.field("enabled", stored.rule.isEnabled)
        }
        return JSONText(writer.bytes)
    }
}

extension StoredAlertRule {
    /// Nil for a metric that this program does not know.
    init?(_ row: Row) throws(DatabaseError) {
        guard let metric = Metric(rawValue: try row.value("metric")),
            let severity = AlertSeverity(rawValue: try row.value("severity"))
        else { return nil }
        scope = MetricScope(tenantID: try row.value("tenant_id"), subject: try row.value("subject"))
        rule = AlertRule(
            metric, raiseAt: try row.value("raise_at"), clearAt: try row.value("clear_at"),
            cycles: Int(try row.value("cycles", as: Int32.self)),
            lasting: .seconds(Int(try row.value("lasting_seconds", as: Int32.self))),
            sampleMin: try row.value("sample_min"), severity: severity, isEnabled: try row.value("enabled"))
        version = Int(try row.value("version", as: Int32.self))
        updatedAt = try row.value("updated_at")
        updatedBy = try row.value("updated_by")
    }
}

extension AlertRuleBook {
    /// The platform's rules, and those of these tenants with their thresholds; platform role.
    static func read(of tenants: [TenantID], on connection: Connection) throws -> AlertRuleBook {
        var book = AlertRuleBook()
        let rules = try connection.rows(
            "SELECT * FROM alert_rules WHERE tenant_id IS NULL OR tenant_id = ANY (\(tenants))")
        for stored in try rows(rules) { book.add(stored.rule, of: stored.scope) }
        let thresholds = try connection.rows(
            "SELECT id, thresholds FROM tenants WHERE id = ANY (\(tenants)) AND thresholds <> '{}'")
        for row in thresholds {
            book.add(TenantThresholds(tenantJSON: try row.value("thresholds")), of: try row.value("id"))
        }
        return book
    }

    private static func rows(_ rows: [Row]) throws -> [StoredAlertRule] { try rows.compactMap { try StoredAlertRule($0) } }
}
