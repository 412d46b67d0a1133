@testable import Models

/// Everything that is still to happen, in order of time.
struct Agenda {
    private var instants = TimedHeap<Int>()
    private var actions: [Int: () -> Void] = [:]
    private var number = 0

    var nextAt: Timestamp? { instants.nextAt }

    mutating func add(at instant: Timestamp, _ action: @escaping () -> Void) {
        number += 1
        actions[number] = action
        instants.insert(number, at: instant)
    }

    mutating func popFirst() -> (() -> Void)? {
        instants.popFirst().flatMap { actions.removeValue(forKey: $0) }
    }
}
