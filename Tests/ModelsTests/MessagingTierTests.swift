import Models
import Testing

@Suite struct MessagingTierTests {
    @Test(arguments: [
        ("TIER_50", 50), ("TIER_250", 250), ("TIER_1K", 1_000), ("TIER_2K", 2_000), ("TIER_10K", 10_000),
        ("TIER_100K", 100_000), ("2000", 2_000), ("tier_10k", 10_000), ("10K Customers/24hr", 10_000),
    ])
    func aTierNamesItsRecipients(_ text: String, _ recipients: Int) {
        #expect(MessagingTier(text) == .recipients(recipients))
    }

    @Test func noLimitHasNames() {
        #expect(MessagingTier("TIER_UNLIMITED") == .unlimited)
        #expect(MessagingTier("-1") == .unlimited)
        #expect(MessagingTier(-1) == .unlimited)
        #expect(MessagingTier.unlimited.recipientsMax == nil)
    }

    @Test(arguments: ["TIER_NOT_SET", "UNTIERED", "", "TIER_", "K", "0", "-2", "TIER_99999999999999999999", "2.5K"])
    func whatNamesNoLimitChangesNone(_ text: String) {
        #expect(MessagingTier(text) == nil)
    }

    @Test func everyTierIsReadBackFromItsConstant() {
        for tier in [50, 250, 1_000, 2_000, 10_000, 100_000].map({ MessagingTier.recipients($0) }) + [.unlimited] {
            #expect(MessagingTier(tier.constant) == tier)
        }
    }
}
