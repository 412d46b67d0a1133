import Kafka
import Models
import Runtime
import Storage

/// Everything this dispatcher has in its hands: what waits and what is under way, and for which senders it may send.
/// A plain value: it answers what to do, and others do it.
struct Desk: Sendable {
    /// A sender whose lease is ours.
    struct Leased: Sendable {
        let tenantID: TenantID
        /// Where its orders come from.
        var partitions: Set<TopicPartition> = []
        /// Monotonic. After it the lease may be somebody else's.
        var validUntil: Duration
        var usedAt: Duration
        /// Planned sends whose call has not begun.
        var notBegun = 0
        /// Given back as soon as the last of them has begun; nothing new is planned.
        var farewell: LeaseStanding?
    }

    /// What became of a message that was put on the desk.
    enum Put: Sendable {
        /// Others, or it itself, had to make room for it.
        case waits(shed: [Ticket])
        /// It is here already.
        case duplicate
        /// Its sender's lease is somebody else's, and enough wait for that.
        case noRoom
    }

    /// Messages of one sender that wait here while another dispatcher still has its lease.
    static let wantingMax = 200
    /// A sender that nobody sends through any more may be anybody's.
    static let restMax = Duration.seconds(30)
    /// What is known about gates is refreshed every second; a database that is away must not make it old.
    static let gatesUsableFor = Duration.seconds(5)
    /// And then looked for so often.
    private static let gatesAwaited = Duration.milliseconds(200)

    var planner: SendPlanner
    private(set) var tickets: [MessageID: Ticket] = [:]
    private(set) var leased: [SenderID: Leased] = [:]
    private(set) var wanting: [SenderID: [MessageID]] = [:]
    /// Which gates are closed is known as of then; before anything is known, nothing is sent.
    private var gatesAsOf: Timestamp?

    init(inFlightMax: Int, memoryMax: Int) {
        planner = SendPlanner(inFlightMax: inFlightMax, memoryMax: memoryMax)
    }

    // MARK: Messages

    mutating func put(_ ticket: Ticket, now: Timestamp, monotonic: Duration) -> Put {
        guard tickets[ticket.id] == nil else { return .duplicate }
        switch planner.append(ticket.planned, now: now) {
        case .waits:
            tickets[ticket.id] = ticket
            noteUse(of: ticket, monotonic)
            return .waits(shed: [])
        case .shed(let messages):
            tickets[ticket.id] = ticket
            noteUse(of: ticket, monotonic)
            return .waits(shed: messages.compactMap { tickets.removeValue(forKey: $0) })
        case .duplicate: return .duplicate
        case .notOurs: return want(ticket)
        }
    }

    mutating func plan(now: Timestamp, monotonic: Duration, max: Int) -> TicketPlan {
        guard areGatesKnown(now) else { return TicketPlan(wakeAt: now + Self.gatesAwaited) }
        let planned = planner.plan(now: now, max: max)
        var plan = TicketPlan(wakeAt: planned.wakeAt)
        for send in planned.sends {
            guard let ticket = tickets[send.message.messageID] else { continue }
            guard isValid(ticket.senderID, monotonic) else {
                // Its lease was not renewed in time: it may be ours again in a moment.
                planner.finished(ticket.id, .unclaimed, now: now)
                tickets[ticket.id] = nil
                if case .noRoom = want(ticket) { plan.later.append((ticket, now + LeaseStore.span)) }
                continue
            }
            leased[ticket.senderID]?.notBegun += 1
            plan.sends.append(
                PlannedTicket(ticket: ticket, notBefore: send.notBefore, pairPaidUntil: send.pairPaidUntil))
        }
        for held in planned.held {
            if let ticket = tickets.removeValue(forKey: held.message.messageID) { plan.held.append((ticket, held.gate)) }
        }
        for later in planned.later {
            if let ticket = tickets.removeValue(forKey: later.message.messageID) {
                plan.later.append((ticket, later.until))
            }
        }
        plan.expired = planned.expired.compactMap { tickets.removeValue(forKey: $0.messageID) }
        return plan
    }

