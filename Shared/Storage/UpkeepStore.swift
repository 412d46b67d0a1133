internal import Models
package import Postgres

/// What time asks for besides messages: partitions for the coming days, and old keys out of the way.
package struct UpkeepStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// - Returns: how many partitions were made.
    package func makePartitions(days: Int) async throws -> Int {
        let rows = try await database.rows(
            "SELECT create_day_partitions((now() AT TIME ZONE 'UTC')::date, \(Int32(days))) AS made")
        return Int(try rows.first?.value("made", as: Int32.self) ?? 0)
    }

    /// In small portions, so that nobody waits for it.
    ///
    /// - Returns: how many were deleted; fewer than `max` when none are left.
    package func forgetIdempotencyKeys(olderThan age: Duration, max: Int) async throws -> Int {
        try await database.execute(
            """
            DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM idempotency_keys
                WHERE created_at < now() - \(age.microseconds) * interval '1 microsecond' LIMIT \(max)))
            """)
    }

    /// Deletes what no decision can need any more, a small portion of each kind.
    ///
    /// - Returns: the largest portion; fewer than `max` when nothing is left of any kind.
    package func forgetWhatIsPast(max: Int) async throws -> Int {
        var largest = 0
        for (table, condition) in Self.past {
            let deleted = try await database.execute(
                """
                DELETE FROM \(raw: table) WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM \(raw: table) WHERE \(raw: condition) LIMIT \(max) FOR UPDATE SKIP LOCKED))
                """)
            largest = Swift.max(largest, deleted)
        }
        return largest
    }

    private static let past: [(table: String, condition: String)] = [
        ("limit_hits", "minute < now() - interval '90 days'"),
        ("pair_debts", "paid_until < now()"),
        ("portfolio_recipients", "counted_at < now() - interval '25 hours'"),
        ("portfolio_minutes", "minute < now() - interval '25 hours'"),
        ("service_windows", "open_until < now()"),
        ("status_checks", "done_at < now() - interval '7 days'"),
        // An answer to whoever executes a plan twice stays a while.
        ("retry_plans", "expires_at < now() - interval '7 days'"),
        // What a sender's rate was a day ago says nothing about it.
        ("sender_leases", "lease_until < now() - interval '1 day'"),
        ("sender_paces", "given_until < now() - interval '1 hour'"),
        ("tenant_days", "day < (now() AT TIME ZONE 'UTC')::date - 7"),
        // No message is worth sending longer than that after it was accepted.
        ("failed_messages", "failed_at < now() - interval '130 days'"),
        ("sweeps", "started_at < now() - interval '90 days'"),
        ("monitoring_metrics", "at < now() - interval '3 days' AND NOT is_hourly"),
        ("monitoring_metrics", "at < now() - interval '35 days'"),
        ("webhook_timings", "minute < now() - interval '35 days'"),
        ("uptime_checks", "at < now() - interval '8 days'"),
        ("uptime_spans", "span = 'hour' AND starts_at < now() - interval '100 days'"),
    ]
}
