import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct WholeLife {
        @Test func aMessageIsAcceptedSentDeliveredAndRead() async throws {
            try await onCalmSystem { system in
                let id = try await system.sendReminder(
                    to: system.plainRecipient(),
                    extra: #","reference":"order-77","metadata":{"lead_id":"l1"}"#
                )
                try await system.waitForStatus("read", of: id)

                try await system.waitForTimeline(["accepted", "sending", "sent", "sent", "delivered", "read"], of: id)
                let message = try await system.message(id)
                #expect(message.timelineTypes.prefix(2) == ["accepted", "sending"])
                #expect(message["retry_count"]?.integer == 0)
                #expect(message["reference"]?.string == "order-77")
                #expect(message["metadata"]?["lead_id"]?.string == "l1")
                #expect(message["attempts"]?.elements?.count == 1)

                let sends = try await system.sends(of: id)
                #expect(sends.count == 1)
                #expect(sends.first?.timesSeen == 1)
            }
        }
    }
}
