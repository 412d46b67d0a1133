import Models
import TestSupport
import Testing

@Suite struct PlannerFairnessTests {
    @Test func aHundredThousandOfOneSenderDelayAnothersSingleMessageByOneRound() {
        var planner = SendPlanner(inFlightMax: 10_000, pendingPerSenderMin: 200_000, memoryMax: 200_000)
        planner.open(0, SenderRules(messagesPerSecond: 1_000, inFlightMax: 10_000))
        planner.open(1, SenderRules(messagesPerSecond: 80))
        planner.appendAll((0..<100_000).map { planned($0, lane: .authentication, priority: 10) })
        _ = planner.plan(now: plannerStart, max: 5)
        planner.appendAll([planned(200_000, from: 1, lane: .marketing, priority: 1)])
        let next = planner.plan(now: plannerStart, max: 2).sends.map(\.message.senderID)
        #expect(next.contains(senderID(1)))
    }

    @Test(arguments: 0..<50)
    func whoComesLateIsServedWithinOneRoundOfTheOthers(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let senders = Int.random(in: 2...40, using: &random)
        var planner = SendPlanner(inFlightMax: 10_000, pendingPerSenderMin: 1_000)
        for sender in 0...senders { planner.open(sender, SenderRules(messagesPerSecond: 1_000, inFlightMax: 500)) }
        let number = Int.random(in: 100...400, using: &random)
        for index in 0..<number {
            planner.appendAll([planned(index, from: Int.random(in: 0..<senders, using: &random))])
        }
        _ = planner.plan(now: plannerStart, max: Int.random(in: 1...50, using: &random))
        planner.appendAll([planned(9_999, from: senders)])
        let position = planner.plan(now: plannerStart, max: 200).sends.firstIndex {
            $0.message.senderID == senderID(senders)
        }
        #expect(position.map { $0 <= senders } ?? false, "seed \(seed)")
    }

    @Test func aSenderThatMayNotSendDelaysNobody() {
        var planner = SendPlanner(inFlightMax: 100)
        planner.open(0, SenderRules(messagesPerSecond: 1, inFlightMax: 1))
        planner.open(1, SenderRules(messagesPerSecond: 1_000))
        planner.appendAll((0..<100).map { planned($0) })
        planner.appendAll((100..<110).map { planned($0, from: 1) })
        let plan = planner.plan(now: plannerStart, max: 100)
        #expect(plan.sends.count { $0.message.senderID == senderID(1) } == 10)
    }

    @Test func whileAllRoomInFlightIsTakenNothingGoesAndAnEndMakesRoom() {
        var planner = SendPlanner(inFlightMax: 2)
        planner.open(0, SenderRules(messagesPerSecond: 1_000))
        planner.appendAll((0..<5).map { planned($0) })
        #expect(planner.plan(now: plannerStart, max: 9).sends.count == 2)
        let full = planner.plan(now: plannerStart, max: 9)
        #expect(full.sends.isEmpty && full.wakeAt == nil)
        planner.finished(MessageID(.numbered(0)), .unclaimed, now: plannerStart)
        #expect(planner.plan(now: plannerStart, max: 9).sends.count == 1)
    }

    // MARK: Lanes

    @Test(arguments: 0..<100)
    func ofEightSendsInARowALaneThatWaitsGetsOne(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var planner = SendPlanner(inFlightMax: 10_000, pendingPerSenderMin: 5_000)
        planner.open(0, SenderRules(messagesPerSecond: 1_000, inFlightMax: 5_000))
        var waiting: [Lane: Int] = [:]
        var passedOver: [Lane: Int] = [:]
        var most: [Lane: Int] = [:]
        var number = 0
        var now = plannerStart
        for _ in 0..<300 {
            for lane in Lane.allCases where Int.random(in: 0..<3, using: &random) > 0 {
                planner.appendAll([planned(number, lane: lane)], now: now)
                waiting[lane, default: 0] += 1
                number += 1
            }
            now = now + .milliseconds(1)
            for send in planner.sendAll(now: now).sends {
                let lane = send.message.lane
                waiting[lane, default: 0] -= 1
                for other in Lane.allCases {
                    let isWaiting = other != lane && waiting[other, default: 0] > 0
                    passedOver[other] = isWaiting ? passedOver[other, default: 0] + 1 : 0
                    most[other] = max(most[other, default: 0], passedOver[other, default: 0])
                }
            }
        }
        #expect(most[.marketing, default: 0] <= 7, "seed \(seed)")
        #expect(most[.utility, default: 0] <= 7, "seed \(seed)")
        #expect(most[.authentication, default: 0] <= 2, "seed \(seed)")
    }

    @Test(arguments: 0..<50)
    func withinALaneTheMoreUrgentGoFirstAndThenTheEarlier(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var planner = SendPlanner(inFlightMax: 1_000)
        planner.open(0, SenderRules(messagesPerSecond: 1_000, inFlightMax: 1_000))
        let messages = (0..<60).map { planned($0, priority: Int.random(in: 1...10, using: &random)) }
        planner.appendAll(messages)
        let sent = planner.run(from: plannerStart, until: plannerStart + .seconds(5)).plan.sends.map(\.message)
        let expected = messages.sorted { ($1.priority, $0.messageID) < ($0.priority, $1.messageID) }
        #expect(sent == expected, "seed \(seed)")
    }

    @Test func aLaneBehindAGateTakesNoTurnFromTheOthers() {
        var planner = SendPlanner(inFlightMax: 1_000)
        planner.open(0, SenderRules(messagesPerSecond: 1_000, inFlightMax: 1_000))
        let template = TemplateID(.numbered(1))
        planner.setGates(
            GateSet([
                ClosedGate(
                    id: GateID(.numbered(1)), tenantID: nil, scope: .template, subject: "\(template)",
                    cause: .templatePaused, closedAt: plannerStart)
            ]))
        planner.appendAll((0..<20).map { planned($0, lane: .marketing, template: 1) })
        planner.appendAll((20..<30).map { planned($0, lane: .authentication) })
        let plan = planner.sendAll(now: plannerStart)
        #expect(plan.sends.count == 10)
        #expect(plan.held.count == 20)
    }
}
