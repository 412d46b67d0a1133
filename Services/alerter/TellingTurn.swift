import Models
import Runtime
import Storage

/// A way to reach people.
protocol TellingChannel: Sendable {
    var channel: NotificationChannel { get }
    /// Between two messages to one destination.
    var pace: Duration { get }
    func tell(_ text: AlertText, to destination: String, isAlert: Bool) async -> DeliveryResult
}

/// One turn of a channel: for each destination the next message, then how it went.
///
/// What is due is looked at first and claimed just before it is sent, so a lease covers one try and no queue.
/// More alerts than `singlesMax` for one destination become one message.
struct TellingTurn: Sendable {
    static let singlesMax = 20
    static let lookedAtMax = 5_000
    static let failedBefore = 3

    let store: NotificationStore
    let channel: any TellingChannel
    let destinations: [NotificationDestination]
    let attemptsMax: Int
    let timeScale: Double
    let stopping: @Sendable (Duration) async -> Void
    private let metrics: TellingMetrics

    init(
        store: NotificationStore,
        channel: any TellingChannel,
        destinations: [NotificationDestination],
        attemptsMax: Int,
        timeScale: Double,
        wait: @escaping @Sendable (Duration) async -> Void
    ) {
        self.store = store
        self.channel = channel
        self.destinations = destinations
        self.attemptsMax = attemptsMax
        self.timeScale = timeScale
        stopping = wait
        metrics = TellingMetrics(channel.channel)
    }

    /// - Returns: whether there is more to do at once.
    func run() async throws -> Bool {
        let due = try await store.due(on: channel.channel, max: Self.lookedAtMax)
        if due.isEmpty { return false }
        var hasMore = due.count == Self.lookedAtMax
        for batch in Self.nextBatches(due) {
            let isDelivered = try await tell(batch.ids)
            // A destination that fails rests until its notifications come due again.
            if isDelivered, batch.hasMore { hasMore = true }
        }
        return hasMore
    }

    /// The next message of each destination, sign-in links before alerts.
    static func nextBatches(_ due: [DueNotification]) -> [(ids: [NotificationID], hasMore: Bool)] {
        Dictionary(grouping: due, by: \.destination).sorted { $0.key < $1.key }.compactMap { _, own in
            guard let first = own.first else { return nil }
            let alerts = own.filter(\.tellsAlert)
            let batch = first.tellsAlert && alerts.count > singlesMax ? alerts : [first]
            return (batch.map(\.id), batch.count < own.count)
        }
    }

    /// - Returns: whether the channel took it.
    private func tell(_ ids: [NotificationID]) async throws -> Bool {
        let claimed = try await store.claim(ids, lease: AlerterSettings.lease)
        guard let first = claimed.first else { return true }
        let text = claimed.count > 1 ? AlertText.of(storm: claimed) : AlertText.of(first)
        FaultPoint.reach(.alerterBeforeSend)
        let result = await channel.tell(text, to: first.destination, isAlert: first.alert != nil)
        FaultPoint.reach(.alerterAfterSend)
        try await record(result, claimed)
        metrics.count(result, claimed.count)
        guard case .sent = result else { return false }
        await stopping(channel.pace)
        return true
    }

    private func record(_ result: DeliveryResult, _ claimed: [ClaimedNotification]) async throws {
        switch result {
        case .sent:
            try await store.recordSent(claimed)
        case .refused(let words):
            try await fail(claimed, words)
        case .later(let words, let wait):
            let over = claimed.filter { $0.attempts >= attemptsMax }
            if !over.isEmpty { try await fail(over, words) }
            let rest = claimed.filter { $0.attempts < attemptsMax }
            if rest.isEmpty { return }
            let waits = rest.map { wait ?? NotificationWait.after(attempts: $0.attempts, scale: timeScale) }
            try await store.recordLater(rest, waits: waits, result: words)
            Log.warning(
                "a notification will be tried again",
                ["channel": channel.channel.rawValue, "notifications": "\(rest.count)", "reason": words]
            )
        }
    }

    private func fail(_ claimed: [ClaimedNotification], _ words: String) async throws {
        try await store.recordFailed(claimed, result: words)
        Log.error(
            "notifications could not be delivered",
            ["channel": channel.channel.rawValue, "notifications": "\(claimed.count)", "reason": words]
        )
        // A note that fails is not noted again, or two broken channels would talk about each other for ever.
        guard claimed.contains(where: { !$0.isNote }) else { return }
        let name = channel.channel == .slack ? "Slack" : "E-mail"
        try await store.noteFailure(
            of: channel.channel,
            subject: "\(name) does not deliver Tidings' notifications",
            body:
                "\(claimed.count) notification(s) could not be delivered and will not be tried again: \(words). "
                + "Further failures of this hour are not told one by one; all are in the notifications' history.",
            to: destinations
        )
    }
}

struct TellingMetrics: Sendable {
    private let sent: Counter
    private let later: Counter
    private let failed: Counter

    init(_ channel: NotificationChannel) {
        func counter(_ outcome: String) -> Counter {
            MetricsRegistry.shared.counter(
                "tidings_notifications_total",
                help: "Notifications by channel and how the try went.",
                labels: [("channel", channel.rawValue), ("outcome", outcome)]
            )
        }
        (sent, later, failed) = (counter("sent"), counter("later"), counter("failed"))
    }

    func count(_ result: DeliveryResult, _ notifications: Int) {
        switch result {
        case .sent: sent.increment(by: notifications)
        case .later: later.increment(by: notifications)
        case .refused: failed.increment(by: notifications)
        }
    }
}
