@testable import Models
import TestSupport

/// Every service, what it stands on, and everything that can go wrong, on one thread and in simulated time. One seed
/// decides all of it.
final class World {
    static let start = Timestamp(microseconds: 1_800_000_000_000_000)

    struct Sender {
        let id: SenderID
        let tenant: TenantID
        var rules: SenderRules
        /// The provider never allows less than we were told, and learns of a lower limit after us.
        var mostPerSecond: Int
        let isSlow: Bool
    }

    private(set) var now = World.start
    var random: SeededGenerator
    var weather: Weather
    private(set) var senders: [Sender] = []
    private(set) var mistakes: [String] = []
    /// Of the instants at which something happened: another order of events soon shows in it.
    private(set) var trace: UInt64 = 0xCBF2_9CE4_8422_2325
    /// What came about, so that a test can see that it did.
    var seen: [String: Int] = [:]
    private var agenda = Agenda()
    private var isFaulty = true
    /// Much to send while nobody reaches the provider.
    private let isOutage: Bool
    private var holders = 0

    private(set) lazy var store = Store(self)
    private(set) lazy var kafka = KafkaStandIn(self)
    private(set) lazy var provider = ProviderStandIn(self)
    private(set) lazy var dispatchers = (0..<2).map { DispatcherProcess("dispatcher \($0)", in: self) }
    private(set) lazy var schedulers = (0..<2).map { SchedulerProcess("scheduler \($0)", in: self) }
    private(set) lazy var receiver = ReceiverProcess("receiver", in: self)
    private(set) lazy var ingest = IngestProcess("ingest", in: self)
    private var processes: [Process] { dispatchers + schedulers + [receiver, ingest] }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15)
        weather = Weather(&random)
        isOutage = Int.random(in: 0..<12, using: &random) == 0
        for number in 1...Int.random(in: 1...3, using: &random) {
            let rules = isOutage ? SenderRules(messagesPerSecond: 20) : anyRules()
            senders.append(
                Sender(
                    id: SenderID(UUIDValue(high: 2, low: UInt64(number))),
                    tenant: TenantID(UUIDValue(high: 1, low: UInt64(number % 2))), rules: rules,
                    mostPerSecond: rules.messagesPerSecond, isSlow: happens(0.2)))
        }
    }

    private func anyRules() -> SenderRules {
        SenderRules(
            messagesPerSecond: pick([1, 2, 5, 20]), minimumGap: pick([.zero, .zero, .zero, .seconds(2), .seconds(20)]),
            pairBurst: pick([1, 2, 45]), inFlightMax: pick([1, 2, 20]))
    }

    /// - Returns: what went wrong.
    func run(stepsMax: Int = 60_000) -> [String] {
        for process in processes { process.start() }
        let faultsEnd = Self.start + span(10_000_000, 90_000_000)
        planTraffic()
        planFaults(until: faultsEnd)
        at(faultsEnd) { [unowned self] in calmDown() }
        var steps = 0
        while mistakes.isEmpty, let at = agenda.nextAt, let action = agenda.popFirst() {
            now = max(now, at)
            trace = (trace ^ UInt64(bitPattern: now.microseconds)) &* 0x100_0000_01B3
            action()
            checkTouched()
            steps += 1
            if steps.isMultiple(of: 100) { checkAll() }
            expect(steps < stepsMax, "it does not come to rest: \(unsettled)")
        }
        if mistakes.isEmpty {
            checkAll()
            expect(unsettled.isEmpty, "for ever: \(unsettled)")
        }
        return mistakes
    }

    private var unsettled: [String] {
        store.rows.values.filter(\.state.awaitsUs).map { row in
            let dueIn = store.due[row.id].map { "\($0.at - now)" } ?? "never"
            let gate = store.due[row.id]?.gate.flatMap { store.gates[$0] }
            let probe = gate?.probeAt.map { "\($0 - now)" } ?? "-"
            return "\(row.state) after \(row.attempts) attempts, due in \(dueIn), expires in \(row.expiresAt - now)"
                + (gate.map { " behind \($0.closing.cause), probed in \(probe)" } ?? "")
        }
    }

    // MARK: Time and chance

    func at(_ instant: Timestamp, _ action: @escaping () -> Void) { agenda.add(at: max(instant, now), action) }
    func after(_ span: Duration, _ action: @escaping () -> Void) { at(now + span, action) }

    /// In microseconds; mostly near the lower end.
    func span(_ least: Int64, _ most: Int64) -> Duration {
        let share = Double.random(in: 0..<1, using: &random)
        return .microseconds(least + Int64(Double(most - least) * share * share))
    }

    func happens(_ share: Double) -> Bool { share > 0 && Double.random(in: 0..<1, using: &random) < share }

    func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }

    func newHolder() -> Int {
        holders += 1
        return holders
    }

    func wakeSchedulers(by instant: Timestamp) {
        for scheduler in schedulers { scheduler.wake(by: instant) }
    }

    // MARK: What is known of senders

    func rules(of sender: SenderID) -> SenderRules { known(sender).rules }
    func tenant(of sender: SenderID) -> TenantID { known(sender).tenant }
    func isSlow(_ sender: SenderID) -> Bool { isFaulty && known(sender).isSlow }
    func mostPerSecond(of sender: SenderID) -> Int { known(sender).mostPerSecond }

    func policy(of tenant: TenantID) -> RetryPolicy {
        tenant.value.low == 0 ? .quick : RetryPolicy(maxRetries: 2, delays: .list([.seconds(1), .seconds(20)]))
    }

    private func known(_ sender: SenderID) -> Sender {
        guard let found = senders.first(where: { $0.id == sender }) else {
            preconditionFailure("a sender that nobody has")
        }
        return found
    }

    // MARK: What happens

    private func planTraffic() {
        let isBurst = isOutage || happens(0.3)
        if isOutage { provider.awayUntil = Self.start + span(10_000_000, 60_000_000) }
        for number in 1...(isOutage ? 100 : Int.random(in: 3...30, using: &random)) {
            let instant = Self.start + (isBurst ? span(0, 500_000) : span(0, 20_000_000))
            at(instant) { [unowned self] in accept(number) }
        }
    }

    private func accept(_ number: Int) {
        let sender = pick(senders)
        let lane = pick(Lane.allCases)
        let isScheduled = happens(0.2)
        let expiresAt = now + pick([.seconds(30), .seconds(120), .seconds(600), .seconds(7_200)])
        let row = Store.Row(
            subjects: GateSubjects(
                messageID: MessageID(UUIDValue(high: UInt64(now.microseconds / 1_000) << 16, low: UInt64(number))),
                tenantID: sender.tenant, senderID: sender.id,
                templateID: happens(0.7) ? TemplateID(UUIDValue(high: 3, low: UInt64(number % 2))) : nil,
                batchID: nil, accountID: "account \(sender.id.value.low)",
                portfolioID: "portfolio \(sender.id.value.low)", provider: .meta),
            lane: lane, priority: pick(Array(Priority.range)), recipient: "+49\(number % 4)", expiresAt: expiresAt,
            state: isScheduled ? .scheduled : .queued, changedAt: now)
        ingest.accept(row, dueAt: isScheduled ? now + span(100_000, 40_000_000) : now + .seconds(30))
    }

    private func planFaults(until end: Timestamp) {
        repeatedly(weather.deathEvery, until: end) { [unowned self] in
            let process = pick(processes)
            process.die()
            after(span(50_000, 9_000_000)) { process.start() }
        }
        repeatedly(weather.pauseEvery, until: end) { [unowned self] in
            let process = pick(processes)
            let span = span(20_000, pick([500_000, 8_000_000, 45_000_000]))
            process.pause(for: span)
            guard span > .seconds(4), let dispatcher = process as? DispatcherProcess else { return }
            after(.seconds(4)) { [unowned self] in kafka.exclude(dispatcher) }
        }
        repeatedly(weather.clockStepEvery, until: end) { [unowned self] in
            pick(processes).stepClock(by: pick([.zero, .seconds(-3_600), .seconds(-5), .seconds(5), .seconds(7_200)]))
        }
        repeatedly(weather.rebalanceEvery, until: end) { [unowned self] in kafka.rebalance() }
        repeatedly(weather.actionEvery, until: end) { [unowned self] in act() }
        repeatedly(weather.troubleEvery, until: end) { [unowned self] in
            if happens(0.3) { provider.awayUntil = now + span(5_000_000, 60_000_000) }
            let codes = [2, 190, 131_057, 132_015, 131_042, 368, 131_048, 80_007, 4, 130_429, 3]
            provider.troubles[pick(senders).id] = (pick(codes), now + span(1_000_000, 60_000_000))
        }
    }

    private func repeatedly(_ every: Duration?, until end: Timestamp, _ action: @escaping () -> Void) {
        guard let every, now + every < end else { return }
        after(every) { [unowned self] in
            action()
            repeatedly(every, until: end, action)
        }
    }

    private func act() {
        let index = Int.random(in: 0..<senders.count, using: &random)
        let sender = senders[index]
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            if let id = store.rows.keys.min(by: { ($0.value.low % 7, $0) < ($1.value.low % 7, $1) }) { ingest.cancel(id) }
        case 1:
            let closings: [(GateScope, String)] = [
                (.sender, "\(sender.id)"), (.tenant, "\(sender.tenant)"),
                (.template, "\(TemplateID(UUIDValue(high: 3, low: 1)))"),
            ]
            let (scope, subject) = pick(closings)
            ingest.pause(
                GateClosing(scope: scope, subject: subject, tenantID: sender.tenant, cause: .paused),
                for: span(1_000_000, 60_000_000))
        case 2:
            let rules = SenderRules(
                messagesPerSecond: pick([1, 2, 5, 20]), minimumGap: sender.rules.minimumGap,
                pairBurst: sender.rules.pairBurst, inFlightMax: pick([1, 2, 20]))
            senders[index].rules = rules
            senders[index].mostPerSecond = max(sender.mostPerSecond, rules.messagesPerSecond)
        default:
            // The lower limit holds at the provider too, after we have had time to hear of it.
            after(.seconds(60)) { [unowned self] in
                let lease = store.leases[sender.id]
                guard lease.map({ $0.until <= now }) ?? true else { return }
                senders[index].mostPerSecond = senders[index].rules.messagesPerSecond
            }
        }
    }

    private func calmDown() {
        isFaulty = false
        weather = .calm
        provider.troubles = [:]
        provider.awayUntil = now
        for process in processes {
            process.stepClock(by: .zero)
            process.start()
        }
        for gate in store.gates.values where !gate.isOpen && gate.closing.cause == .paused { store.open(gate.id) }
        wakeSchedulers(by: now)
    }

    func saw(_ what: String) { seen[what, default: 0] += 1 }

    func note(_ mistake: String) {
        if mistakes.count < 3 { mistakes.append("\(now - Self.start): \(mistake)") }
    }
}
