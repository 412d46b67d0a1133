package import Models
internal import Postgres

/// The SQL of moves, attempts and facts: the only place where a message changes its state after acceptance.
enum MoveStatements {
    /// Moves each message whose row still is where the move starts, with everything that belongs to a move.
    ///
    /// Answers `tenant_id, id` of those that moved. Each message may appear once.
    static func move(_ moves: [Move]) -> SQL {
        let moves = moves.sorted { $0.lockOrder < $1.lockOrder }
        return """
            WITH wanted AS MATERIALIZED (
                SELECT * FROM unnest(
                    \(moves.map(\.tenantID)), \(moves.map(\.messageID)), \(moves.map(\.senderID)),
                    \(moves.map { $0.templateID?.value ?? nilTemplate }), \(moves.map(\.from.rawValue)),
                    \(moves.map { Int16(clamping: $0.attempts) }), \(moves.map(\.to.rawValue)),
                    \(moves.map { Int16($0.usesRetry ? 1 : 0) }), \(moves.map { $0.dueIn?.microseconds }),
                    \(moves.map { $0.errorCode.map { Int32(clamping: $0) } }), \(moves.map(\.isCritical)),
                    \(moves.map(\.at)), \(moves.map { $0.sentAt ?? $0.deliveredAt ?? $0.readAt }),
                    \(moves.map { $0.deliveredAt ?? $0.readAt }), \(moves.map(\.readAt)),
                    \(moves.map { $0.detail.map { JSONText($0) } }), \(moves.map(\.gateID))
                ) AS w (tenant_id, id, sender_id, template_id, from_state, attempts, to_state, uses_retry, due_in,
                        error_code, is_critical, at, sent_at, delivered_at, read_at, detail, gate_id)
            ), \(shut(moves)), moved AS (
                UPDATE message_states s
                SET state = w.to_state,
                    retries = s.retries + w.uses_retry,
                    is_critical = w.is_critical,
                    error_code = CASE WHEN w.to_state IN (6, 7, 8) THEN NULL ELSE coalesce(w.error_code, s.error_code) END,
                    changed_at = now(),
                    sent_at = CASE WHEN w.to_state IN (6, 7, 8)
                        THEN coalesce(s.sent_at, w.sent_at, w.at, now()) ELSE s.sent_at END,
                    delivered_at = CASE
                        WHEN w.to_state IN (7, 8) THEN coalesce(s.delivered_at, w.delivered_at, w.at, now())
                        ELSE s.delivered_at END,
                    read_at = CASE WHEN w.to_state = 8
                        THEN coalesce(s.read_at, w.read_at, w.at, now()) ELSE s.read_at END,
                    ended_at = CASE WHEN w.to_state >= 9 THEN now() END
                FROM wanted w
                WHERE s.tenant_id = w.tenant_id AND s.id = w.id
                  AND s.state = w.from_state AND s.attempts = w.attempts
                RETURNING w.*
            ), events AS (
                INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type, attempt, error_code, detail)
                SELECT tenant_id, id, coalesce(at, now()), now(), \(raw: stateName("to_state")),
                       NULLIF(attempts, 0), error_code, detail
                FROM moved
            ), due_set AS (
                INSERT INTO due_messages (tenant_id, message_id, due_at, gate_id, to_pace)
                SELECT m.tenant_id, m.id,
                       CASE WHEN m.gate_id IS NOT NULL AND shut.id IS NULL THEN now()
                            ELSE now() + m.due_in * interval '1 microsecond' END,
                       shut.id,
                       -- A gate opens for many at once.
                       shut.id IS NOT NULL
                FROM moved m LEFT JOIN shut ON shut.id = m.gate_id WHERE m.due_in IS NOT NULL
                ON CONFLICT (tenant_id, message_id) DO UPDATE
                SET due_at = excluded.due_at, told = 0, gate_id = excluded.gate_id, paced = false,
                    to_pace = excluded.to_pace
            ), due_gone AS (
                DELETE FROM due_messages d USING moved m
                WHERE m.to_state >= 6 AND d.tenant_id = m.tenant_id AND d.message_id = m.id
            ), critical AS (
                INSERT INTO critical_failures (tenant_id, message_id, sender_id, error_code, failed_at)
                SELECT tenant_id, id, sender_id, error_code, now() FROM moved WHERE is_critical
                ON CONFLICT DO NOTHING
            ), for_the_sweep AS (
                INSERT INTO failed_messages (tenant_id, message_id, failed_at)
                SELECT tenant_id, id, now() FROM moved WHERE to_state = 9
                ON CONFLICT DO NOTHING
            ), counts AS (
                INSERT INTO message_count_changes
                    (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
                SELECT tenant_id, now(), sender_id, template_id, from_state, to_state, count(*)
                FROM moved GROUP BY tenant_id, sender_id, template_id, from_state, to_state
            )
            SELECT tenant_id, id FROM moved
            """
    }

