import Testing

@testable import Models

/// What was planned and claimed is looked at once more before its first byte.
@Suite struct PlannerDepartureTests {
    private let latest = plannerStart + .seconds(14)

    /// A planner with one send planned, whose slot is now.
    private func planner(
        _ rules: SenderRules = SenderRules(messagesPerSecond: 10), _ message: PlannedMessage = planned(1)
    ) -> SendPlanner {
        var planner = SendPlanner(inFlightMax: 10)
        planner.open(0, rules)
        planner.appendAll([message])
        #expect(planner.plan(now: plannerStart, max: 10).sends.map(\.notBefore) == [plannerStart])
        return planner
    }

    private func gate(probe: PlannedMessage? = nil) -> ClosedGate {
        ClosedGate(
            id: GateID(.numbered(1)), tenantID: nil, scope: .sender, subject: "\(senderID(0))", cause: .senderUnusable,
            closedAt: plannerStart, probe: probe?.messageID)
    }

    private func departure(
        _ planner: inout SendPlanner, after span: Duration = .zero, latest: Timestamp? = nil
    ) -> Departure {
        planner.depart(planned(1).messageID, latest: latest ?? self.latest, now: plannerStart + span)
    }

    @Test func inItsSlotItGoes() {
        var planner = planner()
        #expect(departure(&planner) == .now)
        #expect(departure(&planner, after: SendPlanner.slotMissedAfter) == .now)
    }

    @Test func beforeItsSlotItWaits() {
        var planner = planner()
        planner.appendAll([planned(2)])
        let slots = planner.plan(now: plannerStart + .milliseconds(90), max: 1).sends.map(\.notBefore)
        #expect(slots.count == 1)
        let early = plannerStart + .milliseconds(91)
        #expect(planner.depart(planned(2).messageID, latest: latest, now: early) == .at(slots[0]))
    }

    @Test func aMissedSlotIsRenewedOnlyWhileTheNewOneIsInTime() {
        let rules = SenderRules(messagesPerSecond: 10, minimumGap: .seconds(20))
        var planner = planner(rules)
        #expect(departure(&planner, after: .milliseconds(6)) == .never(.late))
        var other = self.planner(rules)
        let slot = plannerStart + .seconds(20)
        #expect(departure(&other, after: .milliseconds(6), latest: slot) == .at(slot))
        #expect(departure(&other, after: .seconds(20), latest: slot) == .now)
    }

    @Test func aGateThatClosedMeanwhileKeepsItBackUnlessItIsTheGatesProbe() {
        var planner = planner()
        planner.setGates(GateSet([gate()]))
        #expect(departure(&planner) == .never(.gateClosed(gate())))
        planner.setGates(GateSet([gate(probe: planned(1))]))
        #expect(departure(&planner) == .now)
        planner.setGates(GateSet())
        #expect(departure(&planner) == .now)
    }

    @Test func itDoesNotGoWhenItsAttemptsLeaseWouldNotCoverTheCall() {
        var planner = planner()
        #expect(departure(&planner, after: .milliseconds(2), latest: plannerStart) == .never(.late))
    }

    @Test func itDoesNotGoWhenItIsExpired() {
        var planner = planner(SenderRules(messagesPerSecond: 10), planned(1, expiresAt: plannerStart + .seconds(1)))
        #expect(departure(&planner, after: .seconds(1)) == .never(.late))
    }

    @Test func underALeaseThatIsBeingGivenBackItGoesAndUnderANewOneItDoesNot() {
        var planner = planner()
        _ = planner.close(senderID(0))
        #expect(departure(&planner) == .now)
        #expect(departure(&planner, after: .seconds(1)) == .never(.leaseEnded), "it has no other slot")
        planner.open(0, SenderRules(messagesPerSecond: 10))
        #expect(departure(&planner) == .never(.leaseEnded))
    }

    @Test func whatIsFinishedDoesNotGo() {
        var planner = planner()
        planner.finished(planned(1).messageID, .unclaimed, now: plannerStart)
        #expect(departure(&planner) == .never(.leaseEnded))
    }
}
