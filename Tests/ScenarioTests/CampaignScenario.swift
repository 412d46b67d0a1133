import JSON
import Models
import Postgres
import Runtime
import Synchronization
import TestSupport
import Testing

extension Scenarios {
    @Suite struct CampaignPace {
        private static let messagesPerSecond = 150
        private static let count = 2_000

        @Test func aCampaignKeepsItsSendersPaceAndDelaysNobodyElse() async throws {
            try await onOwnSystem { system in
                _ = try await system.admin.execute(
                    """
                    UPDATE senders SET messages_per_second = \(Int32(Self.messagesPerSecond))
                    WHERE phone_number_id = \(TestSystem.Phone.first.phoneNumberID)
                    """)
                let begun = SystemClock.now()
                for _ in 0..<Self.count / 1_000 { try await post(1_000, system) }
                let isOver = OverFlag()
                async let quiet = beQuiet(system, until: isOver)
                try await system.waitUntilAll([.sent, .delivered, .read], within: .seconds(180))
                isOver.set()
                let took = SystemClock.now() - begun
                // What is told ahead may go at once; the rest goes at the sender's pace.
                let paced = Double(Self.count) / Double(Self.messagesPerSecond) - 6
                #expect(took > .seconds(paced), "the campaign took \(took)")
                let dwells = try await quiet
                // Behind the campaign it would be the thirteen seconds that this takes; deploy/bench measures the dwell.
                let late = dwells.filter { $0 > .seconds(4) }
                // The first may meet what of the campaign is told at once.
                #expect(dwells.count > 4 && late.count <= 1, "\(late.count) of \(dwells.count) late: \(late)")
                let told = try await system.admin.rows("SELECT max(attempts)::int AS n FROM message_states")
                #expect(try told.first?.value("n", as: Int32.self) == 1)
            }
        }

        private func post(_ count: Int, _ system: TestSystem) async throws {
            let recipients = (0..<count).map { _ in #"{"to":"\#(system.plainRecipient())"}"# }
            let body = """
                {"type":"template","template":{"name":"event_reminder_24h","language":"en",\
                "variables":{"attendee_name":"\(TestSystem.bodySecret)"}},"recipients":[\(recipients.joined(separator: ","))]}
                """
            let answer = try await system.request(
                "POST", system.ingestURL + "/v1/messages/batch",
                headers: [("Authorization", "Bearer \(system.apiKey)"), ("Content-Type", "application/json")],
                body: Array(body.utf8))
            #expect(answer.status == 202, "\(answer.text.prefix(300))")
        }

        /// One message after another of the second tenant: from acceptance to the send.
        private func beQuiet(_ system: TestSystem, until isOver: OverFlag) async throws -> [Duration] {
            var dwells: [Duration] = []
            while !isOver.isSet {
                let before = SystemClock.now()
                let id = try await system.sendReminder(to: system.plainRecipient(), key: system.secondAPIKey)
                try await eventually("the quiet tenant's message is sent", every: .milliseconds(10)) {
                    try await !system.sends(of: id).isEmpty
                }
                if let sent = try await system.sends(of: id).first { dwells.append(sent.at - before) }
            }
            return dwells
        }
    }
}

private final class OverFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
