import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct PermanentFailure {
        @Test(arguments: [
            // Refused in the answer; taken, and refused by a receipt; the same without our own reference in it.
            (suffix: 100, status: "failed", code: 100, words: ["accepted", "sending", "failed"]),
            (
                suffix: 26, status: "undelivered", code: 131_026,
                words: ["accepted", "sending", "sent", "undelivered"]
            ),
            (
                suffix: 131, status: "undelivered", code: 131_026,
                words: ["accepted", "sending", "sent", "undelivered"]
            ),
        ])
        func whatCannotSucceedIsNotTriedAgain(
            suffix: Int,
            status: String,
            code: Int,
            words: [String]
        ) async throws {
            try await onCalmSystem { system in
                let id = try await system.sendReminder(to: system.recipient(ending: suffix))
                try await system.waitForStatus(status, of: id)
                try await system.waitForTimeline(words, of: id)

                let message = try await system.message(id)
                #expect(message["error"]?["code"]?.integer == Int64(code))
                #expect(message["error"]?["explanation"]?.string?.isEmpty == false)
                #expect(message["retry_count"]?.integer == 0)
                #expect(message["is_critical"]?.boolean == false)
                #expect(try await system.sends(of: id).count == 1)
                // Nobody will ever look at it again.
                #expect(
                    try await system.admin.rows("SELECT 1 FROM due_messages WHERE message_id = \(id)").isEmpty
                )
            }
        }
    }
}
