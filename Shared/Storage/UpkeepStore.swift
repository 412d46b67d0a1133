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
}