    /// Whether a claimed send may begin.
    ///
    /// - Parameter latest: a call that begins later may outlast the attempt's lease.
    mutating func depart(_ ticket: Ticket, latest: Timestamp, now: Timestamp, monotonic: Duration) -> Departure {
        guard isValid(ticket.senderID, monotonic) else { return .never(.leaseEnded) }
        guard areGatesKnown(now) else { return .never(.gatesUnknown) }
        return planner.depart(ticket.id, latest: latest, now: now)
    }

    /// The first byte of a planned send leaves now, or never.
    mutating func begun(_ ticket: Ticket) {
        // A lease that was taken again counts its own.
        guard planner.belongsToPresentLease(ticket.id), let count = leased[ticket.senderID]?.notBegun, count > 0
        else { return }
        leased[ticket.senderID]?.notBegun = count - 1
    }

    mutating func finished(_ ticket: Ticket, _ result: PlanResult, now: Timestamp) {
        planner.finished(ticket.id, result, now: now)
        tickets[ticket.id] = nil
    }

    mutating func setGates(_ gates: [ClosedGate], asOf: Timestamp) {
        planner.setGates(GateSet(gates))
        gatesAsOf = asOf
    }

    private func areGatesKnown(_ now: Timestamp) -> Bool {
        gatesAsOf.map { now - $0 <= Self.gatesUsableFor } ?? false
    }

    /// Whether a send of this sender may begin.
    func isValid(_ sender: SenderID, _ monotonic: Duration) -> Bool {
        leased[sender].map { monotonic < $0.validUntil } ?? false
    }

    private mutating func noteUse(of ticket: Ticket, _ monotonic: Duration) {
        leased[ticket.senderID]?.usedAt = monotonic
        leased[ticket.senderID]?.partitions.insert(ticket.record.topicPartition)
    }

    private mutating func want(_ ticket: Ticket) -> Put {
        guard wanting[ticket.senderID]?.count ?? 0 < Self.wantingMax else { return .noRoom }
        tickets[ticket.id] = ticket
        wanting[ticket.senderID, default: []].append(ticket.id)
        return .waits(shed: [])
    }

    // MARK: Leases

    /// Senders with messages here whose lease is not ours.
    var wishes: [LeaseWish] {
        wanting.compactMap { sender, messages in
            guard leased[sender] == nil, let ticket = messages.lazy.compactMap({ tickets[$0] }).first else { return nil }
            return LeaseWish(
                tenantID: ticket.tenantID, senderID: sender, rate: Double(ticket.sender.profile.messagesPerSecond))
        }
    }

    /// - Returns: messages that had to make room.
    mutating func grant(_ lease: GrantedLease, validUntil: Duration, now: Timestamp, monotonic: Duration) -> [Ticket] {
        let waiting = (wanting.removeValue(forKey: lease.senderID) ?? []).compactMap { tickets.removeValue(forKey: $0) }
        guard let rules = waiting.first?.sender.rules else {
            // Nobody wants it any more: it is given back when it has rested.
            leased[lease.senderID] = Leased(tenantID: lease.tenantID, validUntil: validUntil, usedAt: monotonic)
            planner.open(
                lease.senderID, of: lease.tenantID, rules: SenderRules(messagesPerSecond: max(1, Int(lease.rate))),
                resume: lease.resume(now), now: now)
            return []
        }
        leased[lease.senderID] = Leased(tenantID: lease.tenantID, validUntil: validUntil, usedAt: monotonic)
        planner.open(lease.senderID, of: lease.tenantID, rules: rules, resume: lease.resume(now), now: now)
        var shed: [Ticket] = []
        for ticket in waiting {
            switch put(ticket, now: now, monotonic: monotonic) {
            case .waits(let others): shed += others
            case .duplicate, .noRoom: shed.append(ticket)
            }
        }
        return shed
    }

    /// Where each of our senders stands, for the next owner.
    func standings(now: Timestamp) -> [LeaseStanding] {
        leased.compactMap { sender, lease in
            lease.farewell ?? planner.standing(of: sender, now: now).map { $0.lease(sender, lease.tenantID, now) }
        }
    }

