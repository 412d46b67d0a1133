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

/// Planted and found here before these tests were trusted: the credit not renewed on a new turn; a closed
/// flow that ends the search; `count` not lowered by `remove`.
@Suite struct FairQueueTests {
    private let depth = 120
    private let weightMax = 4

    @Test(arguments: 0..<100)
    func fullFlowsAreServedInOrderAndByWeight(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let weights = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            Int.random(in: 1...weightMax, using: &random)
        }
        var queue = filled(weights)
        let rounds = depth / weightMax
        var served = [Int](repeating: 0, count: weights.count)
        var outOfOrder = 0
        for _ in 0..<(weights.reduce(0, +) * rounds) {
            guard let (flow, item) = queue.next(where: { _ in true }) else { break }
            if item != served[flow] { outOfOrder += 1 }
            served[flow] += 1
        }
        #expect(outOfOrder == 0, "seed \(seed)")
        #expect(served == weights.map { $0 * rounds }, "seed \(seed)")
    }

    @Test(arguments: 0..<200)
    func nothingIsLostAndNothingIsServedTwice(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = FairQueue<Int, Int>(flowItemsMax: 20)
        var waiting: [Int: [Int]] = [:]
        var mistakes = 0
        for step in 0..<2_000 {
            let flow = Int.random(in: 0..<6, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                if queue.remove(flow) != waiting.removeValue(forKey: flow) ?? [] { mistakes += 1 }
            case 1...10:
                let fits = queue.append(step, to: flow, weight: Int.random(in: 1...3, using: &random))
                if fits != (waiting[flow, default: []].count < 20) { mistakes += 1 }
                if fits { waiting[flow, default: []].append(step) }
            default:
                let open = Set((0..<6).filter { _ in Bool.random(using: &random) })
                guard let (flow, item) = queue.next(where: open.contains) else {
                    if waiting.contains(where: { open.contains($0.key) && !$0.value.isEmpty }) {
                        mistakes += 1
                    }
                    continue
                }
                if !open.contains(flow) || waiting[flow]?.first != item {
                    mistakes += 1
                } else {
                    waiting[flow]?.removeFirst()
                }
            }
            if queue.count != waiting.values.reduce(0, { $0 + $1.count }) { mistakes += 1 }
        }
        #expect(mistakes == 0, "seed \(seed)")
    }

    @Test func aQuietFlowIsServedWithinOneRound() {
        var queue = FairQueue<Int, Int>(flowItemsMax: 100_000)
        for item in 0..<100_000 { _ = queue.append(item, to: 0) }
        for _ in 0..<1_000 { _ = queue.next(where: { _ in true }) }
        _ = queue.append(7, to: 1)
        let nextTwo = (0..<2).compactMap { _ in queue.next(where: { _ in true })?.flow }
        #expect(nextTwo.contains(1))
    }

    @Test func aClosedFlowHoldsBackNobodyElse() {
        var queue = filled([1, 1, 1])
        var served: [Int] = []
        while let (flow, _) = queue.next(where: { $0 != 1 }) { served.append(flow) }
        #expect(served.count == 2 * depth)
        #expect(!served.contains(1))
        #expect(queue.count == depth)
    }

    @Test func aFullFlowRefuses() {
        var queue = FairQueue<Int, Int>(flowItemsMax: 1)
        let first = queue.append(1, to: 0)
        let second = queue.append(2, to: 0)
        #expect(first && !second)
    }

    private func filled(_ weights: [Int]) -> FairQueue<Int, Int> {
        var queue = FairQueue<Int, Int>(flowItemsMax: depth)
        for (flow, weight) in weights.enumerated() {
            for item in 0..<depth { _ = queue.append(item, to: flow, weight: weight) }
        }
        return queue
    }
}
