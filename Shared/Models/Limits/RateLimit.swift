/// A generic cell rate limiter: its whole state is one instant.
package struct RateLimit: Hashable, Sendable {
    /// What one unit costs at the sustained rate.
    package let interval: Duration
    /// How many units may be taken at once after a rest.
    package let burst: Int
    /// When the units taken so far will have been paid for.
    package private(set) var paidUntil: Timestamp

    package init(interval: Duration, burst: Int, paidUntil: Timestamp) {
        precondition(interval > .zero)
        precondition(burst > 0)
        self.interval = interval
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
        paidUntil = max(paidUntil, now) + interval
        return .granted
    }

    /// When the next unit may be taken, without taking it.
    package var freeAt: Timestamp {
        Timestamp(microseconds: paidUntil.microseconds - interval.microseconds * Int64(burst - 1))
    }

    /// Fully rested: a limiter in this state can be forgotten.
    package func isIdle(at now: Timestamp) -> Bool { paidUntil <= now }

    /// Nothing is granted before `instant`: the provider told us so.
    package mutating func close(until instant: Timestamp) {
        paidUntil = max(
            paidUntil,
            Timestamp(microseconds: instant.microseconds + interval.microseconds * Int64(burst - 1))
        )
    }

    /// The same debt at another rate.
    package func at(interval: Duration, burst: Int) -> RateLimit {
        RateLimit(interval: interval, burst: burst, paidUntil: paidUntil)
    }
}
