@testable import Models
@testable import Storage
@testable import dispatcher

/// The dispatcher's transactions.
extension Store {
    static let leaseSpan = Duration.seconds(6)
    static let leaseGrace = Duration.milliseconds(200)
    /// Of one attempt; longer than a call may take.
    static let attemptLease = Duration.seconds(30)

    struct Claimed {
        let message: ClaimedMessage
        let subjects: GateSubjects
    }

    func prepare(_ id: MessageID) -> (row: Row, now: Timestamp)? {
        guard let row = rows[id], row.state == .queued else { return nil }
        return (row, now)
    }

    /// What is still queued becomes an attempt; what is owed to recipients is written with it.
    func claim(_ wanted: [(id: MessageID, owes: Duration?)]) -> [MessageID: Claimed] {
        var claimed: [MessageID: Claimed] = [:]
        for (id, owes) in wanted {
            guard var row = rows[id] else { continue }
            if let owes {
                let known = pairDebts[row.subjects.senderID]?[row.recipient] ?? now
                pairDebts[row.subjects.senderID, default: [:]][row.recipient] = max(known, now + owes)
            }
            guard row.state.applying(.claimed) == .moved(.sending) else { continue }
            if row.expiresAt <= now {
                write(move(row, to: .expired))
                continue
            }
            write(move(row, to: .sending, dueIn: Self.attemptLease))
            row.state = .sending
            row.changedAt = now
            row.tries.append(Try(leaseUntil: now + Self.attemptLease))
            rows[id] = row
            claimed[id] = Claimed(
                message: ClaimedMessage(
                    tenantID: row.subjects.tenantID, messageID: id, senderID: row.subjects.senderID,
                    templateID: row.subjects.templateID, attempt: row.attempts, retries: row.retries,
                    lane: row.lane, recipient: row.recipient, content: [], expiresAt: row.expiresAt),
                subjects: row.subjects)
        }
        return claimed
    }

    /// As the service's writer does it: under our number, or else by what is known about the attempt.
    func record(_ recorded: RecordedOutcome, closing: GateClosing?, subjects: GateSubjects) {
        var move = recorded.move
        if let closing {
            let gate = close(closing)
            if move.to == .held { move.gateID = gate }
        }
        settleProbe(subjects, recorded.end.outcome, closing)
        end(recorded.end)
        if write(move) { return }
        guard let row = rows[move.messageID] else { return }
        let standing = ledger(row).standing(of: move.attempts, in: locked(row), state: row.state)
        guard case .moved(let state) = row.state.applying(.answered(recorded.answer, of: standing)) else { return }
        var again = self.move(row, to: state, dueIn: move.dueIn ?? .seconds(30))
        again.usesRetry = move.usesRetry
        again.gateID = move.gateID
        write(again)
    }

    /// Waits for its time, or for a turn at its sender's pace.
    func giveBack(_ id: MessageID, in span: Duration?) {
        guard let row = rows[id], row.state == .queued, due[id]?.gate == nil else { return }
        put(id, Due(at: now + (span ?? .zero), toPace: span == nil))
    }

    func hold(_ id: MessageID, behind gate: GateID) {
        guard let row = rows[id], let closed = gates[gate] else { return }
        if closed.isOpen { return giveBack(id, in: .zero) }
        guard case .moved(let state) = row.state.applying(.heldBack), row.state == .queued else { return }
        var move = move(row, to: state)
        move.gateID = gate
        write(move)
    }

    func expire(_ id: MessageID) {
        guard let row = rows[id], row.expiresAt <= now, row.state == .queued,
            case .moved(let state) = row.state.applying(.deadlinePassed)
        else { return }
        write(move(row, to: state))
    }

    // MARK: Leases

    struct Grant {
        let paidIn: Duration
        let rate: Double
        let rateChangedAgo: Duration
        let debts: [String: Duration]
        let isTakeOver: Bool
    }

    func takeLease(_ sender: SenderID, by holder: Int) -> Grant? {
        var lease =
            leases[sender]
            ?? Lease(
                holder: holder, until: now + .seconds(-1), paidUntil: now + .seconds(-86_400),
                rate: Double(world.rules(of: sender).messagesPerSecond), rateChangedAt: now)
        let isNew = leases[sender] == nil
        guard lease.until <= now || lease.holder == holder else { return nil }
        if !isNew, lease.holder != holder { world.saw("take-over") }
        if !isNew { lease.paidUntil = max(lease.paidUntil, lease.until) + Self.leaseGrace }
        lease.holder = holder
        lease.until = now + Self.leaseSpan
        leases[sender] = lease
        let debts = (pairDebts[sender] ?? [:]).filter { $0.value > now }.mapValues { $0 - now }
        return Grant(
            paidIn: lease.paidUntil - now, rate: lease.rate, rateChangedAgo: now - lease.rateChangedAt, debts: debts,
            isTakeOver: lease.paidUntil - now > .seconds(-270))
    }

    struct Standing {
        let paidIn: Duration
        let rate: Double
        let rateChangedAgo: Duration
    }

    func renew(_ standings: [SenderID: Standing], by holder: Int, for span: Duration = leaseSpan) -> Set<SenderID> {
        var ours: Set<SenderID> = []
        for (sender, standing) in standings where leases[sender]?.holder == holder {
            leases[sender] = Lease(
                holder: holder, until: now + span, paidUntil: now + standing.paidIn, rate: standing.rate,
                rateChangedAt: now + .zero - standing.rateChangedAgo)
            ours.insert(sender)
        }
        return ours
    }
}

extension Timestamp {
    static func - (instant: Timestamp, span: Duration) -> Timestamp { instant + (.zero - span) }
}
