internal import Crypto
package import Models
package import Postgres

/// A message about to be claimed whose tenant or portfolio has a limit that outlives every dispatcher.
package struct ReservationWish: Sendable {
    package let messageID: MessageID
    package let tenantID: TenantID
    package let senderID: SenderID
    package let recipient: String
    /// Nil: it counts against no portfolio (no template, or a portfolio without a limit).
    package let portfolioID: String?
    /// Whether the tenant has set how many messages a day may go out.
    package let hasDailyQuota: Bool

    package init(
        messageID: MessageID, tenantID: TenantID, senderID: SenderID, recipient: String, portfolioID: String?,
        hasDailyQuota: Bool
    ) {
        self.messageID = messageID
        self.tenantID = tenantID
        self.senderID = senderID
        self.recipient = recipient
        self.portfolioID = portfolioID
        self.hasDailyQuota = hasDailyQuota
    }
}

package enum ReservationAnswer: Sendable, Hashable {
    case granted
    /// The portfolio's recipients are all taken; the next of them is free then, at the earliest.
    case portfolioFull(until: Timestamp)
    /// The tenant's day is used up until its midnight.
    case dayFull(until: Timestamp)
}

/// Recipients of a portfolio and sends of a day, reserved before the claim and kept even if the claim is lost.
///
/// A recipient counts from the last message that was meant for it until a day after that message's minute is over:
/// whole minutes leave the window, so that what is counted per minute and what is known per recipient never differ.
package struct ReservationStore: Sendable {
    /// A minute's recipients count until the last of them is a day old.
    static let keptFor = "interval '24 hours 1 minute'"
    /// At the earliest that a full portfolio is worth another look.
    static let lookAgain = "interval '60 seconds'"

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// In the order of the wishes: the first gets what is left. A message that is missing from the answer is granted.
    package func reserve(_ wishes: [ReservationWish]) async throws(DatabaseError) -> [MessageID: ReservationAnswer] {
        if wishes.isEmpty { return [:] }
        let quotas = Set(wishes.filter(\.hasDailyQuota).map(\.tenantID)).sorted()
        let portfolios = Set(wishes.compactMap(\.portfolioID)).sorted()
        // The locks are statements of their own: what they waited for is seen by the next statement only.
        let answers = try await database.pipeline([
            .actFor(wishes.map(\.tenantID)), Self.lockDays(quotas), Self.lockPortfolios(portfolios),
            Self.reserve(wishes),
        ])
        var denied: [MessageID: ReservationAnswer] = [:]
        for row in answers.last ?? [] {
            let until: Timestamp = try row.value("until")
            let isPortfolio: Bool = try row.value("is_portfolio")
            denied[try row.value("message_id")] = isPortfolio ? .portfolioFull(until: until) : .dayFull(until: until)
        }
        return denied
    }

    /// Forgets what has left the window of these portfolios.
    ///
    /// - Returns: how many recipients; `max` means there may be more.
    package func forgetOld(of portfolios: [String], max: Int) async throws(DatabaseError) -> Int {
        if portfolios.isEmpty { return 0 }
        return try await database.run { connection in
            try connection.execute(
                """
                DELETE FROM portfolio_minutes WHERE portfolio_id = ANY (\(portfolios))
                  AND minute < now() - interval '26 hours'
                """)
            return try connection.execute(
                """
                WITH old AS MATERIALIZED (
                    SELECT r.portfolio_id, r.recipient_hash FROM unnest(\(portfolios)) AS w (portfolio_id)
                    JOIN portfolio_recipients r
                        ON r.portfolio_id = w.portfolio_id AND r.counted_at < now() - interval '26 hours'
                    LIMIT \(max) FOR UPDATE OF r SKIP LOCKED
                )
                DELETE FROM portfolio_recipients r USING old
                WHERE r.portfolio_id = old.portfolio_id AND r.recipient_hash = old.recipient_hash
                """)
        }
    }

    /// The first 16 bytes of a SHA-256: nobody reads a phone number out of a table that several tenants share.
    static func hash(_ portfolio: String, _ recipient: String) -> UUIDValue {
        let bytes = SHA256.hash("\(portfolio) \(recipient)")
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return UUIDValue(high: word(bytes[0..<8]), low: word(bytes[8..<16]))
    }

    private static func lockDays(_ tenants: [TenantID]) -> SQL {
        """
        INSERT INTO tenant_days AS d (tenant_id, day, sends)
        SELECT t.id, (now() AT TIME ZONE t.time_zone)::date, 0
        FROM unnest(\(tenants)) AS w (id) JOIN tenants t ON t.id = w.id
        ORDER BY t.id
        ON CONFLICT (tenant_id, day) DO UPDATE SET sends = d.sends
        """
    }

    private static func lockPortfolios(_ portfolios: [String]) -> SQL {
        "SELECT id FROM portfolios WHERE id = ANY (\(portfolios)) ORDER BY id FOR UPDATE"
    }

    private static func reserve(_ wishes: [ReservationWish]) -> SQL {
        """
        WITH wanted AS MATERIALIZED (
            SELECT * FROM unnest(
                \(wishes.indices.map { Int32(clamping: $0) }), \(wishes.map(\.messageID)), \(wishes.map(\.tenantID)),
                \(wishes.map(\.senderID)), \(wishes.map(\.recipient)), \(wishes.map(\.portfolioID)),
                \(wishes.map { wish in wish.portfolioID.map { hash($0, wish.recipient) } }),
                \(wishes.map(\.hasDailyQuota))
            ) AS w (place, message_id, tenant_id, sender_id, recipient, portfolio_id, recipient_hash, has_quota)
        ), portfolio AS MATERIALIZED (
            SELECT p.id, p.recipients_max, u.used, u.next_free_at
            FROM (SELECT DISTINCT portfolio_id FROM wanted WHERE portfolio_id IS NOT NULL) w
            JOIN portfolios p ON p.id = w.portfolio_id AND p.recipients_max IS NOT NULL
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(m.recipients), 0) AS used,
                       min(m.minute) FILTER (WHERE m.recipients > 0) + \(raw: keptFor) AS next_free_at
                FROM portfolio_minutes m WHERE m.portfolio_id = p.id AND m.minute > now() - \(raw: keptFor)) u
        ), judged AS MATERIALIZED (
            SELECT w.*, p.id IS NOT NULL AND NOT EXISTS (
                       SELECT FROM service_windows o
                       WHERE o.tenant_id = w.tenant_id AND o.sender_id = w.sender_id AND o.recipient = w.recipient
                         AND o.open_until > now()) AS counts,
                   r.counted_at
            FROM wanted w
            LEFT JOIN portfolio p ON p.id = w.portfolio_id
            LEFT JOIN portfolio_recipients r
                ON r.portfolio_id = w.portfolio_id AND r.recipient_hash = w.recipient_hash
                   AND date_trunc('minute', r.counted_at) > now() - \(raw: keptFor)
        ), fresh AS MATERIALIZED (
            SELECT j.*, j.counts AND j.counted_at IS NULL AS is_new,
                   min(place) OVER (PARTITION BY portfolio_id, recipient_hash) AS first_place
            FROM judged j
        ), fitting AS MATERIALIZED (
            -- Of those that are new, the first get what is left; the same recipient is one of them however often.
            SELECT f.*, f.is_new AND dense_rank() OVER (PARTITION BY f.portfolio_id, f.is_new ORDER BY f.first_place)
                       > p.recipients_max - p.used AS is_too_many
            FROM fresh f LEFT JOIN portfolio p ON p.id = f.portfolio_id
        ), days AS MATERIALIZED (
            SELECT d.tenant_id, d.day, least(t.daily_quota, p.messages_per_day) - d.sends AS free,
                   ((d.day + 1)::timestamp AT TIME ZONE t.time_zone) AS midnight
            FROM (SELECT DISTINCT tenant_id FROM wanted WHERE has_quota) w
            JOIN tenants t ON t.id = w.tenant_id
            JOIN plans p ON p.name = t.plan AND num_nonnulls(t.daily_quota, p.messages_per_day) > 0
            JOIN tenant_days d ON d.tenant_id = t.id AND d.day = (now() AT TIME ZONE t.time_zone)::date
        ), decided AS MATERIALIZED (
            SELECT f.*, d.day, d.midnight,
                   d.day IS NOT NULL AND NOT f.is_too_many AND count(*) FILTER (WHERE NOT f.is_too_many)
                       OVER (PARTITION BY f.tenant_id ORDER BY f.place) > d.free AS is_beyond_day
            FROM fitting f LEFT JOIN days d ON d.tenant_id = f.tenant_id
        ), kept AS MATERIALIZED (
            SELECT portfolio_id, recipient_hash, max(counted_at) AS counted_at
            FROM decided WHERE counts AND NOT is_too_many AND NOT is_beyond_day
            GROUP BY portfolio_id, recipient_hash
            HAVING coalesce(max(counted_at), '-infinity') < date_trunc('minute', now())
        ), recipients AS (
            INSERT INTO portfolio_recipients (portfolio_id, recipient_hash, counted_at)
            SELECT portfolio_id, recipient_hash, now() FROM kept ORDER BY 1, 2
            ON CONFLICT (portfolio_id, recipient_hash) DO UPDATE SET counted_at = excluded.counted_at
        ), minutes_left AS (
            UPDATE portfolio_minutes m SET recipients = m.recipients - k.recipients
            FROM (SELECT portfolio_id, date_trunc('minute', counted_at) AS minute, count(*) AS recipients
                  FROM kept WHERE counted_at IS NOT NULL GROUP BY 1, 2) k
            WHERE m.portfolio_id = k.portfolio_id AND m.minute = k.minute
        ), minutes_now AS (
            INSERT INTO portfolio_minutes AS m (portfolio_id, minute, recipients)
            SELECT portfolio_id, date_trunc('minute', now()), count(*) FROM kept GROUP BY portfolio_id
            ON CONFLICT (portfolio_id, minute) DO UPDATE SET recipients = m.recipients + excluded.recipients
        ), sends AS (
            UPDATE tenant_days t SET sends = t.sends + n.sends
            FROM (SELECT tenant_id, day, count(*) AS sends FROM decided
                  WHERE day IS NOT NULL AND NOT is_too_many AND NOT is_beyond_day GROUP BY 1, 2) n
            WHERE t.tenant_id = n.tenant_id AND t.day = n.day
        )
        SELECT d.message_id, d.is_too_many AS is_portfolio,
               CASE WHEN NOT d.is_too_many THEN d.midnight
                    -- The day's quota kept some of the free places unused.
                    WHEN p.used + (SELECT count(*) FROM kept k WHERE k.portfolio_id = p.id AND k.counted_at IS NULL)
                        < p.recipients_max THEN now() + \(raw: lookAgain)
                    -- Of those that are counted now, the first leaves when this minute does.
                    ELSE greatest(coalesce(p.next_free_at, date_trunc('minute', now()) + \(raw: keptFor)),
                                  now() + \(raw: lookAgain)) END AS until
        FROM decided d LEFT JOIN portfolio p ON p.id = d.portfolio_id
        WHERE d.is_too_many OR d.is_beyond_day
        """
    }
}
