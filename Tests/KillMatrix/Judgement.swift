import JSON
import Models
import Postgres
import TestSupport

/// What became of one message, by the database and by the stand-in's own log.
struct Verdict: Sendable {
    enum Outcome: Sendable {
        case delivered
        /// Ended as it must, or given up by policy because nobody could vouch for an attempt.
        case failed
        /// Under way still, and somebody will look at it.
        case pending
        case lost(String)
    }

    let message: SentMessage
    let outcome: Outcome
    /// Second sends that the policy chose and wrote down.
    let resends: Int
    /// Accepted by the stand-in more often than policy allows.
    let isTwice: Bool
}

/// The stand-in's log against the database, when all has settled.
struct Judgement: Sendable {
    /// What was there before a round.
    struct Counts: Sendable {
        let rows: Int
        let breaches: Int
        let now: Timestamp

        init(_ system: TestSystem) async throws {
            // Repeats that the sweep makes are messages of their own, which nobody was told to have been accepted.
            let row = try await system.admin.rows(
                "SELECT count(*)::bigint AS n, now() AS now FROM messages WHERE parent_message_id IS NULL"
            ).first
            rows = Int(try row?.value("n", as: Int64.self) ?? 0)
            now = try row?.value("now", as: Timestamp.self) ?? system.now
            breaches = Int(try await system.oracleSummary()["limits"]?["breaches"]?.integer ?? 0)
        }
    }

    private(set) var verdicts: [Verdict] = []
    /// What is wrong with the whole and not with one message.
    private(set) var problems: [String] = []
    let breaches: Int
    let notices: (written: Int, arrived: Int, again: Int)

    init(
        of system: TestSystem,
        accepted: [SentMessage],
        refusals: [String],
        notices: Notices,
        since before: Counts
    ) async throws {
        let after = try await Counts(system)
        breaches = after.breaches - before.breaches
        let arrivals = try await notices.arrivals()
        self.notices = (arrivals.count, arrivals.count { $0 > 0 }, arrivals.reduce(0) { $0 + max(0, $1 - 1) })
        let rows = try await Self.rows(of: accepted.map(\.id), system)
        let sends = try await Self.accepted(since: before.now, system)
        verdicts = accepted.map { message in
            Self.verdict(message, rows[message.id], acceptedSends: sends[message.id] ?? 0)
        }
        for refusal in refusals.prefix(5) { problems.append("not accepted: \(refusal)") }
        let ids = Set(accepted.map(\.id))
        if ids.count != after.rows - before.rows {
            problems.append("\(ids.count) accepted, \(after.rows - before.rows) rows")
        }
        let strangers = sends.keys.count { !ids.contains($0) }
        if strangers > 0 { problems.append("\(strangers) messages were sent that nobody was told of") }
        if let problem = try await system.ledgerProblem() { problems.append("ledger: \(problem)") }
        if let problem = try await system.lossProblem() { problems.append(problem) }
        if self.notices.arrived < self.notices.written { problems.append("a notification was lost") }
    }

    // MARK: One message

    private struct Row {
        let state: MessageState
        let hasDue: Bool
        let resends: Int
        let events: String
        let isGivenUp: Bool
    }

    private static func verdict(_ message: SentMessage, _ row: Row?, acceptedSends: Int) -> Verdict {
        guard let row else {
            return Verdict(
                message: message,
                outcome: .lost("it has no row"),
                resends: 0,
                isTwice: acceptedSends > 1
            )
        }
        return Verdict(
            message: message,
            outcome: outcome(message, row, acceptedSends),
            resends: row.resends,
            isTwice: acceptedSends > 1 + row.resends
        )
    }

