package import Models
package import Postgres

/// Counts what became of the messages of each day. Platform role, on a connection that may take its time: a turn reads
/// the states of one day, of all tenants, once.
package struct OutcomeStore: Sendable {
    /// A message may go out for a month after it was accepted, and its receipts come for a week more.
    package static let daysCounted = 40

    private let database: Database

    /// - Parameter database: with `LedgerCheckStore.settings`.
    package init(_ database: Database) {
        self.database = database
    }

    /// Counts the day that has waited longest beyond its time: the last two days every `interval`, those of the last week
    /// sixty times more seldom, older ones once a day.
    ///
    /// - Parameter now: nil: now. A day that is over when it is counted `daysCounted` days later is not counted again.
    /// - Returns: the first moment of the day that was counted; nil when none is due or another monitor is at it.
    package func countNext(every interval: Duration, now: Timestamp? = nil) async throws(DatabaseError) -> Timestamp? {
        try await database.transaction { connection in
            let lock = try connection.rows("SELECT pg_try_advisory_xact_lock(hashtext('count outcomes')) AS is_ours")
            guard try lock.first?.value("is_ours", as: Bool.self) == true else { return nil }
            guard let row = try connection.rows(Self.next(every: interval, now: now)).first else { return nil }
            let day: Timestamp = try row.value("day")
            for statement in Self.count(TenantDay.ofAll(day), now: now) { _ = try connection.execute(statement) }
            return day
        }
    }

    private static func next(every interval: Duration, now: Timestamp?) -> SQL {
        """
        WITH clock AS (SELECT coalesce(\(now as Timestamp?), now()) AS now)
        SELECT d::timestamp AT TIME ZONE 'UTC' AS day
        FROM clock CROSS JOIN partition_days() AS d LEFT JOIN outcome_counts c ON c.day = d
        CROSS JOIN LATERAL (SELECT (clock.now AT TIME ZONE 'UTC')::date - d AS days) AS age
        CROSS JOIN LATERAL (
            SELECT \(interval.microseconds) * interval '1 microsecond' * CASE WHEN days < 2 THEN 1 ELSE 60 END AS usual
        ) AS turn
        CROSS JOIN LATERAL (
            SELECT CASE WHEN days < 8 THEN usual ELSE greatest(usual, interval '1 day') END AS rest) AS pause
        WHERE days BETWEEN 0 AND \(Int32(daysCounted))
          AND (c.counted_at IS NULL OR c.counted_at <= clock.now - rest)
        ORDER BY c.counted_at IS NOT NULL, c.counted_at + rest, d DESC LIMIT 1
        """
    }

    /// What a tenant's retention has begun to remove is as it was counted before.
    private static func isKept(_ of: TenantDay, _ table: String) -> SQL {
        """
        NOT EXISTS (SELECT FROM retention_days r
                    WHERE r.tenant_id = \(raw: table).tenant_id AND r.day = \(of.date) AND r.messages IS NOT NULL)
        """
    }

    private static func count(_ of: TenantDay, now: Timestamp?) -> [SQL] {
        let bounds: SQL = "ARRAY[\(raw: TimeBounds.seconds.map { "\($0)" }.joined(separator: ","))]::double precision[]"
        let clock: SQL = "coalesce(\(now as Timestamp?), now())"
        return [
            "DELETE FROM outcome_days o WHERE o.day = \(of.date) AND \(isKept(of, "o"))",
            "DELETE FROM outcome_times o WHERE o.day = \(of.date) AND \(isKept(of, "o"))",
            """
            INSERT INTO outcome_days (tenant_id, day, state, error_code, messages, sent, in_time, retried, retries)
            SELECT s.tenant_id, \(of.date), s.state,
                   CASE WHEN s.state >= \(MessageState.failed.rawValue) THEN s.error_code END, count(*), count(s.sent_at),
                   count(*) FILTER (WHERE m.expires_at > \(clock)),
                   count(*) FILTER (WHERE retries_made(s.retries, s.attempts) > 0),
                   sum(retries_made(s.retries, s.attempts))
            FROM message_states s
            LEFT JOIN messages m ON s.state = \(MessageState.sent.rawValue) AND m.tenant_id = s.tenant_id AND m.id = s.id
                                AND m.id >= \(of.floor) AND m.id < \(of.ceiling)
            WHERE s.id >= \(of.floor) AND s.id < \(of.ceiling) AND \(isKept(of, "s"))
            GROUP BY 1, 3, 4
            """,
            """
            INSERT INTO outcome_times (tenant_id, day, kind, bound, messages)
            SELECT s.tenant_id, \(of.date), 'delivery',
                   width_bucket(extract(epoch FROM s.delivered_at - s.sent_at)::double precision, \(bounds)), count(*)
            FROM message_states s
            WHERE s.id >= \(of.floor) AND s.id < \(of.ceiling) AND s.delivered_at IS NOT NULL AND s.sent_at IS NOT NULL
              AND \(isKept(of, "s"))
            GROUP BY 1, 4
            """,
            """
            INSERT INTO outcome_times (tenant_id, day, kind, bound, messages)
            SELECT a.tenant_id, \(of.date), 'answer',
                   width_bucket(extract(epoch FROM a.ended_at - a.started_at)::double precision, \(bounds)), count(*)
            FROM attempts a
            WHERE a.message_id >= \(of.floor) AND a.message_id < \(of.ceiling)
              -- Accepted or refused: somebody answered.
              AND a.outcome IN (1, 2) AND a.ended_at IS NOT NULL AND \(isKept(of, "a"))
            GROUP BY 1, 4
            """,
            """
            INSERT INTO outcome_counts (day, counted_at) VALUES (\(of.date), \(clock))
            ON CONFLICT (day) DO UPDATE SET counted_at = excluded.counted_at
            """,
        ]
    }
}

extension TenantDay {
    /// A day of nobody in particular: its bounds are what is asked for.
    static func ofAll(_ day: Timestamp) -> TenantDay { TenantDay(tenantID: TenantID(UUIDValue(high: 0, low: 0)), day: day) }
}
