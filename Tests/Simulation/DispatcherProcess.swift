@testable import Models
@testable import Storage
@testable import dispatcher

/// The dispatcher as a shell around the planner: what it asks, in which order, and what it does when nobody answers.
final class DispatcherProcess: Process {
    static let callDeadline = Duration.seconds(10)
    static let leaseMargin = Duration.seconds(1)

    private struct Lease {
        /// Which of all that were taken.
        let number: Int
        /// By the monotonic clock, counted from before it was asked for.
        var validUntil: Timestamp
        var idleSince: Timestamp?
        /// Given back as soon as nothing is in flight.
        var isLeaving = false
        var leaving: Store.Standing?
        var inFlight = 0
    }

    private var holder = 0
    private var planner = SendPlanner(inFlightMax: 1)
    private var leases: [SenderID: Lease] = [:]
    private var leasesEver = 0
    /// Planned sends, each with the lease that it was planned under.
    private var underLease: [MessageID: Int] = [:]
    /// Messages whose sender's lease is asked for.
    private var wanting: [SenderID: [MessageID: (message: PlannedMessage, until: Timestamp)]] = [:]
    /// Records whose offset is not stored yet.
    private(set) var unfinished: [MessageID: SenderID] = [:]
    private var gatesAt: Timestamp?
    private var planAt: Timestamp?
    private var isTicking = false

    override func begin() {
        holder = world.newHolder()
        planner = SendPlanner(
            inFlightMax: world.pick([1, 3, 50]), pendingPerSenderMin: world.pick([2, 10, 200]),
            memoryMax: world.pick([5, 30, 500]))
    }

    override func forget() {
        world.kafka.redeliver(unfinished, after: world.span(500_000, 6_000_000))
        unfinished = [:]
        leases = [:]
        underLease = [:]
        wanting = [:]
        gatesAt = nil
        planAt = nil
        isTicking = false
    }

    // MARK: Orders

    func receive(_ id: MessageID) {
        guard isAlive else { return }
        let asked = steady
        ask({ $0.prepare(id) }) { [unowned self] answer in
            // Not answered: the row comes due again.
            guard let answer, let prepared = answer else { return }
            let row = prepared.row
            unfinished[id] = row.subjects.senderID
            let message = PlannedMessage(
                subjects: row.subjects, lane: row.lane, priority: row.priority, recipient: row.recipient,
                readyAt: steady, expiresAt: asked + (row.expiresAt - prepared.now), isBusinessInitiated: true)
            consider(message)
        }
    }

    private func consider(_ message: PlannedMessage) {
        let sender = message.senderID
        switch planner.append(message, now: steady) {
        case .waits: planSoon()
        case .duplicate: break
        case .shed(let shed):
            world.saw("shed")
            for id in shed { giveBack(id, in: nil) }
            planSoon()
        case .notOurs:
            if leases[sender]?.isLeaving == true { return }
            let isFirst = wanting[sender]?.isEmpty ?? true
            wanting[sender, default: [:]][message.messageID] = (message, world.now + .seconds(10))
            if isFirst { takeLease(sender) }
        }
        tick()
    }

    private func giveBack(_ id: MessageID, in span: Duration?) {
        unfinished[id] = nil
        ask({ $0.giveBack(id, in: span) }) { _ in }
    }

    // MARK: Leases

    private func takeLease(_ sender: SenderID) {
        let (asked, holder) = (world.now, holder)
        ask({ $0.takeLease(sender, by: holder) }) { [unowned self] answer in
            wanting[sender] = wanting[sender]?.filter { $0.value.until > world.now }
            guard let waiting = wanting[sender], !waiting.isEmpty else {
                wanting[sender] = nil
                return
            }
            guard let grant = answer.flatMap(\.self) else {
                return after(world.span(200_000, 900_000)) { [unowned self] in takeLease(sender) }
            }
            let validUntil = asked + Store.leaseSpan - Self.leaseMargin
            guard validUntil > world.now else { return takeLease(sender) }
            leasesEver += 1
            leases[sender] = Lease(number: leasesEver, validUntil: validUntil)
            planner.open(
                sender, of: world.tenant(of: sender), rules: world.rules(of: sender),
                resume: SenderResume(
                    paidUntil: steady + grant.paidIn, rate: grant.rate,
                    rateChangedAt: steady - grant.rateChangedAgo, pairDebts: grant.debts.mapValues { steady + $0 },
                    isTakeOver: grant.isTakeOver),
                now: steady)
            wanting[sender] = nil
            for (message, _) in waiting.values.sorted(by: { $0.message.messageID < $1.message.messageID }) {
                consider(message)
            }
        }
    }

