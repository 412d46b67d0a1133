import HTTPClient
import JSON
import Models
import Synchronization
import TestSupport

/// A message that was accepted, and what its recipient does to it.
struct SentMessage: Sendable {
    enum Fate: Sendable {
        /// Must have been read in the end, unless nobody can vouch for an attempt.
        case read
        /// Its recipient has no WhatsApp: it ends without being read.
        case refused
    }

    let id: MessageID
    let fate: Fate
    let begunAt: ContinuousClock.Instant
}

/// Two tenants that go on sending whatever happens, as careful clients do: with a key of their own for each request,
/// and again until they are told that it was accepted.
final class Traffic: Sendable {
    private static let patience = Duration.seconds(120)
    private static let campaignSize = 150
    /// One message in so many belongs to a campaign.
    private static let campaignShare = 10
    private let system: TestSystem
    private let name: String
    private let rate: Int
    private let state = Mutex(State())

    private struct State {
        var isOver = false
        var accepted: [SentMessage] = []
        var refusals: [String] = []
    }

    /// - Parameter name: makes the idempotency keys different from those of other rounds.
    init(_ system: TestSystem, name: String, rate: Int) {
        self.system = system
        self.name = name
        self.rate = rate
    }

    var accepted: [SentMessage] { state.withLock { $0.accepted } }
    /// What was not accepted, and why; empty when all goes well.
    var refusals: [String] { state.withLock { $0.refusals } }

    func end() { state.withLock { $0.isOver = true } }

    /// Returns when it was told to end and everything begun was accepted or given up.
    func run() async throws {
        let singles = max(1, rate - rate / Self.campaignShare)
        try await withThrowingDiscardingTaskGroup { group in
            let started = ContinuousClock.now
            var begun = 0
            while !state.withLock({ $0.isOver }) {
                let number = begun
                group.addTask { try await self.sendOne(number) }
                if begun % (singles * Self.campaignSize * Self.campaignShare / rate) == singles {
                    group.addTask { try await self.sendCampaign(number) }
                }
                begun += 1
                try await Task.sleep(until: started + .seconds(1) * begun / singles, clock: .continuous)
            }
        }
    }

    // MARK: What is sent

    private func sendOne(_ number: Int) async throws {
        var key = number % 3 == 2 ? system.secondAPIKey : system.apiKey
        let (body, fate): (String, SentMessage.Fate)
        // Some through Twilio, half of them never answered; their callbacks name the message.
        if number % 20 >= 18, let sender = system.twilioSenderID {
            let recipient = system.recipient(ending: number % 20 == 18 ? 250 : 990)
            (body, fate) = (
                TestSystem.reminder(to: recipient, extra: #","sender_id":"\#(sender)""#), .read
            )
            key = system.secondAPIKey
        } else {
            (body, fate) = single(number)
        }
        try await sendSurely("/v1/messages", body, key: key, number: number, fate: fate) {
            [$0["id"]?.string]
        }
    }

    /// Faults of a provider among plain sends, in shares small enough that its breaker stays closed.
    private func single(_ number: Int) -> (body: String, fate: SentMessage.Fate) {
        func reminder(_ suffix: Int) -> String {
            TestSystem.reminder(to: system.recipient(ending: suffix))
        }
        return switch number % 20 {
        // Answered slowly: at every moment some calls are under way.
        case 0, 5, 10, 15: (reminder(998), .read)
        // Accepted without an answer, the connection hanging or cut.
        case 1: (reminder(990), .read)
        case 2: (TestSystem.loginCode(to: system.recipient(ending: 980)), .read)
        case 3: (TestSystem.loginCode(to: system.plainRecipient()), .read)
        case 4: (reminder(501), .read)
        // Receipts before the answer, twice, and in reverse.
        case 6: (reminder(995), .read)
        case 7: (reminder(991), .read)
        case 8: (reminder(992), .read)
        case 9: (reminder(026), .refused)
        case 11:
            (TestSystem.reminder(to: system.plainRecipient(), extra: #","scheduled_for":"\#(soon)""#), .read)
        case 13: (TestSystem.loginCode(to: system.recipient(ending: 998)), .read)
        case _: (TestSystem.reminder(to: system.plainRecipient()), .read)
        }
    }

    private var soon: String { (system.now + .seconds(3)).rfc3339 }

    /// So many that they are not told one by one, but wait for their turn.
    private func sendCampaign(_ number: Int) async throws {
        let recipients = (0..<Self.campaignSize).map { _ in #"{"to":"\#(system.plainRecipient())"}"# }
        let body = """
            {"type":"template","kind":"campaign","template":{"name":"event_reminder_24h","language":"en",\
            "variables":{"attendee_name":"\(TestSystem.bodySecret)"}},"recipients":[\(recipients.joined(separator: ","))]}
            """
        let key = number % 3 == 2 ? system.secondAPIKey : system.apiKey
        try await sendSurely("/v1/messages/batch", body, key: key, number: number, fate: .read) { answer in
            answer["data"]?.elements?.map { $0["id"]?.string } ?? []
        }
    }

    // MARK: Until it is accepted

    private func sendSurely(
        _ path: String,
        _ body: String,
        key: String,
        number: Int,
        fate: SentMessage.Fate,
        ids: @Sendable (JSONValue) -> [String?]
    ) async throws {
        let begunAt = ContinuousClock.now
        let headers = [
            ("Authorization", "Bearer \(key)"),
            ("Content-Type", "application/json"), ("Idempotency-Key", "\(name)\(path)-\(number)"),
        ]
        var last = "nobody listens"
        while ContinuousClock.now - begunAt < Self.patience {
            do {
                let answer = try await system.request(
                    "POST",
                    system.ingestURL + path,
                    headers: headers,
                    body: Array(body.utf8)
                )
                if answer.status == 202, let json = answer.json {
                    let accepted = ids(json).compactMap { $0.flatMap { MessageID($0) } }
                    state.withLock { state in
                        state.accepted += accepted.map { SentMessage(id: $0, fate: fate, begunAt: begunAt) }
                    }
                    return
                }
                last = "HTTP \(answer.status): \(answer.text)"
                guard answer.status >= 500 || answer.status == 429 else { break }
            } catch is ClientFailure {
                // Killed, or its answer was lost: the same again.
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        state.withLock { $0.refusals.append("\(path): \(last)") }
    }
}