    private static func outcome(_ message: SentMessage, _ row: Row, _ acceptedSends: Int) -> Verdict.Outcome {
        func lost(_ what: String) -> Verdict.Outcome {
            .lost("\(row.state.name), accepted \(acceptedSends) times: \(what)\n        \(row.events)")
        }
        switch row.state {
        case .scheduled, .queued, .sending, .unanswered, .waiting, .held:
            return row.hasDue ? .pending : lost("nobody will look at it")
        case .read:
            return acceptedSends > 0 ? .delivered : lost("the stand-in never took it")
        case .sent, .delivered:
            return acceptedSends > 0 ? lost("its receipts were lost") : lost("the stand-in never took it")
        case .failed, .undelivered:
            if message.fate == .refused { return .failed }
            if row.isGivenUp, acceptedSends == 0 { return .failed }
            return lost("nothing spoke against it")
        case .expired, .cancelled:
            return lost("nobody asked for that")
        }
    }

    private static func rows(of ids: [MessageID], _ system: TestSystem) async throws -> [MessageID: Row] {
        let rows = try await system.admin.rows(
            """
            SELECT s.id, s.state, d.message_id IS NOT NULL AS has_due,
                   e.resends, e.is_given_up, e.events
            FROM message_states s
            LEFT JOIN due_messages d ON d.tenant_id = s.tenant_id AND d.message_id = s.id
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE e.detail ->> 'reason' = 'unanswered_resend')::int AS resends,
                       coalesce(bool_or(e.detail ->> 'reason' = 'unanswered'), false) AS is_given_up,
                       coalesce(string_agg(concat_ws(' ', e.at::time, e.type, e.detail::text), '; '
                                           ORDER BY e.recorded_at), '') AS events
                FROM message_events e WHERE e.tenant_id = s.tenant_id AND e.message_id = s.id
            ) e
            WHERE s.id = ANY (\(ids))
            """
        )
        var found: [MessageID: Row] = [:]
        for row in rows {
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            found[try row.value("id")] = Row(
                state: state,
                hasDue: try row.value("has_due"),
                resends: Int(try row.value("resends", as: Int32.self)),
                events: try row.value("events"),
                isGivenUp: try row.value("is_given_up")
            )
        }
        return found
    }

    /// How often the stand-in took each message.
    private static func accepted(since: Timestamp, _ system: TestSystem) async throws -> [MessageID: Int] {
        let answer = try await system.get("\(system.sandboxURL)/oracle/sends?since=\(since.rfc3339)")
        guard let sends = answer.json?["data"]?.elements else {
            throw Unjudged(description: "the oracle did not answer: \(answer.status)")
        }
        // It answers so many at the most; a message whose sends it left out would look lost.
        guard sends.count < 10_000 else {
            throw Unjudged(description: "too many sends for one round: use a lower rate")
        }
        var accepted: [MessageID: Int] = [:]
        for send in sends where send["accepted"]?.boolean == true {
            guard let id = send["message_id"]?.string.flatMap({ MessageID($0) }) else { continue }
            accepted[id, default: 0] += 1
        }
        return accepted
    }
}

struct Unjudged: Error, CustomStringConvertible {
    let description: String
}

/// What several verdicts say together.
struct Tally: Sendable {
    var accepted = 0
    var delivered = 0
    var failed = 0
    var pending = 0
    var resends = 0
    var lost = 0
    var twice = 0

    init() {}

    init(_ verdicts: some Sequence<Verdict>) {
        for verdict in verdicts { add(verdict) }
    }

    private mutating func add(_ verdict: Verdict) {
        accepted += 1
        resends += verdict.resends
        if verdict.isTwice { twice += 1 }
        switch verdict.outcome {
        case .delivered: delivered += 1
        case .failed: failed += 1
        case .pending: pending += 1
        case .lost: lost += 1
        }
    }

    static func += (left: inout Tally, right: Tally) {
        left.accepted += right.accepted
        left.delivered += right.delivered
        left.failed += right.failed
        left.pending += right.pending
        left.resends += right.resends
        left.lost += right.lost
        left.twice += right.twice
    }
}
