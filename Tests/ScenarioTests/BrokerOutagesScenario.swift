import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct BrokerOutages {
        private static let perSecond = 20
        private static let environment = ["HANDOVER_WATCH": "2s", "RETRY_TIME_SCALE": "0.05"]

        /// The embedded broker forgets everything when it goes down: the worst outage there is.
        @Test func aBrokerThatGoesDownAgainAndAgainWhileMessagesFlowCostsNoneOfThem() async throws {
            try await onOwnSystem(environment: Self.environment, without: ["monitor", "alerter"]) { system in
                let ids = try await system.whileMessagesFlow(perSecond: Self.perSecond) {
                    for _ in 0..<3 {
                        try await system.waitForMore(Self.perSecond * 2)
                        await system.killProcess("broker")
                        // Accepted meanwhile, and told to nobody.
                        try await system.waitForMore(Self.perSecond * 4)
                        try system.startProcess("broker")
                        let probe = try await system.sendSurely(to: system.plainRecipient())
                        try await system.waitForStatus("read", of: probe)
                    }
                }
                try await eventually("all are told and sent", within: .seconds(120), every: .milliseconds(500)) {
                    try await system.passHandOverWatch()
                    return try await system.states().keys.allSatisfy { !$0.awaitsUs && $0 != .sending }
                }
                // Receipts that the broker had taken are gone with it; what was sent stays sent.
                let states = try await system.states()
                let sent = [MessageState.sent, .delivered, .read].reduce(0) { $0 + (states[$1] ?? 0) }
                #expect(sent == ids.count + 3, "\(states)")
                #expect(try await system.oracleSummary()["accepted"]?.integer == Int64(sent))
                #expect(try await system.sentTwice() == 0)
            }
        }
    }
}
