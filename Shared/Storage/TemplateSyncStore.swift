package import Models
package import Postgres
package import Runtime

/// Comparing the templates of accounts with their providers' lists, for all tenants. Platform role.
package struct TemplateSyncStore: Sendable {
    /// Whoever takes a comparison has this long.
    package static let lease: Duration = .seconds(300)

    package struct Account: Sendable, Hashable {
        package let tenantID: TenantID
        package let accountID: String
        package let provider: Provider
        /// This one included.
        package let tries: Int
        /// Whose token opens the account.
        package let senderID: SenderID
    }

    /// One entry of a provider's list.
    package struct Entry: Sendable {
        package var id: String
        package var name: String
        package var language: String
        package var category: String
        package var status: String
        package var parameterFormat: String
        package var components: JSONText
        package var quality: String?
        package var rejectionReason: String?
        package var correctCategory: String?

        package init(
            id: String, name: String, language: String, category: String, status: String, parameterFormat: String,
            components: JSONText, quality: String? = nil, rejectionReason: String? = nil, correctCategory: String? = nil
        ) {
            self.id = id
            self.name = name
            self.language = language
            self.category = category
            self.status = status
            self.parameterFormat = parameterFormat
            self.components = components
            self.quality = quality
            self.rejectionReason = rejectionReason
            self.correctCategory = correctCategory
        }
    }

    /// What a comparison changed.
    package struct Outcome: Sendable {
        package var added = 0
        package var changed = 0
        package var deleted = 0
        /// Those that may be sent again.
        package var approved: [TemplateID] = []

        package var changedAnything: Bool { added + changed + deleted > 0 }
    }

    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource = IDSource()) {
        self.database = database
        self.ids = ids
    }

    /// Accounts that senders use and that nobody has compared yet, due at once.
    package func notice() async throws(DatabaseError) {
        _ = try await database.execute(
            """
            INSERT INTO template_syncs (tenant_id, account_id, provider)
            SELECT DISTINCT s.tenant_id, s.waba_id, s.provider FROM senders s JOIN tenants t ON t.id = s.tenant_id
            WHERE t.status = 'active'
            ON CONFLICT (tenant_id, account_id) DO NOTHING
            """)
    }

    package func take(max: Int) async throws(DatabaseError) -> [Account] {
        let rows = try await database.rows(
            """
            UPDATE template_syncs y
            SET tries = least(y.tries + 1, 1000), due_at = now() + \(Self.lease.microseconds) * interval '1 microsecond'
            FROM (SELECT d.tenant_id, d.account_id, n.sender_id FROM template_syncs d
                  JOIN tenants t ON t.id = d.tenant_id
                  CROSS JOIN LATERAL (
                      SELECT s.id AS sender_id FROM senders s
                      WHERE s.tenant_id = d.tenant_id AND s.waba_id = d.account_id
                      ORDER BY s.status = 'active' DESC, s.is_default DESC, s.created_at, s.id LIMIT 1) AS n
                  WHERE d.due_at <= now() AND t.status = 'active'
                  ORDER BY d.due_at LIMIT \(max) FOR UPDATE OF d SKIP LOCKED) AS due
            WHERE y.tenant_id = due.tenant_id AND y.account_id = due.account_id
            RETURNING y.tenant_id, y.account_id, y.provider, y.tries, due.sender_id
            """)
        return try Connection.decoded {
            try rows.compactMap { row in
                guard let provider = Provider(rawValue: try row.value("provider")) else { return nil }
                return Account(
                    tenantID: try row.value("tenant_id"), accountID: try row.value("account_id"), provider: provider,
                    tries: Int(try row.value("tries", as: Int16.self)), senderID: try row.value("sender_id"))
            }
        }
    }

    /// The list could not be read; what we know stays as it is.
    package func fail(_ account: Account, _ problem: String, nextIn wait: Duration) async throws(DatabaseError) {
        _ = try await database.execute(
            """
            UPDATE template_syncs
            SET problem = \(problem), due_at = now() + \(wait.microseconds) * interval '1 microsecond'
            WHERE tenant_id = \(account.tenantID) AND account_id = \(account.accountID)
            """)
    }

    /// Takes over a whole list that was read from `started` on.
    ///
    /// What came meanwhile by a notice is newer than the list. Templates that nobody listed ever are left alone; those
    /// of an account that several tenants use are never shown to the others: they are updated, not added.
    package func apply(
        _ entries: [Entry], to account: Account, started: Timestamp, nextIn wait: Duration
    ) async throws(DatabaseError) -> Outcome {
        let listed = Self.listed(entries, ids)
        let (tenantID, accountID) = (account.tenantID, account.accountID)
        let theirs: SQL = "t.tenant_id = \(tenantID) AND t.account_id = \(accountID) AND t.status <> 'DELETED'"
        return try await database.transaction { connection in
            var outcome = Outcome()
            let changed = try connection.rows(Self.update(listed, theirs, started))
            outcome.changed = changed.count
            outcome.approved = try changed.filter { try $0.value("is_approved_now") }.map { try $0.value("id") }
            _ = try connection.execute(
                """
                UPDATE templates t SET listed_at = \(started)
                FROM (\(listed)) AS l WHERE \(theirs) AND \(Self.matches) AND (t.status <> 'DRAFT')
                """)
            outcome.added = try connection.execute(Self.insert(listed, account, started))
            outcome.deleted = try connection.execute(
                """
                UPDATE templates t SET status = 'DELETED', status_at = \(started), updated_at = now()
                WHERE \(theirs) AND t.status <> 'DRAFT' AND t.listed_at < \(started)
                """)
            _ = try connection.execute(
                """
                UPDATE template_syncs
                SET problem = NULL, synced_at = now(), templates = \(Int32(clamping: entries.count)), tries = 0,
                    due_at = now() + \(wait.microseconds) * interval '1 microsecond'
                WHERE tenant_id = \(tenantID) AND account_id = \(accountID)
                """)
            return outcome
        }
    }

    // MARK: Statements

    private static func listed(_ entries: [Entry], _ ids: IDSource) -> SQL {
        """
        SELECT * FROM unnest(
            \(entries.map { _ in ids.uuid() }), \(entries.map(\.id)), \(entries.map(\.name)), \(entries.map(\.language)),
            \(entries.map { TemplateTaskStore.known(category: $0.category) ?? "" }),
            \(entries.map { TemplateTaskStore.known(status: $0.status) ?? "" }),
            \(entries.map { $0.parameterFormat == "NAMED" ? "NAMED" : "POSITIONAL" }), \(entries.map(\.components)),
            \(entries.map { ["GREEN", "YELLOW", "RED", "UNKNOWN"].contains($0.quality) ? $0.quality ?? "" : "" }),
            \(entries.map { $0.rejectionReason ?? "" }),
            \(entries.map { TemplateTaskStore.known(category: $0.correctCategory) ?? "" })
        ) AS w (new_id, provider_id, name, language, category, status, parameter_format, components, quality, reason,
                correct_category)
        """
    }

    /// `en-US` and `en_US` are one language.
    private static let matches: SQL = """
        t.name = l.name AND lower(replace(t.language, '-', '_')) = lower(replace(l.language, '-', '_'))
        """

    private static func update(_ listed: SQL, _ theirs: SQL, _ started: Timestamp) -> SQL {
        """
        WITH found AS (
            SELECT t.id, t.status AS old_status, t.category AS old_category, l.provider_id, l.parameter_format, l.components,
                   NULLIF(l.quality, '') AS quality, NULLIF(l.reason, '') AS reason,
                   coalesce(NULLIF(l.category, ''), t.category) AS category,
                   NULLIF(NULLIF(l.correct_category, ''), l.category) AS next_category,
                   CASE WHEN l.status = '' OR t.status_at > \(started) THEN t.status ELSE l.status END AS status
            FROM templates t JOIN (\(listed)) AS l ON \(matches)
            -- A draft is its author's until it is handed in.
            WHERE \(theirs) AND t.status <> 'DRAFT'
        )
        UPDATE templates t
        SET provider_template_id = f.provider_id, parameter_format = f.parameter_format, components = f.components,
            quality = coalesce(f.quality, t.quality), category = f.category, status = f.status,
            rejection_reason = CASE WHEN f.status = 'REJECTED' THEN coalesce(f.reason, t.rejection_reason) END,
            next_category = f.next_category,
            next_category_at = CASE WHEN f.next_category = t.next_category THEN t.next_category_at END,
            category_news_at = CASE WHEN f.category <> f.old_category OR f.next_category IS DISTINCT FROM t.next_category
                                    AND f.next_category IS NOT NULL
                                    THEN now() ELSE t.category_news_at END,
            status_at = CASE WHEN f.status <> f.old_status THEN \(started) ELSE t.status_at END, updated_at = now()
        FROM found f
        WHERE \(theirs) AND t.id = f.id
          AND (t.provider_template_id, t.parameter_format, t.components, t.category, t.status, t.next_category)
              IS DISTINCT FROM (f.provider_id, f.parameter_format, f.components, f.category, f.status, f.next_category)
           OR \(theirs) AND t.id = f.id AND f.quality IS NOT NULL AND f.quality IS DISTINCT FROM t.quality
        RETURNING t.id, f.status = 'APPROVED' AND f.old_status <> 'APPROVED' AS is_approved_now
        """
    }

    private static func insert(_ listed: SQL, _ account: Account, _ started: Timestamp) -> SQL {
        """
        INSERT INTO templates
            (tenant_id, id, provider, account_id, name, language, category, status, parameter_format, components, quality,
             rejection_reason, next_category, provider_template_id, created_by, status_at, listed_at)
        SELECT \(account.tenantID), l.new_id, \(account.provider.rawValue), \(account.accountID), l.name, l.language,
               l.category, l.status, l.parameter_format, l.components, NULLIF(l.quality, ''), NULLIF(l.reason, ''),
               NULLIF(NULLIF(l.correct_category, ''), l.category), l.provider_id, 'provider', \(started), \(started)
        FROM (\(listed)) AS l
        WHERE l.category <> '' AND l.status NOT IN ('', 'PENDING_DELETION')
          AND l.name ~ '^[a-z0-9_]+$' AND length(l.name) <= 512 AND l.language <> ''
          AND NOT EXISTS (SELECT 1 FROM senders s
                          WHERE s.waba_id = \(account.accountID) AND s.tenant_id <> \(account.tenantID))
          AND NOT EXISTS (SELECT 1 FROM templates t
                          WHERE t.tenant_id = \(account.tenantID) AND t.account_id = \(account.accountID)
                            AND t.status <> 'DELETED' AND \(matches))
        ON CONFLICT (tenant_id, account_id, name, language) WHERE status <> 'DELETED' DO NOTHING
        """
    }
}
