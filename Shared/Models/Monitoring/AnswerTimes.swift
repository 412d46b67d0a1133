/// How long answers took, counted in groups: small enough to keep a row a minute, fine enough for a median.
package struct AnswerTimes: Hashable, Sendable {
    /// Upper bounds in seconds; the last group is whatever took longer. A second is Meta's bar, 20 s the hard limit.
    package static let bounds: [Double] = [
        0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20,
    ]
    /// An answer later than this is slow.
    package static let slow = 1.0

    /// By the place of the bound; one more than there are bounds.
    package private(set) var counts: [Int64]
    package private(set) var slowest = 0.0

    package init() {
        counts = Array(repeating: 0, count: Self.bounds.count + 1)
    }

    package mutating func add(_ seconds: Double) {
        add(1, at: Self.place(of: seconds), slowest: seconds)
    }

    /// - Parameter place: of the bound, as `place(of:)` says.
    package mutating func add(_ answers: Int64, at place: Int, slowest: Double) {
        counts[min(max(place, 0), Self.bounds.count)] += answers
        self.slowest = max(self.slowest, slowest)
    }

    package static func place(of seconds: Double) -> Int {
        bounds.firstIndex { seconds <= $0 } ?? bounds.count
    }

    package var total: Int64 { counts.reduce(0, +) }

    /// The share that took longer than `slow`; nil when there were none.
    package var slowShare: Double? {
        guard total > 0 else { return nil }
        let inTime = zip(Self.bounds, counts).reduce(0) { $1.0 <= Self.slow ? $0 + $1.1 : $0 }
        return Double(total - inTime) / Double(total)
    }

    /// The time within which half of them lay: taken to be spread evenly within a group. Nil when there were none.
    package var median: Double? {
        guard total > 0 else { return nil }
        let wanted = Double(total) / 2
        var before = 0.0
        for (place, count) in counts.enumerated() where count > 0 {
            if before + Double(count) >= wanted {
                let low = place == 0 ? 0 : Self.bounds[place - 1]
                let high = place < Self.bounds.count ? min(Self.bounds[place], max(slowest, low)) : max(slowest, low)
                return low + (high - low) * (wanted - before) / Double(count)
            }
            before += Double(count)
        }
        return slowest
    }
}