    /// Until there is nothing to look after.
    private func tick() {
        guard !isTicking else { return }
        isTicking = true
        refreshGates()
        after(.milliseconds(1_500)) { [unowned self] in
            isTicking = false
            guard !leases.isEmpty || !wanting.isEmpty else { return }
            renew()
            tick()
        }
    }

    private func renew() {
        var standings: [SenderID: Store.Standing] = [:]
        for sender in leases.keys.sorted() {
            dropIfOver(sender)
            leaveIfIdle(sender)
            if let lease = leases[sender], !lease.isLeaving { standings[sender] = standing(of: sender) }
        }
        guard !standings.isEmpty else { return }
        let (asked, holder) = (world.now, holder)
        ask({ [standings] in $0.renew(standings, by: holder) }) { [unowned self] ours in
            guard let ours else { return }
            for sender in standings.keys.sorted() where leases[sender]?.isLeaving == false {
                guard ours.contains(sender) else {
                    lose(sender)
                    continue
                }
                leases[sender]?.validUntil = asked + Store.leaseSpan - Self.leaseMargin
                planner.setRules(world.rules(of: sender), of: sender, now: steady)
            }
            planSoon()
        }
    }

    private func standing(of sender: SenderID) -> Store.Standing? {
        planner.standing(of: sender, now: steady).map {
            Store.Standing(
                paidIn: $0.paidUntil - steady, rate: $0.rate, rateChangedAgo: steady - $0.rateChangedAt)
        }
    }

    private func isValid(_ sender: SenderID) -> Bool { leases[sender].map { $0.validUntil > world.now } ?? false }

    private func dropIfOver(_ sender: SenderID) {
        if leases[sender] != nil, !isValid(sender) { lose(sender) }
    }

    private func lose(_ sender: SenderID) {
        readAgain(planner.close(sender), of: sender)
        leases[sender] = nil
    }

    private func readAgain(_ forgotten: [MessageID], of sender: SenderID) {
        for id in forgotten { unfinished[id] = nil }
        let records = Dictionary(forgotten.map { ($0, sender) }, uniquingKeysWith: { first, _ in first })
        world.kafka.redeliver(records, after: world.span(1_000, 500_000))
    }

    private func leaveIfIdle(_ sender: SenderID) {
        guard let standing = planner.standing(of: sender, now: steady) else { return }
        let waits = standing.waitingAuthentication + standing.waitingUtility + standing.waitingMarketing
        guard waits + standing.inFlight == 0 else {
            leases[sender]?.idleSince = nil
            return
        }
        guard let since = leases[sender]?.idleSince else {
            leases[sender]?.idleSince = world.now
            return
        }
        if world.now - since > .seconds(8) { leave(sender) }
    }

    /// The partition went elsewhere, or nothing has come for a while: no new plans, and the lease is given back once
    /// what is in flight has ended.
    func leave(_ sender: SenderID) {
        guard isAlive, leases[sender]?.isLeaving == false else { return }
        leases[sender]?.leaving = standing(of: sender)
        leases[sender]?.isLeaving = true
        readAgain(planner.close(sender), of: sender)
        releaseIfDone(sender)
    }

    private func releaseIfDone(_ sender: SenderID) {
        guard let lease = leases[sender], lease.isLeaving, lease.inFlight == 0 else { return }
        leases[sender] = nil
        guard let standing = lease.leaving, lease.validUntil > world.now else { return }
        let holder = holder
        ask({ $0.renew([sender: standing], by: holder, for: .zero) }) { _ in }
    }

    // MARK: Gates

    private func refreshGates() {
        let asked = world.now
        ask({ $0.closedGates }) { [unowned self] gates in
            guard let gates else { return }
            planner.setGates(GateSet(gates))
            gatesAt = asked
            planSoon()
        }
    }

    private var areGatesKnown: Bool { gatesAt.map { world.now - $0 <= Desk.gatesUsableFor } ?? false }

    // MARK: Plans

    private func planSoon() { plan(at: world.now) }

    private func plan(at instant: Timestamp) {
        if let planAt, planAt <= instant { return }
        planAt = instant
        after(max(.zero, instant - world.now)) { [unowned self] in
            guard planAt == instant else { return }
            planAt = nil
            plan()
        }
    }

    private func plan() {
        for sender in leases.keys.sorted() { dropIfOver(sender) }
        guard areGatesKnown else {
            refreshGates()
            return plan(at: world.now + .milliseconds(500))
        }
        let plan = planner.plan(now: steady, max: 10)
        for held in plan.held {
            let (id, gate) = (held.message.messageID, held.gate.id)
            unfinished[id] = nil
            ask({ $0.hold(id, behind: gate) }) { _ in }
        }
        for later in plan.later { world.saw("later for \(later.limit.map { "\($0)" } ?? "outage")") }
        for later in plan.later { giveBack(later.message.messageID, in: later.until - steady) }
        for message in plan.expired {
            unfinished[message.messageID] = nil
            ask({ $0.expire(message.messageID) }) { _ in }
        }
        if !plan.sends.isEmpty { claim(plan.sends) }
        if let wakeAt = plan.wakeAt { self.plan(at: world.now + max(.microseconds(500), wakeAt - steady)) }
    }

