import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct BatchedWebhook {
        private typealias Phone = TestSystem.Phone

        @Test func oneDeliverySpeaksOfTwoTenants() async throws {
            try await onCalmSystem { system in
                let recipient = system.recipient(ending: 996)
                let first = try await system.sendReminder(to: recipient)
                let second = try await system.sendReminder(to: recipient, key: system.secondAPIKey)
                let foreign = try await system.sendReminder(to: recipient)
                try await system.waitForStatus("sent", of: first)
                try await system.waitForStatus("sent", of: second, key: system.secondAPIKey)
                try await system.waitForStatus("sent", of: foreign)

                let now = Timestamp(microseconds: 1_790_000_000_000_000)
                func status(_ word: String, _ id: MessageID, _ providerID: String) -> String {
                    TestSystem.status(
                        word,
                        providerMessageID: providerID,
                        recipient: recipient,
                        message: id,
                        at: now
                    )
                }
                let body = TestSystem.webhookBody([
                    (.first, [status("sent", first, "wamid.one"), status("delivered", first, "wamid.one")]),
                    (
                        .second,
                        [
                            status("read", second, "wamid.two"), status("delivered", second, "wamid.two"),
                            // The second tenant's number cannot speak of the first tenant's message.
                            status("read", foreign, "wamid.three"),
                        ]
                    ),
                ])
                #expect(try await system.postWebhook(body).status == 200)
                try await system.waitForStatus("delivered", of: first)
                try await system.waitForStatus("read", of: second, key: system.secondAPIKey)
                try await eventually("the foreign receipt is parked") {
                    try await !system.admin.rows(
                        "SELECT 1 FROM parked_receipts WHERE provider_message_id = 'wamid.three'"
                    ).isEmpty
                }
                #expect(try await system.status(of: foreign) == "sent")
                #expect(try await system.status(of: first) == "delivered")
            }
        }
    }
}
