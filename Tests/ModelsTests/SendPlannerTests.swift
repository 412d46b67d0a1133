import Models
import TestSupport
import Testing

/// Planted and found by these tests and their neighbours (turns and lanes, breaker, gates) before they were trusted: a
/// recipient that is not charged; a slot given back on refusal; the lanes' share off by one; gates not looked at for
/// the lowest lane; a breaker that never half-opens; debts that the former owner did not write down not assumed; an end
/// of a call that does not bring a full sender back; a shed message that stays known; an expiry looked at too late.
@Suite struct SendPlannerTests {
    @Test(arguments: 0..<300)
    func nothingIsLostOrPlannedTwiceAndNoLimitIsBrokenWhateverHappens(seed: UInt64) {
        var world = PlannerWorld(seed: seed)
        world.run(steps: 250)
        #expect(world.mistakes == [], "seed \(seed)")
    }

    // MARK: Rates

    @Test(arguments: [1, 2, 20, 80, 1_000])
    func aSteadyDemandGetsNearlyTheWholeRateAndNeverMoreInAnySecond(rate: Int) {
        var planner = SendPlanner(inFlightMax: 10_000, pendingPerSenderMin: 20_000)
        planner.open(0, SenderRules(messagesPerSecond: rate, inFlightMax: 10_000))
        planner.appendAll((0..<(rate * 4)).map { planned($0) })
        let (plan, _) = planner.run(from: plannerStart, until: plannerStart + .seconds(3))
        var limits = StrictLimits()
        for send in plan.sends { limits.note(send.message, at: send.notBefore) }
        #expect(limits.rateBreaches(of: 0, limit: rate) == 0)
        #expect(Double(plan.sends.count) >= Double(rate) * 3 * 0.95 - 1)
    }

