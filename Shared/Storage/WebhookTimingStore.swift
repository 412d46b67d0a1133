package import Models
package import Postgres

/// How long providers waited for our answers to their webhooks, minute by minute; of all copies. Platform role.
package struct WebhookTimingStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Adds answers of the present minute.
    package func add(_ times: AnswerTimes) async throws(DatabaseError) {
        let groups = times.counts.enumerated().filter { $0.element > 0 }
        if groups.isEmpty { return }
        let slowest = groups.map { group in
            group.offset < AnswerTimes.bounds.count
                ? min(AnswerTimes.bounds[group.offset], times.slowest) : times.slowest
        }
        try await database.execute(
            """
            INSERT INTO webhook_timings AS t (minute, bound, answers, slowest_seconds)
            SELECT date_trunc('minute', now(), 'UTC'), bound, answers, slowest
            FROM unnest(\(groups.map { Int16(clamping: $0.offset) }), \(groups.map(\.element)), \(slowest))
                AS g (bound, answers, slowest)
            ORDER BY bound
            ON CONFLICT (minute, bound) DO UPDATE
            SET answers = t.answers + excluded.answers,
                slowest_seconds = greatest(t.slowest_seconds, excluded.slowest_seconds)
            """)
    }

    package func times(in span: Duration) async throws(DatabaseError) -> AnswerTimes {
        let rows = try await database.rows(
            """
            SELECT bound, sum(answers)::bigint AS answers, max(slowest_seconds) AS slowest FROM webhook_timings
            WHERE minute >= date_trunc('minute', now() - \(span.microseconds) * interval '1 microsecond', 'UTC')
            GROUP BY bound
            """)
        var times = AnswerTimes()
        for row in rows {
            times.add(
                try row.value("answers"), at: Int(try row.value("bound", as: Int16.self)),
                slowest: try row.value("slowest"))
        }
        return times
    }
}
