package import Models
package import Postgres

/// What a tenant's plan allows. Works as either role; the service's acts for the tenant already.
package enum PlanLimits {
    /// The plan of a tenant; nil when there is no such tenant.
    package static func plan(of tenantID: TenantID, on connection: Connection) throws -> BusinessPlan? {
        let rows = try connection.rows(
            "SELECT \(columns) FROM tenants t JOIN plans p ON p.name = t.plan WHERE t.id = \(tenantID)")
        return try rows.first.map { try BusinessPlan($0) }
    }

    /// The same for whoever holds no connection yet.
    package static func plan(of tenantID: TenantID, in database: Database) async throws(DatabaseError) -> BusinessPlan? {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            return try plan(of: tenantID, on: connection)
        }
    }

    /// Throws `PlanExceeded` when the tenant would have more of something than its plan allows. To be called inside the
    /// transaction that adds: whoever adds more to the same tenant waits until that transaction has ended.
    ///
    /// - Parameters:
    ///   - adding: how many are added at once.
    ///   - rows: a SELECT of one row for each that counts, for example
    ///     `SELECT FROM senders WHERE tenant_id = …`.
    package static func require(
        _ limit: PlanLimit, adding: Int = 1, of tenantID: TenantID, counting rows: SQL, on connection: Connection
    ) throws {
        guard let max = try plan(of: tenantID, on: connection)?.max(limit) else { return }
        try connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(\("plan \(tenantID)"), 0))")
        let counted = try connection.rows(
            "SELECT count(*) AS used FROM (\(rows) LIMIT \(max + 1)) AS counted")
        let used = try counted.first?.value("used", as: Int.self) ?? 0
        if used + adding > max { throw PlanExceeded(limit, max: max, used: used) }
    }

    /// Senders, templates, users or keys, by the tables everybody has.
    package static func requireSender(of tenantID: TenantID, on connection: Connection) throws {
        try require(
            .senders, of: tenantID, counting: "SELECT FROM senders WHERE tenant_id = \(tenantID)", on: connection)
    }

    package static func requireTemplate(of tenantID: TenantID, on connection: Connection) throws {
        try require(
            .templates, of: tenantID,
            counting: "SELECT FROM templates WHERE tenant_id = \(tenantID) AND status <> 'DELETED'", on: connection)
    }

    package static func requireUser(of tenantID: TenantID, on connection: Connection) throws {
        try require(.users, of: tenantID, counting: "SELECT FROM users WHERE tenant_id = \(tenantID)", on: connection)
    }

    /// Only keys that work count, so that a rotation needs room for one more.
    package static func requireKey(of tenantID: TenantID, on connection: Connection) throws {
        try require(
            .keys, of: tenantID,
            counting: """
                SELECT FROM api_keys WHERE tenant_id = \(tenantID) AND revoked_at IS NULL
                  AND (expires_at IS NULL OR expires_at > now())
                """,
            on: connection)
    }

    /// Of `plans p`.
    static let columns: SQL = """
        p.name, p.title, p.messages_per_day, p.senders_max, p.templates_max, p.contacts_max, p.users_max, p.keys_max,
        p.callbacks_max, p.broadcast_recipients_max, p.requests_per_second, p.retention_days_max
        """
}

extension BusinessPlan {
    /// From `PlanLimits.columns`.
    init(_ row: Row) throws(DatabaseError) {
        var limits: [PlanLimit: Int] = [:]
        for limit in PlanLimit.allCases {
            if let max = try row.value(limit.rawValue, as: Int32?.self) { limits[limit] = Int(max) }
        }
        self.init(name: try row.value("name"), title: try row.value("title"), limits: limits)
    }
}