    @Test func aRefusalForTheRateHalvesItAndItComesBackInSteps() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(0, SenderRules(messagesPerSecond: 80))
        planner.appendAll((0..<3).map { planned($0) })
        var now = plannerStart
        let plan = planner.plan(now: now, max: 3)
        for send in plan.sends { planner.finished(send.message.messageID, .refused(rateRefusal), now: now) }
        #expect(planner.standing(of: senderID(0), now: now)?.rate == 40, "refusals of one wave count once")
        var rates: [Double] = []
        for number in 10..<16 {
            now = now + .seconds(10)
            planner.appendAll([planned(number)], now: now)
            _ = planner.sendAll(now: now)
            rates.append(planner.standing(of: senderID(0), now: now)?.rate ?? 0)
        }
        #expect(rates == [48, 56, 64, 72, 80, 80])
    }

    @Test func howeverOftenItIsRefusedItKeepsAsking() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(0, SenderRules(messagesPerSecond: 80))
        var now = plannerStart
        for number in 0..<20 {
            planner.appendAll([planned(number)], now: now)
            _ = planner.sendAll(now: now, result: .refused(rateRefusal))
            now = now + .seconds(2)
        }
        #expect(planner.standing(of: senderID(0), now: now)?.rate == 5)
        let hit = planner.takeHits().first { $0.byProvider }
        #expect(hit?.name == .senderRate && hit?.hits == 20)
        #expect(planner.takeHits().isEmpty)
    }

    @Test func theTenantsPauseLiesBetweenAnyTwoSends() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(0, SenderRules(messagesPerSecond: 80, minimumGap: .seconds(2)))
        planner.appendAll((0..<2).map { planned($0) })
        let (plan, _) = planner.run(from: plannerStart, until: plannerStart + .seconds(60))
        #expect(plan.sends.map(\.notBefore) == [plannerStart, plannerStart + .seconds(2)])
        #expect(planner.takeHits().allSatisfy { $0.name == .messageDelay })
    }

    @Test func aTakeOverStartsWithoutABurst() {
        var planner = SendPlanner(inFlightMax: 100)
        let until = plannerStart + .seconds(1)
        planner.open(
            senderID(0), of: TenantID(.numbered(0)), rules: SenderRules(messagesPerSecond: 1_000),
            resume: SenderResume(paidUntil: until, isTakeOver: true), now: plannerStart)
        planner.appendAll((0..<20).map { planned($0) })
        let (plan, _) = planner.run(from: plannerStart, until: plannerStart + .seconds(60))
        let gaps = zip(plan.sends, plan.sends.dropFirst()).map { $1.notBefore - $0.notBefore }
        #expect(plan.sends.first?.notBefore == until)
        #expect(gaps.allSatisfy { $0 > .milliseconds(1) })
    }

    // MARK: Recipients

    @Test func aRecipientWhoMustWaitHoldsBackNobodyElse() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(0, SenderRules(messagesPerSecond: 1_000, pairBurst: 1))
        planner.appendAll((0..<4).map { planned($0, to: "+491", lane: .authentication, priority: 10) })
        planner.appendAll([planned(9, to: "+492", lane: .marketing, priority: 1)])
        let plan = planner.sendAll(now: plannerStart)
        #expect(plan.sends.map(\.message.recipient) == ["+491", "+492"])
        #expect(plan.later.map(\.limit) == [.pairRate, .pairRate, .pairRate])
        let turns = plan.later.map { $0.until.microseconds }
        #expect(zip(turns, turns.dropFirst()).allSatisfy { $1 - $0 >= 6_000_000 }, "each has a turn of its own")
    }

    @Test func aShortWaitForARecipientIsWaitedForInMemory() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(0, SenderRules(messagesPerSecond: 80, pairBurst: 1))
        planner.appendAll([planned(0, to: "+491")])
        _ = planner.sendAll(now: plannerStart)
        let soon = plannerStart + .seconds(3)
        planner.appendAll([planned(1, to: "+491")], now: soon)
        let (plan, now) = planner.run(from: soon, until: plannerStart + .seconds(60))
        #expect(plan.sends.count == 1 && plan.later.isEmpty)
        #expect(now - plannerStart >= .seconds(6) && now - plannerStart < .milliseconds(6_300))
    }

    @Test func whatTheNextOwnerDoesNotFindWrittenDownIsTakenAsOwed() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(
            senderID(0), of: TenantID(.numbered(0)), rules: SenderRules(messagesPerSecond: 80, pairBurst: 8),
            resume: SenderResume(paidUntil: plannerStart, isTakeOver: true), now: plannerStart)
        planner.appendAll((0..<8).map { planned($0, to: "+491") })
        let (plan, _) = planner.run(from: plannerStart, until: plannerStart + .seconds(2))
        #expect(plan.sends.count == 6, "two of eight may have been used up")
        #expect(plan.sends.allSatisfy { $0.pairPaidUntil != nil }, "each is above what need not be written down")
    }

    @Test func restedRecipientsAreForgotten() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(0, SenderRules(messagesPerSecond: 1_000))
        planner.open(1, SenderRules(messagesPerSecond: 1_000))
        var now = plannerStart
        var most = 0
        for number in 0..<20_000 {
            planner.appendAll([planned(number)], now: now)
            _ = planner.sendAll(now: now)
            most = max(most, planner.pairsRemembered)
            now = now + .milliseconds(10)
        }
        #expect(most < 1_500, "about six seconds' worth")
        now = now + .seconds(10)
        for _ in 0..<4 { _ = planner.plan(now: now, max: 1) }
        #expect(planner.pairsRemembered == 0)
    }

    // MARK: Bounds

    @Test func whatIsTooMuchForASenderLeavesMemoryTheLeastUrgentAndLatestFirst() {
        var planner = SendPlanner(inFlightMax: 100, pendingPerSenderMin: 3)
        planner.open(0, SenderRules(messagesPerSecond: 1, inFlightMax: 1))
        let first = [
            planned(0, lane: .marketing, priority: 9), planned(1, lane: .marketing, priority: 2),
            planned(2, lane: .marketing, priority: 2), planned(3), planned(4, lane: .authentication, priority: 1),
        ]
        let answers = first.map { planner.append($0, now: plannerStart) }
        #expect(answers.prefix(5) == [.waits, .waits, .waits, .waits, .waits])
        let more = [planned(5), planned(6), planned(7, lane: .marketing, priority: 1)]
        let shed = more.map { planner.append($0, now: plannerStart) }
        let ids = [2, 1, 7].map { MessageID(.numbered($0)) }
        #expect(shed == ids.map { .shed([$0]) })
    }

    @Test func whoFillsMemoryMakesRoomForWhoHasLittle() {
        var planner = SendPlanner(inFlightMax: 100, pendingPerSenderMin: 1_000, memoryMax: 500)
        planner.open(0, SenderRules(messagesPerSecond: 80))
        planner.open(1, SenderRules(messagesPerSecond: 80))
        planner.appendAll((0..<500).map { planned($0) })
        let answer = planner.append(planned(900, from: 1, lane: .marketing, priority: 1), now: plannerStart)
        #expect(answer == .shed([MessageID(.numbered(499))]))
        #expect(planner.waiting == 500)
    }

    @Test func aLongWaitIsNotWaitedForInMemory() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(0, SenderRules(messagesPerSecond: 80, minimumGap: .seconds(60)))
        planner.appendAll([planned(0)])
        _ = planner.sendAll(now: plannerStart)
        let soon = plannerStart + .seconds(1)
        planner.appendAll([planned(1)], now: soon)
        let plan = planner.sendAll(now: soon)
        #expect(plan.later.map(\.until) == [plannerStart + .seconds(60)])
        #expect(plan.later.map(\.limit) == [.messageDelay])
    }
}
