/// A generic cell rate limiter: its whole state is one instant.
package struct RateLimit: Hashable, Sendable {
    /// What one unit costs at the sustained rate.
    package var interval: Duration { .microseconds(cost) }
    /// How many units may be taken at once after a rest.
    package let burst: Int
    /// When the units taken so far will have been paid for.
    package private(set) var paidUntil: Timestamp
    /// Microseconds: limits are asked several times for every message, and `Duration` counts in 128 bits.
    private let cost: Int64

    package init(interval: Duration, burst: Int, paidUntil: Timestamp) {
        self.init(microseconds: interval.microseconds, burst: burst, paidUntil: paidUntil)
    }

    init(microseconds cost: Int64, burst: Int, paidUntil: Timestamp) {
        precondition(cost > 0)
        precondition(burst > 0)
        self.cost = cost
        self.burst = burst
        self.paidUntil = paidUntil
    }

    /// One message per 6 s, 45 in a burst (Meta, throughput page).
    package static func pair(paidUntil: Timestamp) -> RateLimit {
        RateLimit(interval: .seconds(6), burst: 45, paidUntil: paidUntil)
    }

    package enum Answer: Hashable, Sendable {
        case granted
        case denied(until: Timestamp)
    }

    package mutating func take(at now: Timestamp) -> Answer {
        let free = freeAt
        guard free <= now else { return .denied(until: free) }
        paidUntil = Timestamp(microseconds: max(paidUntil, now).microseconds + cost)
        return .granted
    }

    /// When the next unit may be taken, without taking it.
    package var freeAt: Timestamp { Timestamp(microseconds: paidUntil.microseconds - tolerance) }

    /// Fully rested: a limiter in this state can be forgotten.
    package func isIdle(at now: Timestamp) -> Bool { paidUntil <= now }

    /// Nothing is granted before `instant`, and no burst then: the provider told us so.
    package mutating func close(until instant: Timestamp) {
        paidUntil = max(paidUntil, Timestamp(microseconds: instant.microseconds + tolerance))
    }

    /// The same debt at another rate.
    package func at(interval: Duration, burst: Int) -> RateLimit {
        RateLimit(interval: interval, burst: burst, paidUntil: paidUntil)
    }

    private var tolerance: Int64 { cost * Int64(burst - 1) }
}
