/// Things that wait for an instant, the next one first; of the same instant, the one that came first.
struct TimedHeap<Element: Sendable>: Sendable {
    private struct Entry: Sendable {
        let at: Timestamp
        let sequence: UInt64
        let element: Element

        func comes(before other: Entry) -> Bool {
            at == other.at ? sequence < other.sequence : at < other.at
        }
    }

    private var entries: [Entry] = []
    private var sequence: UInt64 = 0

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    var nextAt: Timestamp? { entries.first?.at }
    var next: Element? { entries.first?.element }

    mutating func insert(_ element: Element, at instant: Timestamp) {
        sequence += 1
        entries.append(Entry(at: instant, sequence: sequence, element: element))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].comes(before: entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> Element? {
        guard let last = entries.popLast() else { return nil }
        guard let first = entries.first else { return last.element }
        entries[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { return first.element }
            if child + 1 < entries.count, entries[child + 1].comes(before: entries[child]) { child += 1 }
            guard entries[child].comes(before: entries[parent]) else { return first.element }
            entries.swapAt(child, parent)
            parent = child
        }
    }

    /// Everything, in no order.
    var elements: [Element] { entries.map(\.element) }
}
