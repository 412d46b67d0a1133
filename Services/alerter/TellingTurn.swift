import Models
import Runtime
import Storage

/// One message for one destination.
struct Telling: Sendable {
    let text: AlertText
    /// An e-mail address, the name of a setting, or the id of a row.
    let destination: String
    /// A tenant's own Slack webhook.
    let address: SealedAddress?
    /// What it is said under in Slack, where there are threads.
    let thread: SlackThread?
    /// Every alert of the thread is over with this, and its first message is to say so.
    let endsThread: Bool
    let threadEnd: AlertText
    let kind: TellingKind
    /// Ties a mail to the mails before it; nil: it tells of no alert.
    let alertID: AlertID?
    let isFirstWord: Bool
    let notificationID: NotificationID
}

/// A way to reach people.
protocol TellingChannel: Sendable {
    var channel: NotificationChannel { get }
    /// Between two messages to one destination.
    var pace: Duration { get }
    /// - Returns: how it went, and where it stands if something can be said under it.
    func tell(_ telling: Telling) async -> (result: DeliveryResult, thread: SlackThread?)
}

/// One turn of a channel: for each destination the next message, then how it went.
///
/// What is due is looked at first and claimed just before it is sent, so a lease covers one try and no queue.
struct TellingTurn: Sendable {
    static let lookedAtMax = 5_000
    /// Destinations told at once: one that does not answer holds up few others.
    static let destinationsAtOnce = 16

    let store: NotificationStore
    let channel: any TellingChannel
    let audience: NotificationAudience
    let words: TellingWords
    let destinations: [NotificationDestination]
    let attemptsMax: Int
    let timeScale: Double
    let stopping: @Sendable (Duration) async -> Void
    private let metrics: TellingMetrics

    init(
        store: NotificationStore,
        channel: any TellingChannel,
        audience: NotificationAudience,
        words: TellingWords,
        destinations: [NotificationDestination],
        attemptsMax: Int,
        timeScale: Double,
        wait: @escaping @Sendable (Duration) async -> Void
    ) {
        self.store = store
        self.channel = channel
        self.audience = audience
        self.words = words
        self.destinations = destinations
        self.attemptsMax = attemptsMax
        self.timeScale = timeScale
        stopping = wait
        metrics = TellingMetrics(channel.channel)
    }

    /// - Returns: whether there is more to do at once.
    func run() async throws -> Bool {
        let due = try await store.due(on: channel.channel, to: audience, max: Self.lookedAtMax)
        if due.isEmpty { return false }
        let batches = TellingBatch.next(of: due)
        let hasMore = due.count == Self.lookedAtMax
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            var waiting = batches.makeIterator()
            for _ in 0..<Self.destinationsAtOnce {
                guard let batch = waiting.next() else { break }
                group.addTask { try await tell(batch) }
            }
            var goesOn = hasMore
            while let isMoreDue = try await group.next() {
                if isMoreDue { goesOn = true }
                if let batch = waiting.next() { group.addTask { try await tell(batch) } }
            }
            return goesOn
        }
    }

    /// - Returns: whether the destination can be told more at once; one that fails rests until its notifications come
    ///   due again.
    private func tell(_ batch: TellingBatch) async throws -> Bool {
        let claimed = try await store.claim(batch.ids, lease: AlerterSettings.lease)
        guard let first = claimed.first,
            let text = words.text(of: claimed, as: batch.reason, now: SystemClock.now())
        else { return batch.hasMore }
        metrics.countRepeats(claimed)
        FaultPoint.reach(.alerterBeforeSend)
        let span = Tracer.begin(
            "tell by \(channel.channel.rawValue)", .client, below: first.alert.flatMap { Tracer.root(of: $0.id) })
        let (result, thread) = await channel.tell(Self.telling(text, claimed, first, batch.reason))
        span?.end(
            [("tidings.notifications", .integer(claimed.count)), ("tidings.attempt", .integer(first.attempts))],
            failure: result.failure)
        FaultPoint.reach(.alerterAfterSend)
        try await record(result, thread, claimed)
        metrics.count(result, claimed.count)
        guard case .sent = result else { return false }
        await stopping(channel.pace)
        return batch.hasMore
    }

    private static func telling(
        _ text: AlertText, _ claimed: [ClaimedNotification], _ first: ClaimedNotification,
        _ reason: TellingBatch.Reason
    ) -> Telling {
        let threads = Set(claimed.map(\.thread))
        let isOneThread = threads.count == 1
        return Telling(
            text: text, destination: first.destination, address: first.address,
            thread: isOneThread ? first.thread : nil,
            endsThread: isOneThread && claimed.allSatisfy(\.isResolved) && claimed.contains(where: \.endsThread),
            threadEnd: first.threadAlerts > 1 ? TellingWords.threadEnd(alerts: first.threadAlerts) : text,
            kind: first.kind,
            alertID: reason == .storm || reason == .held ? nil : first.alert?.id,
            isFirstWord: first.kind == .raised && !first.isFallback, notificationID: first.id)
    }

    private func record(
        _ result: DeliveryResult, _ thread: SlackThread?, _ claimed: [ClaimedNotification]
    ) async throws {
        switch result {
        case .sent:
            try await store.recordSent(claimed, thread: thread)
        case .refused(let words):
            try await fail(claimed, words)
        case .later(let words, let wait, let mayHaveArrived):
            let over = claimed.filter { $0.attempts >= attemptsMax }
            if !over.isEmpty { try await fail(over, words) }
            let rest = claimed.filter { $0.attempts < attemptsMax }
            if rest.isEmpty { return }
            let waits = rest.map { wait ?? NotificationWait.after(attempts: $0.attempts, scale: timeScale) }
            try await store.recordLater(rest, waits: waits, result: words, mayHaveArrived: mayHaveArrived)
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
        // A note that fails is not noted again, or two broken channels would talk about each other for ever. A business's
        // own broken address is its own matter: it stands on its page.
        guard audience == .platform, claimed.contains(where: { !$0.isNote }) else { return }
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
    private let maybeTwice: Counter
    private let fallbacks: Counter

    init(_ channel: NotificationChannel) {
        func counter(_ outcome: String) -> Counter {
            MetricsRegistry.shared.counter(
                "tidings_notifications_total",
                help: "Notifications by channel and how the try went.",
                labels: [("channel", channel.rawValue), ("outcome", outcome)]
            )
        }
        func again(_ reason: String) -> Counter {
            MetricsRegistry.shared.counter(
                "tidings_notifications_again_total",
                help: "Notifications that tell what was, or may have been, told before.",
                labels: [("channel", channel.rawValue), ("reason", reason)]
            )
        }
        (sent, later, failed) = (counter("sent"), counter("later"), counter("failed"))
        (maybeTwice, fallbacks) = (again("unanswered"), again("fallback"))
    }

    func count(_ result: DeliveryResult, _ notifications: Int) {
        switch result {
        case .sent: sent.increment(by: notifications)
        case .later: later.increment(by: notifications)
        case .refused: failed.increment(by: notifications)
        }
    }

    func countRepeats(_ claimed: [ClaimedNotification]) {
        maybeTwice.increment(by: claimed.count { $0.mayBeRepeat })
        fallbacks.increment(by: claimed.count { $0.isFallback })
    }
}
