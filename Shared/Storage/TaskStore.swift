package import Models
package import Postgres

/// What a tenant sees and does with the messages it has planned.
package struct TaskStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package enum ChangeOutcome: Sendable {
        case changed(StoredTask)
        case notFound
        /// In this status it cannot be done.
        case refused(TaskStatus)
    }

    package enum Change: Sendable {
        case cancel
        /// To another time; how long it is worth sending after it stays the same.
        case move(to: Timestamp)
        case runNow

        package var request: TaskStatus.Request {
            switch self {
            case .cancel: .cancel
            case .move: .move
            case .runNow: .runNow
            }
        }

        fileprivate var assignments: SQL {
            switch self {
            case .cancel: TaskStatements.cancelled(.cancelledByRequest)
            case .move(let time):
                """
                status = 'pending', scheduled_for = \(time), due_at = \(time), lane = 1,
                expires_at = \(time) + (expires_at - scheduled_for), tries = 0, reason = NULL, detail = NULL,
                updated_at = now(), finished_at = NULL
                """
            case .runNow:
                """
                status = 'pending', scheduled_for = now(), due_at = now(), lane = 0,
                expires_at = now() + (expires_at - scheduled_for), tries = 0, reason = NULL, detail = NULL,
                updated_at = now(), finished_at = NULL
                """
            }
        }
    }

    package func change(
        _ id: AutomationTaskID, of tenantID: TenantID, _ change: Change, audit: AuditEntry
    ) async throws(DatabaseError) -> ChangeOutcome {
        let allowed = TaskStatus.allCases.filter { $0.allows(change.request) }.map(\.rawValue)
        return try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let changed = try connection.execute(
                """
                UPDATE automation_tasks SET \(change.assignments)
                WHERE tenant_id = \(tenantID) AND id = \(id) AND status = ANY (\(allowed))
                """)
            guard let task = try Self.task(id, of: tenantID, on: connection) else { return .notFound }
            if changed == 0 { return .refused(task.status) }
            try connection.execute(audit.insert)
            return .changed(task)
        }
    }

    package func task(_ id: AutomationTaskID, of tenantID: TenantID) async throws(DatabaseError) -> StoredTask? {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            return try Self.task(id, of: tenantID, on: connection)
        }
    }

    /// Newest first.
    package func list(
        of tenantID: TenantID, _ filter: TaskFilter, before: AutomationTaskID?, limit: Int
    ) async throws(DatabaseError) -> (tasks: [StoredTask], hasMore: Bool) {
        var conditions: [SQL] = ["t.tenant_id = \(tenantID)"] + filter.conditions
        if let before { conditions.append("t.id < \(before)") }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(StoredTask.columns) FROM \(StoredTask.tables) WHERE \(conditions.joined(separator: " AND "))
            ORDER BY t.id DESC LIMIT \(limit + 1)
            """,
        ])
        var tasks: [StoredTask] = []
        for row in answers.last ?? [] { tasks.append(try StoredTask(row)) }
        return (Array(tasks.prefix(limit)), tasks.count > limit)
    }

    /// Calls off what an event has planned and is not yet made.
    ///
    /// - Returns: how many; nil when there is no such event.
    package func cancel(
        event id: BusinessEventID, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> Int? {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let found = try connection.rows("SELECT 1 FROM business_events WHERE tenant_id = \(tenantID) AND id = \(id)")
            if found.isEmpty { return nil }
            let cancelled = try connection.execute(
                """
                UPDATE automation_tasks SET \(TaskStatements.cancelled(.cancelledByRequest))
                WHERE tenant_id = \(tenantID) AND event_id = \(id) AND status = 'pending'
                """)
            if cancelled > 0 { try connection.execute(audit.insert) }
            return cancelled
        }
    }

    private static func task(
        _ id: AutomationTaskID, of tenantID: TenantID, on connection: Connection
    ) throws -> StoredTask? {
        try connection.rows(
            """
            SELECT \(StoredTask.columns) FROM \(StoredTask.tables) WHERE t.tenant_id = \(tenantID) AND t.id = \(id)
            """
        ).first.map { try StoredTask($0) }
    }
}
