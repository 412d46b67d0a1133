/// A queue whose both ends take constant time, and which gives its memory back when it runs empty.
struct Ring<Element: Sendable>: Sendable {
    private static var keptMax: Int { 64 }

    private var slots: [Element?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        if count == slots.count { grow() }
        slots[place(count)] = element
        count += 1
    }

    mutating func prepend(_ element: Element) {
        if count == slots.count { grow() }
        head = place(slots.count - 1)
        slots[head] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = slots[head].take()
        head = place(1)
        removed()
        return element
    }

    mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        let element = slots[place(count - 1)].take()
        removed()
        return element
    }

    /// The size is a power of two, so that the wrap is a mask.
    private func place(_ offset: Int) -> Int { (head + offset) & (slots.count - 1) }

    private mutating func removed() {
        count -= 1
        guard count == 0, slots.count > Self.keptMax else { return }
        slots = []
        head = 0
    }

    private mutating func grow() {
        var larger: [Element?] = []
        larger.reserveCapacity(max(4, slots.count * 2))
        for offset in 0..<count { larger.append(slots[place(offset)].take()) }
        while larger.count < max(4, slots.count * 2) { larger.append(nil) }
        slots = larger
        head = 0
    }
}
