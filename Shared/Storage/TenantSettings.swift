internal import JSON
package import Models
package import Postgres

/// Everything a tenant may set for itself, and what it is shown beside it.
package struct TenantSettings: Sendable {
    // What only the platform changes.
    package let tenantID: TenantID
    package let slug: String
    package let status: String
    package let plan: String
    /// Nil: the plan does not limit it.
    package let retentionDaysMax: Int?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    package var name: String
    /// Two capital letters: where numbers without a country code are dialled.
    package var defaultRegion: String?
    package var timeZone: String
    package var isRetryAutomatic: Bool
    package var retryPreset: RetryPreset
    package var maxRetries: Int
    /// The list of the preset `own`; it stays when another preset is chosen.
    package var retryDelaysSeconds: [Int32]?
    package var messageDelaySeconds: Int
    package var dailyQuota: Int?
    /// Minutes of the local day.
    package var quietHours: QuietMinutes?
    package var unansweredPolicy: JSONText
    package var expirySeconds: JSONText
    package var retentionDays: Int?
    package var redactAfterDays: Int?
    package var isArchived: Bool
    /// Whether what the provider says is kept word by word, for proofs.
    package var keepsRawReceipts: Bool
    /// Nil: any.
    package var messageKinds: [String]?
    package var thresholds: JSONText
    package var optInRequired: [String]
    package var fallbackTemplate: JSONText?
    package var allowedOrigins: [String]
    package var currency: String

    package struct QuietMinutes: Hashable, Sendable {
        package let from: Int
        package let to: Int

        package init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }
    }

    fileprivate static let columns: SQL = """
        t.id, t.slug, t.status, t.plan, p.retention_days_max, t.created_at, t.updated_at, t.name, t.default_region,
        t.time_zone, t.auto_retry_enabled, t.retry_preset, t.max_retries, t.retry_delays_seconds,
        t.message_delay_seconds, t.daily_quota, (extract(epoch FROM t.quiet_from) / 60)::int AS quiet_from,
        (extract(epoch FROM t.quiet_to) / 60)::int AS quiet_to, t.unanswered_policy, t.expiry_seconds,
        t.retention_days, t.redact_after_days, t.is_archived, t.keeps_raw_receipts, t.message_kinds, t.thresholds, t.opt_in_required,
        t.fallback_template, t.allowed_origins, t.currency
        """

    fileprivate init(_ row: Row) throws(DatabaseError) {
        func number(_ name: String) throws(DatabaseError) -> Int? { try row.value(name, as: Int32?.self).map { Int($0) } }
        tenantID = try row.value("id")
        slug = try row.value("slug")
        status = try row.value("status")
        plan = try row.value("plan")
        retentionDaysMax = try number("retention_days_max")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
        name = try row.value("name")
        defaultRegion = try row.value("default_region")
        timeZone = try row.value("time_zone")
        isRetryAutomatic = try row.value("auto_retry_enabled")
        retryPreset = RetryPreset(rawValue: try row.value("retry_preset")) ?? .quick
        maxRetries = Int(try row.value("max_retries", as: Int16.self))
        retryDelaysSeconds = try row.value("retry_delays_seconds")
        messageDelaySeconds = Int(try row.value("message_delay_seconds", as: Int32.self))
        dailyQuota = try number("daily_quota")
        if let from = try number("quiet_from"), let to = try number("quiet_to") {
            quietHours = QuietMinutes(from: from, to: to)
        }
        unansweredPolicy = try row.value("unanswered_policy")
        expirySeconds = try row.value("expiry_seconds")
        retentionDays = try number("retention_days")
        redactAfterDays = try number("redact_after_days")
        isArchived = try row.value("is_archived")
        keepsRawReceipts = try row.value("keeps_raw_receipts")
        messageKinds = try row.value("message_kinds")
        thresholds = try row.value("thresholds")
        optInRequired = try row.value("opt_in_required")
        fallbackTemplate = try row.value("fallback_template")
        allowedOrigins = try row.value("allowed_origins")
        currency = try row.value("currency")
    }
}

/// A tenant's own settings. Service role.
package struct SettingsStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Nil when there is no such tenant.
    package func settings(of tenantID: TenantID) async throws(DatabaseError) -> TenantSettings? {
        let answers = try await database.pipeline([.actFor(tenantID), Self.select(tenantID)])
        return try answers.last?.first.map { row throws(DatabaseError) in try TenantSettings(row) }
    }

    /// Whether Postgres knows the zone; otherwise every look at the tenant's hours would fail.
    package func knowsTimeZone(_ name: String) async throws(DatabaseError) -> Bool {
        do {
            _ = try await database.rows("SELECT now() AT TIME ZONE \(name)")
            return true
        } catch {
            if case .data = error { return false }
            throw error
        }
    }

    /// Reads, changes and writes in one transaction, so that two changes at once lose nothing.
    ///
    /// - Parameters:
    ///   - change: what it throws undoes everything and comes back as `.closure`.
    ///   - audit: its line in the audit log.
    /// - Returns: the settings as they are now; nil when there is no such tenant.
    package func change(
        _ tenantID: TenantID, audit: AuditEntry,
        _ change: @escaping @Sendable (inout TenantSettings) throws -> Void
    ) async throws(DatabaseError) -> TenantSettings? {
        try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let found = try connection.rows(Self.select(tenantID) + " FOR UPDATE OF t")
            guard let row = found.first else { return nil }
            var settings = try TenantSettings(row)
            try change(&settings)
            _ = try connection.execute(Self.update(settings))
            _ = try connection.execute(audit.insert)
            return try connection.rows(Self.select(tenantID)).first.map { try TenantSettings($0) }
        }
    }

    private static func select(_ tenantID: TenantID) -> SQL {
        "SELECT \(TenantSettings.columns) FROM tenants t JOIN plans p ON p.name = t.plan WHERE t.id = \(tenantID)"
    }

    private static func update(_ settings: TenantSettings) -> SQL {
        """
        UPDATE tenants SET
            name = \(settings.name), default_region = \(settings.defaultRegion as String?),
            time_zone = \(settings.timeZone), auto_retry_enabled = \(settings.isRetryAutomatic),
            retry_preset = \(settings.retryPreset.rawValue), max_retries = \(Int16(settings.maxRetries)),
            retry_delays_seconds = \(settings.retryDelaysSeconds as [Int32]?),
            message_delay_seconds = \(Int32(settings.messageDelaySeconds)),
            daily_quota = \(settings.dailyQuota.map { Int32($0) } as Int32?),
            quiet_from = time '00:00' + \(settings.quietHours.map { Int32($0.from) } as Int32?) * interval '1 minute',
            quiet_to = time '00:00' + \(settings.quietHours.map { Int32($0.to) } as Int32?) * interval '1 minute',
            unanswered_policy = \(settings.unansweredPolicy), expiry_seconds = \(settings.expirySeconds),
            retention_days = \(settings.retentionDays.map { Int32($0) } as Int32?),
            redact_after_days = \(settings.redactAfterDays.map { Int32($0) } as Int32?),
            is_archived = \(settings.isArchived), keeps_raw_receipts = \(settings.keepsRawReceipts),
            message_kinds = \(settings.messageKinds as [String]?),
            thresholds = \(settings.thresholds), opt_in_required = \(settings.optInRequired),
            fallback_template = \(settings.fallbackTemplate as JSONText?), allowed_origins = \(settings.allowedOrigins),
            currency = \(settings.currency), updated_at = now()
        WHERE id = \(settings.tenantID)
        """
    }
}
