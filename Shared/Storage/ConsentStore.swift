package import Models
package import Postgres

/// One line of the ledger.
package struct ConsentRecord: Sendable {
    package let id: UUIDValue
    package let category: TemplateCategory
    package let status: ConsentStatus
    package let source: String
    package let at: Timestamp
    package let recordedAt: Timestamp
    package let actorKind: String
    package let actor: String
    package let evidence: String?
    package let inboundMessageID: UUIDValue?
    /// False: something later was known already.
    package let isApplied: Bool

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        category = try TemplateCategory(stored: try row.value("category"))
        status = try ConsentStatus(stored: try row.value("status"))
        source = try row.value("source")
        at = try row.value("at")
        recordedAt = try row.value("recorded_at")
        actorKind = try row.value("actor_kind")
        actor = try row.value("actor")
        evidence = try row.value("evidence")
        inboundMessageID = try row.value("inbound_message_id")
        isApplied = try row.value("is_applied")
    }
}

/// What a tenant has set about consent.
package struct ConsentSettings: Sendable, Hashable {
    /// Nil: the words that every tenant has.
    package var stopWords: [String]?
    package var startWords: [String]?
    package var stopCategories: Set<TemplateCategory> = [.marketing, .utility]
    package var isUSMarketingAllowed = false

    package init() {}

    package var words: ConsentWords { ConsentWords(stop: stopWords, start: startWords) }

    static let columns: SQL = "g.stop_words, g.start_words, g.stop_categories, g.is_us_marketing_allowed"

    init(_ row: Row) throws(DatabaseError) {
        stopWords = try row.value("stop_words")
        startWords = try row.value("start_words")
        if let categories: [String] = try row.value("stop_categories") {
            stopCategories = []
            for category in categories { stopCategories.insert(try TemplateCategory(stored: category)) }
        }
        isUSMarketingAllowed = try row.value("is_us_marketing_allowed", as: Bool?.self) ?? false
    }
}

/// What people said, and what their tenants have set about it.
package struct ConsentStore: Sendable {
    package static let pageMax = 200

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Writes down what one contact said.
    ///
    /// - Returns: false for an id the tenant does not own.
    package func record(
        _ consents: [(id: UUIDValue, consent: ConsentDraft)], of contactID: ContactID, tenantID: TenantID,
        by actor: Actor, audit: [AuditEntry]
    ) async throws(DatabaseError) -> Bool {
        let entries = consents.map { id, consent in
            ConsentEntry(tenantID: tenantID, id: id, contactID: contactID, consent: consent, actor: actor)
        }
        return try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let known = try connection.rows(
                "SELECT id FROM contacts WHERE tenant_id = \(tenantID) AND id = \(contactID) FOR UPDATE")
            if known.isEmpty { return false }
            _ = try connection.rows(ConsentStatements.record(entries))
            for entry in audit { try connection.execute(entry.insert) }
            return true
        }
    }

    /// The ledger of one contact, newest first; a contact that is deleted keeps its own.
    package func ledger(
        of contactID: ContactID, tenantID: TenantID, before: UUIDValue?, limit: Int
    ) async throws(DatabaseError) -> (records: [ConsentRecord], hasMore: Bool) {
        let count = max(1, min(limit, Self.pageMax))
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT l.id, l.category, l.status, l.source, l.at, l.recorded_at, l.actor_kind, l.actor, l.evidence,
                   l.inbound_message_id, l.is_applied
            FROM consent_ledger l
            WHERE l.tenant_id = \(tenantID) AND l.contact_id = \(contactID)
              AND (\(before as UUIDValue?)::uuid IS NULL OR l.id < \(before as UUIDValue?))
            ORDER BY l.id DESC LIMIT \(count + 1)
            """,
        ])
        return try Connection.decoded {
            let records = try (answers.last ?? []).map { try ConsentRecord($0) }
            return (Array(records.prefix(count)), records.count > count)
        }
    }

    package func settings(of tenantID: TenantID) async throws(DatabaseError) -> ConsentSettings {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "SELECT \(ConsentSettings.columns) FROM consent_settings g WHERE g.tenant_id = \(tenantID)",
        ])
        guard let row = answers.last?.first else { return ConsentSettings() }
        return try ConsentSettings(row)
    }

    /// What keywords mean for these tenants; a tenant that set nothing is missing.
    package func settings(
        of tenants: Set<TenantID>
    ) async throws(DatabaseError) -> [TenantID: ConsentSettings] {
        let answers = try await database.pipeline([
            .actFor(tenants),
            """
            SELECT g.tenant_id, \(ConsentSettings.columns) FROM consent_settings g
            WHERE g.tenant_id = ANY (\(tenants.sorted()))
            """,
        ])
        var settings: [TenantID: ConsentSettings] = [:]
        for row in answers.last ?? [] { settings[try row.value("tenant_id")] = try ConsentSettings(row) }
        return settings
    }

    package func set(
        _ settings: ConsentSettings, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) {
        _ = try await database.pipeline([
            .actFor(tenantID),
            """
            INSERT INTO consent_settings (tenant_id, stop_words, start_words, stop_categories, is_us_marketing_allowed)
            VALUES (\(tenantID), \(settings.stopWords as [String]?), \(settings.startWords as [String]?),
                    \(settings.stopCategories.map(\.stored).sorted()), \(settings.isUSMarketingAllowed))
            ON CONFLICT (tenant_id) DO UPDATE
            SET stop_words = excluded.stop_words, start_words = excluded.start_words,
                stop_categories = excluded.stop_categories,
                is_us_marketing_allowed = excluded.is_us_marketing_allowed, updated_at = now()
            """,
            audit.insert,
        ])
    }
}
