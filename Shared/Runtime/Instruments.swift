internal import Synchronization

/// A count that only grows. Incrementing is one atomic addition.
package final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    init() {}

    package func increment(by amount: Int = 1) {
        precondition(amount >= 0, "a counter only grows")
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    package var value: Int { count.load(ordering: .relaxed) }
}

/// A number that goes up and down.
package final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    package func set(_ value: Int) { set(Double(value)) }

    package func add(_ difference: Double) { addAtomically(difference, to: bits) }

    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// How values are spread over buckets. Observing is a search over at most a few dozen bounds and three atomic
/// additions.
///
/// Safety: `buckets` is written once in `init`, freed in `deinit`, and holds only atomics.
package final class Histogram: @unchecked Sendable {
    /// From 100 µs to a minute: what a step of a message's life can take.
    package static let secondsBounds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
        30, 60,
    ]
    /// For batch and queue sizes.
    package static let sizeBounds: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000,
    ]

    package let bounds: [Double]
    private let buckets: UnsafeMutablePointer<Atomic<Int>>
    private let sumBits = Atomic<UInt64>(0)

    init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bucket bounds grow")
        self.bounds = bounds
        buckets = .allocate(capacity: bounds.count + 1)
        for index in 0...bounds.count { (buckets + index).initialize(to: Atomic(0)) }
    }

    deinit {
        buckets.deinitialize(count: bounds.count + 1)
        buckets.deallocate()
    }

    package func observe(seconds: Double) { observe(seconds) }

    package func observe(_ span: Duration) { observe(span.seconds) }

    package func observe(_ value: Double) {
        guard value.isFinite else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        buckets[index].wrappingAdd(1, ordering: .relaxed)
        addAtomically(value, to: sumBits)
    }

    package var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }

    package var count: Int { (0...bounds.count).reduce(0) { $0 + buckets[$1].load(ordering: .relaxed) } }

    /// Counts of values up to each bound, the last without bound, as Prometheus wants them.
    package var cumulativeCounts: [Int] {
        var total = 0
        return (0...bounds.count).map { index in
            total += buckets[index].load(ordering: .relaxed)
            return total
        }
    }
}

private func addAtomically(_ difference: Double, to bits: borrowing Atomic<UInt64>) {
    var old = bits.load(ordering: .relaxed)
    while true {
        let new = (Double(bitPattern: old) + difference).bitPattern
        let (exchanged, current) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
        if exchanged { return }
        old = current
    }
}
