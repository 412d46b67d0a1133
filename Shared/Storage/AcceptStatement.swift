internal import Models
internal import Postgres

/// The one statement that accepts: idempotency keys first, then everything of those requests that won theirs.
enum AcceptStatement {
    /// How long after acceptance retry-scheduler looks whether the message was really handed over.
    static let handOverWatch = "30 seconds"

    /// Writes all requests in one transaction. Requests that lose their idempotency key write nothing.
    static func write(_ requests: [AcceptRequest], on connection: Connection) throws -> [AcceptOutcome] {
        var outcomes = [AcceptOutcome?](repeating: nil, count: requests.count)
        let claims = firstClaims(of: requests)
        // Sorted by tenant and key: two writers that insert the same keys wait for each other in the same order.
        let writing = requests.indices
            .filter { requests[$0].idempotency == nil || claims[ClaimKey(requests[$0])] == $0 }
            .sorted {
                (requests[$0].tenantID, requests[$0].keyForOrder) < (
                    requests[$1].tenantID, requests[$1].keyForOrder
                )
            }
        let answers = try connection.pipeline([
            .actFor(requests.map(\.tenantID)),
            statement(for: writing.map { requests[$0] }),
        ])
        guard let keyRows = answers.last else { throw DatabaseError.decoding("accepting gave no answer") }
        var won: Set<ClaimKey> = []
        for row in keyRows {
            won.insert(ClaimKey(tenantID: try row.value(0), keyHash: try row.value(1)))
        }
        for index in writing {
            let request = requests[index]
            if request.idempotency == nil || won.contains(ClaimKey(request)) { outcomes[index] = .accepted }
        }
        try answerLosers(of: requests, into: &outcomes, on: connection)
        return try outcomes.map { outcome in
            guard let outcome else {
                throw DatabaseError.decoding("an idempotency key vanished while it was asked for")
            }
            return outcome
        }
    }

    struct ClaimKey: Hashable {
        let tenantID: TenantID
        let keyHash: UUIDValue?

        init(tenantID: TenantID, keyHash: UUIDValue?) {
            self.tenantID = tenantID
            self.keyHash = keyHash
        }

        init(_ request: AcceptRequest) {
            self.init(tenantID: request.tenantID, keyHash: request.idempotency?.keyHash)
        }
    }

    /// The same key twice in one commit: only the first of them competes for it.
    private static func firstClaims(of requests: [AcceptRequest]) -> [ClaimKey: Int] {
        var first: [ClaimKey: Int] = [:]
        for (index, request) in requests.enumerated() where request.idempotency != nil {
            let key = ClaimKey(request)
            if first[key] == nil { first[key] = index }
        }
        return first
    }

    /// After our commit (or the winner's) the stored answer is there to read.
    private static func answerLosers(
        of requests: [AcceptRequest],
        into outcomes: inout [AcceptOutcome?],
        on connection: Connection
    ) throws {
        let losers = requests.indices.filter { outcomes[$0] == nil }
        if losers.isEmpty { return }
        let keys = losers.compactMap { index in
            requests[index].idempotency.map { (requests[index].tenantID, $0.keyHash) }
        }
        let stored = try IdempotencyRows.read(keys, on: connection)
        for index in losers {
            guard let claim = requests[index].idempotency, let row = stored[ClaimKey(requests[index])] else {
                continue
            }
            outcomes[index] = row.requestHash == claim.requestHash ? .repeated(row.answer) : .keyReused
        }
    }

    /// Every message knows the key of its request, if it has one: it is written only if the key was won.
    private static func statement(for requests: [AcceptRequest]) -> SQL {
        let keyed = requests.compactMap { request in request.idempotency.map { (request.tenantID, $0) } }
        let batches = requests.compactMap { request in
            request.batch.map { (request.tenantID, request.idempotency?.keyHash, $0) }
        }
        let messages = MessageColumns(requests)
        return """
            WITH won AS (
                INSERT INTO idempotency_keys
                    (tenant_id, key_hash, request_hash, response_status, response, created_at)
                SELECT k.tenant_id, k.key_hash, k.request_hash, k.response_status, k.response, now()
                FROM unnest(
                    \(keyed.map { $0.0 }), \(keyed.map { $0.1.keyHash }), \(keyed.map { $0.1.requestHash }),
                    \(keyed.map { Int16(clamping: $0.1.answer.status) }), \(keyed.map { Bytes($0.1.answer.body) })
                ) AS k (tenant_id, key_hash, request_hash, response_status, response)
                ON CONFLICT DO NOTHING
                RETURNING tenant_id, key_hash
            ), fresh AS MATERIALIZED (
                SELECT m.* FROM \(messages.unnested)
                WHERE m.key_hash IS NULL OR (m.tenant_id, m.key_hash) IN (SELECT tenant_id, key_hash FROM won)
            ), \(insertsOfFresh), new_batches AS (
                INSERT INTO batches (tenant_id, id, accepted, refused, created_at)
                SELECT b.tenant_id, b.id, b.accepted, b.refused, now()
                FROM unnest(
                    \(batches.map { $0.0 }), \(batches.map { $0.1 }), \(batches.map { $0.2.id }),
                    \(batches.map { Int32(clamping: $0.2.accepted) }), \(batches.map { Int32(clamping: $0.2.refused) })
                ) AS b (tenant_id, key_hash, id, accepted, refused)
                WHERE b.key_hash IS NULL OR (b.tenant_id, b.key_hash) IN (SELECT tenant_id, key_hash FROM won)
            )
            SELECT tenant_id, key_hash FROM won
            """
    }

