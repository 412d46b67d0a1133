import Models
import Testing

/// Which alerts are told together.
@Suite struct RootCauseTests {
    private static let start = Timestamp(microseconds: 1_800_000_000_000_000)
    private let mine = TenantID(id(1))
    private let other = TenantID(id(2))

    private static func id(_ number: UInt64) -> UUIDValue { .version7(at: start, random: (number, number)) }

    private func item(
        _ number: UInt64, _ code: AlertCode, _ tenantID: TenantID? = nil, _ subject: String = "", minute: Int = 0,
        resolved: Int? = nil, providers: Set<String> = ["meta"], severity: AlertSeverity = .warning
    ) -> RootCause.Item {
        RootCause.Item(
            id: AlertID(Self.id(number + 100)), code: code, tenantID: tenantID, subject: subject, severity: severity,
            openedAt: Self.start + .seconds(60 * minute), resolvedAt: resolved.map { Self.start + .seconds(60 * $0) },
            providers: providers)
    }

    private func parents(_ items: [RootCause.Item], minute: Int = 10) -> [AlertID?] {
        let groups = RootCause.groups(of: items, now: Self.start + .seconds(60 * minute))
        return items.map { groups[$0.id]?.parentID }
    }

    @Test func aClosedTokenGateExplainsTheFiguresOfItsBusinessAndOfNoOther() {
        let gate = item(1, .accessTokenInvalid, mine, "sender")
        let items = [
            gate, item(2, .deliveryRateLow, mine, minute: 5), item(3, .failureTrend, mine, minute: 1),
            item(4, .deliveryRateLow, other, minute: 5), item(5, .messageCritical, mine, minute: 5),
            item(6, .callbackDisabled, mine, minute: 5),
        ]
        #expect(parents(items) == [nil, gate.id, gate.id, nil, nil, nil])
        let groups = RootCause.groups(of: items, now: Self.start)
        #expect(groups[gate.id]?.cause == "TOKEN/\(mine)")
        #expect(groups[items[1].id]?.cause == "TOKEN/\(mine)")
        #expect(groups[items[3].id]?.cause == "DELIVERY_RATE_LOW/\(other)")
        #expect(groups[items[4].id] == nil)
    }

    @Test func aProviderThatIsDownExplainsThoseWhoSendThroughIt() {
        let down = item(1, .apiEndpointDown, nil, "meta", minute: 1)
        let checks = item(2, .apiEndpointDown, nil, "provider:meta", minute: 2)
        let items = [
            down, checks, item(3, .failureRateHigh, mine), item(4, .receiptsSilent, other, providers: ["twilio"]),
            item(5, .backlogGrowing), item(6, .accessTokenInvalid, mine),
        ]
        #expect(parents(items) == [nil, down.id, down.id, nil, down.id, nil])
        #expect(RootCause.groups(of: items, now: Self.start)[items[2].id]?.cause == "PROVIDER/meta")
    }

    /// Nobody is sent from one message to the next.
    @Test func nothingHasAParentThatHasOneItself() {
        let codes = AlertCode.allCases
        var items: [RootCause.Item] = []
        for (number, code) in codes.enumerated() {
            items.append(item(UInt64(number * 4), code, mine, "s", minute: number % 7))
            items.append(item(UInt64(number * 4 + 1), code, nil, "meta", minute: number % 5))
            items.append(item(UInt64(number * 4 + 2), code, mine, "s", minute: number % 3, resolved: 9))
            items.append(item(UInt64(number * 4 + 3), code, mine, minute: number % 4))
        }
        let groups = RootCause.groups(of: items, now: Self.start + .seconds(600))
        for (id, group) in groups {
            guard let parentID = group.parentID else { continue }
            #expect(parentID != id)
            #expect(groups[parentID]?.parentID == nil)
        }
        #expect(groups.values.contains { $0.parentID != nil })
        // Without the gates, figures explain figures.
        let figures = items.filter { [.failureRateHigh, .deliveryRateLow, .failureTrend, .qualityScoreLow].contains($0.code) }
        let alone = RootCause.groups(of: figures, now: Self.start + .seconds(600))
        #expect(alone.values.count { $0.parentID == nil } == 1)
        #expect(alone.count == 4 * 2)
    }

