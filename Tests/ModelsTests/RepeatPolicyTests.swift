import Models
import Testing

/// Planted and seen to fail: repeating what was delivered when forced, the sweep past the expiry, an unanswered send
/// repeated unasked.
@Suite struct RepeatPolicyTests {
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private func standing(_ state: MessageState = .failed) -> RepeatPolicy.Standing {
        var standing = RepeatPolicy.Standing(state: state, now: now, expiresAt: now + .seconds(60))
        standing.failure = MetaErrors.classify(code: 131_000)
        return standing
    }

    private func skip(
        _ standing: RepeatPolicy.Standing, _ origin: RetryOrigin = .api, isForced: Bool = false,
        change: (inout TenantRules) -> Void = { _ in }
    ) -> RetrySkip? {
        var rules = TenantRules(tenantID: TenantID(UUIDValue(high: 1, low: 1)))
        change(&rules)
        return RepeatPolicy.skip(standing, origin: origin, isForced: isForced, rules: rules)
    }

    @Test(arguments: MessageState.allCases)
    func onlyWhatEndedWithoutDeliveryIsRepeated(state: MessageState) {
        let mayBe = [MessageState.failed, .undelivered, .expired].contains(state)
        #expect((skip(standing(state), isForced: true) == nil) == mayBe)
    }

    @Test func whatWasDeliveredIsNeverRepeated() {
        var message = standing()
        message.wasDelivered = true
        #expect(skip(message, isForced: true) == .delivered)
    }

    @Test func whatTheProviderMayHaveIsRepeatedOnlyByForce() {
        var message = standing()
        message.mayHaveArrived = true
        #expect(skip(message) == .unanswered)
        #expect(skip(message, .plan) == .unanswered)
        #expect(skip(message, .sweep) == .unanswered)
        #expect(skip(message, isForced: true) == nil)
    }

    @Test func aMessageIsRepeatedOnceEvenByForce() {
        var message = standing()
        message.isRepeated = true
        #expect(skip(message, isForced: true) == .repeatedBefore)
    }

    @Test func theSweepTakesWhatMayHealAndNothingElse() {
        #expect(skip(standing(), .sweep) == nil)
        #expect(skip(standing(.undelivered), .sweep) == .permanent)
        var message = standing()
        message.failure = MetaErrors.classify(code: 131_026)
        #expect(skip(message, .sweep) == .permanent)
        message.failure = nil
        #expect(skip(message, .sweep) == .permanent)
        message = standing()
        message.expiresAt = now
        #expect(skip(message, .sweep) == .expired)
    }

    @Test func theSweepGoesNoFurtherThanTheTenantsRetries() {
        var message = standing()
        message.retriesMade = 2
        #expect(skip(message, .sweep) == nil)
        message.retriesMade = 3
        #expect(skip(message, .sweep) == .retriesUsedUp)
        #expect(skip(message, .api) == nil)
        #expect(skip(standing(), .sweep) { $0.isRetryAutomatic = false } == .automaticRetriesOff)
        #expect(skip(standing(), .sweep) { $0.isActive = false } == .automaticRetriesOff)
    }

    @Test func theSweepGivesNoMessageMoreTimeAndAPersonDoes() {
        let rules = TenantRules(tenantID: TenantID(UUIDValue(high: 1, low: 1)))
        func expiry(_ origin: RetryOrigin) -> Timestamp {
            RepeatPolicy.expiry(of: standing(), category: .utility, origin: origin, rules: rules)
        }
        #expect(expiry(.sweep) == now + .seconds(60))
        #expect(expiry(.api) == now + .seconds(24 * 3_600))
    }

    @Test func loginCodesMakeNoCampaign() {
        #expect(!Campaign.isOne([Lane](repeating: .authentication, count: 1_000)))
        #expect(!Campaign.isOne([Lane](repeating: .marketing, count: Campaign.min)))
        #expect(Campaign.isOne([Lane](repeating: .marketing, count: Campaign.min + 1)))
    }
}
