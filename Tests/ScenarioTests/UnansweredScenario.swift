import JSON
import Models
import Postgres
import TestSupport
import Testing

extension Scenarios {
    @Suite struct Unanswered {
        /// Waits of 6 s for utility and 3.6 s for authentication; the stand-in's late receipts come after 2 s.
        private static let environment = [
            "RETRY_TIME_SCALE": "0.02", "SEND_DEADLINE": "1s", "ATTEMPT_LEASE": "6s",
        ]

        @Test func onlyProofOrPolicySettlesAnUnansweredSend() async throws {
            try await onOwnSystem(environment: Self.environment) { system in
                // Accepted, and then: no answer; the connection cut.
                async let hung = system.sendReminder(to: system.recipient(ending: 990))
                async let cut = system.sendReminder(to: system.recipient(ending: 980))
                async let cutCode = system.send(TestSystem.loginCode(to: system.recipient(ending: 980)))
                // Cut without having been accepted.
                async let lost = system.sendReminder(to: system.recipient(ending: 981))
                async let lostCode = system.send(TestSystem.loginCode(to: system.recipient(ending: 981)))

                for id in try await [hung, cut, cutCode] { try await isSettledByItsReceipts(id, system) }
                try await isGivenUp(lost, system)
                try await isSentAgain(lostCode, system)
            }
        }

        private func isSettledByItsReceipts(_ id: MessageID, _ system: TestSystem) async throws {
            try await system.waitForStatus("read", of: id)
            let message = try await system.message(id)
            #expect(message.timelineTypes.contains("unanswered"), "\(message.timelineTypes)")
            // An attempt that was stopped before its first byte is no send.
            let attempts = message["attempts"]?.elements?.filter { $0["outcome"]?.string != "not_sent" } ?? []
            #expect(attempts.map { $0["outcome"]?.string } == ["accepted"])
            #expect(attempts.first?["provider_message_id"]?.string?.isEmpty == false)
            #expect(try await system.sends(of: id).count == 1)
            #expect(
                try await system.admin.rows("SELECT 1 FROM due_messages WHERE message_id = \(id)").isEmpty
            )
        }

        /// Nobody vouched for it, and this tenant prefers no reminder over two.
        private func isGivenUp(_ id: MessageID, _ system: TestSystem) async throws {
            try await system.waitForStatus("failed", of: id)
            #expect(try await system.message(id)["is_critical"]?.boolean == true)
            #expect(try await system.sends(of: id).count == 1)
            try await eventually("people are told", every: .milliseconds(50)) {
                let told = try await (
                    system.inbox("slack", holding: "never answered"),
                    system.inbox("mail", holding: "never answered")
                )
                return !told.0.isEmpty && !told.1.isEmpty
            }
        }

        /// A second login code does no harm; that it may be a second one is written down.
        private func isSentAgain(_ id: MessageID, _ system: TestSystem) async throws {
            try await eventually("a second send", every: .milliseconds(30)) {
                try await system.sends(of: id).count >= 2
            }
            #expect(try await system.sends(of: id).map(\.attempt).prefix(2) == [1, 2])
            #expect(try await system.unansweredResends() >= 1)
            #expect(try await system.sentTwice() == 0)
            let resent = try await system.admin.rows(
                """
                SELECT 1 FROM message_events WHERE message_id = \(id) AND detail ->> 'reason' = 'unanswered_resend'
                """
            )
            #expect(!resent.isEmpty)
        }
    }
}
