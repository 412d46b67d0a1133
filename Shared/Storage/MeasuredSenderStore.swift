package import Models
package import Postgres

/// What monitoring must know of senders and templates besides messages: ratings, limits, tokens, checks. Platform role.
package struct MeasuredSenderStore: Sendable {
    /// A sender that is in use.
    package struct Sender: Sendable {
        package let tenantID: TenantID
        package let senderID: SenderID
        package let name: String
        package let rating: QualityRating?
        /// Nil: it does not expire, or nobody knows.
        package let tokenExpiresAt: Timestamp?
        /// Regular checks in a row that failed.
        package let checksFailed: Int
        /// Unique recipients of a rolling day; nil: unlimited or not known.
        package let recipientsMax: Int?
        package let recipientsUsed: Int
        /// Of these: in the last hour.
        package let recipientsOfHour: Int
    }

    /// A business that is in use.
    package struct Business: Sendable {
        package let tenantID: TenantID
        package let name: String
        package let thresholds: TenantThresholds
        package let templateRatings: [QualityRating]
        /// Sends a day of its time zone; nil: no quota.
        package let dailyQuota: Int?
        package let sendsToday: Int
        /// Of its day.
        package let hoursOfDayGone: Double
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package func senders() async throws(DatabaseError) -> [Sender] {
        let rows = try await database.rows(
            """
            WITH used AS MATERIALIZED (
                SELECT portfolio_id, sum(recipients)::int AS used,
                       coalesce(sum(recipients) FILTER (WHERE minute > now() - interval '1 hour'), 0)::int AS of_hour
                FROM portfolio_minutes WHERE minute > now() - \(raw: ReservationStore.keptFor) GROUP BY portfolio_id
            )
            SELECT s.tenant_id, s.id, s.name, s.quality_rating, s.token_expires_at, s.checks_failed, p.recipients_max,
                   coalesce(u.used, 0) AS used, coalesce(u.of_hour, 0) AS of_hour
            FROM senders s JOIN tenants t ON t.id = s.tenant_id AND t.status = 'active'
            LEFT JOIN portfolios p ON p.id = portfolio_of(s.portfolio_id, s.waba_id)
            LEFT JOIN used u ON u.portfolio_id = portfolio_of(s.portfolio_id, s.waba_id)
            WHERE s.status <> 'disabled' ORDER BY s.tenant_id, s.id
            """)
        return try Connection.decoded { try rows.map(Sender.init) }
    }

    package func businesses() async throws(DatabaseError) -> [Business] {
        let rows = try await database.rows(
            """
            SELECT t.id, t.name, t.thresholds, least(t.daily_quota, p.messages_per_day) AS daily_quota,
                   coalesce(d.sends, 0) AS sends, extract(epoch FROM now() AT TIME ZONE t.time_zone
                       - date_trunc('day', now() AT TIME ZONE t.time_zone))::double precision / 3600 AS hours_gone,
                   ARRAY(SELECT m.quality FROM templates m
                         WHERE m.tenant_id = t.id AND m.status = 'APPROVED' AND m.quality IS NOT NULL) AS ratings
            FROM tenants t JOIN plans p ON p.name = t.plan
            LEFT JOIN tenant_days d ON d.tenant_id = t.id AND d.day = (now() AT TIME ZONE t.time_zone)::date
            WHERE t.status = 'active' ORDER BY t.id
            """)
        return try Connection.decoded { try rows.map(Business.init) }
    }
}

extension MeasuredSenderStore.Sender {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        tenantID = try row.value("tenant_id")
        senderID = try row.value("id")
        name = try row.value("name")
        rating = QualityRating(provider: try row.value("quality_rating"))
        tokenExpiresAt = try row.value("token_expires_at")
        checksFailed = Int(try row.value("checks_failed", as: Int16.self))
        recipientsMax = try row.value("recipients_max")
        recipientsUsed = try row.value("used")
        recipientsOfHour = try row.value("of_hour")
    }
}

extension MeasuredSenderStore.Business {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        tenantID = try row.value("id")
        name = try row.value("name")
        thresholds = TenantThresholds(tenantJSON: try row.value("thresholds"))
        templateRatings = try row.value("ratings", as: [String].self).compactMap { QualityRating(provider: $0) }
        dailyQuota = try row.value("daily_quota")
        sendsToday = try row.value("sends")
        hoursOfDayGone = try row.value("hours_gone")
    }
}
