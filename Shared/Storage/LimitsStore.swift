package import Models
package import Postgres

/// What limits a tenant, and how much of it is used now.
package struct TenantLimits: Sendable {
    package struct Sender: Sendable {
        package let id: SenderID
        package let name: String
        package let provider: String
        package let status: String
        package let portfolioID: String
        package let messagesPerSecond: Int
        package let inFlightMax: Int
        package let pairBurst: Int
        /// Learned from the provider's answers; nil when nobody has sent through it yet.
        package let rate: Double?
        package let leaseUntil: Timestamp?
        package let pending: [Lane: Int]
    }

    package struct Portfolio: Sendable {
        package let id: String
        /// Nil: unlimited, or not known.
        package let recipientsMax: Int?
        package let used: Int
        package let nextFreeAt: Timestamp?
    }

    package struct Hit: Sendable {
        package let name: String
        package let subject: String
        package let isByProvider: Bool
        package let hits: Int64
        package let lastAt: Timestamp
    }

    package let now: Timestamp
    package let rules: TenantRules
    package let timeZone: String
    package let sendsToday: Int
    package let senders: [Sender]
    package let portfolios: [Portfolio]
    /// Since midnight of the tenant's day.
    package let hits: [Hit]
}

package struct LimitsStore: Sendable {
    static let hitsMax = 500
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Nil when there is no such tenant.
    package func limits(of tenantID: TenantID) async throws(DatabaseError) -> TenantLimits? {
        let today: SQL = """
            (SELECT date_trunc('day', now() AT TIME ZONE t.time_zone) FROM tenants t WHERE t.id = \(tenantID))
            """
        let zone: SQL = "(SELECT t.time_zone FROM tenants t WHERE t.id = \(tenantID))"
        let answers = try await database.pipeline([
            .actFor(tenantID),
            TenantRulesStore.query([tenantID]),
            """
            SELECT now() AS now, \(zone) AS time_zone,
                   coalesce((SELECT d.sends FROM tenant_days d
                             WHERE d.tenant_id = \(tenantID) AND d.day = \(today)::date), 0) AS sends
            """,
            """
            SELECT n.id, n.name, n.provider, n.status, portfolio_of(n.portfolio_id, n.waba_id) AS portfolio_id,
                   n.messages_per_second, n.in_flight_max, n.pair_burst, l.rate::double precision AS rate, l.lease_until,
                   coalesce(l.pending_authentication, 0) AS pending_authentication,
                   coalesce(l.pending_utility, 0) AS pending_utility,
                   coalesce(l.pending_marketing, 0) AS pending_marketing
            FROM senders n LEFT JOIN sender_leases l ON l.tenant_id = n.tenant_id AND l.sender_id = n.id
            WHERE n.tenant_id = \(tenantID) ORDER BY n.created_at, n.id
            """,
            """
            SELECT o.id, p.recipients_max, coalesce(sum(u.recipients), 0)::int AS used,
                   min(u.minute) FILTER (WHERE u.recipients > 0) + \(raw: ReservationStore.keptFor) AS next_free_at
            FROM (SELECT DISTINCT portfolio_of(portfolio_id, waba_id) AS id FROM senders
                  WHERE tenant_id = \(tenantID)) AS o
            LEFT JOIN portfolios p ON p.id = o.id
            LEFT JOIN portfolio_minutes u
                ON u.portfolio_id = o.id AND u.minute > now() - \(raw: ReservationStore.keptFor)
            GROUP BY o.id, p.recipients_max ORDER BY o.id
            """,
            """
            SELECT limit_name, subject, by_provider, sum(hits)::bigint AS hits, max(last_at) AS last_at FROM limit_hits
            WHERE tenant_id = \(tenantID) AND minute >= \(today) AT TIME ZONE \(zone)
            GROUP BY limit_name, subject, by_provider ORDER BY 4 DESC LIMIT \(Self.hitsMax)
            """,
        ])
        guard answers.count == 6, let rules = try TenantRulesStore.read(answers[1])[tenantID],
            let day = answers[2].first
        else { return nil }
        var senders: [TenantLimits.Sender] = []
        for row in answers[3] { senders.append(try TenantLimits.Sender(row)) }
        var portfolios: [TenantLimits.Portfolio] = []
        for row in answers[4] { portfolios.append(try TenantLimits.Portfolio(row)) }
        var hits: [TenantLimits.Hit] = []
        for row in answers[5] { hits.append(try TenantLimits.Hit(row)) }
        return TenantLimits(
            now: try day.value("now"),
            rules: rules,
            timeZone: try day.value("time_zone"),
            sendsToday: try day.value("sends"),
            senders: senders,
            portfolios: portfolios,
            hits: hits
        )
    }
}

extension TenantLimits.Sender {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        name = try row.value("name")
        provider = try row.value("provider")
        status = try row.value("status")
        portfolioID = try row.value("portfolio_id")
        messagesPerSecond = try row.value("messages_per_second")
        inFlightMax = try row.value("in_flight_max")
        pairBurst = try row.value("pair_burst")
        rate = try row.value("rate")
        leaseUntil = try row.value("lease_until")
        pending = [
            .authentication: try row.value("pending_authentication"), .utility: try row.value("pending_utility"),
            .marketing: try row.value("pending_marketing"),
        ]
    }
}

extension TenantLimits.Portfolio {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        recipientsMax = try row.value("recipients_max")
        used = try row.value("used")
        nextFreeAt = try row.value("next_free_at")
    }
}

extension TenantLimits.Hit {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        name = try row.value("limit_name")
        subject = try row.value("subject")
        isByProvider = try row.value("by_provider")
        hits = try row.value("hits")
        lastAt = try row.value("last_at")
    }
}
