import Models
import TestSupport
import Testing

@Suite struct PlannerBreakerTests {
    private func outagePlanner() -> SendPlanner {
        var planner = SendPlanner(inFlightMax: 1_000)
        planner.open(0, SenderRules(messagesPerSecond: 1_000, inFlightMax: 500))
        planner.open(1, SenderRules(messagesPerSecond: 1_000, inFlightMax: 500))
        planner.open(2, SenderRules(messagesPerSecond: 1_000, inFlightMax: 500))
        return planner
    }

    @Test func aProviderThatFailsIsLeftAloneAndTheOtherIsNot() {
        var planner = outagePlanner()
        planner.appendAll((0..<20).map { planned($0) })
        _ = planner.sendAll(now: plannerStart, result: .unanswered)
        #expect(planner.breaker(of: .meta, now: plannerStart) == .open(until: plannerStart + .seconds(5)))
        planner.appendAll([planned(30), planned(31, from: 1), planned(32, from: 2, provider: .twilio)])
        let plan = planner.sendAll(now: plannerStart + .seconds(1))
        #expect(plan.sends.map(\.message.subjects.provider) == [.twilio])
        #expect(plan.later.isEmpty, "five seconds are waited for in memory")
        #expect(plan.wakeAt == plannerStart + .seconds(5))
    }

    @Test func oneMessageAtATimeTriesAndASuccessLetsAllGo() {
        var planner = outagePlanner()
        planner.appendAll((0..<20).map { planned($0) })
        _ = planner.sendAll(now: plannerStart, result: .refused(outage))
        planner.appendAll((30..<36).map { planned($0, from: $0 % 2) })
        var now = plannerStart + .seconds(5)
        let probe = planner.plan(now: now, max: 10)
        #expect(probe.sends.count == 1)
        #expect(planner.breaker(of: .meta, now: now) == .probing)
        #expect(planner.plan(now: now, max: 10).isEmpty)
        now = now + .milliseconds(100)
        for send in probe.sends { planner.finished(send.message.messageID, .accepted, now: now) }
        #expect(planner.breaker(of: .meta, now: now) == .closed)
        #expect(planner.sendAll(now: now).sends.count == 5)
    }

    @Test func aProbeThatFailsDoublesTheWaitUpToAMinute() {
        var planner = outagePlanner()
        planner.appendAll((0..<20).map { planned($0) })
        _ = planner.sendAll(now: plannerStart, result: .notSent)
        var waits: [Duration] = []
        var now = plannerStart
        for number in 100..<106 {
            guard case .open(let until) = planner.breaker(of: .meta, now: now) else { break }
            waits.append(until - now)
            now = until
            planner.appendAll([planned(number)], now: now)
            _ = planner.sendAll(now: now, result: .unanswered)
        }
        #expect(waits == [5, 10, 20, 40, 60, 60].map { .seconds($0) })
    }

    @Test func aProbeThatWasNeverSentLeavesTheTryToAnother() {
        var planner = outagePlanner()
        planner.appendAll((0..<20).map { planned($0) })
        _ = planner.sendAll(now: plannerStart, result: .unanswered)
        planner.appendAll([planned(30), planned(31, from: 1)])
        let now = plannerStart + .seconds(6)
        let first = planner.plan(now: now, max: 10).sends
        #expect(first.count == 1)
        for send in first { planner.finished(send.message.messageID, .unclaimed, now: now) }
        #expect(planner.plan(now: now, max: 10).sends.count == 1)
    }

    @Test func whatFailedLeavesTheTryToAnotherSoThatItKeepsNobodyWaiting() {
        var planner = outagePlanner()
        planner.appendAll((0..<20).map { planned($0) })
        _ = planner.sendAll(now: plannerStart, result: .refused(outage))
        // They come again, in front of one that never failed.
        var now = plannerStart + .seconds(5)
        planner.appendAll((0..<20).map { planned($0) } + [planned(30)], now: now)
        let plan = planner.plan(now: now, max: 100)
        #expect(plan.sends.map(\.message.messageID) == [planned(30).messageID])
        #expect(plan.later.count == 20 && plan.later.allSatisfy { $0.until == now + .seconds(5) })
        planner.finished(planned(30).messageID, .accepted, now: now)
        #expect(planner.breaker(of: .meta, now: now) == .closed)
        now = now + .seconds(5)
        planner.appendAll((0..<20).map { planned($0) }, now: now)
        #expect(planner.sendAll(now: now).sends.count == 20)
    }

    @Test func whereAllHaveFailedOneOfThemTriesALittleLater() {
        var planner = outagePlanner()
        planner.appendAll((0..<20).map { planned($0) })
        _ = planner.sendAll(now: plannerStart, result: .unanswered)
        let now = plannerStart + .seconds(5)
        planner.appendAll((0..<3).map { planned($0) }, now: now)
        #expect(planner.plan(now: now, max: 100).sends.isEmpty)
        planner.appendAll((0..<3).map { planned($0) }, now: now + .seconds(5))
        #expect(planner.plan(now: now + .seconds(5), max: 100).sends.count == 1)
    }

    @Test func aLongOutageIsNotWaitedForInMemory() {
        var planner = outagePlanner()
        planner.appendAll((0..<20).map { planned($0) })
        _ = planner.sendAll(now: plannerStart, result: .unanswered)
        planner.appendAll([planned(30)], now: plannerStart + .seconds(5))
        _ = planner.sendAll(now: plannerStart + .seconds(5), result: .unanswered)
        planner.appendAll([planned(31), planned(32)])
        let plan = planner.sendAll(now: plannerStart + .seconds(6))
        #expect(plan.later.map(\.limit) == [nil, nil])
        #expect(plan.later.allSatisfy { $0.until >= plannerStart + .seconds(15) })
    }

    @Test func fewerThanHalfFailingStopsNothingAndRetriesAreSparedFromTheFirstDoubt() {
        var planner = outagePlanner()
        planner.appendAll((0..<60).map { planned($0) })
        var failures = 0
        for _ in 0..<60 {
            let plan = planner.plan(now: plannerStart, max: 1)
            for send in plan.sends {
                let isFailure = failures % 5 < 2
                failures += 1
                planner.finished(send.message.messageID, isFailure ? .unanswered : .accepted, now: plannerStart)
            }
        }
        #expect(planner.breaker(of: .meta, now: plannerStart) == .closed)
        var other = outagePlanner()
        other.appendAll((0..<6).map { planned($0) })
        _ = other.sendAll(now: plannerStart, result: .refused(outage))
        #expect(other.breaker(of: .meta, now: plannerStart).sparesRetries)
        #expect(!other.breaker(of: .meta, now: plannerStart + .seconds(30)).sparesRetries)
    }
}
