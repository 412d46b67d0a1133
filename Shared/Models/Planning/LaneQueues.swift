/// One sender's waiting messages: three lanes, in each the more urgent first and then the earlier.
///
/// A lane goes before the lower ones, but of eight sends in a row a lower lane that waits gets one.
struct LaneQueues: Sendable {
    /// A lower lane that was passed over this often goes next. Both lanes may come to it at once, and the other one
    /// then waits for one more: that is why utility is called one earlier.
    private static let marketingPassedOverMax = 7
    private static let utilityPassedOverMax = 6

    private var authentication = PriorityQueue()
    private var utility = PriorityQueue()
    private var marketing = PriorityQueue()
    private var utilityPassedOver = 0
    private var marketingPassedOver = 0

    var count: Int { authentication.count + utility.count + marketing.count }
    var isEmpty: Bool { authentication.isEmpty && utility.isEmpty && marketing.isEmpty }

    mutating func append(_ message: PlannedMessage) {
        switch message.lane {
        case .authentication: authentication.append(message)
        case .utility: utility.append(message)
        case .marketing: marketing.append(message)
        }
    }

    /// It had its turn and had to wait: it goes before the others of its lane and priority.
    mutating func putBack(_ message: PlannedMessage) {
        switch message.lane {
        case .authentication: authentication.prepend(message)
        case .utility: utility.prepend(message)
        case .marketing: marketing.prepend(message)
        }
    }

    mutating func popNext() -> PlannedMessage? {
        if !marketing.isEmpty, marketingPassedOver >= Self.marketingPassedOverMax { return marketing.popFirst() }
        if !utility.isEmpty, utilityPassedOver >= Self.utilityPassedOverMax { return utility.popFirst() }
        return authentication.popFirst() ?? utility.popFirst() ?? marketing.popFirst()
    }

    /// A message of this lane goes out. What only came to a closed gate was no turn of its lane.
    mutating func served(_ lane: Lane) {
        utilityPassedOver = lane == .utility || utility.isEmpty ? 0 : utilityPassedOver + 1
        marketingPassedOver = lane == .marketing || marketing.isEmpty ? 0 : marketingPassedOver + 1
    }

    /// The one that is missed least: the lowest lane's least urgent and latest.
    mutating func popLeast() -> PlannedMessage? {
        marketing.popLast() ?? utility.popLast() ?? authentication.popLast()
    }
}

/// Ten lines of one lane, 10 the most urgent.
private struct PriorityQueue: Sendable {
    /// Empty until the first message: most senders use one lane.
    private var lines: [Ring<PlannedMessage>] = []
    /// Bit n is set while priority n waits.
    private var waiting: UInt16 = 0
    private(set) var count = 0

    var isEmpty: Bool { waiting == 0 }

    mutating func append(_ message: PlannedMessage) {
        note(message)
        lines[message.priority].append(message)
    }

    mutating func prepend(_ message: PlannedMessage) {
        note(message)
        lines[message.priority].prepend(message)
    }

    mutating func popFirst() -> PlannedMessage? {
        guard waiting != 0 else { return nil }
        let priority = UInt16.bitWidth - 1 - waiting.leadingZeroBitCount
        defer { removed(priority) }
        return lines[priority].popFirst()
    }

    mutating func popLast() -> PlannedMessage? {
        guard waiting != 0 else { return nil }
        let priority = waiting.trailingZeroBitCount
        defer { removed(priority) }
        return lines[priority].popLast()
    }

    private mutating func note(_ message: PlannedMessage) {
        if lines.isEmpty {
            lines = Array(repeating: Ring(), count: Priority.range.upperBound + 1)
        }
        waiting |= 1 << UInt16(message.priority)
        count += 1
    }

    private mutating func removed(_ priority: Int) {
        count -= 1
        if lines[priority].isEmpty { waiting &= ~(1 << UInt16(priority)) }
    }
}
