package import Models
package import Postgres

/// A tenant's automation rules; every change with its line in the audit log of the same commit.
package struct RuleStore: Sendable {
    package static let rulesMax = 500
    /// Rules of one type of event: each of its recipients is looked at for each of them.
    package static let rulesOfEventMax = 20

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package enum Outcome: Sendable {
        case stored(StoredRule)
        case notFound
        /// Another rule has this name.
        case nameTaken
        /// As many rules as there may be, of this type of event when that is so named.
        case tooMany(ofEvent: Bool)
    }

    package func create(
        _ content: RuleContent, id: RuleID, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> Outcome {
        try await orNameTaken { () throws(DatabaseError) in
            try await database.transaction { connection in
                try connection.execute(.actFor(tenantID))
                // Two that create at the same time must not both find room for the last rule.
                try connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('rules ' || \(tenantID.description), 0))")
                if let full = try Self.tooMany(content, besides: id, of: tenantID, on: connection) { return full }
                let rows = try connection.rows(
                    """
                    INSERT INTO automation_rules AS r
                        (tenant_id, id, name, description, event_type, is_enabled, task_type, template_name,
                         template_language, variables, recipient_filter, timing, expires_after_seconds, on_repeat,
                         cancelled_by, sender_id, kind, priority)
                    VALUES (\(tenantID), \(id), \(Self.values(content)))
                    RETURNING \(StoredRule.columns)
                    """)
                try connection.execute(audit.insert)
                return try rows.first.map { .stored(try StoredRule($0)) } ?? .notFound
            }
        }
    }

    /// - Parameter change: makes what is to be of what is; it may throw what the caller is to hear.
    package func update(
        _ id: RuleID, of tenantID: TenantID, audit: AuditEntry,
        _ change: @escaping @Sendable (RuleContent) throws -> RuleContent
    ) async throws(DatabaseError) -> Outcome {
        try await orNameTaken { () throws(DatabaseError) in
            try await database.transaction { connection in
                try connection.execute(.actFor(tenantID))
                try connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('rules ' || \(tenantID.description), 0))")
                let found = try connection.rows(
                    """
                    SELECT \(StoredRule.columns) FROM automation_rules r
                    WHERE r.tenant_id = \(tenantID) AND r.id = \(id) FOR UPDATE
                    """)
                guard let row = found.first else { return .notFound }
                let content = try change(try StoredRule(row).content)
                if let full = try Self.tooMany(content, besides: id, of: tenantID, on: connection) { return full }
                let rows = try connection.rows(
                    """
                    UPDATE automation_rules AS r SET
                        (name, description, event_type, is_enabled, task_type, template_name, template_language,
                         variables, recipient_filter, timing, expires_after_seconds, on_repeat, cancelled_by, sender_id,
                         kind, priority) = ROW(\(Self.values(content))),
                        updated_at = now()
                    WHERE r.tenant_id = \(tenantID) AND r.id = \(id)
                    RETURNING \(StoredRule.columns)
                    """)
                try connection.execute(audit.insert)
                return try rows.first.map { .stored(try StoredRule($0)) } ?? .notFound
            }
        }
    }

    /// What it has planned is called off with it.
    ///
    /// - Returns: false when there was none.
    package func delete(_ id: RuleID, of tenantID: TenantID, audit: AuditEntry) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let deleted = try connection.execute(
                "DELETE FROM automation_rules WHERE tenant_id = \(tenantID) AND id = \(id)")
            if deleted == 0 { return false }
            try connection.execute(
                """
                UPDATE automation_tasks SET \(TaskStatements.cancelled(.ruleDeleted))
                WHERE tenant_id = \(tenantID) AND rule_id = \(id) AND status = 'pending'
                """)
            try connection.execute(audit.insert)
            return true
        }
    }

    package func rule(_ id: RuleID, of tenantID: TenantID) async throws(DatabaseError) -> StoredRule? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(StoredRule.columns) FROM automation_rules r WHERE r.tenant_id = \(tenantID) AND r.id = \(id)
            """,
        ])
        guard let row = answers.last?.first else { return nil }
        return try StoredRule(row)
    }

    /// Newest first.
    package func list(
        of tenantID: TenantID, eventType: String?, before: RuleID?, limit: Int
    ) async throws(DatabaseError) -> (rules: [StoredRule], hasMore: Bool) {
        var conditions: [SQL] = ["r.tenant_id = \(tenantID)"]
        if let eventType { conditions.append("r.event_type = \(eventType)") }
        if let before { conditions.append("r.id < \(before)") }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(StoredRule.columns) FROM automation_rules r WHERE \(conditions.joined(separator: " AND "))
            ORDER BY r.id DESC LIMIT \(limit + 1)
            """,
        ])
        var rules: [StoredRule] = []
        for row in answers.last ?? [] { rules.append(try StoredRule(row)) }
        return (Array(rules.prefix(limit)), rules.count > limit)
    }

    private static func values(_ content: RuleContent) -> SQL {
        """
        \(content.name), \(content.description as String?), \(content.eventType), \(content.isEnabled),
        \(content.taskType), \(content.templateName), \(content.templateLanguage), \(content.variables),
        \(content.filter), \(content.timing), \(content.expiresAfterSeconds.map { Int32(clamping: $0) } as Int32?),
        \(content.onRepeat.rawValue), \(content.cancelledBy), \(content.senderID as SenderID?), \(content.kind),
        \(Int16(clamping: content.priority))
        """
    }

    private static func tooMany(
        _ content: RuleContent, besides id: RuleID, of tenantID: TenantID, on connection: Connection
    ) throws -> Outcome? {
        let row = try connection.rows(
            """
            SELECT count(*) AS rules, count(*) FILTER (WHERE event_type = \(content.eventType)) AS of_event
            FROM automation_rules WHERE tenant_id = \(tenantID) AND id <> \(id)
            """
        ).first
        guard let row else { return nil }
        if try row.value("of_event", as: Int.self) >= rulesOfEventMax { return .tooMany(ofEvent: true) }
        return try row.value("rules", as: Int.self) >= rulesMax ? .tooMany(ofEvent: false) : nil
    }

    private func orNameTaken(
        _ work: () async throws(DatabaseError) -> Outcome
    ) async throws(DatabaseError) -> Outcome {
        do {
            return try await work()
        } catch .unique(constraint: "automation_rules_tenant_id_name_key") {
            return .nameTaken
        }
    }
}

/// Pieces that several statements on tasks share.
enum TaskStatements {
    static func cancelled(_ reason: TaskReason) -> SQL {
        """
        status = 'cancelled', reason = \(reason.rawValue), detail = NULL, due_at = NULL, updated_at = now(),
        finished_at = now()
        """
    }
}
