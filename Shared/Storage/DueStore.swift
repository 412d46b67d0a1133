package import Models
package import Postgres

/// A message whose due time has come, with what a decision about it needs.
package struct DueMessage: Sendable {
    package let tenantID: TenantID
    package let messageID: MessageID
    package let senderID: SenderID
    package let templateID: TemplateID?
    package let lane: Lane
    package let priority: Int
    package let attempts: Int
    package let standing: DuePolicy.Standing

    package init(
        tenantID: TenantID, messageID: MessageID, senderID: SenderID, templateID: TemplateID?, lane: Lane,
        priority: Int, attempts: Int, standing: DuePolicy.Standing
    ) {
        self.tenantID = tenantID
        self.messageID = messageID
        self.senderID = senderID
        self.templateID = templateID
        self.lane = lane
        self.priority = priority
        self.attempts = attempts
        self.standing = standing
    }

    package func move(to state: MessageState) -> Move {
        Move(
            tenantID: tenantID, messageID: messageID, senderID: senderID, templateID: templateID, from: standing.state,
            attempts: attempts, to: state)
    }
}

/// What a turn of the scheduler writes.
package struct DueWork: Sendable {
    package var moves: [Move] = []
    package var ends: [AttemptEnd] = []
    /// Told once more, or looked at again later: only the due row changes.
    package var later: [(message: DueMessage, dueIn: Duration, wasTold: Bool)] = []
    package var forgotten: [DueMessage] = []

    package init() {}
}

/// The scheduler's side of the database; as the platform's role.
///
/// Taking rows is a commit of its own that moves their due time a little on. So two schedulers never take the same
/// row, one that dies leaves rows that come due again by themselves, and no lock on a due row is held while a
/// message's row is wanted (the recorders of outcomes lock the other way round).
package struct DueStore: Sendable {
    /// How long what a scheduler took is its own.
    static let takenFor = Duration.seconds(10)
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package func take(max: Int) async throws -> [DueMessage] {
        let rows = try await database.rows(
            """
            WITH due AS MATERIALIZED (
                SELECT tenant_id, message_id FROM due_messages
                WHERE due_at <= now() ORDER BY due_at LIMIT \(max) FOR UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE due_messages d SET due_at = now() + \(Self.takenFor.microseconds) * interval '1 microsecond'
                FROM due WHERE d.tenant_id = due.tenant_id AND d.message_id = due.message_id
                RETURNING d.tenant_id, d.message_id, d.told
            )
            SELECT t.tenant_id, t.message_id, t.told, s.state, s.attempts, s.changed_at, m.sender_id, m.template_id,
                   m.lane, m.priority, m.expires_at, a.lease_until, now() AS now
            FROM taken t
            JOIN message_states s ON s.tenant_id = t.tenant_id AND s.id = t.message_id
            JOIN messages m ON m.tenant_id = t.tenant_id AND m.id = t.message_id
            LEFT JOIN attempts a
                ON a.tenant_id = t.tenant_id AND a.message_id = t.message_id AND a.number = s.attempts
            """)
        return try rows.map { row in try DueMessage(row) }
    }

    /// - Returns: the messages that moved; one that is missing was moved by somebody else meanwhile.
    package func write(_ work: DueWork) async throws -> Set<MessageID> {
        try await database.transaction { connection in
            let moved = try MoveWriter.write(
                moves: work.moves, ends: work.ends, actingFor: nil, on: connection)
            var statements: [SQL] = []
            if !work.later.isEmpty { statements.append(Self.postpone(work.later)) }
            if !work.forgotten.isEmpty { statements.append(Self.forget(work.forgotten)) }
            if !statements.isEmpty { _ = try connection.pipeline(statements) }
            return moved
        }
    }

    private static func postpone(_ later: [(message: DueMessage, dueIn: Duration, wasTold: Bool)]) -> SQL {
        let later = later.sorted {
            ($0.message.tenantID, $0.message.messageID) < ($1.message.tenantID, $1.message.messageID)
        }
        return """
            UPDATE due_messages d
            SET due_at = now() + w.due_in * interval '1 microsecond', told = d.told + w.told
            FROM unnest(
                \(later.map(\.message.tenantID)), \(later.map(\.message.messageID)),
                \(later.map(\.dueIn.microseconds)), \(later.map { Int16($0.wasTold ? 1 : 0) })
            ) AS w (tenant_id, message_id, due_in, told)
            WHERE d.tenant_id = w.tenant_id AND d.message_id = w.message_id
            """
    }

    private static func forget(_ messages: [DueMessage]) -> SQL {
        """
        DELETE FROM due_messages d USING unnest(\(messages.map(\.tenantID)), \(messages.map(\.messageID)))
            AS w (tenant_id, message_id)
        WHERE d.tenant_id = w.tenant_id AND d.message_id = w.message_id
        """
    }
}

extension DueMessage {
    fileprivate init(_ row: Row) throws {
        guard let state = MessageState(rawValue: try row.value("state")),
            let lane = Lane(rawValue: try row.value("lane"))
        else { throw DatabaseError.decoding("a state or lane that this program does not know") }
        tenantID = try row.value("tenant_id")
        messageID = try row.value("message_id")
        senderID = try row.value("sender_id")
        templateID = try row.value("template_id")
        self.lane = lane
        priority = Int(try row.value("priority", as: Int16.self))
        attempts = Int(try row.value("attempts", as: Int16.self))
        standing = DuePolicy.Standing(
            state: state, category: lane.category, now: try row.value("now"), expiresAt: try row.value("expires_at"),
            leaseUntil: try row.value("lease_until"), since: try row.value("changed_at"),
            told: Int(try row.value("told", as: Int16.self)))
    }
}
