package import Models
package import Postgres

/// What a provider's notices change: templates, rates and limits of whoever sends through the account. Platform role,
/// because an account may be several tenants'.
package struct ProviderNewsStore: Sendable {
    private let database: Database

    /// - Parameter database: of the platform role.
    package init(_ database: Database) {
        self.database = database
    }

    package struct ToldTemplate: Sendable, Hashable {
        package let tenantID: TenantID
        package let templateID: TemplateID
    }

    /// Templates of this name and language, `en-US` and `en_US` being one; those whose status is known to be newer are
    /// not among them.
    ///
    /// - Parameter status: nil leaves it as it is.
    package func setStatus(
        _ status: String?, because reason: String? = nil, at moment: Timestamp, ofTemplate name: String, language: String, account: String
    ) async throws(DatabaseError) -> [ToldTemplate] {
        let rows = try await database.rows(
            """
            UPDATE templates t
            SET status = coalesce(\(status as String?), t.status), status_at = \(moment), updated_at = now(),
                rejection_reason = CASE WHEN \(status as String?)::text IS NULL THEN t.rejection_reason
                                        ELSE \(reason as String?) END
            WHERE \(Self.named(name, language, account))
              AND (t.status_at IS NULL OR t.status_at <= \(moment))
            RETURNING t.tenant_id, t.id
            """)
        return try Connection.decoded {
            try rows.map { ToldTemplate(tenantID: try $0.value("tenant_id"), templateID: try $0.value("id")) }
        }
    }

    private static func named(_ name: String, _ language: String, _ account: String) -> SQL {
        """
        t.name = \(name) AND lower(replace(t.language, '-', '_')) = lower(replace(\(language), '-', '_'))
        AND t.account_id = \(account) AND t.provider = 'meta' AND t.status <> 'DELETED'
        """
    }

    /// - Returns: whose templates they are.
    package func setQuality(
        _ quality: String, ofTemplate name: String, language: String, account: String
    ) async throws(DatabaseError) -> Set<TenantID> {
        try Self.tenants(
            try await database.rows(
                """
                UPDATE templates t SET quality = \(quality), updated_at = now()
                WHERE \(Self.named(name, language, account)) AND t.quality IS DISTINCT FROM \(quality)
                RETURNING t.tenant_id
                """))
    }

    /// A category costs: a change, and that one is coming, is news for people as well.
    ///
    /// - Returns: whose templates they are.
    package func setCategory(
        _ category: String, next: String?, at: Timestamp?, ofTemplate name: String, language: String, account: String
    ) async throws(DatabaseError) -> Set<TenantID> {
        try Self.tenants(
            try await database.rows(
                """
                UPDATE templates t
                SET category = \(category), next_category = \(next as String?), next_category_at = \(at as Timestamp?),
                    category_news_at = now(), updated_at = now()
                WHERE \(Self.named(name, language, account))
                  AND (t.category, t.next_category) IS DISTINCT FROM (\(category), \(next as String?)::text)
                RETURNING t.tenant_id
                """))
    }

    /// Has the account's templates compared with Meta's list soon.
    package func compareTemplates(ofAccount account: String) async throws(DatabaseError) {
        _ = try await database.execute(
            "UPDATE template_syncs SET due_at = least(due_at, now()) WHERE account_id = \(account) AND provider = 'meta'")
    }

    /// Raises the rate of a number of the account, and never lowers what somebody set higher.
    ///
    /// - Returns: whose it is.
    package func raise(
        messagesPerSecond rate: Int, ofNumber displayPhoneNumber: String, account: String
    ) async throws(DatabaseError) -> Set<TenantID> {
        let digits = displayPhoneNumber.filter(\.isNumber)
        let rows = try await database.rows(
            """
            UPDATE senders SET messages_per_second = \(Int32(clamping: rate))
            WHERE waba_id = \(account) AND provider = 'meta' AND messages_per_second < \(Int32(clamping: rate))
              AND regexp_replace(display_phone_number, '[^0-9]', '', 'g') = \(digits)
            RETURNING tenant_id
            """)
        return try Self.tenants(rows)
    }

    /// The limit of the portfolio that the account, or the portfolio itself, is named by.
    ///
    /// - Returns: whose senders share it.
    package func set(_ tier: MessagingTier, ofAccount account: String) async throws(DatabaseError) -> Set<TenantID> {
        try await database.transaction { connection in
            let rows = try connection.rows(
                """
                SELECT DISTINCT portfolio_of(portfolio_id, waba_id) AS portfolio, tenant_id FROM senders
                WHERE provider = 'meta' AND (waba_id = \(account) OR portfolio_id = \(account))
                """)
            let portfolios = Set(try rows.map { try $0.value("portfolio", as: String.self) }).sorted()
            if portfolios.isEmpty { return [] }
            _ = try connection.execute(
                """
                INSERT INTO portfolios (id, recipients_max, updated_at)
                SELECT id, \(tier.recipientsMax.map { Int32(clamping: $0) } as Int32?), now()
                FROM unnest(\(portfolios)) AS w (id)
                ON CONFLICT (id) DO UPDATE SET recipients_max = excluded.recipients_max, updated_at = now()
                """)
            return try Self.tenants(rows)
        }
    }

    /// Whoever sends through an account.
    package func tenants(ofAccount account: String) async throws(DatabaseError) -> Set<TenantID> {
        try Self.tenants(
            try await database.rows(
                "SELECT DISTINCT tenant_id FROM senders WHERE waba_id = \(account) AND provider = 'meta'"))
    }

    private static func tenants(_ rows: [Row]) throws(DatabaseError) -> Set<TenantID> {
        var tenants: Set<TenantID> = []
        for row in rows { tenants.insert(try row.value("tenant_id")) }
        return tenants
    }
}
