package import Postgres
internal import Runtime

/// Sign-ins that failed, counted where all copies of monitor see them.
extension SessionStore {
    /// More failures in a row than people make by mistake.
    package static let failuresMax = 10
    /// So long after the last one they are forgotten.
    static let rememberedFor: SQL = "interval '15 minutes'"

    /// Whether this subject (where the attempts come from) is locked now.
    package func isLocked(_ subject: String) async throws(DatabaseError) -> Bool {
        try await !database.rows(
            "SELECT FROM sign_in_failures WHERE subject = \(subject) AND locked_until > now()"
        ).isEmpty
    }

    /// Counts a failure. The tenth in a row locks for 15 minutes, each after a lock for twice as long, a day at most; the
    /// lock is in the audit log.
    ///
    /// - Returns: whether the subject is locked by it.
    package func recordFailure(_ subject: String) async throws(DatabaseError) -> Bool {
        let entry = AuditSource(.system("monitor"), address: nil)
            .entry("sign_in.locked", subject, of: nil, id: ids.uuid())
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                INSERT INTO sign_in_failures AS f (subject, failures, last_at) VALUES (\(subject), 1, now())
                ON CONFLICT (subject) DO UPDATE
                SET failures = CASE WHEN greatest(f.last_at, f.locked_until) < now() - \(Self.rememberedFor) THEN 1
                                    ELSE f.failures + 1 END,
                    last_at = now(),
                    locked_until = CASE
                        WHEN greatest(f.last_at, f.locked_until) < now() - \(Self.rememberedFor) THEN NULL
                        WHEN f.failures + 1 >= \(Self.failuresMax)
                            THEN now() + least(interval '15 minutes' * 2 ^ least(f.failures + 1 - \(Self.failuresMax), 7),
                                               interval '1 day') END
                RETURNING locked_until IS NOT NULL AS is_locked
                """)
            guard try rows.first?.value("is_locked", as: Bool.self) == true else { return false }
            try connection.execute(entry)
            return true
        }
    }

    package func forgetFailures(_ subject: String) async throws(DatabaseError) {
        try await database.execute("DELETE FROM sign_in_failures WHERE subject = \(subject)")
    }
}
