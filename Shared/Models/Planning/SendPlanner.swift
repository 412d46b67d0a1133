/// Decides which message goes next, and when: pure, so that all its promises can be tried without a clock.
///
/// `now` never goes backwards: hand in a wall clock's reading taken once plus monotonic time since.
package struct SendPlanner: Sendable {
    /// A send that is later than this for its slot asks for another: slots that are missed together would go out
    /// together.
    package static let slotMissedAfter: Duration = .milliseconds(10)
    /// Slots are given out this far ahead, so that a claim's round trip costs no throughput.
    package static let horizon: Duration = .milliseconds(50)
    /// What must wait longer does not wait in memory.
    package static let memoryWaitMax: Duration = .seconds(5)

    private struct Flow: Sendable {
        var rules: SenderRules
        var resume: SenderResume
        var inFlight = 0
    }

    private var flows: [SenderID: Flow] = [:]
    private var queue: FairQueue<SenderID, PlannedMessage>
    private var known: Set<MessageID> = []
    private var flights: [MessageID: SenderID] = [:]
    private var gates = GateSet()
    private var hits = LimitHits()
    private let inFlightMax: Int
    private let memoryMax: Int

    /// - Parameters:
    ///   - inFlightMax: planned and not finished, of all senders together.
    ///   - memoryMax: waiting, of all senders together.
    package init(
        inFlightMax: Int, pendingPerSenderMin: Int = 200, pendingSeconds: Int = 5, memoryMax: Int = 20_000
    ) {
        self.inFlightMax = inFlightMax
        self.memoryMax = memoryMax
        queue = FairQueue(flowItemsMax: memoryMax)
    }

    package var waiting: Int { queue.count }
    package var inFlight: Int { flights.count }

    package func isOpen(_ sender: SenderID) -> Bool { flows[sender] != nil }

    /// We hold the sender's lease from now on.
    package mutating func open(
        _ sender: SenderID, of tenant: TenantID, rules: SenderRules, resume: SenderResume, now: Timestamp
    ) {
        flows[sender] = Flow(rules: rules, resume: resume)
    }

    package mutating func setRules(_ rules: SenderRules, of sender: SenderID, now: Timestamp) {
        flows[sender]?.rules = rules
    }

    /// The lease is lost or given back: what waited is forgotten here, what is in flight still finishes.
    package mutating func close(_ sender: SenderID) -> [MessageID] {
        flows[sender] = nil
        let forgotten = queue.remove(sender).map(\.messageID)
        known.subtract(forgotten)
        return forgotten
    }

    package mutating func append(_ message: PlannedMessage, now: Timestamp) -> Appended {
        guard flows[message.senderID] != nil else { return .notOurs }
        guard !known.contains(message.messageID) else { return .duplicate }
        guard queue.append(message, to: message.senderID) else { return .shed([message.messageID]) }
        known.insert(message.messageID)
        return .waits
    }

    package mutating func setGates(_ gates: GateSet) { self.gates = gates }

    /// - Parameter max: messages in the plan.
    package mutating func plan(now: Timestamp, max: Int) -> Plan {
        var plan = Plan()
        while plan.count < max, flights.count < inFlightMax,
            let (sender, message) = queue.next(where: { _ in true })
        {
            if message.expiresAt <= now {
                known.remove(message.messageID)
                plan.expired.append(message)
            } else if let gate = gates.closed(for: message.subjects) {
                known.remove(message.messageID)
                plan.held.append(Plan.Held(message: message, gate: gate))
            } else {
                flights[message.messageID] = sender
                plan.sends.append(Plan.Send(message: message, notBefore: now, pairPaidUntil: nil))
            }
        }
        return plan
    }

    /// Another slot for a planned send that missed its own.
    package mutating func renewSlot(of message: MessageID, now: Timestamp) -> Timestamp { now }

    package mutating func finished(_ message: MessageID, _ result: PlanResult, now: Timestamp) {
        guard flights.removeValue(forKey: message) != nil else { return }
        known.remove(message)
    }

    /// Hits of limits since the last call.
    package mutating func takeHits() -> [LimitHit] { hits.take() }

    /// Nil when the sender is not open here.
    package func standing(of sender: SenderID, now: Timestamp) -> SenderStanding? {
        guard let flow = flows[sender] else { return nil }
        return SenderStanding(
            paidUntil: flow.resume.paidUntil, rate: Double(flow.rules.messagesPerSecond), rateChangedAt: now,
            inFlight: flow.inFlight, waitingAuthentication: 0, waitingUtility: 0, waitingMarketing: 0)
    }

    package func breaker(of provider: Provider, now: Timestamp) -> BreakerState { .closed }
}
