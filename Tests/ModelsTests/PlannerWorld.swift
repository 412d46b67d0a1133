import Models
import TestSupport

/// Everything that can happen to a planner, in an order that a seed decides, beside a plain account of what was handed
/// in and what came out. Leases end and come back, cleanly or by death.
struct PlannerWorld {
    enum Standing: Hashable {
        case waits
        case inFlight
        case out
    }

    private struct Sender {
        let rules: SenderRules
        var leaseUntil: Timestamp
        var isOpen = true
        var paidUntil = plannerStart
        var pairDebts: [String: Timestamp] = [:]
    }

    private(set) var random: SeededGenerator
    private(set) var now = plannerStart
    private(set) var mistakes: [String] = []
    private var planner: SendPlanner
    private var limits = StrictLimits()
    private var senders: [Sender] = []
    private var standing: [MessageID: Standing] = [:]
    private var flying: [PlannedMessage] = []
    private var gates = GateSet()
    private var closed: [ClosedGate] = []
    private let inFlightMax: Int
    private let memoryMax: Int
    private var number = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        inFlightMax = Int.random(in: 1...200, using: &random)
        memoryMax = Int.random(in: 20...400, using: &random)
        planner = SendPlanner(
            inFlightMax: inFlightMax, pendingPerSenderMin: Int.random(in: 1...200, using: &random),
            memoryMax: memoryMax)
        for index in 0..<Int.random(in: 1...5, using: &random) {
            let rules = SenderRules(
                messagesPerSecond: pick([1, 2, 5, 20, 80, 1_000]),
                minimumGap: pick([.zero, .zero, .zero, .milliseconds(300), .seconds(2), .seconds(40)]),
                pairBurst: pick([1, 2, 3, 8, 45]), inFlightMax: pick([1, 3, 64]))
            senders.append(Sender(rules: rules, leaseUntil: now + .seconds(6)))
            planner.open(index, rules)
        }
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps { step() }
        settle()
        for (index, sender) in senders.enumerated() {
            check(limits.rateBreaches(of: index, limit: sender.rules.messagesPerSecond) == 0, "rate")
            check(limits.pairBreaches(of: index, burst: sender.rules.pairBurst) == 0, "pair")
        }
    }

    private mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: for _ in 0..<pick([1, 1, 3, 10]) { append() }
        case 25..<65: plan()
        case 65..<85: for _ in 0..<pick([1, 4, 50]) { finish() }
        case 85..<95: pass(.microseconds(Int64.random(in: 0...pick([2_000, 40_000, 2_000_000]), using: &random)))
        case 95: setGates()
        case 96: pass(.microseconds(Int64.random(in: 0...30_000_000, using: &random)))
        case 97: renew()
        case 98: endLease()
        default: takeLeases()
        }
    }

    /// No faults any more: everything must come out.
    private mutating func settle() {
        closed = []
        gates = GateSet()
        planner.setGates(gates)
        pass(.seconds(10))
        takeLeases()
        for _ in 0..<20_000 {
            while !flying.isEmpty { finish(.accepted) }
            let wakeAt = plan()
            if planner.waiting == 0, flying.isEmpty { break }
            if let wakeAt, wakeAt > now { pass(wakeAt - now) }
        }
        check(planner.waiting == 0 && planner.inFlight == 0, "something is left")
        check(!standing.values.contains { $0 != .out }, "something was lost")
    }

    private mutating func append() {
        let again = Int.random(in: 0..<12, using: &random) == 0
        let number = again ? Int.random(in: 0...number, using: &random) : self.number
        if !again { self.number += 1 }
        let sender = number % senders.count
        let message = planned(
            number, from: sender, to: "+49\(number % 7)", lane: Lane.allCases[number % 3],
            priority: 1 + number % 10, template: number % 2,
            expiresAt: now + .seconds(Int64.random(in: 0...600, using: &random)))
        let before = standing[message.messageID] ?? .out
        switch planner.append(message, now: now) {
        case .waits:
            check(before == .out, "taken twice")
            standing[message.messageID] = .waits
        case .duplicate: check(before != .out, "refused as known")
        case .notOurs: check(!senders[sender].isOpen, "refused though ours")
        case .shed(let shed):
            check(!shed.isEmpty, "shed nothing")
            standing[message.messageID] = .waits
            for id in shed { leave(id, from: .waits) }
        }
        check(planner.waiting <= memoryMax, "memory")
    }

    @discardableResult
    private mutating func plan() -> Timestamp? {
        let max = pick([1, 5, 50])
        let plan = planner.plan(now: now, max: max)
        check(plan.count <= max, "more than asked for")
        for send in plan.sends { note(send) }
        for held in plan.held {
            leave(held.message.messageID, from: .waits)
            check(gates.closed(for: held.message.subjects) != nil, "held by nothing")
        }
        for later in plan.later {
            leave(later.message.messageID, from: .waits)
            check(later.until > now || later.message.expiresAt <= later.until, "later is now")
        }
        for message in plan.expired {
            leave(message.messageID, from: .waits)
            check(message.expiresAt <= now + SendPlanner.horizon, "expired early")
        }
        check(planner.inFlight <= inFlightMax && planner.inFlight == flying.count, "in flight")
        for (index, sender) in senders.enumerated() where sender.isOpen {
            let mine = planner.standing(of: senderID(index), now: now)?.inFlight ?? 0
            check(mine <= sender.rules.inFlightMax, "in flight of one sender")
        }
        return plan.wakeAt
    }

    private mutating func note(_ send: Plan.Send) {
        let message = send.message
        let sender = Int(message.senderID.value.low) - 1_000
        leave(message.messageID, from: .waits)
        standing[message.messageID] = .inFlight
        flying.append(message)
        check(senders[sender].isOpen, "sent without a lease")
        check(message.expiresAt > send.notBefore, "sent when expired")
        check(send.notBefore >= now && send.notBefore <= now + SendPlanner.horizon, "slot")
        check(gates.closed(for: message.subjects) == nil, "sent through a gate")
        // What would leave after the lease is not sent.
        if let slot = slot(of: send), slot <= now + .milliseconds(200) { limits.note(message, at: slot) }
        if let owed = send.pairPaidUntil {
            let known = senders[sender].pairDebts[message.recipient] ?? owed
            senders[sender].pairDebts[message.recipient] = max(owed, known)
        }
    }

    /// Now and then the first is missed, and not used.
    private mutating func slot(of send: Plan.Send) -> Timestamp? {
        guard Int.random(in: 0..<20, using: &random) == 0 else { return send.notBefore }
        let later = now + SendPlanner.horizon + .milliseconds(10)
        return switch planner.depart(send.message.messageID, latest: now + .seconds(1), now: later) {
        case .at(let slot): slot
        case .now: later
        case .never: nil
        }
    }

    private mutating func finish(_ result: PlanResult? = nil) {
        guard !flying.isEmpty else { return }
        let message = flying.remove(at: Int.random(in: 0..<flying.count, using: &random))
        let ends: [PlanResult] = [
            .accepted, .accepted, .accepted, .accepted, .unclaimed, .notSent, .unanswered, .refused(rateRefusal),
            .refused(pairRefusal), .refused(outage),
        ]
        planner.finished(message.messageID, result ?? pick(ends), now: now)
        leave(message.messageID, from: .inFlight)
    }

    private mutating func setGates() {
        closed = (0..<Int.random(in: 0...3, using: &random)).map { index in
            let sender = Int.random(in: 0..<senders.count, using: &random)
            let probe = standing.keys.filter { standing[$0] == .waits }.min()
            let subjects: [(GateScope, String)] = [
                (.tenant, "\(TenantID(.numbered(sender)))"), (.sender, "\(senderID(sender))"),
                (.template, "\(TemplateID(.numbered(sender % 2)))"), (.account, "account \(sender)"),
                (.portfolio, "portfolio \(sender)"), (.provider, "meta"),
            ]
            let (scope, subject) = pick(subjects)
            return ClosedGate(
                id: GateID(.numbered(index)), tenantID: nil, scope: scope, subject: subject,
                cause: pick([.paused, .maintenance, .portfolioLimit]), closedAt: now, probe: pick([nil, probe]))
        }
        gates = GateSet(closed)
        planner.setGates(gates)
    }

    // MARK: Leases

    private mutating func renew() {
        for index in senders.indices where senders[index].isOpen {
            guard let standing = planner.standing(of: senderID(index), now: now) else { continue }
            senders[index].leaseUntil = now + .seconds(6)
            senders[index].paidUntil = standing.paidUntil
        }
    }

    /// Given back in order, or lost by death: then nobody says how far it came.
    private mutating func endLease() {
        let index = Int.random(in: 0..<senders.count, using: &random)
        guard senders[index].isOpen else { return }
        let isDeath = Bool.random(using: &random)
        if !isDeath, let standing = planner.standing(of: senderID(index), now: now) {
            senders[index].paidUntil = standing.paidUntil
            senders[index].leaseUntil = now
        }
        senders[index].isOpen = false
        for id in planner.close(senderID(index)) { leave(id, from: .waits) }
        // A process plans only within its lease.
        if isDeath { senders[index].leaseUntil = max(senders[index].leaseUntil, now + .milliseconds(200)) }
    }

    private mutating func takeLeases() {
        for index in senders.indices where !senders[index].isOpen && senders[index].leaseUntil <= now {
            let sender = senders[index]
            senders[index].isOpen = true
            planner.open(
                senderID(index), of: TenantID(.numbered(index)), rules: sender.rules,
                resume: SenderResume(
                    paidUntil: max(sender.paidUntil, sender.leaseUntil), pairDebts: sender.pairDebts,
                    isTakeOver: true),
                now: now)
        }
        renew()
    }

    // MARK: Accounts

    private mutating func pass(_ span: Duration) { now = now + span }

    private mutating func leave(_ id: MessageID, from expected: Standing) {
        check(standing[id] == expected, "came out twice, or never went in")
        standing[id] = .out
    }

    private mutating func check(_ holds: Bool, _ what: String) {
        if !holds, mistakes.count < 5 { mistakes.append(what) }
    }

    private mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }
}
