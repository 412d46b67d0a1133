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
    package var standing: DuePolicy.Standing

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
    /// Looked at again later: only the due row changes.
    package var later: [(message: DueMessage, dueIn: Duration)] = []
    package var forgotten: [DueMessage] = []

    package init() {}
}

/// The scheduler's side of the database; as the platform's role.
///
/// Taking rows is a commit of its own that moves their due time a little on. So two schedulers never take the same
/// row, one that dies leaves rows that come due again by themselves, and no lock on a due row is held while a
/// message's row is wanted (the recorders of outcomes lock the other way round). How turns are given out at the same
/// moment: `DueStore+pace`.
package struct DueStore: Sendable {
    /// How long what a scheduler took is its own.
    static let takenFor = Duration.seconds(10)
    let database: Database
    let pace: Pace

    package init(_ database: Database, pace: Pace = .standard) {
        self.database = database
        self.pace = pace
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

    private static func postpone(_ later: [(message: DueMessage, dueIn: Duration)]) -> SQL {
        let later = later.sorted {
            ($0.message.tenantID, $0.message.messageID) < ($1.message.tenantID, $1.message.messageID)
        }
        return """
            UPDATE due_messages d
            -- Whoever waited so long needs another turn.
            SET due_at = now() + w.due_in * interval '1 microsecond', paced = false
            FROM unnest(
                \(later.map(\.message.tenantID)), \(later.map(\.message.messageID)),
                \(later.map(\.dueIn.microseconds))
            ) AS w (tenant_id, message_id, due_in)
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
