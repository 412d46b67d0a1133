/// One sender as the planner sees it: what waits, and what limits it.
struct SenderFlow: Sendable {
    /// Where the planner finds the sender when something can be done for it.
    enum Place: Hashable, Sendable {
        /// Nothing waits.
        case idle
        /// Its turn comes.
        case ring
        /// Its turn comes at an instant.
        case timed
        /// As many calls are under way as may be.
        case full
        /// A probe tries the provider.
        case outage
    }

    let senderID: SenderID
    let tenantID: TenantID
    /// Tells the sender's lease from an earlier one in the same place.
    let generation: Int
    var pace: SenderPace
    var pairs: PairLimits
    var lanes = LaneQueues()
    /// Their recipient has had enough for a moment; none of them holds back another.
    var parked = TimedHeap<PlannedMessage>()
    var inFlight = 0
    var provider = Provider.meta
    var place = Place.idle
    /// Grows with every change of place, so that an alarm set before is known as stale.
    var stamp = 0
    /// In which class of size the planner has noted it.
    var crowd = 0
    private(set) var waitingAuthentication = 0
    private(set) var waitingUtility = 0
    private(set) var waitingMarketing = 0

    init(
        _ senderID: SenderID, of tenantID: TenantID, generation: Int, rules: SenderRules, resume: SenderResume
    ) {
        self.senderID = senderID
        self.tenantID = tenantID
        self.generation = generation
        pace = SenderPace(rules, resume)
        pairs = PairLimits(burst: rules.pairBurst, resume: resume)
    }

    var waiting: Int { waitingAuthentication + waitingUtility + waitingMarketing }
    var hasRoomInFlight: Bool { inFlight < pace.rules.inFlightMax }

    mutating func append(_ message: PlannedMessage) {
        provider = message.subjects.provider
        lanes.append(message)
        count(message.lane, 1)
    }

    /// The next message; it is counted as waiting until `left`.
    mutating func next() -> PlannedMessage? { lanes.popNext() }

    mutating func left(_ message: PlannedMessage) { count(message.lane, -1) }

    mutating func park(_ message: PlannedMessage, until: Timestamp) { parked.insert(message, at: until) }

    mutating func unpark(_ now: Timestamp) {
        guard let at = parked.nextAt, at <= now else { return }
        var back: [PlannedMessage] = []
        while let at = parked.nextAt, at <= now, let message = parked.popFirst() { back.append(message) }
        for message in back.reversed() { lanes.putBack(message) }
    }

    /// The message that is missed least, out of those that have no turn promised.
    mutating func shed() -> PlannedMessage? {
        guard let least = lanes.popLeast() else { return nil }
        left(least)
        return least
    }

    /// All that wait.
    mutating func drain() -> [PlannedMessage] {
        var all = parked.elements
        while let message = lanes.popNext() { all.append(message) }
        return all
    }

    /// Nothing is left of it but its place.
    mutating func end() {
        parked = TimedHeap()
        lanes = LaneQueues()
        pairs = PairLimits(burst: 1, resume: .rested(at: Timestamp(microseconds: 0)))
        (waitingAuthentication, waitingUtility, waitingMarketing) = (0, 0, 0)
    }

    var standing: SenderStanding {
        SenderStanding(
            paidUntil: pace.paidUntil,
            rate: pace.rate,
            rateChangedAt: pace.rateChangedAt,
            inFlight: inFlight,
            waitingAuthentication: waitingAuthentication,
            waitingUtility: waitingUtility,
            waitingMarketing: waitingMarketing
        )
    }

    private mutating func count(_ lane: Lane, _ change: Int) {
        switch lane {
        case .authentication: waitingAuthentication += change
        case .utility: waitingUtility += change
        case .marketing: waitingMarketing += change
        }
    }
}

/// Which senders have most waiting, to within a factor of two, without sorting them.
struct Crowds: Sendable {
    /// Senders with less are not worth telling apart.
    private static let notedFrom = 5

    private var crowds: [[Int]] = Array(repeating: [], count: Int.bitWidth + 1)
    /// Where in its crowd each sender stands, by its index. No set: which of a set's is first differs from run to run.
    private var places: [Int] = []

    /// - Returns: the class of size it is noted in now.
    mutating func note(_ flow: Int, waiting: Int, was: Int) -> Int {
        let size = Int.bitWidth - waiting.leadingZeroBitCount
        let now = size >= Self.notedFrom ? size : 0
        guard now != was else { return now }
        if was > 0 { leave(flow, was) }
        if now > 0 { join(flow, now) }
        return now
    }

    private mutating func join(_ flow: Int, _ crowd: Int) {
        while places.count <= flow { places.append(0) }
        places[flow] = crowds[crowd].count
        crowds[crowd].append(flow)
    }

    /// The last one takes the place that becomes free.
    private mutating func leave(_ flow: Int, _ crowd: Int) {
        let last = crowds[crowd].removeLast()
        guard last != flow else { return }
        crowds[crowd][places[flow]] = last
        places[last] = places[flow]
    }

    var largest: Int? { crowds.last { !$0.isEmpty }?.first }
}
