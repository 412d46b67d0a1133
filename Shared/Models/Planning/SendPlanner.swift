/// Decides which message goes next, and when: pure, so that all its promises can be tried without a clock.
///
/// Senders take turns, one message each; within a sender the lanes, within a lane the priorities. A sender that must
/// wait leaves the turns until it can go on, and a message whose recipient must wait leaves its lane: neither holds
/// back another. What waits longer than `memoryWaitMax`, or is too much, leaves memory: its row in Postgres is the
/// queue that never loses anything.
///
/// `now` should never jump: hand in a wall clock's reading taken once plus monotonic time since. Every operation takes
/// about constant time, however much waits.
package struct SendPlanner: Sendable {
    /// A send that is later than this for its slot asks for another: slots that are missed together would go out
    /// together.
    package static let slotMissedAfter: Duration = .milliseconds(5)
    /// Slots are given out this far ahead, so that a claim's round trip costs no throughput.
    package static let horizon: Duration = .milliseconds(50)
    /// What must wait longer does not wait in memory.
    package static let memoryWaitMax: Duration = .seconds(5)

    /// A planned send that is not finished.
    struct Flight: Sendable {
        let flow: Int
        let generation: Int
        let message: PlannedMessage
        var slot: Timestamp
    }

    /// A sender's place in a line; stale once the sender was put elsewhere.
    struct Turn: Sendable {
        let index: Int
        let stamp: Int
    }

    /// Closed ones stay until their place is used again.
    var flows: [SenderFlow] = []
    var indexes: [SenderID: Int] = [:]
    var freeIndexes: [Int] = []
    private var generations = 0
    private var stamps = 0
    /// Whose turn it is, in order.
    var ring = Ring<Turn>()
    var wakes = TimedHeap<Turn>()
    var waitingForProbe: [Provider: [Turn]] = [:]
    var crowds = Crowds()
    var waitingIDs: Set<MessageID> = []
    var flights: [MessageID: Flight] = [:]
    var breakers: [Provider: Breaker] = [:]
    /// Asked for every message: nearly always true.
    var allBreakersAreClosed = true
    var gates = GateSet()
    var hits = LimitHits()
    private var forgetting = 0

    let inFlightMax: Int
    let pendingPerSenderMin: Int
    let pendingSeconds: Int
    let memoryMax: Int

    /// - Parameters:
    ///   - inFlightMax: planned and not finished, of all senders together.
    ///   - pendingPerSenderMin: what may wait in memory however slow the sender is.
    ///   - pendingSeconds: and otherwise about as much as goes out in this time.
    ///   - memoryMax: waiting, of all senders together.
    package init(
        inFlightMax: Int, pendingPerSenderMin: Int = 200, pendingSeconds: Int = 5, memoryMax: Int = 20_000
    ) {
        precondition(inFlightMax > 0 && pendingPerSenderMin > 0 && pendingSeconds > 0 && memoryMax > 0)
        self.inFlightMax = inFlightMax
        self.pendingPerSenderMin = pendingPerSenderMin
        self.pendingSeconds = pendingSeconds
        self.memoryMax = memoryMax
    }

    package var waiting: Int { waitingIDs.count }
    package var inFlight: Int { flights.count }
    package var senders: Int { indexes.count }
    /// Recipients whose debt is remembered.
    package var pairsRemembered: Int { flows.reduce(0) { $0 + $1.pairs.count } }

    package func isOpen(_ sender: SenderID) -> Bool { indexes[sender] != nil }
    package func isInFlight(_ message: MessageID) -> Bool { flights[message] != nil }

    /// We hold the sender's lease from now on.
    package mutating func open(
        _ sender: SenderID, of tenant: TenantID, rules: SenderRules, resume: SenderResume, now: Timestamp
    ) {
        if indexes[sender] != nil { return setRules(rules, of: sender, now: now) }
        generations += 1
        let flow = SenderFlow(sender, of: tenant, generation: generations, rules: rules, resume: resume)
        if let index = freeIndexes.popLast() {
            flows[index] = flow
            indexes[sender] = index
        } else {
            indexes[sender] = flows.count
            flows.append(flow)
        }
    }

    package mutating func setRules(_ rules: SenderRules, of sender: SenderID, now: Timestamp) {
        guard let index = indexes[sender], flows[index].pace.rules != rules else { return }
        flows[index].pace.setRules(rules)
        flows[index].pairs.setBurst(rules.pairBurst)
        lookAgain(index)
    }

    /// The lease is lost or given back: what waited is forgotten here, what is in flight still finishes.
    package mutating func close(_ sender: SenderID) -> [MessageID] {
        guard let index = indexes.removeValue(forKey: sender) else { return [] }
        let forgotten = flows[index].drain().map(\.messageID)
        flows[index].end()
        noteCrowd(index)
        put(index, .idle)
        freeIndexes.append(index)
        waitingIDs.subtract(forgotten)
        return forgotten
    }

    package mutating func setGates(_ gates: GateSet) { self.gates = gates }

    /// Hits of limits since the last call.
    package mutating func takeHits() -> [LimitHit] { hits.take() }

    /// Nil when the sender is not open here.
    package func standing(of sender: SenderID, now: Timestamp) -> SenderStanding? {
        indexes[sender].map { flows[$0].standing }
    }

    package func breaker(of provider: Provider, now: Timestamp) -> BreakerState {
        breakers[provider]?.shown(now: now) ?? .closed
    }

    /// The sender gets a turn, wherever it waited.
    mutating func lookAgain(_ index: Int) {
        guard flows[index].place != .ring, flows[index].waiting > 0 else { return }
        ring.append(put(index, .ring))
    }

    @discardableResult
    mutating func put(_ index: Int, _ place: SenderFlow.Place) -> Turn {
        stamps += 1
        flows[index].place = place
        flows[index].stamp = stamps
        return Turn(index: index, stamp: stamps)
    }

    func isCurrent(_ turn: Turn) -> Bool { flows[turn.index].stamp == turn.stamp }

    mutating func noteCrowd(_ index: Int) {
        flows[index].crowd = crowds.note(index, waiting: flows[index].waiting, was: flows[index].crowd)
    }

    /// Senders that rest forget their recipients too, a few at a time.
    mutating func forgetRested(_ now: Timestamp) {
        guard !flows.isEmpty else { return }
        forgetting = (forgetting + 1) % flows.count
        flows[forgetting].pairs.forgetRested(now, atMost: 8)
    }
}
