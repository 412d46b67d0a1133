import EventBus
import Kafka
import Models
import Runtime
import ServiceKit
import Storage

/// Plans what may be sent, claims it, sends it, records what came of it: planned → claimed → sent → recorded, each
/// stage taking only what the one before it made.
final class SendingPart: Part {
    let name = "sending"
    let stopMax: Duration
    /// Messages of one claim: one transaction, one round trip.
    static let claimMax = 200

    private let lease: Duration
    private let sendDeadline: Duration
    private let inFlightMax: Int
    private let store: DispatchStore
    private let reservations: ReservationStore
    private let senders: SenderProfiles
    private let desk: SharedDesk
    private let gates: GateKeeper
    private let returns: Returns
    private let calls: Calls
    private let news: BusOutlet
    private let metrics: DispatchMetrics
    private let finish: @Sendable ([ConsumedRecord]) -> Void
    private let stopping: StopFlag

    init(
        _ settings: DispatcherSettings, store: DispatchStore, reservations: ReservationStore, senders: SenderProfiles,
        desk: SharedDesk, gates: GateKeeper, returns: Returns, calls: Calls, news: BusOutlet, metrics: DispatchMetrics,
        stopping: StopFlag, finish: @escaping @Sendable ([ConsumedRecord]) -> Void
    ) {
        lease = settings.lease
        sendDeadline = settings.sendDeadline
        inFlightMax = settings.inFlightMax
        stopMax = settings.sendDeadline + .seconds(5)
        self.store = store
        self.reservations = reservations
        self.senders = senders
        self.desk = desk
        self.gates = gates
        self.returns = returns
        self.calls = calls
        self.news = news
        self.metrics = metrics
        self.stopping = stopping
        self.finish = finish
    }

    func run() async throws {
        async let returning: Void = returns.run()
        await withDiscardingTaskGroup { group in
            while !stopping.isSet {
                if calls.unwritten >= inFlightMax {
                    await desk.changed.wait(atMost: .milliseconds(50))
                    continue
                }
                let plan = nextPlan()
                if plan.isEmpty {
                    await desk.changed.wait(atMost: wait(for: plan))
                } else {
                    await carryOut(plan, in: &group)
                }
            }
        }
        returns.end()
        await returning
    }

    /// No new plans; calls under way finish and are recorded.
    func stop(within limit: Duration) async {
        stopping.set()
        desk.changed.set()
        returns.hurry()
    }

    private func nextPlan() -> TicketPlan {
        let (now, monotonic) = (desk.clock.now(), Monotonic.now())
        return desk.withLock { $0.plan(now: now, monotonic: monotonic, max: Self.claimMax) }
    }

    private func wait(for plan: TicketPlan) -> Duration {
        guard let wakeAt = plan.wakeAt else { return .seconds(1) }
        return min(max(wakeAt - desk.clock.now(), .milliseconds(1)), .seconds(1))
    }

    private func carryOut(_ plan: TicketPlan, in group: inout DiscardingTaskGroup) async {
        returns.expire(plan.expired)
        returns.giveBack(plan.later.map { ($0.ticket, desk.clock.wall($0.until)) })
        if !plan.held.isEmpty { group.addTask { await self.gates.hold(plan.held) } }
        let sends = await withFreshSenders(plan.sends, in: &group)
        let limited = sends.filter { $0.ticket.reservation != nil }
        if !limited.isEmpty {
            group.addTask { [self] in
                let granted = await reserve(limited)
                await withDiscardingTaskGroup { await claimAndSend(granted, in: &$0) }
            }
        }
        await claimAndSend(limited.isEmpty ? sends : sends.filter { $0.ticket.reservation == nil }, in: &group)
    }

