import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct Idempotency {
        @Test func fiftyRequestsAtOnceUnderOneKeyAreOneMessage() async throws {
            try await onCalmSystem { system in
                let recipient = system.plainRecipient()
                let body = TestSystem.reminder(to: recipient)
                let answers = try await withThrowingTaskGroup(of: TestSystem.Answer.self) { group in
                    for _ in 0..<50 {
                        group.addTask { try await system.post(body, idempotencyKey: "one-order") }
                    }
                    var answers: [TestSystem.Answer] = []
                    for try await answer in group { answers.append(answer) }
                    return answers
                }
                #expect(answers.allSatisfy { $0.status == 202 })
                #expect(Set(answers.map(\.body)).count == 1)
                #expect(answers.count { $0.header("Idempotent-Replayed") == "true" } == 49)
                #expect(answers.count { $0.header("Idempotent-Replayed") == nil } == 1)

                let other = try await system.post(
                    TestSystem.reminder(to: system.plainRecipient()),
                    idempotencyKey: "one-order"
                )
                #expect(other.status == 422)
                #expect(other.json?["code"]?.string == "idempotency_key_reused")
                // The key is the tenant's own: another tenant may use the same words.
                let foreign = try await system.post(
                    body,
                    key: system.secondAPIKey,
                    idempotencyKey: "one-order"
                )
                #expect(foreign.status == 202 && foreign.header("Idempotent-Replayed") == nil)

                let id = try #require(answers[0].messageID)
                try await system.waitForStatus("read", of: id)
                #expect(try await system.sends(of: id).count == 1)
                let rows = try await system.admin.rows(
                    "SELECT id FROM messages WHERE recipient = \(recipient)"
                )
                #expect(rows.count == 2)
            }
        }
    }
}
