import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct BrokerStandsStill {
        private static let perSecond = 20
        /// Each rebalance of the embedded broker takes a whole session, and several may follow each other.
        private static let backWithin = Duration.seconds(120)
        private static let environment = ["HANDOVER_WATCH": "2s", "RETRY_TIME_SCALE": "0.05"]

        /// Longer than every session of a consumer lasts, so that each group loses its members and gets them back.
        @Test func aBrokerThatIsGoneForAWhileAndComesBackWithItsRecordsCostsNothing() async throws {
            try await onOwnSystem(environment: Self.environment, without: ["monitor", "alerter"]) { system in
                let ids = try await system.whileMessagesFlow(perSecond: Self.perSecond) {
                    for _ in 0..<2 {
                        try await system.waitForMore(Self.perSecond * 2)
                        system.setStandsStill("broker", true)
                        try await system.waitForMore(Self.perSecond * 8)
                        system.setStandsStill("broker", false)
                        let probe = try await system.sendSurely(to: system.plainRecipient())
                        try await system.waitForStatus("read", of: probe, within: Self.backWithin)
                    }
                }
                try await system.passHandOverWatch()
                // Receipts too: what the broker held it holds, and what it could not take is posted again.
                try await system.waitUntilAll([.read])
                #expect(try await system.states() == [.read: ids.count + 2])
                #expect(try await system.oracleSummary()["accepted"]?.integer == Int64(ids.count + 2))
                #expect(try await system.sentTwice() == 0)
            }
        }
    }
}
