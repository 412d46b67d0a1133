import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct BrokerRestart {
        private static let batches = 20
        private static let batchSize = 50

        /// Some are sent by then, some wait in the dispatcher, some only in the broker that forgets them, and some
        /// are told to a broker that is not there.
        @Test func aBrokerThatComesBackEmptyLosesNoneOfAThousandMessages() async throws {
            try await onOwnSystem(environment: ["HANDOVER_WATCH": "2s"], without: ["monitor", "alerter"]) {
                system in
                // The first message shows that every consumer has its partitions.
                try await system.waitForStatus(
                    "read",
                    of: try await system.sendReminder(to: system.plainRecipient())
                )
                for batch in 0..<Self.batches {
                    if batch == Self.batches / 3 { await system.killProcess("broker") }
                    if batch == Self.batches * 2 / 3 { try system.startProcess("broker") }
                    try await sendBatch(system)
                    // Half a minute passes for those that wait: they are told once more, and must not be sent twice.
                    try await system.passHandOverWatch()
                }
                try await eventually("all are told and sent", within: .seconds(120), every: .milliseconds(500)) {
                    try await system.passHandOverWatch()
                    let states = try await system.states()
                    return MessageState.allCases.allSatisfy { !$0.awaitsUs || states[$0] == nil }
                }
                // Receipts that the broker had taken are gone with it; what was sent stays sent.
                let states = try await system.states()
                let sent = [MessageState.sent, .delivered, .read].reduce(0) { $0 + (states[$1] ?? 0) }
                #expect(sent == 1 + Self.batches * Self.batchSize, "\(states)")
                let summary = try await system.oracleSummary()
                #expect(summary["accepted"]?.integer == Int64(sent))
                #expect(summary["sends"]?.integer == Int64(sent))
                #expect(summary["sent_twice"]?.integer == 0)
                // And life goes on.
                try await system.waitForStatus(
                    "read",
                    of: try await system.sendReminder(to: system.plainRecipient())
                )
            }
        }

        private func sendBatch(_ system: TestSystem) async throws {
            // Some are answered slowly, so that the others queue up behind them.
            let recipients = (0..<Self.batchSize).map { number in
                let recipient = number % 7 == 0 ? system.recipient(ending: 998) : system.plainRecipient()
                return #"{"to":"\#(recipient)"}"#
            }
            let body = """
                {"type":"template","kind":"campaign","template":{"name":"event_reminder_24h","language":"en",\
                "variables":{"attendee_name":"\(TestSystem.bodySecret)"}},"recipients":[\(recipients.joined(separator: ","))]}
                """
            let answer = try await system.request(
                "POST",
                system.ingestURL + "/v1/messages/batch",
                headers: [
                    ("Authorization", "Bearer \(system.apiKey)"), ("Content-Type", "application/json"),
                ],
                body: Array(body.utf8)
            )
            #expect(answer.status == 202 && answer.json?["accepted"]?.integer == Int64(Self.batchSize))
        }
    }
}
