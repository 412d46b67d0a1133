/// Receipts ordered by when they are due: a binary heap, because tens of thousands wait at a time.
struct ReceiptQueue: Sendable {
    struct Item: Sendable {
        /// Microseconds of the monotonic clock.
        var dueAt: Int64
        /// Seconds since 1970, as the receipt says it.
        var timestamp: Int64
        var receipt: PlannedReceipt
        var send: AcceptedSend
        var isLast: Bool
    }

    private var items: [Item] = []

    var count: Int { items.count }

    mutating func append(_ item: Item) {
        items.append(item)
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].dueAt < items[parent].dueAt else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popDue(at now: Int64) -> Item? {
        guard let first = items.first, first.dueAt <= now else { return nil }
        let last = items.removeLast()
        if items.isEmpty { return first }
        items[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < items.count && items[child].dueAt < items[smallest].dueAt {
                smallest = child
            }
            guard smallest != parent else { return first }
            items.swapAt(smallest, parent)
            parent = smallest
        }
    }

    mutating func removeAll() { items = [] }
}
