import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct TwilioLife {
        /// Waits of 6 s for utility messages; the stand-in's late receipts come after 2 s.
        private static let environment = [
            "RETRY_TIME_SCALE": "0.02", "SEND_DEADLINE": "1s", "ATTEMPT_LEASE": "6s",
        ]

        @Test func aTwilioSenderLivesTheWholeLife() async throws {
            try await onOwnSystem(environment: Self.environment) { system in
                let sender = try #require(system.twilioSenderID)
                let key = system.secondAPIKey
                func reminder(to recipient: String) async throws -> MessageID {
                    try await system.sendReminder(to: recipient, extra: #","sender_id":"\#(sender)""#, key: key)
                }
                let customer = system.plainRecipient()
                try await system.customerWrites(from: customer, toTwilioSender: sender, "Ciao?")
                async let template = reminder(to: system.plainRecipient())
                async let text = system.send(
                    """
                    {"to":"\(customer)","type":"text","kind":"general","text":{"body":"Ciao"},\
                    "sender_id":"\(sender)"}
                    """, key: key)
                async let hung = reminder(to: system.recipient(ending: 990))
                async let refused = reminder(to: system.recipient(ending: 211))
                async let closed = reminder(to: system.recipient(ending: 24))
                async let throttled = reminder(to: system.recipient(ending: 429))

                for id in try await [template, text, throttled] {
                    try await system.waitForStatus("read", of: id, key: key)
                    let message = try await system.message(id, key: key)
                    let providerID = message["attempts"]?.elements?.last?["provider_message_id"]?.string
                    #expect(providerID?.hasPrefix("SM") == true)
                }
                // 20429 was not processed, and cost no retry.
                #expect(try await system.message(throttled, key: key)["retry_count"]?.integer == 0)
                try await isSettledByItsAddress(hung, system, key)
                try await system.waitForStatus("failed", of: refused, key: key)
                #expect(try await system.message(refused, key: key).text.contains("21211"))
                try await system.waitForStatus("undelivered", of: closed, key: key)
                #expect(try await system.message(closed, key: key).text.contains("63024"))
            }
        }

        @Test func aStatusIsPulledWhereTheProviderOffersIt() async throws {
            try await onOwnSystem(environment: Self.environment) { system in
                let sender = try #require(system.twilioSenderID)
                try await system.pauseWebhooks(true)
                let twilio = try await system.sendReminder(
                    to: system.plainRecipient(), extra: #","sender_id":"\#(sender)""#, key: system.secondAPIKey)
                let meta = try await system.sendReminder(to: system.plainRecipient(), key: system.secondAPIKey)
                for id in [twilio, meta] {
                    try await system.waitForStatus("sent", of: id, key: system.secondAPIKey)
                    try await system.orderStatusCheck(of: id)
                }
                try await system.waitForStatus("read", of: twilio, key: system.secondAPIKey)
                try await eventually("both checks are done", every: .milliseconds(50)) {
                    try await system.statusCheckResults() == [twilio: "read", meta: "not_offered"]
                }
                #expect(try await system.status(of: meta, key: system.secondAPIKey) == "sent")
                let priced = try await system.admin.rows(
                    "SELECT 1 FROM message_events WHERE message_id = \(twilio) AND detail #>> '{pricing,price}' = '-0.00500'")
                #expect(!priced.isEmpty)
                let noted = try await system.admin.rows(
                    "SELECT id FROM message_states WHERE last_status_check IS NOT NULL")
                #expect(try noted.map { try $0.value("id", as: MessageID.self) } == [twilio])
                try await system.pauseWebhooks(false)
                try await system.waitForStatus("read", of: meta, key: system.secondAPIKey)
            }
        }

        private func isSettledByItsAddress(_ id: MessageID, _ system: TestSystem, _ key: String) async throws {
            try await system.waitForStatus("read", of: id, key: key)
            let message = try await system.message(id, key: key)
            #expect(message.timelineTypes.contains("unanswered"), "\(message.timelineTypes)")
            // An attempt that was stopped before its first byte is no send.
            let outcomes = message["attempts"]?.elements?.compactMap { $0["outcome"]?.string } ?? []
            #expect(outcomes.filter { $0 != "not_sent" } == ["accepted"], "\(outcomes)")
            #expect(try await system.sends(of: id).count == 1)
        }
    }
}