    /// Everything that makes the rows of `fresh` (the columns of `MessageColumns`) accepted messages: the rest of a
    /// statement that begins with `WITH … fresh AS (…), `.
    static var insertsOfFresh: SQL {
        """
        new_messages AS (
            INSERT INTO messages
                (tenant_id, id, sender_id, template_id, batch_id, parent_message_id, type, kind, lane, priority,
                 recipient, content, reference, metadata, scheduled_for, expires_at, created_at)
            SELECT tenant_id, id, sender_id, template_id, batch_id, parent_message_id, type, kind, lane, priority,
                   recipient, content, reference, metadata, scheduled_for, expires_at, created_at
            FROM fresh
        ), new_states AS (
            INSERT INTO message_states (tenant_id, id, state, changed_at)
            SELECT tenant_id, id, state, now() FROM fresh
        ), new_due AS (
            INSERT INTO due_messages (tenant_id, message_id, due_at, to_pace)
            SELECT tenant_id, id,
                   coalesce(scheduled_for,
                            now() + CASE WHEN NOT waits_for_turn THEN interval '\(raw: handOverWatch)' ELSE '0' END),
                   waits_for_turn
            FROM fresh
        ), new_events AS (
            INSERT INTO message_events (tenant_id, message_id, at, recorded_at, type)
            SELECT tenant_id, id, created_at, now(), 'accepted' FROM fresh
        ), new_counts AS (
            INSERT INTO message_count_changes
                (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
            SELECT tenant_id, now(), sender_id,
                   coalesce(template_id, \(MoveStatements.nilTemplate)), -1, state, count(*)
            FROM fresh GROUP BY tenant_id, sender_id, template_id, state
        )
        """
    }
}

extension AcceptRequest {
    fileprivate var keyForOrder: UUIDValue { idempotency?.keyHash ?? UUIDValue(high: 0, low: 0) }
}

/// The messages of many requests, column by column, as `unnest` wants them.
private struct MessageColumns {
    private var tenantIDs: [TenantID] = []
    private var keyHashes: [UUIDValue?] = []
    private var ids: [MessageID] = []
    private var senderIDs: [SenderID] = []
    private var templateIDs: [TemplateID?] = []
    private var batchIDs: [BatchID?] = []
    private var parentIDs: [MessageID?] = []
    private var types: [String] = []
    private var kinds: [String] = []
    private var lanes: [Int16] = []
    private var priorities: [Int16] = []
    private var recipients: [String] = []
    private var contents: [JSONText] = []
    private var references: [String?] = []
    private var metadata: [JSONText?] = []
    private var scheduled: [Timestamp?] = []
    private var expiries: [Timestamp] = []
    private var created: [Timestamp] = []
    private var states: [Int16] = []
    private var waits: [Bool] = []

    init(_ requests: [AcceptRequest]) {
        for request in requests {
            for message in request.messages { append(message, keyHash: request.idempotency?.keyHash) }
        }
    }

    private mutating func append(_ message: NewMessage, keyHash: UUIDValue?) {
        tenantIDs.append(message.tenantID)
        keyHashes.append(keyHash)
        ids.append(message.id)
        senderIDs.append(message.senderID)
        templateIDs.append(message.templateID)
        batchIDs.append(message.batchID)
        parentIDs.append(message.parentID)
        types.append(message.type.rawValue)
        kinds.append(message.kind)
        lanes.append(message.lane.rawValue)
        priorities.append(Int16(clamping: message.priority))
        recipients.append(message.recipient)
        contents.append(message.content.jsonText)
        references.append(message.reference)
        metadata.append(message.metadata)
        scheduled.append(message.scheduledFor)
        expiries.append(message.expiresAt)
        created.append(message.createdAt)
        states.append(message.state.rawValue)
        waits.append(message.waitsForTurn)
    }

    var unnested: SQL {
        """
        unnest(
            \(tenantIDs), \(keyHashes), \(ids), \(senderIDs), \(templateIDs), \(batchIDs), \(parentIDs), \(types),
            \(kinds), \(lanes), \(priorities), \(recipients), \(contents), \(references), \(metadata), \(scheduled),
            \(expiries), \(created), \(states), \(waits)
        ) AS m (
            tenant_id, key_hash, id, sender_id, template_id, batch_id, parent_message_id, type, kind, lane, priority,
            recipient, content, reference, metadata, scheduled_for, expires_at, created_at, state, waits_for_turn)
        """
    }
}