    /// The gates of these moves that are still closed. Locked until the commit: whoever opens one afterwards finds
    /// every message that is held behind it.
    private static func shut(_ moves: [Move]) -> SQL {
        let gates = Set(moves.compactMap(\.gateID)).sorted()
        if gates.isEmpty { return "shut AS (SELECT NULL::uuid AS id WHERE false)" }
        return """
            shut AS MATERIALIZED (
                SELECT id FROM gates WHERE id = ANY (\(gates)) AND opened_at IS NULL ORDER BY id FOR SHARE)
            """
    }

    /// Completes attempts. A verdict never replaces a better one: accepted stays accepted, and one that was accepted
    /// and then reported as failed carries the error code beside it.
    static func end(_ ends: [AttemptEnd]) -> SQL {
        """
        UPDATE attempts a
        SET outcome = w.outcome,
            ended_at = coalesce(a.ended_at, now()),
            provider_message_id = coalesce(a.provider_message_id, w.provider_message_id),
            http_status = coalesce(w.http_status, a.http_status),
            error_code = coalesce(w.error_code, a.error_code),
            error_details = coalesce(w.error_details, a.error_details)
        FROM unnest(
            \(ends.map(\.tenantID)), \(ends.map(\.messageID)), \(ends.map { Int16(clamping: $0.number) }),
            \(ends.map(\.outcome.rawValue)), \(ends.map { $0.providerMessageID?.text }),
            \(ends.map { $0.httpStatus.map { Int16(clamping: $0) } }),
            \(ends.map { $0.errorCode.map { Int32(clamping: $0) } }), \(ends.map(\.errorDetails))
        ) AS w (tenant_id, message_id, number, outcome, provider_message_id, http_status, error_code, error_details)
        WHERE a.tenant_id = w.tenant_id AND a.message_id = w.message_id AND a.number = w.number
          AND (a.outcome IN (0, 4) OR a.outcome = 1 AND w.outcome = 1 AND w.error_code IS NOT NULL)
        """
    }

    static func record(_ facts: [MessageFact]) -> SQL {
        """
        INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type, attempt, error_code, detail)
        SELECT tenant_id, message_id, coalesce(at, now()), now(), type, attempt, error_code, detail
        FROM unnest(
            \(facts.map(\.tenantID)), \(facts.map(\.messageID)), \(facts.map(\.type)), \(facts.map(\.at)),
            \(facts.map { $0.attempt.map { Int16(clamping: $0) } }),
            \(facts.map { $0.errorCode.map { Int32(clamping: $0) } }), \(facts.map { $0.detail.map { JSONText($0) } })
        ) AS f (tenant_id, message_id, type, at, attempt, error_code, detail)
        """
    }

