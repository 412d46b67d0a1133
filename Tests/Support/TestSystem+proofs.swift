internal import JSON
package import Models
internal import Postgres

/// What must be true at the end of every scenario, whatever was done to the system.
extension TestSystem {
    /// How many messages are in each state, by the rows themselves.
    package func states() async throws -> [MessageState: Int] {
        let rows = try await admin.rows("SELECT state, count(*)::int AS n FROM message_states GROUP BY state")
        var states: [MessageState: Int] = [:]
        for row in rows {
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            states[state] = Int(try row.value("n", as: Int32.self))
        }
        return states
    }

    /// Waits until so many more messages are accepted than now: a measure of time while somebody sends.
    package func waitForMore(_ count: Int, within limit: Duration = .seconds(120)) async throws {
        let before = try await states().values.reduce(0, +)
        try await eventually("\(count) more messages are accepted", within: limit, every: .milliseconds(50)) {
            try await self.states().values.reduce(0, +) >= before + count
        }
    }

    /// Waits until every message is in one of these states.
    package func waitUntilAll(_ ends: Set<MessageState>, within limit: Duration = .seconds(120)) async throws {
        var seen: [MessageState: Int] = [:]
        do {
            try await eventually("", within: limit, every: .milliseconds(50)) {
                seen = try await self.states()
                return seen.keys.allSatisfy(ends.contains)
            }
        } catch is NotInTime {
            throw NotInTime(
                description:
                    "not all messages came to \(ends.map(\.name)) in time: \(try await unsettled(ends))"
            )
        }
    }

    /// Some that have not, with what is known about them.
    private func unsettled(_ ends: Set<MessageState>) async throws -> String {
        let rows = try await admin.rows(
            """
            SELECT s.id, s.state, s.attempts, s.retries, d.due_at::text AS due_at, d.told,
                   (SELECT string_agg(e.type || coalesce(e.detail::text, ''), ' ' ORDER BY e.recorded_at)
                    FROM message_events e WHERE e.message_id = s.id) AS events, now()::text AS now
            FROM message_states s LEFT JOIN due_messages d ON d.message_id = s.id
            WHERE s.state <> ALL (\(ends.map(\.rawValue))) LIMIT 5
            """
        )
        let lines = try rows.map { row in
            let due = try row.value("due_at", as: String?.self) ?? "none"
            return """
                \(try row.value("id", as: MessageID.self)) in state \(try row.value("state", as: Int16.self)), \
                attempts \(try row.value("attempts", as: Int16.self)), due \(due), told \
                \(try row.value("told", as: Int16?.self) ?? -1), now \(try row.value("now", as: String.self)): \
                \(try row.value("events", as: String?.self) ?? "")
                """
        }
        return "\(try await states())\n" + lines.joined(separator: "\n")
    }

    /// Accepted = sum over all states, by the counts that pages show; nil when it holds, else what is wrong.
    package func ledgerProblem() async throws -> String? {
        let rows = try await admin.rows(
            """
            WITH changes AS (
                SELECT to_state AS state, messages::bigint AS n FROM message_count_changes
                UNION ALL
                SELECT from_state, -messages FROM message_count_changes WHERE from_state >= 0
                UNION ALL
                SELECT state, entered - left_state FROM message_counts
            ), counted AS (SELECT state, sum(n)::bigint AS n FROM changes GROUP BY state),
            actual AS (SELECT state, count(*)::bigint AS n FROM message_states GROUP BY state)
            SELECT coalesce(c.state, a.state) AS state, coalesce(c.n, 0)::bigint AS counted,
                   coalesce(a.n, 0)::bigint AS actual
            FROM counted c FULL JOIN actual a ON a.state = c.state
            WHERE coalesce(c.n, 0) <> coalesce(a.n, 0)
            """
        )
        if rows.isEmpty { return nil }
        return try rows.map { row in
            """
            state \(try row.value("state", as: Int16.self)): counted \(try row.value("counted", as: Int64.self)), \
            rows \(try row.value("actual", as: Int64.self))
            """
        }.joined(separator: "; ")
    }

    /// A message is lost when its row has no state, when it waits for us and nobody is to look at it, or when the
    /// stand-in never took what we call sent. Nil when none is.
    package func lossProblem() async throws -> String? {
        let rows = try await admin.rows(
            """
            SELECT count(*) FILTER (WHERE s.id IS NULL) AS stateless,
                   count(*) FILTER (WHERE s.state <= 5 AND d.message_id IS NULL) AS forgotten,
                   count(*) FILTER (WHERE s.state IN (6, 7, 8)) AS sent
            FROM messages m
            LEFT JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
            LEFT JOIN due_messages d ON d.tenant_id = m.tenant_id AND d.message_id = m.id
            """
        )
        guard let row = rows.first else { return "no answer" }
        let stateless = try row.value("stateless", as: Int64.self)
        let forgotten = try row.value("forgotten", as: Int64.self)
        if stateless + forgotten > 0 {
            return "\(stateless) without a state, \(forgotten) nobody will look at"
        }
        let sent = try row.value("sent", as: Int64.self)
        let accepted = try await oracleSummary()["accepted"]?.integer ?? 0
        return sent <= accepted ? nil : "\(sent) called sent, \(accepted) taken by the stand-in"
    }

    /// Messages the stand-in has accepted more than once.
    package func sentTwice() async throws -> Int {
        guard let count = try await oracleSummary()["sent_twice"]?.integer else {
            throw NotInTime(description: "the oracle does not count")
        }
        return Int(count)
    }

    /// Second sends that the policy chose although nobody could rule out the first: written down, so countable.
    package func unansweredResends() async throws -> Int {
        let rows = try await admin.rows(
            "SELECT count(*) AS n FROM message_events WHERE detail ->> 'reason' = 'unanswered_resend'"
        )
        return Int(try rows.first?.value("n", as: Int64.self) ?? 0)
    }

    /// Phone numbers, keys, tokens and texts in any log of any process; the list is empty, or somebody talks too much.
    package func leaks() async throws -> [String] {
        let rows = try await admin.rows("SELECT DISTINCT recipient FROM messages")
        let numbers = try rows.map { row in
            try row.value("recipient", as: String.self).filter { $0 != "+" }
        }
        let keys = [apiKey, secondAPIKey].filter { !$0.isEmpty }
        return try logsHolding(
            numbers + keys + [
                "sandbox-token-demo", Self.appSecret, Self.verifyToken, Self.cronSecret, Self.bodySecret,
                Self.masterKey, "slack-secret-of-the-scenario",
            ]
        )
    }

    /// Lets the time of every hand-over watch pass now: what half a minute would do.
    package func passHandOverWatch() async throws {
        _ = try await admin.execute(
            """
            WITH watched AS (
                SELECT d.tenant_id, d.message_id FROM due_messages d
                JOIN message_states s ON s.tenant_id = d.tenant_id AND s.id = d.message_id
                WHERE s.state = \(MessageState.queued.rawValue) FOR UPDATE OF d SKIP LOCKED
            )
            UPDATE due_messages d SET due_at = now() FROM watched w
            WHERE d.tenant_id = w.tenant_id AND d.message_id = w.message_id
            """
        )
    }
}
