package import Models
package import Postgres

/// Ends messages before they are sent. Whoever is about to send one claims it by the same conditional update, so a
/// message is either cancelled or sent, never both.
package struct CancelStore: Sendable {
    /// Messages of one transaction: locks are held for milliseconds.
    package static let portionMax = 500

    let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// - Returns: nil for an id the tenant does not own.
    package func cancel(_ messageID: MessageID, of tenantID: TenantID) async throws(DatabaseError) -> CancelOutcome? {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let locked = try MoveWriter.lock([(tenantID, messageID)], on: connection)
            guard let message = locked[messageID] else { return nil }
            switch message.state.applying(.cancelRequested) {
            case .moved(let state):
                let events = try Self.write([message], to: state, on: connection)
                return events.first.map(CancelOutcome.cancelled) ?? .refused(.inFlight, message.state)
            case .ignored(let reason): return .refused(reason, message.state)
            case .impossible: return .refused(.alreadyFinal, message.state)
            }
        }
    }

    /// Cancels what can still be cancelled of a batch, in portions.
    ///
    /// - Returns: nil when the tenant has no such batch.
    package func cancel(batch id: BatchID, of tenantID: TenantID) async throws(DatabaseError) -> [LifecycleEvent]? {
        var events: [LifecycleEvent] = []
        var after: MessageID?
        while true {
            let last = after
            let portion = try await database.transaction { connection in
                try Self.portion(of: id, tenantID, after: last, on: connection)
            }
            guard let portion else { return nil }
            events += portion.events
            guard let next = portion.last else { return events }
            after = next
        }
    }

    private struct Portion: Sendable {
        var events: [LifecycleEvent] = []
        /// Of the messages looked at; nil when there are no more.
        var last: MessageID?
    }

    private static func portion(
        of batch: BatchID, _ tenantID: TenantID, after: MessageID?, on connection: Connection
    ) throws -> Portion? {
        let answers = try connection.pipeline([
            .actFor(tenantID),
            "SELECT 1 FROM batches WHERE tenant_id = \(tenantID) AND id = \(batch)",
            """
            SELECT m.id FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
            WHERE \(BatchStore.members(of: batch, tenantID)) AND m.id > \(after?.value ?? MoveStatements.nilTemplate)
              AND s.state = ANY (\(cancellable.map(\.rawValue)))
            ORDER BY m.id LIMIT \(portionMax)
            """,
        ])
        guard answers.count == 3, !answers[1].isEmpty else { return nil }
        let ids: [MessageID] = try answers[2].map { try $0.value("id") }
        guard !ids.isEmpty else { return Portion() }
        let locked = try MoveWriter.lock(ids.map { (tenantID, $0) }, on: connection)
        let cancelled = ids.compactMap { locked[$0] }
            .filter { $0.state.applying(.cancelRequested) == .moved(.cancelled) }
        var events: [LifecycleEvent] = []
        if !cancelled.isEmpty {
            events = try write(cancelled, to: .cancelled, on: connection)
            try connection.execute(Pace.giveBack(turnsOf: events.map(\.messageID), of: tenantID))
        }
        return Portion(
            events: events,
            last: ids.count == portionMax ? ids.last : nil
        )
    }

    static let cancellable = MessageState.allCases.filter {
        $0.applying(.cancelRequested) == .moved(.cancelled)
    }

    /// - Returns: news of the messages that moved, for Kafka after the commit.
    static func write(
        _ messages: [LockedMessage], to state: MessageState, by actor: StaticString = "api", on connection: Connection
    ) throws -> [LifecycleEvent] {
        let moves = messages.map { message in
            var move = message.move(to: state)
            move.detail = Array(#"{"by":"\#(actor)"}"#.utf8)
            return move
        }
        let moved = try MoveWriter.write(moves: moves, actingFor: nil, on: connection)
        return messages.filter { moved.contains($0.messageID) }.map { message in
            LifecycleEvent(
                messageID: message.messageID, tenantID: message.tenantID, senderID: message.senderID, state: state,
                at: message.now, attempt: message.attempts)
        }
    }
}

package enum CancelOutcome: Sendable {
    case cancelled(LifecycleEvent)
    case refused(IgnoreReason, MessageState)
}
