package import Models
package import Postgres
package import Runtime

/// The plans of the platform. Platform role.
package struct PlanStore: Sendable {
    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// By name; `after` is the last of the page before.
    package func plans(after: String?, max: Int) async throws(DatabaseError) -> [ListedPlan] {
        let rows = try await database.rows(
            """
            SELECT \(Self.columns) FROM plans p WHERE \(after as String?) IS NULL OR p.name > \(after as String?)
            ORDER BY p.name LIMIT \(max)
            """)
        return try Connection.decoded { try rows.map { try ListedPlan($0) } }
    }

    package func plan(_ name: String) async throws(DatabaseError) -> ListedPlan? {
        let rows = try await database.rows("SELECT \(Self.columns) FROM plans p WHERE p.name = \(name)")
        return try Connection.decoded { try rows.first.map { try ListedPlan($0) } }
    }

    /// - Returns: nil when there is a plan of this name.
    package func create(_ plan: BusinessPlan, by source: AuditSource) async throws(DatabaseError) -> ListedPlan? {
        let audit = source.entry("plan.created", "plan \(plan.name)", of: nil, id: ids.uuid())
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                INSERT INTO plans AS p (name, title, messages_per_day, senders_max, templates_max, contacts_max, users_max,
                                        keys_max, callbacks_max, broadcast_recipients_max, requests_per_second,
                                        retention_days_max)
                VALUES (\(plan.name), \(plan.title), \(plan[.messagesPerDay]), \(plan[.senders]), \(plan[.templates]),
                        \(plan[.contacts]), \(plan[.users]), \(plan[.keys]), \(plan[.callbacks]),
                        \(plan[.broadcastRecipients]), \(plan[.requestsPerSecond]), \(plan[.retentionDays]))
                ON CONFLICT (name) DO NOTHING RETURNING \(Self.columns)
                """)
            guard let row = rows.first else { return nil }
            try connection.execute(audit)
            return try ListedPlan(row)
        }
    }

    /// Sets the title and all limits.
    ///
    /// - Returns: the plan and whose limits have changed with it; nil when there is no such plan.
    package func change(
        _ plan: BusinessPlan, changed: [String], by source: AuditSource
    ) async throws(DatabaseError) -> (plan: ListedPlan, tenants: [TenantID])? {
        let audit = source.entry("plan.changed", "plan \(plan.name)", of: nil, id: ids.uuid(), detail: .changed(changed))
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                UPDATE plans p
                SET title = \(plan.title), messages_per_day = \(plan[.messagesPerDay]), senders_max = \(plan[.senders]),
                    templates_max = \(plan[.templates]), contacts_max = \(plan[.contacts]), users_max = \(plan[.users]),
                    keys_max = \(plan[.keys]), callbacks_max = \(plan[.callbacks]),
                    broadcast_recipients_max = \(plan[.broadcastRecipients]),
                    requests_per_second = \(plan[.requestsPerSecond]), retention_days_max = \(plan[.retentionDays]),
                    updated_at = now()
                WHERE p.name = \(plan.name) RETURNING \(Self.columns)
                """)
            guard let row = rows.first else { return nil }
            try connection.execute(audit)
            let tenants = try connection.rows("SELECT id FROM tenants WHERE plan = \(plan.name) AND status <> 'deleted'")
            return (try ListedPlan(row), try tenants.map { try $0.value("id") })
        }
    }

    /// What becomes of a plan that is to be removed.
    package enum Removal: Sendable {
        case removed, unknown, inUse
    }

    /// A plan that a tenant has, or had when it was deleted, stays.
    package func remove(_ name: String, by source: AuditSource) async throws(DatabaseError) -> Removal {
        let audit = source.entry("plan.deleted", "plan \(name)", of: nil, id: ids.uuid())
        do {
            return try await database.transaction { connection in
                guard try connection.execute("DELETE FROM plans WHERE name = \(name)") > 0 else { return .unknown }
                try connection.execute(audit)
                return .removed
            }
        } catch {
            if case .foreignKey = error { return .inUse }
            throw error
        }
    }

    private static let columns: SQL = """
        \(PlanLimits.columns), p.created_at, p.updated_at, (SELECT count(*) FROM tenants t WHERE t.plan = p.name) AS tenants
        """
}

/// A plan with what founders want to know of it.
package struct ListedPlan: Sendable {
    package let plan: BusinessPlan
    package let tenants: Int
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    fileprivate init(_ row: Row) throws(DatabaseError) {
        plan = try BusinessPlan(row)
        tenants = try row.value("tenants")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
    }
}

extension BusinessPlan {
    /// As a value of a statement.
    fileprivate subscript(_ limit: PlanLimit) -> SQL { "\(max(limit).map { Int32(clamping: $0) } as Int32?)" }
}
