package import Models
package import Postgres

/// The facts that an explanation of one message goes by, in two round trips of statements that follow an index.
package struct ExplainStore: Sendable {
    /// Messages that go first are counted up to here.
    package static let aheadCountedMax = 10_000
    /// Due rows of a tenant that are looked at for that.
    static let dueRowsMax = 30_000
    /// A message that is due later than this is in nobody's line.
    static let lineSpan = "interval '15 minutes'"

    private let database: Database

    /// - Parameter database: the service's role.
    package init(_ database: Database) {
        self.database = database
    }

    /// Nil for an id the tenant does not own.
    package func facts(of id: MessageID, tenantID: TenantID) async throws(DatabaseError) -> ExplanationFacts? {
        let first = try await database.pipeline([
            .actFor(tenantID), TenantRulesStore.query([tenantID]), Self.message(id, tenantID),
        ])
        guard first.count == 3, let row = first[2].first,
            let rules = try TenantRulesStore.read(first[1])[tenantID]
        else { return nil }
        var facts = try ExplanationFacts(row, id, tenantID, rules)
        let recipient: String = try row.value("recipient")
        let priority: Int = try row.value("priority")
        let second = try await database.pipeline([
            .actFor(tenantID),
            Self.gates(facts),
            Self.pair(facts, recipient),
            Self.day(facts),
            Self.portfolio(facts, recipient),
            Self.ahead(facts, priority),
        ])
        guard second.count == 6 else { return nil }
        facts.gates = []
        for row in second[1] {
            let gate = try ListedGate(row)
            facts.gates.append(.init(gate.closed, probeAt: gate.probeAt, isOpen: gate.openedAt != nil))
        }
        facts.pairFreeAt = try Self.pairFreeAt(second[2], facts)
        facts.sendsToday = Int(try second[3].first?.value("sends", as: Int32.self) ?? 0)
        facts.portfolio = try second[4].first.flatMap { row throws(DatabaseError) in try Self.portfolio(row) }
        facts.ahead = try second[5].first.flatMap { row throws(DatabaseError) in try Self.ahead(row, facts) }
        return facts
    }

    private static func message(_ id: MessageID, _ tenantID: TenantID) -> SQL {
        """
        SELECT s.state, s.attempts, s.retries, s.error_code, s.changed_at, s.sent_at,
               m.sender_id, m.template_id, m.batch_id, m.lane, m.priority, m.recipient, m.scheduled_for, m.expires_at,
               d.due_at, coalesce(d.told, 0) AS told, d.gate_id, coalesce(d.paced, false) AS paced,
               coalesce(d.to_pace, false) AS to_pace,
               n.provider, n.status, n.waba_id, portfolio_of(n.portfolio_id, n.waba_id) AS portfolio_id,
               n.messages_per_second, n.pair_burst, n.in_flight_max,
               l.holder, l.lease_until AS owned_until, l.rate::double precision AS rate,
               l.pending_authentication, l.pending_utility, l.pending_marketing,
               a.lease_until AS attempt_until, r.child_message_id, now() AS now,
               CASE WHEN s.state = 12 THEN (
                   SELECT e.detail ->> 'reason' FROM message_events e
                   WHERE e.tenant_id = \(tenantID) AND e.message_id = \(id) AND e.type = 'cancelled'
                   LIMIT 1) END AS cancel_reason
        FROM messages m
        JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
        JOIN senders n ON n.tenant_id = m.tenant_id AND n.id = m.sender_id
        LEFT JOIN due_messages d ON d.tenant_id = m.tenant_id AND d.message_id = m.id
        LEFT JOIN sender_leases l ON l.tenant_id = m.tenant_id AND l.sender_id = m.sender_id
        LEFT JOIN attempts a ON a.tenant_id = m.tenant_id AND a.message_id = m.id AND a.number = s.attempts
        LEFT JOIN message_retries r ON r.tenant_id = m.tenant_id AND r.parent_message_id = m.id
        WHERE m.tenant_id = \(tenantID) AND m.id = \(id) AND s.tenant_id = \(tenantID) AND s.id = \(id)
        """
    }

    /// By the key of closed gates; the one it is held behind also when it has opened.
    private static func gates(_ facts: ExplanationFacts) -> SQL {
        var (scopes, subjects): ([String], [String]) = ([], [])
        for scope in GateScope.allCases {
            scopes.append(scope.rawValue)
            subjects.append(facts.subjects.subject(of: scope))
        }
        if let holder = facts.sender.lease?.holder {
            scopes.append(GateScope.provider.rawValue)
            subjects.append("\(facts.subjects.provider.rawValue)@\(holder)")
        }
        return """
            SELECT \(PauseStore.columns), 0::bigint AS held FROM gates g
            WHERE g.opened_at IS NULL
              AND (g.scope, g.subject) IN (SELECT * FROM unnest(\(scopes), \(subjects)) AS w (scope, subject))
            UNION
            SELECT \(PauseStore.columns), 0::bigint AS held FROM gates g WHERE g.id = \(facts.heldBehind as GateID?)
            """
    }

    /// What this sender sent to the recipient within the memory of the pair limit.
    private static func pair(_ facts: ExplanationFacts, _ recipient: String) -> SQL {
        let floor = UUIDValue.floor(of: facts.now + .seconds(-86_400))
        return """
            SELECT p.paid_until AS owes_until, NULL::timestamptz AS sent_at FROM pair_debts p
            WHERE p.tenant_id = \(facts.subjects.tenantID) AND p.sender_id = \(facts.subjects.senderID)
              AND p.recipient = \(recipient) AND p.paid_until > now()
            UNION ALL
            SELECT NULL, a.started_at FROM (
                SELECT m.tenant_id, m.id FROM messages m
                WHERE m.recipient_reversed = \(String(recipient.reversed())) AND m.tenant_id = \(facts.subjects.tenantID) AND m.id >= \(floor)
                  AND m.sender_id = \(facts.subjects.senderID)
                ORDER BY m.id DESC LIMIT 200
            ) AS recent JOIN attempts a ON a.tenant_id = recent.tenant_id AND a.message_id = recent.id
            WHERE a.started_at > now() - interval '270 seconds' AND a.message_id >= \(floor)
            """
    }

    private static func pairFreeAt(_ rows: [Row], _ facts: ExplanationFacts) throws(DatabaseError) -> Timestamp? {
        var sends: [Timestamp] = []
        var owesUntil: Timestamp?
        for row in rows {
            if let sent: Timestamp = try row.value("sent_at") { sends.append(sent) }
            if let owes: Timestamp = try row.value("owes_until") { owesUntil = owes }
        }
        return RateLimit.pairFreeAt(
            sends: sends, owesUntil: owesUntil, burst: facts.sender.rules.pairBurst, now: facts.now)
    }

    private static func day(_ facts: ExplanationFacts) -> SQL {
        """
        SELECT sends FROM tenant_days
        WHERE tenant_id = \(facts.subjects.tenantID)
          AND day = '1970-01-01'::date + \(Int32(clamping: facts.rules.clock.day(at: facts.now)))::int
        """
    }

    /// Nothing where the portfolio is unlimited, or the message is no template.
    private static func portfolio(_ facts: ExplanationFacts, _ recipient: String) -> SQL {
        let id = facts.subjects.portfolioID
        return """
            SELECT p.recipients_max,
                   coalesce((SELECT sum(u.recipients) FROM portfolio_minutes u
                             WHERE u.portfolio_id = p.id
                               AND u.minute > now() - \(raw: ReservationStore.keptFor)), 0)::int AS used,
                   (SELECT min(u.minute) FROM portfolio_minutes u
                    WHERE u.portfolio_id = p.id AND u.recipients > 0
                      AND u.minute > now() - \(raw: ReservationStore.keptFor))
                       + \(raw: ReservationStore.keptFor) AS next_free_at,
                   EXISTS (SELECT FROM service_windows w
                           WHERE w.tenant_id = \(facts.subjects.tenantID) AND w.sender_id = \(facts.subjects.senderID)
                             AND w.recipient = \(recipient) AND w.open_until > now())
                   OR EXISTS (SELECT FROM portfolio_recipients r
                              WHERE r.portfolio_id = p.id
                                AND r.recipient_hash = \(ReservationStore.hash(id, recipient))
                                AND date_trunc('minute', r.counted_at) > now() - \(raw: ReservationStore.keptFor))
                   AS is_passed
            FROM portfolios p
            WHERE p.id = \(id) AND p.recipients_max IS NOT NULL AND \(facts.subjects.templateID != nil)
            """
    }

    private static func portfolio(_ row: Row) throws(DatabaseError) -> ExplanationFacts.Portfolio? {
        ExplanationFacts.Portfolio(
            recipientsMax: Int(try row.value("recipients_max", as: Int32.self)),
            used: Int(try row.value("used", as: Int32.self)),
            nextFreeAt: try row.value("next_free_at"),
            isPassed: try row.value("is_passed")
        )
    }

    /// Messages of the same sender and lane that are more urgent or came earlier; nothing for one in no line.
    private static func ahead(_ facts: ExplanationFacts, _ priority: Int) -> SQL {
        let subjects = facts.subjects
        return """
            WITH near AS MATERIALIZED (
                SELECT message_id FROM due_messages
                WHERE tenant_id = \(subjects.tenantID) AND gate_id IS NULL AND due_at < now() + \(raw: lineSpan)
                  AND \(facts.state == .queued)
                ORDER BY message_id LIMIT \(dueRowsMax)
            )
            SELECT (SELECT count(*) FROM near) AS looked_at, count(*) AS ahead FROM (
                SELECT FROM near d
                JOIN messages m ON m.tenant_id = \(subjects.tenantID) AND m.id = d.message_id
                JOIN message_states s ON s.tenant_id = \(subjects.tenantID) AND s.id = d.message_id
                WHERE m.sender_id = \(subjects.senderID) AND m.lane = \(facts.lane.rawValue) AND s.state = 1
                  AND (m.priority > \(Int16(clamping: priority))
                       OR m.priority = \(Int16(clamping: priority)) AND m.id < \(subjects.messageID))
                LIMIT \(aheadCountedMax + 1)
            ) AS line
            """
    }

    private static func ahead(_ row: Row, _ facts: ExplanationFacts) throws(DatabaseError) -> CappedCount? {
        guard facts.state == .queued else { return nil }
        let ahead: Int = try row.value("ahead")
        if ahead > aheadCountedMax { return CappedCount(ahead, max: aheadCountedMax) }
        guard try row.value("looked_at", as: Int.self) == dueRowsMax else { return CappedCount(ahead) }
        // Not all were looked at. What waits inside the dispatcher is known all the same.
        let atLeast = max(ahead, facts.sender.lease?.pending[facts.lane] ?? 0, 1)
        return CappedCount(atLeast + 1, max: atLeast)
    }
}