    /// The rows of some messages, locked until the end of the transaction, in the order everybody locks in.
    static func lock(_ messages: [(TenantID, MessageID)]) -> SQL {
        let sorted = messages.sorted { $0 < $1 }
        return """
            SELECT s.tenant_id, s.id, s.state, s.attempts, s.retries, s.sent_at, s.delivered_at, s.read_at,
                   m.sender_id, m.template_id, m.lane, m.priority, m.expires_at, now() AS now
            FROM unnest(\(sorted.map(\.0)), \(sorted.map(\.1))) AS w (tenant_id, id)
            JOIN message_states s ON s.tenant_id = w.tenant_id AND s.id = w.id
            JOIN messages m ON m.tenant_id = w.tenant_id AND m.id = w.id
            ORDER BY s.tenant_id, s.id
            FOR UPDATE OF s
            """
    }

    /// Times that became better known: a receipt that came late still says when it was.
    static func fill(_ times: [TimeFill]) -> SQL {
        """
        UPDATE message_states s
        SET sent_at = coalesce(w.sent_at, s.sent_at), delivered_at = coalesce(w.delivered_at, s.delivered_at)
        FROM unnest(
            \(times.map(\.tenantID)), \(times.map(\.messageID)), \(times.map(\.sentAt)), \(times.map(\.deliveredAt))
        ) AS w (tenant_id, id, sent_at, delivered_at)
        WHERE s.tenant_id = w.tenant_id AND s.id = w.id
        """
    }

    static let nilTemplate = UUIDValue(high: 0, low: 0)

    /// The state's name from its number, so that the event log can be read without us.
    private static func stateName(_ column: String) -> String {
        let names = MessageState.allCases.map { "'\($0.name)'" }.joined(separator: ",")
        return "(ARRAY[\(names)])[\(column) + 1]"
    }
}

/// Times of a message under our lock that are replaced; nil leaves one as it is.
struct TimeFill: Sendable {
    let tenantID: TenantID
    let messageID: MessageID
    var sentAt: Timestamp?
    var deliveredAt: Timestamp?
}

/// A message's row as it is under our lock.
package struct LockedMessage: Sendable {
    package let tenantID: TenantID
    package let messageID: MessageID
    package let senderID: SenderID
    package let templateID: TemplateID?
    package let state: MessageState
    package let attempts: Int
    package let retries: Int
    package let sentAt: Timestamp?
    package let deliveredAt: Timestamp?
    package let readAt: Timestamp?
    package let lane: Lane
    package let priority: Int
    package let expiresAt: Timestamp
    /// The database's clock.
    package let now: Timestamp

    init(
        tenantID: TenantID, messageID: MessageID, senderID: SenderID, templateID: TemplateID?, state: MessageState,
        attempts: Int, retries: Int, lane: Lane, priority: Int, expiresAt: Timestamp, now: Timestamp
    ) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.senderID = senderID
        self.templateID = templateID
        self.state = state
        self.attempts = attempts
        self.retries = retries
        (sentAt, deliveredAt, readAt) = (nil, nil, nil)
        self.lane = lane
        self.priority = priority
        self.expiresAt = expiresAt
        self.now = now
    }

    init(_ row: Row) throws {
        tenantID = try row.value("tenant_id")
        messageID = try row.value("id")
        senderID = try row.value("sender_id")
        templateID = try row.value("template_id")
        let stateNumber: Int16 = try row.value("state")
        let laneNumber: Int16 = try row.value("lane")
        guard let state = MessageState(rawValue: stateNumber), let lane = Lane(rawValue: laneNumber) else {
            throw DatabaseError.decoding("a state or lane that this program does not know")
        }
        self.state = state
        self.lane = lane
        attempts = Int(try row.value("attempts", as: Int16.self))
        retries = Int(try row.value("retries", as: Int16.self))
        sentAt = try row.value("sent_at")
        deliveredAt = try row.value("delivered_at")
        readAt = try row.value("read_at")
        priority = Int(try row.value("priority", as: Int16.self))
        expiresAt = try row.value("expires_at")
        now = try row.value("now")
    }

    package func move(to state: MessageState) -> Move {
        Move(
            tenantID: tenantID,
            messageID: messageID,
            senderID: senderID,
            templateID: templateID,
            from: self.state,
            attempts: attempts,
            to: state
        )
    }
}
