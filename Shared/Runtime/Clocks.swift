internal import Glibc
package import Models

/// The wall clock. Models never read it; whoever calls them passes what this says.
package enum SystemClock {
    package static func now() -> Timestamp {
        let reading = read(CLOCK_REALTIME)
        return Timestamp(microseconds: Int64(reading.tv_sec) * 1_000_000 + Int64(reading.tv_nsec) / 1_000)
    }
}

/// The clock for measuring spans: it never jumps, and its zero means nothing.
package enum Monotonic {
    package static func now() -> Duration {
        let reading = read(CLOCK_MONOTONIC)
        return .seconds(reading.tv_sec) + .nanoseconds(reading.tv_nsec)
    }
}

private func read(_ clock: clockid_t) -> timespec {
    var reading = timespec()
    clock_gettime(clock, &reading)
    return reading
}

extension Duration {
    /// The span in seconds, for histograms and for people.
    package var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) * 1e-18
    }
}