    /// A message may have waited here for some seconds, and its sender been changed meanwhile.
    private func withFreshSenders(_ sends: [PlannedTicket], in group: inout DiscardingTaskGroup) async -> [PlannedTicket] {
        let keys = Set(sends.map { SenderProfiles.Key(tenantID: $0.ticket.tenantID, senderID: $0.ticket.senderID) })
        guard let fresh = try? await senders.values(of: keys) else { return sends }
        let now = desk.clock.now()
        desk.withLock { desk in
            for (sender, value) in fresh { desk.planner.setRules(value.rules, of: sender, now: now) }
        }
        var active: [PlannedTicket] = []
        var off: [Ticket] = []
        for send in sends {
            let ticket = send.ticket.with(fresh[send.ticket.senderID] ?? send.ticket.sender)
            if ticket.sender.isActive {
                active.append(
                    PlannedTicket(ticket: ticket, notBefore: send.notBefore, pairPaidUntil: send.pairPaidUntil))
            } else {
                drop(ticket)
                off.append(ticket)
            }
        }
        if !off.isEmpty { group.addTask { [off] in await self.gates.holdSwitchedOff(off) } }
        return active
    }

    /// Planned, and not sent after all: its slot is lost.
    private func drop(_ ticket: Ticket) {
        desk.begun(ticket)
        desk.finished(ticket, .unclaimed)
    }

    /// What outlives a dispatcher is reserved before the claim.
    private func reserve(_ sends: [PlannedTicket]) async -> [PlannedTicket] {
        let wishes = sends.compactMap(\.ticket.reservation)
        let denied = await untilDone("reserving", unless: stopping) { try await self.reservations.reserve(wishes) }
        guard let denied else {
            for send in sends { drop(send.ticket) }
            return []
        }
        var granted: [PlannedTicket] = []
        var beyondDay: [(ticket: Ticket, turnAt: Timestamp?)] = []
        var beyondPortfolio: [Timestamp: [Ticket]] = [:]
        for send in sends {
            switch denied[send.ticket.id] ?? .granted {
            case .granted: granted.append(send)
            case .dayFull(let until):
                drop(send.ticket)
                desk.hit(.dailyQuota, send.ticket, subject: "\(send.ticket.tenantID)")
                beyondDay.append((send.ticket, min(until, send.ticket.message.expiresAt)))
            case .portfolioFull(let until):
                drop(send.ticket)
                desk.hit(.portfolioRecipients, send.ticket, subject: send.ticket.sender.profile.portfolioID)
                beyondPortfolio[until, default: []].append(send.ticket)
            }
        }
        returns.giveBack(beyondDay)
        for (until, tickets) in beyondPortfolio { await gates.holdBeyondPortfolio(tickets, until: until) }
        return granted
    }

    private func claimAndSend(_ sends: [PlannedTicket], in group: inout DiscardingTaskGroup) async {
        if sends.isEmpty { return }
        let started = Monotonic.now()
        let spans = sends.compactMap { Tracer.begin("claim", .internal, below: $0.ticket.span?.context) }
        let now = desk.clock.now()
        let orders = sends.map { ClaimOrder($0.ticket.message, pairOwes: $0.pairPaidUntil.map { $0 - now }) }
        let answer = await untilDone("a claim", unless: stopping) {
            FaultPoint.reach(.dispatcherBeforeClaim)
            let asked = self.desk.clock.now()
            return (claim: try await self.store.claim(orders, lease: self.lease), asked: asked)
        }
        guard let (claim, asked) = answer else {
            // Told to stop while the database was away: the records stay unfinished and come again.
            for send in sends { drop(send.ticket) }
            return
        }
        FaultPoint.reach(.dispatcherAfterClaim)
        for span in spans { span.end([("tidings.claim.size", .integer(sends.count))]) }
        metrics.claimSeconds.observe(Monotonic.now() - started)
        metrics.claimed.increment(by: claim.claimed.count)
        metrics.expired.increment(by: claim.ended.count { $0.state == .expired })
        metrics.forbidden.increment(by: claim.ended.count { $0.state == .cancelled })
        // The attempt's lease must cover the whole call.
        let latest = asked + (lease - sendDeadline - LeaseKeeper.margin)
        var rest: [MessageID: PlannedTicket] = [:]
        for send in sends { rest[send.ticket.id] = send }
        for message in claim.claimed {
            guard let send = rest.removeValue(forKey: message.messageID) else { continue }
            group.addTask { await self.calls.make(send, message, latest: latest) }
        }
        news.tell(claim.ended.map { $0.message.move(to: $0.state).event(attempt: $0.message.attempts) })
        // Not ours to send: sent already, told twice, held or ended since.
        for send in rest.values { drop(send.ticket) }
        finish(rest.values.map(\.ticket.record))
    }
}