    private func claim(_ sends: [Plan.Send]) {
        for send in sends {
            let sender = send.message.senderID
            leases[sender]?.inFlight += 1
            underLease[send.message.messageID] = leases[sender]?.number
        }
        let wanted = sends.map { (id: $0.message.messageID, owes: $0.pairPaidUntil.map { $0 - self.steady }) }
        // The attempt's own lease must cover the whole call: what is called after it is called beside the next one.
        let latest = steady + (Store.attemptLease - Self.callDeadline - Self.leaseMargin)
        insist({ $0.claim(wanted) }) { [unowned self] claimed in
            for send in sends {
                if let own = claimed[send.message.messageID] {
                    fire(send, own, latest: latest, at: send.notBefore)
                } else {
                    finish(send, .unclaimed)
                }
            }
        }
    }

    // MARK: Calls

    private func fire(_ send: Plan.Send, _ claimed: Store.Claimed, latest: Timestamp, at slot: Timestamp) {
        switch departure(of: send.message, latest: latest) {
        case .now:
            world.provider.call(claimed, from: self) { [unowned self] outcome, status in
                record(send, claimed, outcome, status)
            }
        case .at(let next):
            if next != slot { world.saw("slot missed") }
            after(max(.zero, next - steady)) { [unowned self] in fire(send, claimed, latest: latest, at: next) }
        case .never(let hindrance):
            world.saw("claimed and \(hindrance.word)")
            record(send, claimed, .notSent(hindrance.reason), nil, hindrance)
        }
    }

    private func departure(of message: PlannedMessage, latest: Timestamp) -> Departure {
        guard isValid(message.senderID) else { return .never(.leaseEnded) }
        guard areGatesKnown else { return .never(.gatesUnknown) }
        return planner.depart(message.messageID, latest: latest, now: steady)
    }

    private func record(
        _ send: Plan.Send, _ claimed: Store.Claimed, _ outcome: SendOutcome, _ status: Int?,
        _ hindrance: Departure.Hindrance? = nil
    ) {
        // The planner hears it first: what it learns from the answer decides with.
        let result = hindrance == nil ? PlanResult(outcome) : .unclaimed
        planner.finished(send.message.messageID, result, now: steady)
        var circumstances = OutcomeDecision.Circumstances(provider: .meta)
        if case .gateClosed(let gate) = hindrance { circumstances.gate = gate }
        circumstances.sparesRetries = planner.breaker(of: .meta, now: steady).sparesRetries
        var tenant = TenantRules(tenantID: claimed.subjects.tenantID)
        tenant.retryPolicy = world.policy(of: tenant.tenantID)
        let recorded = OutcomeDecision(tenant: tenant, circumstances: circumstances)
            .record(outcome, httpStatus: status, of: claimed.message, now: wall)
        insist({ store in
            store.record(recorded, closing: store.closing(result, claimed.subjects), subjects: claimed.subjects)
        }) { [unowned self] _ in end(send) }
    }

    private func finish(_ send: Plan.Send, _ result: PlanResult) {
        planner.finished(send.message.messageID, result, now: steady)
        end(send)
    }

    private func end(_ send: Plan.Send) {
        let sender = send.message.senderID
        unfinished[send.message.messageID] = nil
        if underLease.removeValue(forKey: send.message.messageID) == leases[sender]?.number {
            leases[sender]?.inFlight -= 1
        }
        releaseIfDone(sender)
        planSoon()
    }
}

extension Departure.Hindrance {
    fileprivate var word: String {
        switch self {
        case .leaseEnded: "lease ended"
        case .late: "too late to send"
        case .gateClosed: "gate closed"
        case .gatesUnknown: "gates unknown"
        }
    }
}

extension PlanResult {
    init(_ outcome: SendOutcome) {
        switch outcome {
        case .accepted: self = .accepted
        case .refused(let error): self = .refused(MetaErrors.classify(error))
        case .notSent: self = .notSent
        case .unanswered: self = .unanswered
        }
    }
}

extension Store {
    func closing(_ result: PlanResult, _ subjects: GateSubjects) -> GateClosing? {
        guard case .refused(let error) = result,
            let first = GatePolicy.closing(for: error, of: subjects, now: now, earlier: 0)
        else { return nil }
        let earlier = earlierClosings(first)
        return GatePolicy.closing(for: error, of: subjects, now: now, earlier: earlier)
    }
}
