@testable import Models
@testable import Storage

/// A stand-in for Postgres: each function is one transaction. Whatever decides asks the same pure code as the services.
final class Store {
    struct Try {
        var outcome = AttemptEnd.Outcome.inFlight
        let leaseUntil: Timestamp
        var hasError = false
    }

    struct Row {
        let subjects: GateSubjects
        let lane: Lane
        let priority: Int
        let recipient: String
        let expiresAt: Timestamp
        var state: MessageState
        var changedAt: Timestamp
        var tries: [Try] = []
        var retries = 0
        /// Sends that policy risked although the one before was never settled.
        var risked = 0

        var attempts: Int { tries.count }
        var id: MessageID { subjects.messageID }
    }

    struct Due {
        var at: Timestamp
        var gate: GateID?
        var told = 0
        var toPace = false
    }

    struct Lease {
        var holder: Int
        var until: Timestamp
        var paidUntil: Timestamp
        var rate: Double
        var rateChangedAt: Timestamp
    }

    unowned let world: World
    var rows: [MessageID: Row] = [:]
    var due: [MessageID: Due] = [:]
    var counts: [MessageState: Int] = [:]
    var accepted = 0
    var gates: [GateID: StandInGate] = [:]
    var gatesEver = 0
    var leases: [SenderID: Lease] = [:]
    var pairDebts: [SenderID: [String: Timestamp]] = [:]
    var paces: [SenderID: Timestamp] = [:]
    /// Changed since they were last looked at.
    var touched: Set<MessageID> = []

    init(_ world: World) { self.world = world }

    var now: Timestamp { world.now }

    func accept(_ row: Row, dueAt: Timestamp) {
        rows[row.id] = row
        accepted += 1
        counts[row.state, default: 0] += 1
        put(row.id, Due(at: dueAt))
        touched.insert(row.id)
    }

    func put(_ id: MessageID, _ new: Due) {
        due[id] = new
        touched.insert(id)
        world.wakeSchedulers(by: new.at)
    }

    /// The one conditional move.
    @discardableResult
    func write(_ move: Move) -> Bool {
        guard var row = rows[move.messageID], row.state == move.from, row.attempts == move.attempts else {
            return false
        }
        world.expect(MessageMove.allowed(from: row.state, to: move.to), "a move that is not in the table")
        counts[row.state, default: 0] -= 1
        counts[move.to, default: 0] += 1
        world.saw("to \(move.to)")
        row.state = move.to
        row.changedAt = now
        if move.usesRetry { row.retries += 1 }
        rows[row.id] = row
        touched.insert(row.id)
        guard move.to.awaitsUs else {
            due[row.id] = nil
            return true
        }
        if let gate = move.gateID.flatMap({ gates[$0] }), move.to == .held {
            // Opened meanwhile: it comes due at once.
            let at = gate.isOpen ? now : min(row.expiresAt, gate.closing.opensAt ?? row.expiresAt)
            put(row.id, Due(at: at, gate: gate.isOpen ? nil : gate.id))
            gate.probeAt.map { world.wakeSchedulers(by: $0) }
        } else {
            put(row.id, Due(at: now + (move.dueIn ?? .seconds(30))))
        }
        return true
    }

    func move(_ row: Row, to state: MessageState, dueIn: Duration? = nil) -> Move {
        var move = Move(
            tenantID: row.subjects.tenantID, messageID: row.id, senderID: row.subjects.senderID,
            templateID: row.subjects.templateID, from: row.state, attempts: row.attempts, to: state)
        move.dueIn = dueIn
        return move
    }

    func end(_ end: AttemptEnd) {
        guard var row = rows[end.messageID], row.tries.indices.contains(end.number - 1) else { return }
        var attempt = row.tries[end.number - 1]
        switch attempt.outcome {
        case .inFlight, .unanswered: break
        case .accepted:
            guard end.outcome == .accepted, end.errorCode != nil else { return }
        case .refused, .notSent: return
        }
        attempt.outcome = end.outcome
        if end.errorCode != nil { attempt.hasError = true }
        row.tries[end.number - 1] = attempt
        rows[end.messageID] = row
        touched.insert(end.messageID)
    }

    func isUnsettled(_ attempt: Int, of id: MessageID) -> Bool {
        switch rows[id]?.tries[attempt - 1].outcome {
        case .inFlight, .unanswered, nil: true
        case .accepted, .refused, .notSent: false
        }
    }

    func locked(_ row: Row) -> LockedMessage {
        LockedMessage(
            tenantID: row.subjects.tenantID, messageID: row.id, senderID: row.subjects.senderID,
            templateID: row.subjects.templateID, state: row.state, attempts: row.attempts, retries: row.retries,
            lane: row.lane, priority: row.priority, expiresAt: row.expiresAt, now: now)
    }

    func ledger(_ row: Row) -> AttemptLedger {
        var ledger = AttemptLedger()
        for (index, attempt) in row.tries.enumerated() {
            ledger.set(index + 1, attempt.outcome, hasError: attempt.hasError)
        }
        return ledger
    }
}
