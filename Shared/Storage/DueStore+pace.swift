internal import Models
internal import Postgres

/// How messages that wait in Postgres are let out at their sender's pace.
package struct Pace: Sendable, Hashable {
    /// A turn that is no further away is told now: the dispatcher plans so far ahead in memory.
    package var lead: Duration
    /// After a hand-over we look whether somebody took it; as in `DuePolicy`.
    package var handOverWatch: Duration
    package var handOverWatchMax: Duration

    package static let standard = Pace(
        lead: .seconds(3), handOverWatch: DuePolicy.standard.handOverWatch,
        handOverWatchMax: DuePolicy.standard.handOverWatchMax)

    /// A little more than the dispatcher sends (96 % of the limit), so that it never waits for us, and little enough
    /// that next to nothing comes back.
    static let shareOfRate = 0.98
    /// A lease that ended longer ago says nothing about the sender's rate any more.
    static let rateKnownFor = "interval '60 seconds'"

    /// The turns of messages that will not be sent any more, for whoever comes after them. Those that come between keep
    /// their own: for a while the sender has more turns given out than it needs.
    static func giveBack(turnsOf messages: [MessageID], of tenantID: TenantID) -> SQL {
        """
        UPDATE sender_paces p
        SET given_until = greatest(
                now(),
                p.given_until - c.messages * interval '1 microsecond' * (1000000 / (\(shareOfRate) * n.messages_per_second)))
        FROM (
            SELECT sender_id, lane, priority, count(*) AS messages FROM messages
            WHERE tenant_id = \(tenantID) AND id = ANY (\(messages)) AND batch_id IS NOT NULL
            GROUP BY sender_id, lane, priority
        ) AS c
        JOIN senders n ON n.tenant_id = \(tenantID) AND n.id = c.sender_id
        WHERE p.tenant_id = \(tenantID) AND p.sender_id = c.sender_id AND p.lane = c.lane AND p.priority = c.priority
          AND p.is_bulk
        """
    }

    package init(lead: Duration, handOverWatch: Duration, handOverWatchMax: Duration) {
        self.lead = lead
        self.handOverWatch = handOverWatch
        self.handOverWatchMax = handOverWatchMax
    }
}

/// Where due rows are taken from.
package enum DueQueue: Sendable {
    /// Everything with a time of its own.
    case onTime
    /// Campaigns, and what gates hold or let out: one after another, so that they never stand before the others.
    case toPace
}

/// What one take found.
package struct DueTaken: Sendable {
    /// Those that somebody must decide about now; a message that got a later turn is not among them.
    package var messages: [DueMessage] = []
    package var count = 0
}

extension DueStore {
    /// Takes what is due, and gives a turn to whatever would be told and has none: with the sender's turns rested it is
    /// now, otherwise the row waits for it and comes due again.
    ///
    /// A message in state `queued` that is told now has its next look put off by as much as `DuePolicy` says already, so
    /// that a campaign's message costs two updates of its row and no more.
    package func take(max: Int, from queue: DueQueue = .onTime) async throws -> DueTaken {
        let rows = try await database.rows(statement(max: max, from: queue))
        var taken = DueTaken()
        for row in rows {
            taken.count = Int(try row.value("taken", as: Int64.self))
            if try row.value("message_id", as: MessageID?.self) != nil { taken.messages.append(try DueMessage(row)) }
        }
        return taken
    }

