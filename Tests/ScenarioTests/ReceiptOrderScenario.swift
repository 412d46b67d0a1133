import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct ReceiptOrder {
        @Test(arguments: [
            // Before the answer; twice; in reverse; without the one in the middle.
            (suffix: 995, receipts: ["sent": 1, "delivered": 1, "read": 1]),
            (suffix: 991, receipts: ["sent": 2, "delivered": 2, "read": 2]),
            (suffix: 992, receipts: ["sent": 1, "delivered": 1, "read": 1]),
            (suffix: 993, receipts: ["sent": 1, "read": 1]),
        ])
        func receiptsInAnyOrderEndInOneState(suffix: Int, receipts: [String: Int]) async throws {
            try await onCalmSystem { system in
                let id = try await system.sendReminder(to: system.recipient(ending: suffix))
                try await system.waitForStatus("read", of: id)
                // Receipts that moved nothing are kept all the same; the answer counts as a `sent` more.
                let words = receipts.flatMap { Array(repeating: $0.key, count: $0.value) }
                try await system.waitForTimeline(["accepted", "sending", "sent"] + words, of: id)
                let message = try await system.message(id)
                #expect(message["status"]?.string == "read")
                #expect(message["attempts"]?.elements?.map { $0["outcome"]?.string } == ["accepted"])
                let times = ["sent_at", "delivered_at", "read_at"].map { name in
                    message[name]?.string.flatMap { Timestamp(rfc3339: $0) }
                }
                #expect(!times.contains(nil), "\(message.text)")
                #expect(try await system.sends(of: id).count == 1)
            }
        }
    }
}
