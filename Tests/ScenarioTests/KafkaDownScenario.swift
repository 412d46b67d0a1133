import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct KafkaDown {
        @Test func aMessageIsAcceptedWithoutKafkaAndDeliveredWhenItIsBack() async throws {
            try await onOwnSystem(without: ["monitor", "alerter"]) { system in
                await system.killProcess("broker")
                var ids: [MessageID] = []
                for _ in 0..<20 { ids.append(try await system.sendReminder(to: system.plainRecipient())) }
                #expect(try await system.states() == [.queued: 20])

                try system.startProcess("broker")
                for id in ids { try await system.waitForStatus("read", of: id) }
                #expect(try await system.sentTwice() == 0)
                #expect(try await system.oracleSummary()["accepted"]?.integer == 20)
            }
        }
    }
}