    mutating func renewed(_ senders: Set<SenderID>, validUntil: Duration) {
        for sender in senders { leased[sender]?.validUntil = validUntil }
    }

    /// Senders whose lease is not ours any more, or can soon not be: what waits for them waits for the lease.
    mutating func lose(_ senders: some Sequence<SenderID>, now: Timestamp) -> [Ticket] {
        var homeless: [Ticket] = []
        for sender in senders {
            for message in planner.close(sender) {
                guard let ticket = tickets.removeValue(forKey: message) else { continue }
                if case .noRoom = want(ticket) { homeless.append(ticket) }
            }
            leased[sender] = nil
        }
        return homeless
    }

    func lapsed(_ monotonic: Duration) -> [SenderID] {
        leased.filter { $0.value.validUntil <= monotonic }.map(\.key)
    }

    /// The partitions belong to another dispatcher, who reads what waits here again. Their senders plan nothing more.
    mutating func revoke(_ partitions: Set<TopicPartition>, now: Timestamp) {
        for (sender, lease) in leased where !lease.partitions.isDisjoint(with: partitions) { bidFarewell(sender, now) }
        for (sender, messages) in wanting {
            let kept = messages.filter { !(tickets[$0].map { partitions.contains($0.record.topicPartition) } ?? true) }
            for message in messages where !kept.contains(message) { tickets[message] = nil }
            wanting[sender] = kept.isEmpty ? nil : kept
        }
    }

    /// Nobody has sent through these for a while.
    mutating func dismissResting(now: Timestamp, monotonic: Duration) {
        for (sender, lease) in leased where lease.farewell == nil && monotonic - lease.usedAt > Self.restMax {
            guard let standing = planner.standing(of: sender, now: now) else { continue }
            if standing.isAtRest { bidFarewell(sender, now) } else { leased[sender]?.usedAt = monotonic }
        }
    }

    mutating func dismissAll(now: Timestamp) {
        for sender in leased.keys { bidFarewell(sender, now) }
    }

    /// Those that have bidden farewell and whose last send has begun: to be given back now.
    mutating func takeFarewells() -> [LeaseStanding] {
        let ready = leased.filter { $0.value.farewell != nil && $0.value.notBegun == 0 }
        for sender in ready.keys { leased[sender] = nil }
        return ready.values.compactMap(\.farewell)
    }

    var isAnyoneLeaving: Bool { leased.values.contains { $0.farewell != nil } }

    private mutating func bidFarewell(_ sender: SenderID, _ now: Timestamp) {
        guard let lease = leased[sender], lease.farewell == nil else { return }
        leased[sender]?.farewell = planner.standing(of: sender, now: now)?.lease(sender, lease.tenantID, now)
            ?? LeaseStanding(
                tenantID: lease.tenantID, senderID: sender, paidIn: .zero, rate: 1, rateChangedAgo: .zero, pending: [:])
        for message in planner.close(sender) { tickets[message] = nil }
    }
}

extension SenderStanding {
    fileprivate var isAtRest: Bool {
        inFlight + waitingAuthentication + waitingUtility + waitingMarketing == 0
    }

    fileprivate func lease(_ sender: SenderID, _ tenant: TenantID, _ now: Timestamp) -> LeaseStanding {
        LeaseStanding(
            tenantID: tenant, senderID: sender, paidIn: paidUntil - now, rate: rate,
            rateChangedAgo: max(.zero, now - rateChangedAt),
            pending: [
                .authentication: waitingAuthentication, .utility: waitingUtility, .marketing: waitingMarketing,
            ])
    }
}

extension GrantedLease {
    /// - Parameter now: read after the answer, so that nothing is taken to be paid for too early.
    fileprivate func resume(_ now: Timestamp) -> SenderResume {
        SenderResume(
            paidUntil: now + paidIn, rate: rate, rateChangedAt: now + (.zero - rateChangedAgo),
            pairDebts: pairsOwe.mapValues { now + $0 }, isTakeOver: isTakeOver)
    }
}
