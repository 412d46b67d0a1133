import Models
import TestSupport
import Testing

private let start = Timestamp(microseconds: 0)

/// Planted and found here before these tests were trusted: `burst` instead of `burst - 1` in `freeAt`;
/// `paidUntil` not lifted to `now` after a rest; a refusal that costs a unit.
@Suite struct RateLimitTests {
    @Test(arguments: 0..<200)
    func grantsNeverExceedTheBurstPlusTheRate(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let burst = Int.random(in: 1...8, using: &random)
        let interval = Duration.microseconds(Int64.random(in: 1...5_000, using: &random))
        var now = start
        var limit = RateLimit(interval: interval, burst: burst, paidUntil: start)
        var granted: [Int64] = []
        for _ in 0..<300 {
            now = now + .microseconds(Int64.random(in: 0...3_000, using: &random))
            if limit.take(at: now) == .granted { granted.append(now.microseconds) }
        }
        // Counted in a plain loop and expected once: an expectation in a quadratic loop dominates the run
        // time.
        var overruns = 0
        for first in granted.indices {
            for last in granted.indices[first...] {
                let allowed = burst + Int((granted[last] - granted[first]) / interval.microseconds)
                if last - first + 1 > allowed { overruns += 1 }
            }
        }
        #expect(overruns == 0, "seed \(seed)")
    }

    @Test(arguments: 0..<200)
    func theWaitItNamesIsExactAndARefusalCostsNothing(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let interval = Duration.microseconds(Int64.random(in: 2...5_000, using: &random))
        var limit = RateLimit(
            interval: interval,
            burst: Int.random(in: 1...5, using: &random),
            paidUntil: start
        )
        var until = start
        for _ in 0...limit.burst {
            if case .denied(let instant) = limit.take(at: start) { until = instant }
        }
        #expect(until > start, "seed \(seed)")
        #expect(limit.take(at: until + .microseconds(-1)) == .denied(until: until), "seed \(seed)")
        #expect(limit.take(at: until) == .granted, "seed \(seed)")
    }

    @Test(arguments: 0..<50)
    func aSteadyDemandGetsTheWholeRate(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let burst = Int.random(in: 1...8, using: &random)
        var limit = RateLimit(interval: .milliseconds(10), burst: burst, paidUntil: start)
        let granted = (0..<10_000).filter { limit.take(at: start + .milliseconds($0)) == .granted }
        #expect(granted.count == 1_000 + burst - 1, "seed \(seed)")
    }

    @Test func afterABurstToOnePersonNothingMoreGoesForSixSeconds() {
        var limit = RateLimit.pair(paidUntil: start)
        for _ in 0..<45 { #expect(limit.take(at: start) == .granted) }
        #expect(limit.take(at: start) == .denied(until: start + .seconds(6)))
        #expect(!limit.isIdle(at: start + .seconds(45 * 6 - 1)))
        #expect(limit.isIdle(at: start + .seconds(45 * 6)))
    }

    @Test func whatTheProviderClosedStaysClosed() {
        var limit = RateLimit(interval: .seconds(1), burst: 10, paidUntil: start)
        limit.close(until: start + .seconds(30))
        #expect(limit.take(at: start + .seconds(29)) == .denied(until: start + .seconds(30)))
        #expect(limit.take(at: start + .seconds(30)) == .granted)
    }
}
