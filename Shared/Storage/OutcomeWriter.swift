package import Models
internal import Postgres

/// An attempt's end together with the move it asks for.
package struct RecordedOutcome: Sendable {
    /// From `sending`, under the attempt's number.
    package let move: Move
    package let end: AttemptEnd
    package let answer: Answer
    /// A code that no table of ours lists, for somebody to look up.
    package var unlistedCode: UnlistedCode?

    package init(move: Move, end: AttemptEnd, answer: Answer) {
        self.move = move
        self.end = end
        self.answer = answer
    }
}

package struct UnlistedCode: Sendable, Hashable {
    package let provider: Provider
    package let code: Int

    package init(provider: Provider, code: Int) {
        self.provider = provider
        self.code = code
    }
}

/// Records outcomes. Nearly always the row still says `sending` under our number; what does not is looked at again
/// under a lock, because a receipt may have been faster than the answer, or the lease may have run out.
enum OutcomeWriter {
    static func write(_ outcomes: [RecordedOutcome], on connection: Connection) throws -> [Bool] {
        let tenants = Set(outcomes.map(\.move.tenantID))
        var moved = try MoveWriter.write(
            moves: outcomes.map(\.move), ends: outcomes.map(\.end), actingFor: tenants, on: connection)
        let overtaken = outcomes.filter { !moved.contains($0.move.messageID) }
        if !overtaken.isEmpty { moved.formUnion(try settle(overtaken, tenants, on: connection)) }
        // Rare, and only a count: of its own, so that nobody's outcome waits for the row of a common code.
        let unknown = outcomes.compactMap(\.unlistedCode)
        if !unknown.isEmpty { try connection.execute(ProofStatements.count(unknown)) }
        return outcomes.map { moved.contains($0.move.messageID) }
    }

    private static func settle(
        _ outcomes: [RecordedOutcome], _ tenants: Set<TenantID>, on connection: Connection
    ) throws -> Set<MessageID> {
        try connection.transaction {
            _ = try connection.rows(.actFor(tenants))
            let locked = try MoveWriter.lock(
                outcomes.map { ($0.move.tenantID, $0.move.messageID) }, on: connection)
            let ledgers = try ReceiptWriter.ledgers(
                of: locked.values.filter { $0.attempts > 1 }, on: connection)
            var moves: [Move] = []
            var facts: [MessageFact] = []
            var duplicates: [LockedMessage] = []
            for outcome in outcomes {
                guard let row = locked[outcome.move.messageID] else { continue }
                let standing = standing(of: outcome, in: row, ledgers[row.messageID])
                switch row.state.applying(.answered(outcome.answer, of: standing)) {
                case .moved(let state): moves.append(move(outcome, row, to: state))
                case .ignored(let reason):
                    if reason == .sentTwice { duplicates.append(row) }
                    facts.append(fact(outcome, reason.rawValue))
                case .impossible(let reason): facts.append(fact(outcome, reason.rawValue))
                }
            }
            if !duplicates.isEmpty { try connection.execute(ProofStatements.confirm(duplicates)) }
            return try MoveWriter.write(moves: moves, facts: facts, actingFor: nil, on: connection)
        }
    }

    /// Of a first attempt the row's state says all there is to know.
    private static func standing(
        of outcome: RecordedOutcome, in row: LockedMessage, _ ledger: AttemptLedger?
    ) -> AttemptStanding {
        guard let ledger else { return AttemptStanding(isLatest: row.attempts == outcome.move.attempts) }
        return ledger.standing(of: outcome.move.attempts, in: row, state: row.state)
    }

    private static func move(_ outcome: RecordedOutcome, _ row: LockedMessage, to state: MessageState) -> Move {
        var move = row.move(to: state)
        move.usesRetry = outcome.move.usesRetry
        move.errorCode = outcome.move.errorCode
        move.isCritical = outcome.move.isCritical
        move.detail = outcome.move.detail
        if state.awaitsUs { move.dueIn = outcome.move.dueIn ?? .seconds(30) }
        return move
    }

    private static func fact(_ outcome: RecordedOutcome, _ reason: String) -> MessageFact {
        var fact = MessageFact(
            tenantID: outcome.move.tenantID, messageID: outcome.move.messageID, type: "answer_\(outcome.end.outcome.name)")
        fact.attempt = outcome.end.number
        fact.errorCode = outcome.end.errorCode
        fact.detail = Array("{\"ignored\":\"\(reason)\"}".utf8)
        return fact
    }
}