    /// What was accepted alone, or was tried before, never stands in the line of a campaign, also when a dispatcher had
    /// no room for it. A closed gate holds no message that is its probe. States 0, 1, 4, 5 are those from which a message is handed over: scheduled, queued, waiting, held.
    private func statement(max: Int, from queue: DueQueue) -> SQL {
        let whichRows: SQL =
            switch queue {
            case .onTime: "NOT to_pace"
            case .toPace: "to_pace"
            }
        return """
            WITH due AS MATERIALIZED (
                SELECT tenant_id, message_id, told, paced, to_pace, gate_id FROM due_messages
                WHERE due_at <= now() AND \(whichRows) ORDER BY due_at LIMIT \(max) FOR UPDATE SKIP LOCKED
            ), known AS MATERIALIZED (
                SELECT d.tenant_id, d.message_id, d.told, d.paced, s.state, s.attempts, s.changed_at, m.sender_id,
                       m.template_id, m.lane, m.priority, m.expires_at, a.lease_until,
                       g.id IS NOT NULL AS is_gated, g.opens_at,
                       s.attempts = 0 AND (m.batch_id IS NOT NULL
                           OR d.to_pace AND (s.state = 5 OR m.parent_message_id IS NOT NULL)) AS is_bulk,
                       s.state IN (0, 1, 4, 5) AND NOT d.paced AND g.id IS NULL AND m.expires_at > now() AS wants_turn
                FROM due d
                LEFT JOIN message_states s ON s.tenant_id = d.tenant_id AND s.id = d.message_id
                LEFT JOIN messages m ON m.tenant_id = d.tenant_id AND m.id = d.message_id
                LEFT JOIN gates g ON g.id = d.gate_id AND g.opened_at IS NULL
                    AND g.probe_message_id IS DISTINCT FROM d.message_id
                LEFT JOIN attempts a ON s.state = 2 AND a.tenant_id = d.tenant_id AND a.message_id = d.message_id
                    AND a.number = s.attempts
            ), lined_up AS MATERIALIZED (
                SELECT k.*, row_number() OVER (line ORDER BY message_id) - 1 AS place
                FROM known k
                WINDOW line AS (PARTITION BY tenant_id, sender_id, lane, priority, is_bulk, wants_turn)
            ), lines AS MATERIALIZED (
                \(Self.lines(lead: pace.lead))
            ), cursors AS (
                INSERT INTO sender_paces AS p (tenant_id, sender_id, lane, priority, is_bulk, given_until)
                SELECT tenant_id, sender_id, lane, priority, is_bulk, now() + messages * span
                FROM lines ORDER BY tenant_id, sender_id, lane, priority, is_bulk
                ON CONFLICT (tenant_id, sender_id, lane, priority, is_bulk) DO UPDATE
                SET given_until = greatest(p.given_until, now()) + (excluded.given_until - now())
                RETURNING p.*
            ), turns AS MATERIALIZED (
                SELECT c.tenant_id, c.sender_id, c.lane, c.priority, c.is_bulk, l.span,
                       c.given_until - l.messages * l.span AS first_turn
                FROM cursors c JOIN lines l ON (l.tenant_id, l.sender_id, l.lane, l.priority, l.is_bulk)
                    = (c.tenant_id, c.sender_id, c.lane, c.priority, c.is_bulk)
            ), placed AS MATERIALIZED (
                SELECT u.*, t.first_turn + u.place * t.span AS turn,
                       coalesce(t.first_turn + u.place * t.span
                                > now() + \(pace.lead.microseconds) * interval '1 microsecond', false) AS is_later
                FROM lined_up u LEFT JOIN turns t ON u.wants_turn AND (t.tenant_id, t.sender_id, t.lane, t.priority, t.is_bulk)
                    = (u.tenant_id, u.sender_id, u.lane, u.priority, u.is_bulk)
            ), put_off AS (
                UPDATE due_messages d
                SET due_at = CASE
                        WHEN p.is_later THEN p.turn - \(pace.lead.microseconds) * interval '1 microsecond'
                        WHEN p.state = 1 THEN now() + interval '1 microsecond' * least(
                            \(pace.handOverWatch.microseconds) * (1::bigint << least(p.told + 1, 10)),
                            \(pace.handOverWatchMax.microseconds))
                        ELSE now() + \(Self.takenFor.microseconds) * interval '1 microsecond' END,
                    told = CASE WHEN p.state = 1 AND NOT p.is_later THEN least(d.told + 1, 1000) ELSE d.told END,
                    paced = d.paced OR p.turn IS NOT NULL,
                    to_pace = d.to_pace AND p.is_gated
                FROM placed p WHERE d.tenant_id = p.tenant_id AND d.message_id = p.message_id
            )
            SELECT (SELECT count(*) FROM due) AS taken, p.*, now() AS now
            FROM (SELECT 1) AS always LEFT JOIN placed p ON NOT p.is_later AND p.state IS NOT NULL
            """
    }

    /// One row for each line of messages that want turns, with the time between two of them. Who waits behind lines of
    /// the same sender that go first gets as much of its pace as each of these, so that it is late and never starves.
    private static func lines(lead: Duration) -> SQL {
        """
        SELECT g.*, (1 + (
                   SELECT count(*) FROM sender_paces p
                   WHERE p.tenant_id = g.tenant_id AND p.sender_id = g.sender_id
                     AND p.given_until > now() + \(lead.microseconds) * interval '1 microsecond'
                     AND (p.lane, -p.priority, p.is_bulk) < (g.lane, -g.priority, g.is_bulk)
               )) * interval '1 microsecond' * greatest(
                   1000000 / (\(Pace.shareOfRate) * greatest(least(n.messages_per_second, l.rate), 0.05)),
                   t.message_delay_seconds * 1000000.0) AS span
        FROM (
            SELECT tenant_id, sender_id, lane, priority, is_bulk, count(*) AS messages
            FROM known WHERE wants_turn GROUP BY tenant_id, sender_id, lane, priority, is_bulk
        ) AS g
        JOIN senders n ON n.tenant_id = g.tenant_id AND n.id = g.sender_id
        JOIN tenants t ON t.id = g.tenant_id
        LEFT JOIN sender_leases l ON l.tenant_id = g.tenant_id AND l.sender_id = g.sender_id
            AND l.lease_until > now() - \(raw: Pace.rateKnownFor)
        """
    }
}

extension DueMessage {
    fileprivate init(_ row: Row) throws {
        guard let state = MessageState(rawValue: try row.value("state")),
            let lane = Lane(rawValue: try row.value("lane"))
        else { throw DatabaseError.decoding("a state or lane that this program does not know") }
        let isGated: Bool = try row.value("is_gated")
        self.init(
            tenantID: try row.value("tenant_id"), messageID: try row.value("message_id"),
            senderID: try row.value("sender_id"), templateID: try row.value("template_id"), lane: lane,
            priority: Int(try row.value("priority", as: Int16.self)),
            attempts: Int(try row.value("attempts", as: Int16.self)),
            standing: DuePolicy.Standing(
                state: state, category: lane.category, now: try row.value("now"),
                expiresAt: try row.value("expires_at"), leaseUntil: try row.value("lease_until"),
                since: try row.value("changed_at"), told: Int(try row.value("told", as: Int16.self)),
                gate: isGated ? .closed(opensAt: try row.value("opens_at")) : .open))
    }
}
