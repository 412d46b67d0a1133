import Models
import TestSupport

let plannerStart = Timestamp(microseconds: 1_800_000_000_000_000)

extension UUIDValue {
    static func numbered(_ number: Int) -> UUIDValue { UUIDValue(high: 7, low: UInt64(number)) }
}

func senderID(_ number: Int) -> SenderID { SenderID(.numbered(1_000 + number)) }

func planned(
    _ number: Int, from sender: Int = 0, to recipient: String? = nil, lane: Lane = .utility, priority: Int = 5,
    provider: Provider = .meta, template: Int? = nil, expiresAt: Timestamp = plannerStart + .seconds(86_400)
) -> PlannedMessage {
    PlannedMessage(
        subjects: GateSubjects(
            messageID: MessageID(.numbered(number)), tenantID: TenantID(.numbered(sender)),
            senderID: senderID(sender), templateID: template.map { TemplateID(.numbered($0)) }, batchID: nil,
            accountID: "account \(sender)", portfolioID: "portfolio \(sender)", provider: provider),
        lane: lane, priority: priority, recipient: recipient ?? "+49\(number)", readyAt: plannerStart,
        expiresAt: expiresAt, isBusinessInitiated: true)
}

extension SendPlanner {
    /// A rested sender.
    mutating func open(_ number: Int, _ rules: SenderRules, now: Timestamp = plannerStart) {
        open(
            senderID(number), of: TenantID(.numbered(number)), rules: rules, resume: .rested(at: now), now: now)
    }

    mutating func appendAll(_ messages: some Sequence<PlannedMessage>, now: Timestamp = plannerStart) {
        for message in messages { _ = append(message, now: now) }
    }

    /// Plans until nothing more can be done at this instant, finishing every send at once.
    mutating func sendAll(now: Timestamp, result: PlanResult = .accepted) -> Plan {
        var all = Plan()
        while true {
            let plan = plan(now: now, max: 100)
            all.sends += plan.sends
            all.held += plan.held
            all.later += plan.later
            all.expired += plan.expired
            all.wakeAt = plan.wakeAt
            for send in plan.sends { finished(send.message.messageID, result, now: now) }
            if plan.isEmpty { return all }
        }
    }

    /// Goes on from alarm to alarm until the end.
    mutating func run(
        from start: Timestamp, until end: Timestamp, result: PlanResult = .accepted
    ) -> (plan: Plan, now: Timestamp) {
        var all = Plan()
        var now = start
        while true {
            let plan = sendAll(now: now, result: result)
            all.sends += plan.sends
            all.held += plan.held
            all.later += plan.later
            all.expired += plan.expired
            guard let wakeAt = plan.wakeAt, wakeAt < end else { return (all, now) }
            now = max(wakeAt, now + .microseconds(1))
        }
    }
}

/// The provider's side: strict, to the microsecond.
struct StrictLimits {
    private var sent: [SenderID: [Int64]] = [:]
    private var pairs: [String: [Int64]] = [:]

    mutating func note(_ message: PlannedMessage, at slot: Timestamp) {
        sent[message.senderID, default: []].append(slot.microseconds)
        pairs["\(message.senderID) \(message.recipient)", default: []].append(slot.microseconds)
    }

    /// Sends beyond what any sliding second may hold.
    func rateBreaches(of sender: Int, limit: Int) -> Int {
        let slots = (sent[senderID(sender)] ?? []).sorted()
        return slots.indices.dropFirst(limit).count { slots[$0] - slots[$0 - limit] < 1_000_000 }
    }

    /// Sends that a limiter of one in 6 s refuses.
    func pairBreaches(of sender: Int, burst: Int) -> Int {
        pairs.filter { $0.key.hasPrefix("\(senderID(sender)) ") }.values.reduce(0) { breaches, slots in
            var limit = RateLimit(interval: .seconds(6), burst: burst, paidUntil: Timestamp(microseconds: 0))
            return breaches + slots.sorted().count { limit.take(at: Timestamp(microseconds: $0)) != .granted }
        }
    }
}

let rateRefusal = MetaErrors.classify(code: 130_429)
let pairRefusal = MetaErrors.classify(code: 131_056)
let outage = MetaErrors.classify(code: 2)
