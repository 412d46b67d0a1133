/// Serves flows (senders, tenants) in turn and by weight, so that one flow's backlog cannot delay another's
/// first item.
///
/// Deficit round robin: a flow whose turn comes is credited with its weight, and one item costs one credit.
/// Every operation but looking past closed flows takes constant time.
package struct FairQueue<Flow: Hashable & Sendable, Item: Sendable>: Sendable {
    private struct Backlog: Sendable {
        var items: [Item] = []
        var head = 0
        var weight: Int
        var credit = 0

        var count: Int { items.count - head }
    }

    private var backlogs: [Flow: Backlog] = [:]
    /// Flows with a backlog, whose turn it is at `first`. A ring would do; a head index that is trimmed is
    /// simpler.
    private var turns: [Flow] = []
    private var first = 0
    private let flowItemsMax: Int
    package private(set) var count = 0

    package init(flowItemsMax: Int) {
        precondition(flowItemsMax > 0)
        self.flowItemsMax = flowItemsMax
    }

    package var flowCount: Int { backlogs.count }

    package func count(of flow: Flow) -> Int { backlogs[flow]?.count ?? 0 }

    /// - Returns: false when the flow is full, so that the caller stops reading instead of buffering.
    package mutating func append(_ item: Item, to flow: Flow, weight: Int = 1) -> Bool {
        precondition(weight > 0)
        guard count(of: flow) < flowItemsMax else { return false }
        if backlogs[flow] == nil { turns.append(flow) }
        backlogs[flow, default: Backlog(weight: weight)].weight = weight
        backlogs[flow]?.items.append(item)
        count += 1
        return true
    }

    /// Takes the next item whose flow may send now; a closed flow keeps its place among the others for later
    /// rounds.
    package mutating func next(where isOpen: (Flow) -> Bool) -> (flow: Flow, item: Item)? {
        for _ in 0..<(turns.count - first) {
            let flow = turns[first]
            if isOpen(flow), let item = takeHead(of: flow) { return (flow, item) }
            passTurn()
        }
        return nil
    }

    /// Removes a flow and everything in it, for instance when its partition moves to another process.
    package mutating func remove(_ flow: Flow) -> [Item] {
        guard let backlog = backlogs.removeValue(forKey: flow) else { return [] }
        turns = turns[first...].filter { $0 != flow }
        first = 0
        count -= backlog.count
        return Array(backlog.items[backlog.head...])
    }

    private mutating func takeHead(of flow: Flow) -> Item? {
        guard var backlog = backlogs[flow] else { return nil }
        // Taken out while it changes, so that its items are not copied.
        backlogs[flow] = nil
        if backlog.credit == 0 { backlog.credit = backlog.weight }
        let item = backlog.items[backlog.head]
        backlog.head += 1
        backlog.credit -= 1
        count -= 1
        if backlog.count == 0 {
            endTurn()
            return item
        }
        if backlog.credit == 0 { passTurn() }
        if backlog.head > 32, backlog.head * 2 > backlog.items.count {
            backlog.items.removeFirst(backlog.head)
            backlog.head = 0
        }
        backlogs[flow] = backlog
        return item
    }

    private mutating func passTurn() {
        turns.append(turns[first])
        endTurn()
    }

    private mutating func endTurn() {
        first += 1
        if first > 32, first * 2 > turns.count {
            turns.removeFirst(first)
            first = 0
        }
    }
}
