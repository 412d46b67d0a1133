import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct RebalanceStorm {
        private static let perSecond = 20
        private static let environment = [
            "SEND_DEADLINE": "5s", "ATTEMPT_LEASE": "10s", "HANDOVER_WATCH": "2s", "RETRY_TIME_SCALE": "0.05",
        ]
        private static let copies = ["dispatcher", "dispatcher-2", "dispatcher-3"]

        /// Copies come and go faster than their group settles. Those that go were asked to, so nothing may even be
        /// unanswered.
        @Test func dispatchersThatComeAndGoWhileMessagesFlowLoseNothingAndSendNothingTwice() async throws {
            try await onOwnSystem(
                environment: Self.environment,
                without: ["monitor", "alerter"],
                copies: ["dispatcher": Self.copies.count]
            ) { system in
                let ids = try await system.whileMessagesFlow(perSecond: Self.perSecond) {
                    for turn in 0..<9 {
                        let copy = Self.copies[turn % Self.copies.count]
                        #expect(await system.stopProcess(copy) == 0)
                        try await system.waitForMore(Self.perSecond / 2)
                        try system.startProcess(copy)
                        try await system.waitForMore(Self.perSecond)
                    }
                }
                try await system.passHandOverWatch()
                try await system.waitUntilAll([.read], within: .seconds(90))
                #expect(try await system.states() == [.read: ids.count])
                #expect(try await system.oracleSummary()["accepted"]?.integer == Int64(ids.count))
                #expect(try await system.sentTwice() == 0)
                #expect(try await system.unansweredResends() == 0)
            }
        }
    }
}