extension ExplanationFacts {
    fileprivate init(
        _ row: Row, _ id: MessageID, _ tenantID: TenantID, _ rules: TenantRules
    ) throws(DatabaseError) {
        guard let state = MessageState(rawValue: try row.value("state")),
            let lane = Lane(rawValue: try row.value("lane")),
            let provider = Provider(rawValue: try row.value("provider")),
            let status = Sender.Status(rawValue: try row.value("status"))
        else { throw .decoding("a state, lane, provider or status that this program does not know") }
        let subjects = GateSubjects(
            messageID: id,
            tenantID: tenantID,
            senderID: try row.value("sender_id"),
            templateID: try row.value("template_id"),
            batchID: try row.value("batch_id"),
            accountID: try row.value("waba_id"),
            portfolioID: try row.value("portfolio_id"),
            provider: provider
        )
        var sender = Sender(
            rules: SenderRules(
                messagesPerSecond: try row.value("messages_per_second"),
                minimumGap: rules.messageDelay,
                pairBurst: try row.value("pair_burst"),
                inFlightMax: try row.value("in_flight_max")
            )
        )
        sender.status = status
        if let holder: UUIDValue = try row.value("holder") {
            sender.lease = Lease(
                holder: holder.description,
                until: try row.value("owned_until"),
                rate: try row.value("rate"),
                pending: [
                    .authentication: try row.value("pending_authentication"),
                    .utility: try row.value("pending_utility"),
                    .marketing: try row.value("pending_marketing"),
                ]
            )
        }
        self.init(
            subjects: subjects,
            state: state,
            lane: lane,
            now: try row.value("now"),
            since: try row.value("changed_at"),
            expiresAt: try row.value("expires_at"),
            rules: rules,
            sender: sender
        )
        scheduledFor = try row.value("scheduled_for")
        sentAt = try row.value("sent_at")
        dueAt = try row.value("due_at")
        isPaced = try row.value("paced")
        waitsForTurn = try row.value("to_pace")
        told = try row.value("told")
        attempts = try row.value("attempts")
        retries = try row.value("retries")
        leaseUntil = try row.value("attempt_until")
        heldBehind = try row.value("gate_id")
        repeatedAs = try row.value("child_message_id")
        cancelReason = try row.value("cancel_reason")
        failure = try row.value("error_code", as: Int?.self).map {
            ProviderErrors.classify(code: $0, from: provider)
        }
    }
}
