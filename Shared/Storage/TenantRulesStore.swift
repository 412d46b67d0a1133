internal import JSON
package import Models
package import Postgres

/// What tenants have set, read in one place for everybody who goes by it.
package struct TenantRulesStore: Sendable {
    private let database: Database
    private let isPlatform: Bool

    /// - Parameter isPlatform: whether the pool's role sees all tenants; otherwise it acts for those it is asked about.
    package init(_ database: Database, isPlatform: Bool) {
        self.database = database
        self.isPlatform = isPlatform
    }

    /// Nil when there is no such tenant.
    package func rules(of tenantID: TenantID) async throws(DatabaseError) -> TenantRules? {
        try await rules(of: [tenantID])[tenantID]
    }

    /// A tenant that is not there is missing from the answer.
    package func rules(of tenants: Set<TenantID>) async throws(DatabaseError) -> [TenantID: TenantRules] {
        if tenants.isEmpty { return [:] }
        let query = Self.query(tenants)
        return try Self.read(
            try await database.pipeline(isPlatform ? [query] : [.actFor(tenants), query]).last ?? [])
    }

    static func read(_ rows: [Row]) throws(DatabaseError) -> [TenantID: TenantRules] {
        var rules: [TenantID: TenantRules] = [:]
        for row in rows {
            let tenant = try TenantRules(row)
            rules[tenant.tenantID] = tenant
        }
        return rules
    }

    /// Postgres knows the zones. Their clocks are put forward and back at quarters of an hour of UTC; the days looked at
    /// are as many as quiet hours and midnights can need, and as old as a cache may be.
    static func query(_ tenants: Set<TenantID>) -> SQL {
        let tenants = tenants.sorted()
        return """
        WITH zones AS MATERIALIZED (
            SELECT time_zone, array_agg(at ORDER BY at) AS changes, array_agg(ahead ORDER BY at) AS offsets
            FROM (
                SELECT time_zone, at, ahead, lag(ahead) OVER (PARTITION BY time_zone ORDER BY at) AS before
                FROM (SELECT DISTINCT time_zone FROM tenants WHERE id = ANY (\(tenants))) AS z,
                     generate_series(date_trunc('hour', now(), 'UTC') - interval '1 hour', now() + interval '3 days',
                                     interval '15 minutes') AS at,
                     LATERAL (SELECT extract(epoch FROM (at AT TIME ZONE z.time_zone) - (at AT TIME ZONE 'UTC'))::bigint
                              AS ahead) AS o
            ) AS o
            WHERE before IS DISTINCT FROM ahead
            GROUP BY time_zone
        )
        SELECT t.id, t.status = 'active' AS is_active, t.auto_retry_enabled, t.retry_preset, t.max_retries,
               t.retry_delays_seconds, t.message_delay_seconds,
               least(t.daily_quota, p.messages_per_day) AS daily_quota,
               extract(epoch FROM t.quiet_from)::bigint AS quiet_from, extract(epoch FROM t.quiet_to)::bigint AS quiet_to,
               t.unanswered_policy, t.expiry_seconds, z.changes, z.offsets
        FROM tenants t JOIN zones z ON z.time_zone = t.time_zone JOIN plans p ON p.name = t.plan
        WHERE t.id = ANY (\(tenants))
        """
    }
}

extension TenantRules {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        self.init(tenantID: try row.value("id"))
        isActive = try row.value("is_active")
        let changes: [Timestamp] = try row.value("changes")
        let offsets: [Int64] = try row.value("offsets")
        clock = LocalClock(
            offset: .seconds(offsets.first ?? 0),
            changes: zip(changes, offsets).dropFirst().map { LocalClock.Change(at: $0, offset: .seconds($1)) })
        if let from: Int64 = try row.value("quiet_from"), let to: Int64 = try row.value("quiet_to") {
            // Postgres knows 24:00 too.
            quietHours = QuietHours(from: .seconds(from % 86_400), to: .seconds(to % 86_400))
        }
        isRetryAutomatic = try row.value("auto_retry_enabled")
        retryPolicy = try RetryPolicy(tenantRow: row)
        messageDelay = .seconds(try row.value("message_delay_seconds", as: Int32.self))
        dailyQuota = try row.value("daily_quota", as: Int32?.self).map { Int($0) }
        unanswered = UnansweredPolicy(tenantJSON: try row.value("unanswered_policy"))
        expiry = ExpiryPolicy(tenantJSON: try row.value("expiry_seconds"))
    }
}

extension UnansweredPolicy {
    /// `{"utility": {"wait_seconds": 300, "preference": "prefer_delivery"}}`; what is absent or no such thing is as usual.
    package init(tenantJSON json: JSONText) {
        self = .standard
        guard let root = (try? JSONDocument(parsing: json.bytes))?.root else { return }
        for category in TemplateCategory.allCases {
            guard let rule = root[category.rawValue] else { continue }
            self = setting(
                wait: rule["wait_seconds"]?.integer.map { .seconds($0) },
                preference: rule["preference"]?.string.flatMap(UnansweredPreference.init), for: category)
        }
    }
}

extension TenantThresholds {
    /// `{"delivery_rate": 0.98}`; what is absent or no number is as usual.
    package init(tenantJSON json: JSONText) {
        self = .standard
        guard let root = (try? JSONDocument(parsing: json.bytes))?.root else { return }
        func share(_ name: String) -> Double? { root[name].flatMap { $0.double ?? $0.integer.map(Double.init) } }
        deliveryRate = share("delivery_rate") ?? deliveryRate
        failureRate = share("failure_rate") ?? failureRate
        qualityScore = share("quality_score") ?? qualityScore
    }
}

extension ExpiryPolicy {
    /// `{"marketing": 3600}`; what is absent or no number is as usual.
    package init(tenantJSON json: JSONText) {
        self = .standard
        guard let root = (try? JSONDocument(parsing: json.bytes))?.root else { return }
        for category in TemplateCategory.allCases {
            if let seconds = root[category.rawValue]?.integer { self = setting(.seconds(seconds), for: category) }
        }
    }
}
