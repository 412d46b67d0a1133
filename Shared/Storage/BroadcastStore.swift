package import Models
package import Postgres
package import Runtime

/// Where a broadcast stands.
package enum BroadcastStatus: String, CaseIterable, Hashable, Sendable {
    case draft
    case scheduled
    case running
    case paused
    case done
    case cancelled
}

package struct Broadcast: Sendable {
    package let id: BroadcastID
    package let name: String
    package let status: BroadcastStatus
    /// What all recipients share.
    package let message: JSONText
    package let scheduledFor: Timestamp?
    package let problem: JSONText?
    package let recipients: Int
    package let unusable: Int
    package let releasedUpto: Int
    package let accepted: Int
    package let refused: Int
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    package let startedAt: Timestamp?
    package let finishedAt: Timestamp?
}

/// Broadcasts of a tenant, and where each stands. Service role.
package struct BroadcastStore: Sendable {
    /// Of one broadcast; a plan may allow fewer.
    package static let recipientsMax = 100_000

    let database: Database
    let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    static let columns: SQL = """
        id, name, status, message, scheduled_for, problem, recipients, unusable, released_upto, accepted, refused,
        created_at, updated_at, started_at, finished_at
        """

    package func create(
        _ id: BroadcastID, name: String, message: JSONText, scheduledFor: Timestamp?, of tenantID: TenantID, by actor: Actor
    ) async throws(DatabaseError) -> Broadcast {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            INSERT INTO broadcasts (tenant_id, id, name, status, message, scheduled_for, created_by, created_at, updated_at)
            VALUES (\(tenantID), \(id), \(name), 'draft', \(message), \(scheduledFor as Timestamp?), \(actor.name), now(), now())
            RETURNING \(Self.columns)
            """,
            audit(id, tenantID, actor, "created").insert,
        ])
        guard answers.count == 3, let row = answers[1].first else { throw .decoding("no broadcast") }
        return try Broadcast(row)
    }

    /// Nil when the tenant has no such broadcast.
    package func broadcast(_ id: BroadcastID, of tenantID: TenantID) async throws(DatabaseError) -> Broadcast? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "SELECT \(Self.columns) FROM broadcasts WHERE tenant_id = \(tenantID) AND id = \(id)",
        ])
        guard let row = answers.last?.first else { return nil }
        return try Broadcast(row)
    }

    /// Newest first.
    package func list(
        of tenantID: TenantID, status: BroadcastStatus?, before: BroadcastID?, limit: Int
    ) async throws(DatabaseError) -> (entries: [Broadcast], hasMore: Bool) {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(Self.columns) FROM broadcasts
            WHERE tenant_id = \(tenantID) AND (\(status?.rawValue as String?)::text IS NULL OR status = \(status?.rawValue as String?))
              AND (\(before as BroadcastID?)::uuid IS NULL OR id < \(before as BroadcastID?))
            ORDER BY id DESC LIMIT \(limit + 1)
            """,
        ])
        let rows = answers.last ?? []
        return (try Connection.decoded { try rows.prefix(limit).map { try Broadcast($0) } }, rows.count > limit)
    }

    /// What a draft says; what is nil stays.
    ///
    /// - Parameter scheduledFor: nil leaves it, `.some(nil)` takes it away.
    /// - Returns: nil when there is no such draft.
    package func change(
        _ id: BroadcastID, of tenantID: TenantID, name: String?, message: JSONText?, scheduledFor: Timestamp??, by actor: Actor
    ) async throws(DatabaseError) -> Broadcast? {
        let (setsTime, time): (Bool, Timestamp?) = scheduledFor.map { (true, $0) } ?? (false, nil)
        return try await changing(
            id, tenantID, audit(id, tenantID, actor, "changed"),
            """
            UPDATE broadcasts
            SET name = coalesce(\(name as String?), name), message = coalesce(\(message as JSONText?), message),
                scheduled_for = CASE WHEN \(setsTime) THEN \(time as Timestamp?) ELSE scheduled_for END, updated_at = now()
            WHERE tenant_id = \(tenantID) AND id = \(id) AND status = 'draft'
            RETURNING \(Self.columns)
            """)
    }

    /// - Returns: false when there is no such draft.
    package func delete(_ id: BroadcastID, of tenantID: TenantID, by actor: Actor) async throws(DatabaseError) -> Bool {
        try await changing(
            id, tenantID, audit(id, tenantID, actor, "deleted"),
            """
            DELETE FROM broadcasts WHERE tenant_id = \(tenantID) AND id = \(id) AND status = 'draft' RETURNING \(Self.columns)
            """) != nil
    }

    /// With a line in the audit log, if it changes anything.
    private func changing(
        _ id: BroadcastID, _ tenantID: TenantID, _ entry: AuditEntry, _ statement: SQL
    ) async throws(DatabaseError) -> Broadcast? {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            guard let row = try connection.rows(statement).first else { return nil }
            _ = try connection.execute(entry.insert)
            return try Broadcast(row)
        }
    }

    /// Moves from one of the states to another, or nowhere.
    ///
    /// - Returns: nil when it was in none of them.
    package func move(
        _ id: BroadcastID, of tenantID: TenantID, from: Set<BroadcastStatus>, to status: BroadcastStatus, dueAt: Timestamp?,
        by actor: Actor
    ) async throws(DatabaseError) -> Broadcast? {
        let isOver = status == .cancelled || status == .done
        return try await changing(
            id, tenantID, audit(id, tenantID, actor, status.rawValue),
            """
            UPDATE broadcasts
            SET status = \(status.rawValue), due_at = \(dueAt as Timestamp?), updated_at = now(), problem = NULL,
                finished_at = CASE WHEN \(isOver) THEN now() END
            WHERE tenant_id = \(tenantID) AND id = \(id) AND status = ANY (\(from.map(\.rawValue).sorted()))
            RETURNING \(Self.columns)
            """)
    }

    /// The batches that were made of it.
    package func batches(of id: BroadcastID, _ tenantID: TenantID) async throws(DatabaseError) -> [BatchID] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT batch_id FROM broadcast_batches WHERE tenant_id = \(tenantID) AND broadcast_id = \(id) ORDER BY batch_id
            """,
        ])
        let rows = answers.last ?? []
        return try Connection.decoded { try rows.map { try $0.value("batch_id") } }
    }

    /// How many of its messages are in each state.
    package func messages(of id: BroadcastID, _ tenantID: TenantID) async throws(DatabaseError) -> [MessageState: Int] {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT s.state, count(*) AS messages
            FROM broadcast_recipients r JOIN message_states s ON s.tenant_id = r.tenant_id AND s.id = r.message_id
            WHERE r.tenant_id = \(tenantID) AND r.broadcast_id = \(id) AND r.message_id IS NOT NULL GROUP BY s.state
            """,
        ])
        var messages: [MessageState: Int] = [:]
        for row in answers.last ?? [] {
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            messages[state] = try row.value("messages", as: Int.self)
        }
        return messages
    }

    func audit(_ id: BroadcastID, _ tenantID: TenantID, _ actor: Actor, _ what: String) -> AuditEntry {
        AuditEntry(
            id: ids.uuid(), tenantID: tenantID, actor: actor, action: "broadcast.\(what)", target: "broadcast \(id)")
    }
}

extension Broadcast {
    init(_ row: Row) throws(DatabaseError) {
        guard let status = BroadcastStatus(rawValue: try row.value("status")) else {
            throw .decoding("a status that this program does not know")
        }
        id = try row.value("id")
        name = try row.value("name")
        self.status = status
        message = try row.value("message")
        scheduledFor = try row.value("scheduled_for")
        problem = try row.value("problem")
        recipients = try row.value("recipients")
        unusable = try row.value("unusable")
        releasedUpto = try row.value("released_upto")
        accepted = try row.value("accepted")
        refused = try row.value("refused")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
        startedAt = try row.value("started_at")
        finishedAt = try row.value("finished_at")
    }
}
