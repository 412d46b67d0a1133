import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct WholeLife {
        @Test func aMessageIsAcceptedSentDeliveredAndRead() async throws {
            let system = try await TestSystem.start()
            let id = try await system.send(to: "+393471234201", extra: #","reference":"order-77","metadata":{"lead_id":"l1"}"#)
            try await system.waitForStatus("read", of: id)

            let message = try await system.message(id)
            let words = message["timeline"]?.elements?.compactMap { $0["type"]?.string ?? $0["status"]?.string } ?? []
            for word in ["accepted", "sending", "sent", "delivered", "read"] {
                #expect(words.contains(word), "the timeline \(words) has no \(word)")
            }
            #expect(message["retry_count"]?.integer == 0)
            #expect(message["reference"]?.string == "order-77")
            #expect(message["attempts"]?.elements?.count == 1)

            let sends = try await system.sends(of: id)
            #expect(sends.count == 1)
            #expect(sends.first?["times_seen"]?.integer == 1)
            #expect(try await system.ledgerProblem() == nil)
            await system.stop()
        }
    }
}
