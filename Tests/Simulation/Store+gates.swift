@testable import Models
@testable import Storage

/// One closing of a gate, with its history.
struct StandInGate {
    let id: GateID
    var closing: GateClosing
    let closedAt: Timestamp
    var probeAt: Timestamp?
    private(set) var probe: MessageID?
    /// And until when.
    private var formerProbes: [MessageID: Timestamp] = [:]
    var probes = 0
    var openedAt: Timestamp?
    var isReleased = false

    init(id: GateID, closing: GateClosing, closedAt: Timestamp) {
        self.id = id
        self.closing = closing
        self.closedAt = closedAt
        probeAt = closing.probeAt
    }

    var isOpen: Bool { openedAt != nil }

    mutating func setProbe(_ new: MessageID?, now: Timestamp) {
        if let probe { formerProbes[probe] = now }
        probe = new
    }

    /// Whether it held a message back from then on, and told nobody that this one may try.
    func holds(_ row: Store.Row, since instant: Timestamp) -> Bool {
        guard !isOpen, closedAt < instant, row.subjects.subject(of: closing.scope) == closing.subject else { return false }
        return probe != row.id && formerProbes[row.id].map { $0 < instant } ?? true
    }

    var closed: ClosedGate {
        ClosedGate(
            id: id, tenantID: closing.tenantID, scope: closing.scope, subject: closing.subject, cause: closing.cause,
            errorCode: closing.errorCode, closedAt: closedAt, opensAt: closing.opensAt, probe: probe)
    }
}

/// Transactions about gates, and the scheduler's about what is due.
extension Store {
    func close(_ closing: GateClosing) -> GateID {
        if var gate = gates.values.first(where: { !$0.isOpen && $0.closing.isSameGate(closing) }) {
            let opensAt = gate.closing.opensAt.flatMap { old in closing.opensAt.map { max(old, $0) } }
            gate.closing = GateClosing(
                scope: closing.scope, subject: closing.subject, tenantID: closing.tenantID, cause: closing.cause,
                errorCode: closing.errorCode, opensAt: opensAt ?? gate.closing.opensAt)
            gates[gate.id] = gate
            return gate.id
        }
        gatesEver += 1
        world.saw("gate \(closing.cause)")
        let id = GateID(UUIDValue(high: 9, low: UInt64(gatesEver)))
        gates[id] = StandInGate(id: id, closing: closing, closedAt: now)
        for instant in [closing.opensAt, closing.probeAt] { instant.map { world.wakeSchedulers(by: $0) } }
        return id
    }

    func earlierClosings(_ closing: GateClosing) -> Int {
        gates.values.filter { $0.closing.isSameGate(closing) }.reduce(0) { $0 + 1 + $1.probes }
    }

    func open(_ id: GateID) {
        guard gates[id]?.isOpen == false else { return }
        gates[id]?.openedAt = now
        gates[id]?.setProbe(nil, now: now)
        world.wakeSchedulers(by: now)
    }

    var closedGates: [ClosedGate] { gates.values.filter { !$0.isOpen }.map(\.closed) }

    /// The oldest first: what is done to each draws on the world's chance, so it is the same in every run of a seed.
    private var gatesInOrder: [StandInGate] { gates.values.sorted { $0.id < $1.id } }

    func settleProbe(_ subjects: GateSubjects, _ outcome: AttemptEnd.Outcome, _ closing: GateClosing?) {
        for var gate in gatesInOrder where !gate.isOpen && gate.probe == subjects.messageID {
            if outcome == .accepted {
                open(gate.id)
            } else {
                let isSame = closing.map { gate.closing.isSameGate($0) } ?? false
                gate.setProbe(nil, now: now)
                gate.probeAt = isSame ? closing?.probeAt : now + .seconds(5)
                gates[gate.id] = gate
                gate.probeAt.map { world.wakeSchedulers(by: $0) }
            }
        }
    }

    // MARK: What is due

    static let takenFor = Duration.seconds(10)
    static let paceLead = Duration.seconds(3)

    /// Taken rows come due again by themselves, should who took them die. What waits for a turn gets one.
    func takeDue(max: Int) -> [(row: Row, standing: DuePolicy.Standing)] {
        let taken = due.filter { $0.value.at <= now }.keys.sorted().prefix(max)
        return taken.compactMap { id in
            guard let row = rows[id], var entry = due[id] else { return nil }
            if entry.toPace {
                let turn = Swift.max(paces[row.subjects.senderID] ?? now, now)
                let rules = world.rules(of: row.subjects.senderID)
                let span = Swift.max(.seconds(1) / rules.messagesPerSecond, rules.minimumGap)
                paces[row.subjects.senderID] = turn + span
                entry.toPace = false
                if turn > now + Self.paceLead {
                    entry.at = turn - Self.paceLead
                    put(id, entry)
                    return nil
                }
            }
            let gate = entry.gate.flatMap { gates[$0] }.flatMap { $0.isOpen ? nil : $0 }
            let standing = DuePolicy.Standing(
                state: row.state, category: row.lane.category, now: now, expiresAt: row.expiresAt,
                leaseUntil: row.state == .sending ? row.tries.last?.leaseUntil : nil, since: row.changedAt,
                told: entry.told, gate: gate.map { .closed(opensAt: $0.closing.opensAt) } ?? .open)
            entry.at = now + Self.takenFor
            put(id, entry)
            return (row, standing)
        }
    }

    func lookAgain(_ row: Row, in span: Duration, wasTold: Bool) {
        guard var entry = due[row.id], let now = rows[row.id], now.state == row.state, now.attempts == row.attempts
        else { return }
        entry.at = self.now + span
        if wasTold { entry.told += 1 }
        put(row.id, entry)
    }

    func openDueGates() {
        for gate in gates.values where !gate.isOpen {
            if let opensAt = gate.closing.opensAt, opensAt <= now { open(gate.id) }
        }
    }

    func release(max: Int) {
        for gate in gatesInOrder where gate.isOpen && !gate.isReleased {
            let held = due.filter { $0.value.gate == gate.id }.keys.sorted()
            for id in held.prefix(max) { put(id, Due(at: now, toPace: true)) }
            if held.count <= max { gates[gate.id]?.isReleased = true } else { world.wakeSchedulers(by: now) }
        }
    }

    /// One held message of each gate that wants to be tried.
    func takeProbes() -> [Row] {
        var probes: [Row] = []
        for var gate in gatesInOrder where !gate.isOpen {
            guard let probeAt = gate.probeAt, probeAt <= now else { continue }
            let chosen = due.filter { $0.value.gate == gate.id }.keys.min()
            gate.setProbe(chosen, now: now)
            gate.probeAt = now + (chosen == nil ? .seconds(5) : .seconds(120))
            if chosen != nil {
                gate.probes += 1
                world.saw("probe")
                world.wakeSchedulers(by: now + .seconds(120))
            }
            gates[gate.id] = gate
            if let row = chosen.flatMap({ rows[$0] }) { probes.append(row) }
        }
        return probes
    }

    /// When something comes due.
    var nextDueAt: Timestamp? {
        var next = due.values.map(\.at).min()
        // A gate that holds nobody is looked at again when it does.
        let holding = Set(due.values.compactMap(\.gate))
        for gate in gates.values where holding.contains(gate.id) {
            let at = gate.isOpen ? now : [gate.closing.opensAt, gate.probeAt].compactMap(\.self).min()
            next = [next, at].compactMap(\.self).min()
        }
        return next
    }
}

extension GateClosing {
    fileprivate func isSameGate(_ other: GateClosing) -> Bool {
        scope == other.scope && subject == other.subject && cause == other.cause
    }
}
