package import Models
package import Postgres
package import Runtime

/// A tenant's templates: writing them, and ordering what is to be done with them at their provider. Role of the services.
package struct TemplateStore: Sendable {
    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource = IDSource()) {
        self.database = database
        self.ids = ids
    }

    // MARK: Reading

    /// Newest first.
    package func list(
        of tenantID: TenantID, _ filter: TemplateFilter, before: TemplateID?, limit: Int
    ) async throws(DatabaseError) -> (templates: [StoredTemplate], hasMore: Bool) {
        var conditions: [SQL] = ["t.tenant_id = \(tenantID)"]
        conditions.append(
            filter.status.map { "t.status = \($0.rawValue.uppercased())" } ?? "t.status <> 'DELETED'")
        if let category = filter.category { conditions.append("t.category = \(category.rawValue.uppercased())") }
        if let name = filter.name { conditions.append("t.name = \(name)") }
        if let language = filter.language { conditions.append("t.language = \(language)") }
        if let account = filter.accountID { conditions.append("t.account_id = \(account)") }
        if let before { conditions.append("t.id < \(before)") }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(StoredTemplate.columns) FROM templates t
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY t.id DESC LIMIT \(limit + 1)
            """,
        ])
        var templates: [StoredTemplate] = []
        for row in answers.last ?? [] { templates.append(try StoredTemplate(row)) }
        return (Array(templates.prefix(limit)), templates.count > limit)
    }

    /// Nil for an id the tenant does not own.
    package func template(_ id: TemplateID, of tenantID: TenantID) async throws(DatabaseError) -> StoredTemplate? {
        let answers = try await database.pipeline([.actFor(tenantID), Self.one(id, tenantID, isLocked: false)])
        return try answers.last?.first.map { row throws(DatabaseError) in try StoredTemplate(row) }
    }

    /// What became of a template, newest first.
    package func history(of id: TemplateID, tenantID: TenantID) async throws(DatabaseError) -> [TemplateEvent] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT at, kind, old_value, new_value, reason FROM template_events
            WHERE tenant_id = \(tenantID) AND template_id = \(id) ORDER BY id DESC LIMIT 100
            """,
        ])
        var events: [TemplateEvent] = []
        for row in answers.last ?? [] { events.append(try TemplateEvent(row)) }
        return events
    }

    /// The accounts that templates can belong to: those that the tenant's senders send through.
    package func accounts(of tenantID: TenantID) async throws(DatabaseError) -> [TemplateAccount] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT s.waba_id AS account_id, min(s.provider) AS provider, array_agg(s.id ORDER BY s.created_at, s.id) AS senders,
                   bool_or(s.is_default) AS is_default, min(y.synced_at) AS synced_at, min(y.problem) AS problem,
                   (SELECT count(*) FROM templates t
                    WHERE t.tenant_id = s.tenant_id AND t.account_id = s.waba_id AND t.status <> 'DELETED') AS templates
            FROM senders s LEFT JOIN template_syncs y ON y.tenant_id = s.tenant_id AND y.account_id = s.waba_id
            WHERE s.tenant_id = \(tenantID) GROUP BY s.tenant_id, s.waba_id ORDER BY bool_or(s.is_default) DESC, s.waba_id
            """,
        ])
        var accounts: [TemplateAccount] = []
        for row in answers.last ?? [] { accounts.append(try TemplateAccount(row)) }
        return accounts
    }

    // MARK: Writing

    /// Throws `PlanExceeded` inside.
    ///
    /// - Returns: nil when the account has a template of that name and language.
    package func create(
        _ draft: TemplateDraft, of tenantID: TenantID, submits: Bool, audit: AuditEntry, now: Timestamp
    ) async throws(DatabaseError) -> StoredTemplate? {
        let ids = ids
        return try await database.transaction { connection in
            let id = TemplateID(ids.uuid(at: now))
            let proposal = draft.proposal
            _ = try connection.rows(.actFor(tenantID))
            try PlanLimits.requireTemplate(of: tenantID, on: connection)
            let made = try connection.execute(
                """
                INSERT INTO templates
                    (tenant_id, id, provider, account_id, name, language, category, status, parameter_format, components,
                     variable_defaults, send_ttl_seconds, allow_category_change, created_by)
                VALUES (\(tenantID), \(id), \(proposal.provider.rawValue), \(draft.accountID), \(proposal.name),
                        \(proposal.language), \(proposal.category.rawValue.uppercased()), 'DRAFT',
                        \(proposal.content.parameterFormat.rawValue.uppercased()),
                        \(JSONText(proposal.content.componentsJSON)), \(draft.defaultsText),
                        \(proposal.sendTTLSeconds.map { Int32(clamping: $0) } as Int32?), \(draft.allowsCategoryChange),
                        \(audit.actor.name))
                ON CONFLICT (tenant_id, account_id, name, language) WHERE status <> 'DELETED' DO NOTHING
                """)
            if made == 0 { return nil }
            if submits { try Self.order(.submit, id, tenantID, draft.accountID, audit, ids, on: connection) }
            try Self.write(audit, about: id, on: connection)
            return try Self.read(id, tenantID, on: connection)
        }
    }

    /// Changes a template as it is now, or does not.
    ///
    /// - Returns: nil for an id the tenant does not own.
    package func change<Refusal: Error & Sendable>(
        _ id: TemplateID, of tenantID: TenantID, audit: AuditEntry,
        _ decide: @escaping @Sendable (StoredTemplate) -> Result<TemplateDecision, Refusal>
    ) async throws(DatabaseError) -> Result<StoredTemplate, Refusal>? {
        let ids = ids
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            guard let row = try connection.rows(Self.one(id, tenantID, isLocked: true)).first else { return nil }
            let current = try StoredTemplate(row)
            switch decide(current) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let decision):
                try Self.carryOut(decision, on: current, tenantID, audit, ids, connection)
                try Self.write(audit, about: id, on: connection)
                guard let changed = try Self.read(id, tenantID, on: connection) else { return nil }
                return .success(changed)
            }
        }
    }

    /// Has the accounts compared with their providers' lists now.
    ///
    /// - Parameter accountID: nil: all that the tenant's senders send through.
    /// - Returns: the accounts.
    package func orderSync(
        of accountID: String?, tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> [String] {
        try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let rows = try connection.rows(
                """
                INSERT INTO template_syncs AS y (tenant_id, account_id, provider)
                SELECT DISTINCT s.tenant_id, s.waba_id, s.provider FROM senders s
                WHERE s.tenant_id = \(tenantID) AND (\(accountID as String?)::text IS NULL OR s.waba_id = \(accountID as String?))
                ON CONFLICT (tenant_id, account_id) DO UPDATE SET due_at = now(), tries = 0
                RETURNING account_id
                """)
            if !rows.isEmpty { _ = try connection.execute(audit.insert) }
            return try rows.map { try $0.value("account_id", as: String.self) }.sorted()
        }
    }

    // MARK: Pieces of transactions

    private static func one(_ id: TemplateID, _ tenantID: TenantID, isLocked: Bool) -> SQL {
        let query: SQL = """
            SELECT \(StoredTemplate.columns) FROM templates t
            WHERE t.tenant_id = \(tenantID) AND t.id = \(id) AND t.status <> 'DELETED'
            """
        return isLocked ? query + " FOR UPDATE OF t" : query
    }

    private static func read(_ id: TemplateID, _ tenantID: TenantID, on connection: Connection) throws -> StoredTemplate? {
        try connection.rows(
            "SELECT \(StoredTemplate.columns) FROM templates t WHERE t.tenant_id = \(tenantID) AND t.id = \(id)"
        ).first.map { try StoredTemplate($0) }
    }

    private static func write(_ audit: AuditEntry, about id: TemplateID, on connection: Connection) throws {
        var audit = audit
        audit.target = "template \(id)"
        _ = try connection.execute(audit.insert)
    }

    private static func order(
        _ action: TemplateAction, _ id: TemplateID, _ tenantID: TenantID, _ accountID: String, _ audit: AuditEntry,
        _ ids: IDSource, on connection: Connection
    ) throws {
        _ = try connection.execute(
            """
            INSERT INTO template_tasks (tenant_id, id, template_id, account_id, action, created_by)
            VALUES (\(tenantID), \(ids.uuid()), \(id), \(accountID), \(action.rawValue), \(audit.actor.name))
            """)
    }

    private static func carryOut(
        _ decision: TemplateDecision, on current: StoredTemplate, _ tenantID: TenantID, _ audit: AuditEntry, _ ids: IDSource,
        _ connection: Connection
    ) throws {
        let id = current.id
        switch decision {
        case .rewrite(let draft):
            let proposal = draft.proposal
            _ = try connection.execute(
                """
                UPDATE templates SET
                    name = \(proposal.name), language = \(proposal.language),
                    category = \(proposal.category.rawValue.uppercased()),
                    parameter_format = \(proposal.content.parameterFormat.rawValue.uppercased()),
                    components = \(JSONText(proposal.content.componentsJSON)), variable_defaults = \(draft.defaultsText),
                    send_ttl_seconds = \(proposal.sendTTLSeconds.map { Int32(clamping: $0) } as Int32?),
                    allow_category_change = \(draft.allowsCategoryChange), problem = NULL, updated_at = now()
                WHERE tenant_id = \(tenantID) AND id = \(id)
                """)
        case .keep(let draft, let changes):
            _ = try connection.execute(
                """
                UPDATE templates SET
                    changes = \(changes?.jsonText as JSONText?), variable_defaults = \(draft.defaultsText),
                    allow_category_change = \(draft.allowsCategoryChange), updated_at = now()
                WHERE tenant_id = \(tenantID) AND id = \(id)
                """)
        case .forget:
            _ = try connection.execute(
                """
                UPDATE templates SET status = 'DELETED', status_at = now(), updated_at = now()
                WHERE tenant_id = \(tenantID) AND id = \(id)
                """)
        case .order(let action):
            try order(action, id, tenantID, current.accountID, audit, ids, on: connection)
        }
    }
}

/// What is done about a template.
package enum TemplateDecision: Sendable {
    /// A draft gets new content.
    case rewrite(TemplateDraft)
    /// What the provider has stays as it is; the changes wait for their submission. Nil: there are none any more.
    case keep(TemplateDraft, changes: TemplateChanges?)
    /// A draft that nobody else knows.
    case forget
    case order(TemplateAction)
}

package struct TemplateFilter: Sendable {
    package var status: TemplateStatus?
    package var category: TemplateCategory?
    package var name: String?
    package var language: String?
    package var accountID: String?

    package init() {}
}

/// An account of a provider, as far as templates are concerned.
package struct TemplateAccount: Sendable {
    package let id: String
    package let provider: Provider
    package let senders: [SenderID]
    /// The default sender sends through it.
    package let isDefault: Bool
    package let syncedAt: Timestamp?
    package let problem: String?
    package let templates: Int

    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("account_id")
        guard let provider = Provider(rawValue: try row.value("provider")) else {
            throw .decoding("a provider that this program does not know")
        }
        self.provider = provider
        senders = try row.value("senders")
        isDefault = try row.value("is_default")
        syncedAt = try row.value("synced_at")
        problem = try row.value("problem")
        templates = try row.value("templates")
    }
}

package struct TemplateEvent: Sendable {
    package let at: Timestamp
    /// status, category or quality.
    package let kind: String
    package let from: String?
    package let to: String?
    package let reason: String?

    fileprivate init(_ row: Row) throws(DatabaseError) {
        at = try row.value("at")
        kind = try row.value("kind")
        from = try row.value("old_value")
        to = try row.value("new_value")
        reason = try row.value("reason")
    }
}
