/// Work that waits for a connection.
protocol Waiting: Sendable {
    /// How many rows it brings, for batches and for the bound of the line.
    var weight: Int { get }
    func fail(_ error: DatabaseError)
}

/// First in, first out, bounded, and nobody waits longer than `patience`.
final class WaitingLine<Entry: Waiting>: Sendable {
    private struct Place {
        let entry: Entry
        let deadline: ContinuousClock.Instant
    }

    private struct State {
        var places: [Place] = []
        /// Places before this one are taken; the array is cut now and then, not at every turn.
        var head = 0
        var weight = 0
        /// Closed until `open()`: nobody would serve the line.
        var isClosed = true
        var live = 0
        var lastConnectError: DatabaseError?
        var expired = 0

        var isEmpty: Bool { head == places.count }

        mutating func removeFirst() -> Entry {
            let entry = places[head].entry
            head += 1
            weight -= entry.weight
            if head == places.count {
                places.removeAll(keepingCapacity: true)
                head = 0
            } else if head > 1_024, head * 2 > places.count {
                places.removeFirst(head)
                head = 0
            }
            return entry
        }

        mutating func removeAll() -> [Entry] {
            let entries = places[head...].map(\.entry)
            places = []
            head = 0
            weight = 0
            return entries
        }
    }

    private let gate = Gate(State())
    private let weightMax: Int
    private let patience: Duration

    init(weightMax: Int, patience: Duration) {
        self.weightMax = weightMax
        self.patience = patience
    }

    struct Snapshot {
        let weight: Int
        let expired: Int
        let live: Int
    }

    var snapshot: Snapshot {
        gate.with { Snapshot(weight: $0.weight, expired: $0.expired, live: $0.live) }
    }

    func open() { gate.with { $0.isClosed = false } }

    /// Joins the line, or fails the entry at once.
    func push(_ entry: Entry) {
        let refusal: DatabaseError? = gate.with { state in
            if state.isClosed { return .stopped }
            guard state.weight + entry.weight <= weightMax else { return .overloaded }
            state.places.append(Place(entry: entry, deadline: .now + patience))
            state.weight += entry.weight
            return nil
        }
        if let refusal { entry.fail(refusal) } else { gate.signalWork() }
    }

    /// Blocks until there is work; takes the first entry and what fits beside it. Nil: closed, and nothing
    /// left.
    func take(upTo weightMax: Int) -> [Entry]? {
        var isMore = false
        let taken = gate.wait(for: .work) { state -> [Entry]?? in
            guard !state.isEmpty else { return state.isClosed ? .some(nil) : nil }
            var taken = [state.removeFirst()]
            var weight = taken[0].weight
            while !state.isEmpty, weight + state.places[state.head].entry.weight <= weightMax {
                let entry = state.removeFirst()
                weight += entry.weight
                taken.append(entry)
            }
            isMore = !state.isEmpty
            return taken
        }
        if isMore { gate.signalWork() }
        return taken ?? nil
    }

    /// Gives back, to the front, what was taken for a connection that proved dead before anything was sent.
    func putBack(_ entries: [Entry]) {
        gate.with { state in
            let deadline = ContinuousClock.now + patience
            let places = entries.map { Place(entry: $0, deadline: deadline) }
            state.places.replaceSubrange(..<state.head, with: places)
            state.head = 0
            state.weight += entries.reduce(0) { $0 + $1.weight }
        }
        gate.signalWork()
    }

    /// No more entries. Those waiting are still served when `draining`, and failed otherwise.
    func close(draining: Bool) {
        let left: [Entry] = gate.with { state in
            state.isClosed = true
            return draining ? [] : state.removeAll()
        }
        gate.wakeAll()
        for entry in left { entry.fail(.stopped) }
    }

    func connected() {
        gate.with {
            $0.live += 1
            $0.lastConnectError = nil
        }
    }

    func disconnected() { gate.with { $0.live -= 1 } }

    /// Between two attempts to connect.
    ///
    /// - Returns: false when the line closed meanwhile, with nothing left to serve.
    func pause(for delay: Duration, after error: DatabaseError) -> Bool {
        gate.with { $0.lastConnectError = error }
        let isOver: Bool? = gate.wait(for: .other, within: delay) {
            $0.isClosed && ($0.isEmpty || $0.live == 0) ? true : nil
        }
        guard isOver == true else { return true }
        // A last connection that cannot be had again: whoever still waits would wait for ever.
        let left: [Entry] = gate.with { $0.live == 0 ? $0.removeAll() : [] }
        for entry in left { entry.fail(error) }
        return false
    }

    /// Fails whoever has waited too long; runs on a thread of its own until the line closes.
    func watch() {
        let step = min(max(patience / 4, .milliseconds(10)), .seconds(1))
        while true {
            let isClosed: Bool? = gate.wait(for: .other, within: step) {
                $0.isClosed && $0.isEmpty ? true : nil
            }
            let now = ContinuousClock.now
            let (late, reason): ([Entry], DatabaseError) = gate.with { state in
                var late: [Entry] = []
                while !state.isEmpty, state.places[state.head].deadline <= now {
                    late.append(state.removeFirst())
                }
                state.expired += late.count
                let isDown = state.live == 0
                return (late, isDown ? state.lastConnectError ?? .timeout : .timeout)
            }
            for entry in late { entry.fail(reason) }
            if isClosed == true { return }
        }
    }
}
