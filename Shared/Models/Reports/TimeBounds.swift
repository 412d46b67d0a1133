/// How long things took, counted in groups: exact enough for a report, and small enough to keep for ever.
package struct TimeBounds: Hashable, Sendable {
    /// Upper bounds in seconds; the last group is whatever took longer.
    package static let seconds: [Double] = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400]

    /// By the place of the bound; one more than there are bounds.
    package private(set) var counts: [Int64]

    package init() {
        counts = Array(repeating: 0, count: Self.seconds.count + 1)
    }

    /// - Parameter bound: as Postgres' `width_bucket` numbers them: 0 is below the first bound.
    package mutating func add(_ messages: Int64, at bound: Int) {
        counts[min(max(bound, 0), Self.seconds.count)] += messages
    }

    package var total: Int64 { counts.reduce(0, +) }

    package enum Share: Hashable, Sendable {
        /// At most so many seconds.
        case within(Double)
        /// Longer than the last bound.
        case longer
        case nothing
    }

    /// The least bound within which this share of them lay: 0.5 for the median.
    package func share(_ share: Double) -> Share {
        guard total > 0 else { return .nothing }
        let wanted = Double(total) * share
        var sum: Int64 = 0
        for (place, count) in counts.enumerated() {
            sum += count
            if Double(sum) >= wanted { return place < Self.seconds.count ? .within(Self.seconds[place]) : .longer }
        }
        return .longer
    }
}
