import EventBus
import HTTPClient
import Models
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// Asks the providers about every sender now and then: whether its token works and until when, its quality and its limit.
struct SenderTurn: Sendable {
    /// Asked at once, so that a provider that does not answer holds up the turn once.
    static let takenMax = 16

    let store: SenderCheckStore
    let checker: SenderChecker
    let interval: Duration
    let tell: @Sendable ([ControlNews]) -> Void
    private let checked = MetricsRegistry.shared.counter("tidings_sender_checks_total", help: "Senders asked about.")
    private let refused = MetricsRegistry.shared.counter(
        "tidings_sender_checks_refused_total", help: "Senders that their provider did not vouch for.")
    private let unanswered = MetricsRegistry.shared.counter(
        "tidings_sender_checks_unanswered_total", help: "Questions about senders that a provider did not answer.")

    init(
        store: SenderCheckStore, checker: SenderChecker, interval: Duration,
        tell: @escaping @Sendable ([ControlNews]) -> Void
    ) {
        self.store = store
        self.checker = checker
        self.interval = interval
        self.tell = tell
    }

    /// - Returns: whether there is more to do at once.
    func run() async throws -> Bool {
        let (due, unopened) = try await store.take(max: Self.takenMax, nextIn: interval)
        if unopened > 0 { Log.error("tokens of senders cannot be opened", ["senders": "\(unopened)"]) }
        let verdicts = await withTaskGroup(of: (DueSenderCheck, SenderVerdict).self) { group in
            for sender in due { group.addTask { (sender, await checker.check(CheckedSender(sender), .regular)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        checked.increment(by: verdicts.count)
        for (sender, verdict) in verdicts { try await record(verdict, of: sender) }
        return due.count + unopened == Self.takenMax
    }

    private func record(_ verdict: SenderVerdict, of sender: DueSenderCheck) async throws {
        switch verdict {
        case .vouched(let report):
            if try await store.record(report, of: sender, nextIn: interval) {
                tell([ControlNews(tenantID: sender.tenantID, what: .sender)])
            }
        case .refused(let trouble):
            refused.increment()
            try await store.record(trouble, of: sender)
            Log.warning(
                "a provider does not vouch for a sender",
                ["sender_id": "\(sender.senderID)", "problem": trouble.rawValue])
        case .unanswered:
            unanswered.increment()
            try await store.recordNoAnswer(of: sender)
        }
    }
}

extension SenderChecker {
    init(client: HTTPClient, _ providers: ProviderSettings) {
        self.init(
            client: client,
            addresses: Addresses(
                meta: providers.metaURL, metaVersion: providers.metaVersion, twilio: providers.twilioURL,
                twilioMessaging: providers.twilioMessagingURL),
            deadline: providers.deadline)
    }
}

extension CheckedSender {
    init(_ sender: DueSenderCheck) {
        self.init(
            provider: sender.provider, phoneNumberID: sender.phoneNumberID, accountID: sender.accountID,
            messagingServiceID: sender.messagingServiceID, accessToken: sender.accessToken.reveal())
    }
}
