internal import JSON
package import Models
package import Postgres

/// Messages that a filter found for repeating, newest first.
package struct RetryCandidates: Sendable {
    package let ids: [MessageID]
    /// The filter finds more than one plan may hold.
    package let isCapped: Bool
}

/// What was counted, and what became of it.
package struct RetryPlan: Sendable {
    package let id: UUIDValue
    package let messages: [MessageID]
    package let expiresAt: Timestamp
    package let executedAt: Timestamp?
    /// JSON; nil until it was executed to its end.
    package let result: JSONText?
}

/// Plans of repeating many messages: counted first, executed once, and exactly as counted.
package struct RetryPlanStore: Sendable {
    package static let messagesMax = 10_000
    package static let keptFor: Duration = .seconds(900)

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Messages that ended without delivery, and those that nobody answered for: they are counted and never planned.
    package static let states: Set<MessageState> = [.failed, .undelivered, .expired, .unanswered]

    package func candidates(
        of tenantID: TenantID, _ filter: MessageFilter
    ) async throws(DatabaseError) -> RetryCandidates {
        var filter = filter
        if filter.states.isEmpty { filter.states = Self.states }
        let conditions = MessageQueryStore.conditions(tenantID, filter, before: nil)
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT m.id FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY m.id DESC LIMIT \(Self.messagesMax + 1)
            """,
        ])
        var ids: [MessageID] = []
        for row in answers.last ?? [] { ids.append(try row.value("id")) }
        return RetryCandidates(ids: Array(ids.prefix(Self.messagesMax)), isCapped: ids.count > Self.messagesMax)
    }

    /// - Parameters:
    ///   - messages: those that would be repeated.
    ///   - summary: what was found, by what becomes of it.
    /// - Returns: when the plan expires.
    package func save(
        _ id: UUIDValue, of tenantID: TenantID, _ messages: [MessageID], summary: [String: Int]
    ) async throws(DatabaseError) -> Timestamp {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "DELETE FROM retry_plans WHERE tenant_id = \(tenantID) AND expires_at < now() - interval '7 days'",
            """
            INSERT INTO retry_plans (tenant_id, id, message_ids, summary, created_at, expires_at)
            VALUES (\(tenantID), \(id), \(messages), \(Self.json(summary)), now(),
                    now() + \(Self.keptFor.microseconds) * interval '1 microsecond')
            RETURNING expires_at
            """,
        ])
        guard let row = answers.last?.first else { throw .decoding("a plan that was saved is not there") }
        return try row.value("expires_at")
    }

    /// Begins a plan, or goes on with one that was begun before and not finished: each message is repeated once,
    /// however often that happens.
    ///
    /// - Returns: nil when the tenant has no such plan; one that came too late has no `executedAt`.
    package func begin(_ id: UUIDValue, of tenantID: TenantID) async throws(DatabaseError) -> RetryPlan? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            UPDATE retry_plans SET executed_at = now()
            WHERE tenant_id = \(tenantID) AND id = \(id) AND executed_at IS NULL AND expires_at > now()
            """,
            """
            SELECT message_ids, expires_at, executed_at, result FROM retry_plans
            WHERE tenant_id = \(tenantID) AND id = \(id)
            """,
        ])
        guard let row = answers.last?.first else { return nil }
        return RetryPlan(
            id: id,
            messages: try row.value("message_ids"),
            expiresAt: try row.value("expires_at"),
            executedAt: try row.value("executed_at"),
            result: try row.value("result")
        )
    }

    /// Keeps the result for whoever asks again.
    ///
    /// - Returns: the result that counts, which is the first one.
    package func finish(_ id: UUIDValue, of tenantID: TenantID, result: [UInt8]) async throws(DatabaseError) -> JSONText {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            UPDATE retry_plans SET result = coalesce(result, \(JSONText(result)))
            WHERE tenant_id = \(tenantID) AND id = \(id) RETURNING result
            """,
        ])
        guard let row = answers.last?.first else { throw .decoding("a plan that was begun is not there") }
        return try row.value("result")
    }

    /// What messages were repeated as; those that were not are missing.
    package func repetitions(
        of messages: [MessageID], tenantID: TenantID
    ) async throws(DatabaseError) -> [MessageID: (child: MessageID, plan: UUIDValue?)] {
        if messages.isEmpty { return [:] }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT parent_message_id, child_message_id, plan_id FROM message_retries
            WHERE tenant_id = \(tenantID) AND parent_message_id = ANY (\(messages))
            """,
        ])
        var found: [MessageID: (child: MessageID, plan: UUIDValue?)] = [:]
        for row in answers.last ?? [] {
            found[try row.value("parent_message_id")] = (try row.value("child_message_id"), try row.value("plan_id"))
        }
        return found
    }

    /// Keeps an answer for whoever asks again with the same key; the first one stays.
    package func keep(_ claim: IdempotencyClaim, of tenantID: TenantID) async throws(DatabaseError) {
        _ = try await database.pipeline([
            .actFor(tenantID),
            """
            INSERT INTO idempotency_keys (tenant_id, key_hash, request_hash, response_status, response, created_at)
            VALUES (\(tenantID), \(claim.keyHash), \(claim.requestHash), \(Int16(clamping: claim.answer.status)),
                    \(Bytes(claim.answer.body)), now())
            ON CONFLICT DO NOTHING
            """,
        ])
    }

    private static func json(_ counts: [String: Int]) -> JSONText {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.integer(count)
            }
        }
        return JSONText(writer.bytes)
    }
}