    @Test func aCauseThatIsOverExplainsWhatItHadBroughtForAWhile() {
        let gate = item(1, .accessTokenInvalid, mine, minute: 0, resolved: 8)
        let items = [gate, item(2, .deliveryRateLow, mine, minute: 5), item(3, .retriesFailing, mine, minute: 9)]
        #expect(parents(items, minute: 10) == [nil, gate.id, nil])
        #expect(parents(items, minute: 37) == [nil, gate.id, nil])
        #expect(parents(items, minute: 38) == [nil, nil, nil])
    }

    /// Only figures come back late: an outage that is still seen is told.
    @Test func anOutageIsNotHiddenByOneThatIsOver() {
        let gate = item(1, .apiEndpointDown, nil, "meta", minute: 0, resolved: 8)
        let items = [gate, item(2, .apiEndpointDown, nil, "provider:meta", minute: 2), item(3, .failureRateHigh, mine, minute: 3)]
        #expect(parents(items) == [nil, nil, items[1].id])
    }

    @Test func aSendersAlertExplainsWhatIsSaidOfThatSender() {
        let blocked = item(1, .senderBlocked, mine, "a")
        let items = [
            blocked, item(2, .senderCheckFailing, mine, "a"), item(3, .senderCheckFailing, mine, "b"),
            item(4, .failureRateHigh, mine),
        ]
        #expect(parents(items) == [nil, blocked.id, nil, blocked.id])
    }

    /// One wave of failures is one message, whether the business has one sender or many.
    @Test func theFailuresOfABusinessExplainWhatDoesBadlyBecauseOfThem() {
        let failures = item(1, .failureRateHigh, mine, minute: 3)
        let items = [
            failures, item(2, .failureRateHigh, mine, "a"), item(3, .deliveryRateLow, mine), item(4, .deliveryRateLow, mine, "a"),
            item(5, .qualityScoreLow, mine, minute: 5), item(6, .failureTrend, mine, "a"), item(7, .retriesFailing, mine),
            item(8, .limitNearlyUsed, mine, "a"), item(9, .messageCritical, mine), item(10, .failureRateHigh, other),
            item(11, .deliveryRateLow, other, "b"),
        ]
        let explained = [AlertID?](repeating: failures.id, count: 5)
        #expect(parents(items) == [nil] + explained + [nil, nil, nil, nil, items[9].id])
        let groups = RootCause.groups(of: items, now: Self.start)
        #expect(groups[items[3].id]?.cause == "FAILURE_RATE_HIGH/\(mine)")
        #expect(groups[items[9].id]?.cause == "FAILURE_RATE_HIGH/\(other)")
    }

    @Test func aFigureOfABusinessExplainsTheSameOfItsSenders() {
        let whole = item(1, .deliveryRateLow, mine, minute: 3)
        let items = [
            whole, item(2, .deliveryRateLow, mine, "a"), item(3, .qualityScoreLow, mine, "a"),
            item(4, .deliveryRateLow, other, "b"), item(5, .failureRateHigh, mine, "a"),
        ]
        #expect(parents(items) == [nil, whole.id, nil, nil, nil])
        // What is said of one sender, or of the platform, explains nothing.
        #expect(parents([items[4], items[1], item(6, .receiptsSilent), item(7, .receiptsSilent, mine, "a")]) == [nil, nil, nil, nil])
    }

    @Test func aGateThatExplainsTheFailuresTakesWhatTheyExplain() {
        let blocked = item(1, .senderBlocked, mine, "a")
        let items = [
            blocked, item(2, .failureRateHigh, mine), item(3, .failureRateHigh, mine, "b"), item(4, .failureTrend, mine, "b"),
        ]
        #expect(parents(items) == [nil, blocked.id, blocked.id, blocked.id])
    }

    /// A business may have asked to be woken by one of them.
    @Test func whatIsWorseThanTheFailuresIsToldAlone() {
        let items = [
            item(1, .failureRateHigh, mine), item(2, .deliveryRateLow, mine, severity: .critical),
            item(3, .qualityScoreLow, mine, severity: .info), item(4, .failureRateHigh, mine, "a", severity: .critical),
        ]
        #expect(parents(items) == [nil, nil, items[0].id, nil])
    }
}
