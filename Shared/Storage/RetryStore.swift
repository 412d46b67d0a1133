package import Models
package import Postgres
internal import Runtime

/// What became of one message that somebody wanted to be sent again.
package struct RetryResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// Accepted as a new message. The order is for the dispatcher, after the commit; without one
        /// retry-scheduler gives it a turn.
        case repeated(as: MessageID, order: DispatchOrder?)
        case skipped(RetrySkip)
    }

    package let messageID: MessageID
    package let outcome: Outcome
    /// News of the new message, after the commit.
    package var event: LifecycleEvent?

    package var skip: RetrySkip? {
        switch outcome {
        case .repeated: nil
        case .skipped(let reason): reason
        }
    }
}

/// Sends messages that ended without delivery again, as new messages that name the ones they repeat.
///
/// Each is repeated at most once, whoever asks and however often: the row in `message_retries` is written in the same
/// transaction as the new message.
package struct RetryStore: Sendable {
    /// Messages of one transaction.
    package static let portionMax = 500

    private let database: Database
    private let isPlatform: Bool
    private static let newIDs = IDSource()

    /// - Parameter isPlatform: whether the pool's role sees all tenants.
    package init(_ database: Database, isPlatform: Bool = false) {
        self.database = database
        self.isPlatform = isPlatform
    }

    /// One result a message, in the order of `messages`; an id that stands there twice is answered twice alike.
    ///
    /// - Parameter force: send again what the provider may already have.
    package func repeatMessages(
        tenantID: TenantID, ids messages: [MessageID], origin: RetryOrigin, planID: UUIDValue? = nil, force: Bool = false
    ) async throws(DatabaseError) -> [RetryResult] {
        let unique = Set(messages).sorted()
        let demand = Demand(
            tenantID: tenantID, isPlatform: isPlatform, origin: origin, planID: planID, isForced: force,
            areMany: unique.count > Campaign.min)
        var results: [MessageID: RetryResult] = [:]
        var first = 0
        while first < unique.count {
            let portion = Array(unique[first..<min(first + Self.portionMax, unique.count)])
            first += portion.count
            let decided = try await database.transaction { connection in
                try Self.write(portion, demand, on: connection)
            }
            for result in decided { results[result.messageID] = result }
        }
        return messages.map { results[$0] ?? RetryResult(messageID: $0, outcome: .skipped(.notFound)) }
    }

    /// What `repeatMessages` would answer, without doing anything: nil for what it would repeat.
    ///
    /// - Parameter sparesPermanent: leave out also what another try would not help; a person may want it all the same.
    package func wouldSkip(
        tenantID: TenantID, ids messages: [MessageID], origin: RetryOrigin, force: Bool = false,
        sparesPermanent: Bool = false
    ) async throws(DatabaseError) -> [MessageID: RetrySkip?] {
        let demand = Demand(
            tenantID: tenantID, isPlatform: isPlatform, origin: origin, planID: nil, isForced: force, areMany: false)
        var skips: [MessageID: RetrySkip?] = [:]
        var first = 0
        while first < messages.count {
            let portion = Array(messages[first..<min(first + Self.portionMax, messages.count)])
            first += portion.count
            let decided = try await database.transaction { connection in
                try Self.decide(portion, demand, isReading: true, on: connection)
            }
            for id in portion { skips.updateValue(.some(.notFound), forKey: id) }
            for message in decided {
                let spared: RetrySkip? = sparesPermanent && message.isPermanent ? .permanent : nil
                skips.updateValue(message.skip ?? spared, forKey: message.id)
            }
        }
        return skips
    }

    struct Demand: Sendable {
        let tenantID: TenantID
        let isPlatform: Bool
        let origin: RetryOrigin
        let planID: UUIDValue?
        let isForced: Bool
        let areMany: Bool
    }

    private struct Decided: Sendable {
        let id: MessageID
        let skip: RetrySkip?
        let isPermanent: Bool
        let expiresAt: Timestamp
        let senderID: SenderID
        let lane: Lane
        let priority: Int
        /// The database's clock.
        let now: Timestamp
    }

    /// Within the caller's transaction. One result a message; there is none for what the tenant does not have.
    static func write(_ messages: [MessageID], _ demand: Demand, on connection: Connection) throws -> [RetryResult] {
        let decided = try decide(messages, demand, isReading: false, on: connection)
        let children = decided.filter { $0.skip == nil }.map { (parent: $0, id: MessageID(newIDs.uuid())) }
        var won: [MessageID: MessageID] = [:]
        if !children.isEmpty {
            for row in try connection.rows(accept(children, demand)) {
                won[try row.value("parent_message_id")] = try row.value("child_message_id")
            }
        }
        return decided.map { message in
            guard let child = won[message.id] else {
                return RetryResult(messageID: message.id, outcome: .skipped(message.skip ?? .repeatedBefore))
            }
            let waits = demand.areMany && Campaign.mayWait(message.lane)
            let order = DispatchOrder(
                messageID: child, tenantID: demand.tenantID, senderID: message.senderID, lane: message.lane,
                priority: message.priority)
            let event = LifecycleEvent(
                messageID: child, tenantID: demand.tenantID, senderID: message.senderID, state: .queued, at: message.now,
                attempt: 0)
            return RetryResult(
                messageID: message.id, outcome: .repeated(as: child, order: waits ? nil : order), event: event)
        }
    }

    private static func decide(
        _ messages: [MessageID], _ demand: Demand, isReading: Bool, on connection: Connection
    ) throws -> [Decided] {
        let answers = try connection.pipeline([
            demand.isPlatform ? "SELECT 1" : .actFor(demand.tenantID),
            TenantRulesStore.query([demand.tenantID]),
            standing(messages, of: demand.tenantID, isReading: isReading),
        ])
        guard answers.count == 3, let rules = try TenantRulesStore.read(answers[1])[demand.tenantID] else { return [] }
        return try answers[2].map { row in
            let message = try RepeatPolicy.Standing(row)
            guard let lane = Lane(rawValue: try row.value("lane", as: Int16.self)) else {
                throw DatabaseError.decoding("a lane that this program does not know")
            }
            return Decided(
                id: try row.value("id"),
                skip: RepeatPolicy.skip(message, origin: demand.origin, isForced: demand.isForced, rules: rules),
                isPermanent: RepeatPolicy.isPermanent(message),
                expiresAt: RepeatPolicy.expiry(
                    of: message, category: lane.category, origin: demand.origin, rules: rules),
                senderID: try row.value("sender_id"), lane: lane,
                priority: Int(try row.value("priority", as: Int16.self)), now: message.now)
        }
    }

    /// How messages stand, their rows locked against receipts that would prove their delivery meanwhile.
    private static func standing(_ messages: [MessageID], of tenantID: TenantID, isReading: Bool) -> SQL {
        """
        SELECT s.id, s.state, s.error_code, s.delivered_at IS NOT NULL OR s.read_at IS NOT NULL AS was_delivered,
               m.sender_id, m.lane, m.priority, m.expires_at, n.provider, now() AS now,
               EXISTS (SELECT FROM message_retries r
                       WHERE r.tenant_id = s.tenant_id AND r.parent_message_id = s.id) AS is_repeated,
               EXISTS (SELECT FROM attempts a
                       WHERE a.tenant_id = s.tenant_id AND a.message_id = s.id
                         AND (a.outcome IN (0, 4) OR a.outcome = 1 AND a.error_code IS NULL)) AS may_have_arrived,
               s.retries + (
                   WITH RECURSIVE line (id, made, depth) AS (
                       SELECT m.parent_message_id, 0, 0
                       UNION ALL
                       SELECT p.parent_message_id, 1 + ps.retries, line.depth + 1
                       FROM line
                       JOIN messages p ON p.tenant_id = s.tenant_id AND p.id = line.id
                       JOIN message_states ps ON ps.tenant_id = s.tenant_id AND ps.id = line.id
                       WHERE line.depth < 50
                   ) SELECT sum(made) FROM line) AS retries_made
        FROM unnest(\(messages)) AS w (id)
        JOIN message_states s ON s.tenant_id = \(tenantID) AND s.id = w.id
        -- What was made unreadable cannot be sent again.
        JOIN messages m ON m.tenant_id = s.tenant_id AND m.id = w.id AND m.recipient <> '\(raw: RetentionStore.redacted)'
        JOIN senders n ON n.tenant_id = m.tenant_id AND n.id = m.sender_id
        ORDER BY s.id \(raw: isReading ? "" : "FOR UPDATE OF s")
        """
    }

    /// The accept path's own inserts, from the messages that are repeated.
    private static func accept(_ children: [(parent: Decided, id: MessageID)], _ demand: Demand) -> SQL {
        """
        WITH wanted AS MATERIALIZED (
            SELECT * FROM unnest(
                \(children.map(\.parent.id)), \(children.map(\.id)), \(children.map(\.parent.expiresAt)),
                \(children.map { demand.areMany && Campaign.mayWait($0.parent.lane) }), \(children.map { _ in demand.planID })
            ) AS w (parent_id, child_id, expires_at, waits_for_turn, plan_id)
        ), won AS (
            INSERT INTO message_retries
                (tenant_id, parent_message_id, child_message_id, plan_id, origin, created_at)
            SELECT \(demand.tenantID), parent_id, child_id, plan_id, \(demand.origin.rawValue), now()
            FROM wanted
            ON CONFLICT DO NOTHING
            RETURNING parent_message_id, child_message_id
        ), fresh AS MATERIALIZED (
            SELECT m.tenant_id, w.child_id AS id, m.sender_id, m.template_id, NULL::uuid AS batch_id,
                   m.id AS parent_message_id, m.type, m.kind, m.lane, m.priority, m.recipient, m.content, m.reference,
                   m.metadata, NULL::timestamptz AS scheduled_for, w.expires_at, now() AS created_at,
                   \(MessageState.queued.rawValue)::smallint AS state, w.waits_for_turn
            FROM won
            JOIN wanted w ON w.parent_id = won.parent_message_id
            JOIN messages m ON m.tenant_id = \(demand.tenantID) AND m.id = w.parent_id
        ), noted AS (
            INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type, detail)
            SELECT \(demand.tenantID), parent_message_id, now(), now(), 'repeated',
                   jsonb_build_object('as', child_message_id, 'origin', \(demand.origin.rawValue))
            FROM won
        ), \(AcceptStatement.insertsOfFresh)
        SELECT parent_message_id, child_message_id FROM won
        """
    }
}

extension RepeatPolicy.Standing {
    fileprivate init(_ row: Row) throws {
        guard let state = MessageState(rawValue: try row.value("state", as: Int16.self)),
            let provider = Provider(rawValue: try row.value("provider", as: String.self))
        else { throw DatabaseError.decoding("a state or provider that this program does not know") }
        self.init(state: state, now: try row.value("now"), expiresAt: try row.value("expires_at"))
        wasDelivered = try row.value("was_delivered")
        mayHaveArrived = try row.value("may_have_arrived")
        isRepeated = try row.value("is_repeated")
        retriesMade = Int(try row.value("retries_made", as: Int64.self))
        failure = try row.value("error_code", as: Int32?.self).map {
            ProviderErrors.classify(code: Int($0), from: provider)
        }
    }
}
