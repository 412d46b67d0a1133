import Models
import Testing

@Suite struct TenantRulesTests {
    @Test func anOwnListIsTakenAsItIsAndItsLastDelayRepeats() {
        let policy = RetryPolicy.own([.seconds(1), .seconds(60)], maxRetries: 3)
        #expect((1...3).map { policy.delay(beforeRetry: $0, spread: 0.9) } == [.seconds(1), .seconds(60), .seconds(60)])
    }

    @Test func minutesAreAListOfOne() {
        #expect(RetryPolicy.own(everyMinutes: 5, maxRetries: 2) == RetryPolicy.own([.seconds(300)], maxRetries: 2))
    }

    @Test func anOwnListOutOfBoundsIsBroughtBackIntoThem() {
        #expect(RetryPolicy.own([]).delays == RetryPolicy.quick.delays)
        #expect(RetryPolicy.own([.seconds(-5)]).delays == .list([.zero]))
        #expect(RetryPolicy.own([.seconds(1 << 40)]).delays == .list([RetryPolicy.ownDelayMax]))
        let long = RetryPolicy.own([Duration](repeating: .seconds(1), count: 50), maxRetries: 5_000)
        #expect(long.delays == .list([Duration](repeating: .seconds(1), count: RetryPolicy.delaysCountMax)))
        #expect(long.maxRetries == RetryPolicy.maxRetriesLimit)
    }

    @Test(arguments: RetryPreset.allCases)
    func whoSwitchedRetriesOffHasNone(preset: RetryPreset) {
        let policy = RetryPolicy.of(preset, ownDelays: [.seconds(1)], isEnabled: false, maxRetries: 3)
        #expect(policy.maxRetries == 0)
    }

    @Test func aCategorysRuleForMissingAnswersIsTheTenantsAndTheOthersAreAsUsual() {
        let policy = UnansweredPolicy.standard.setting(wait: .seconds(60), preference: .preferDelivery, for: .utility)
        #expect(policy.utility == UnansweredPolicy.Rule(wait: .seconds(60), preference: .preferDelivery))
        #expect(policy.marketing == UnansweredPolicy.standard.marketing)
        let half = policy.setting(wait: nil, preference: .preferNoDuplicate, for: .utility)
        #expect(half.utility == UnansweredPolicy.Rule(wait: .seconds(60), preference: .preferNoDuplicate))
        #expect(policy.setting(wait: .seconds(-1), preference: nil, for: .marketing).marketing.wait == .zero)
    }

    @Test func expiryIsTheTenantsForACategoryAndAsUsualForTheOthers() {
        let policy = ExpiryPolicy.standard.setting(.seconds(3_600), for: .marketing)
        #expect(policy.span(for: .marketing) == .seconds(3_600))
        #expect(policy.span(for: .utility) == TemplateCategory.utility.expiryDefault)
        #expect(policy.setting(.zero, for: .marketing).span(for: .marketing) == ExpiryPolicy.range.lowerBound)
    }
}
