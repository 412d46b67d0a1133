import EventBus
import Kafka
import Models
import Runtime
import Storage

/// One turn: take what is due, ask Models about each, write it, tell the dispatcher after the commit.
struct DueTurn: Sendable {
    static let takenMax = 500
    /// Most of these only get a later turn.
    static let pacedMax = 1_000

    let store: DueStore
    let rules: RulesCache
    let limits: LimitHitStore
    let policy: DuePolicy
    let producer: KafkaProducer
    let topicPrefix: String
    private let metrics = DueMetrics()

    init(
        store: DueStore, rules: RulesCache, limits: LimitHitStore, policy: DuePolicy, producer: KafkaProducer,
        topicPrefix: String
    ) {
        self.store = store
        self.rules = rules
        self.limits = limits
        self.policy = policy
        self.producer = producer
        self.topicPrefix = topicPrefix
    }

    /// - Returns: whether there may be more due already.
    func run(_ queue: DueQueue) async throws -> Bool {
        let max =
            switch queue {
            case .onTime: Self.takenMax
            case .toPace: Self.pacedMax
            }
        let taken = try await store.take(max: max, from: queue)
        if taken.count == 0 { return false }
        FaultPoint.reach(.schedulerAfterTake)
        metrics.paced.increment(by: taken.count - taken.messages.count)
        if !taken.messages.isEmpty { try await handle(taken.messages) }
        return taken.count == max
    }

    private func handle(_ messages: [DueMessage]) async throws {
        let rules = try await rules.rules(of: Set(messages.map(\.tenantID)))
        var plan = Plan()
        for var message in messages {
            let own = rules[message.tenantID]
            switch own?.quiet(at: message.standing.now, category: message.standing.category) {
            case .closedUntil(let end): message.standing.quietUntil = end
            case .open, nil: break
            }
            plan.add(message, policy.decide(message.standing, unanswered: own?.unanswered))
        }
        let moved = try await store.write(plan.work)
        FaultPoint.reach(.schedulerBeforeTell)
        tell(plan, moved)
        metrics.count(plan, moved)
        try await limits.add(plan.quietHits())
    }

    /// What a turn will write, and whom it concerns on the bus.
    struct Plan {
        var work = DueWork()
        /// Told whether or not they move: they are queued already.
        var told: [DueMessage] = []
        var queued: [DueMessage] = []
        var ended: [DueMessage] = []
        var unanswered: [DueMessage] = []
        /// Their tenants' quiet hours hold them.
        var quiet: [DueMessage] = []

        func quietHits() -> [LimitHit] {
            var hits = LimitHits()
            for message in quiet {
                hits.add(
                    .quietHours, tenantID: message.tenantID, senderID: message.senderID, at: message.standing.now)
            }
            return hits.take()
        }

        mutating func add(_ message: DueMessage, _ decision: DuePolicy.Decision) {
            switch decision {
            case .tell:
                // Taking it has put its next look off by as much already.
                told.append(message)
            case .lookAgain(let span):
                work.later.append((message, span))
            case .keepQuiet(let span):
                work.later.append((message, span))
                quiet.append(message)
            case .forget:
                work.forgotten.append(message)
            case .queue(let span, let mayBeSecond):
                var move = message.move(to: .queued)
                move.dueIn = span
                // A resend that nobody could rule out as a second copy: written down, so that it can be counted.
                if mayBeSecond { move.detail = Array(#"{"reason":"unanswered_resend"}"#.utf8) }
                work.moves.append(move)
                queued.append(message)
            case .callUnanswered(let span):
                var move = message.move(to: .unanswered)
                move.dueIn = span
                move.detail = Array(#"{"reason":"lease_ran_out"}"#.utf8)
                work.moves.append(move)
                var end = AttemptEnd(
                    tenantID: message.tenantID, messageID: message.messageID, number: message.attempts,
                    outcome: .unanswered)
                end.errorDetails = "unanswered: \(UnansweredReason.leaseRanOut.rawValue)"
                work.ends.append(end)
                unanswered.append(message)
            case .giveUpUnanswered:
                var move = message.move(to: .failed)
                move.isCritical = true
                move.detail = Array(#"{"reason":"unanswered"}"#.utf8)
                work.moves.append(move)
                ended.append(message)
            case .expire:
                work.moves.append(message.move(to: .expired))
                ended.append(message)
            }
        }
    }

    private func tell(_ plan: Plan, _ moved: Set<MessageID>) {
        let queued = plan.queued.filter { moved.contains($0.messageID) }
        producer.enqueue((plan.told + queued).map(Self.order), prefix: topicPrefix)
        let now = SystemClock.now()
        let states = Dictionary(plan.work.moves.map { ($0.messageID, $0) }, uniquingKeysWith: { first, _ in first })
        let events = (queued + plan.unanswered + plan.ended).compactMap { message -> LifecycleEvent? in
            guard moved.contains(message.messageID), let move = states[message.messageID] else { return nil }
            return LifecycleEvent(
                messageID: message.messageID, tenantID: message.tenantID, senderID: message.senderID, state: move.to,
                at: now, attempt: message.attempts, isCritical: move.isCritical)
        }
        producer.enqueue(events, prefix: topicPrefix)
    }

    private static func order(_ message: DueMessage) -> DispatchOrder {
        DispatchOrder(
            messageID: message.messageID, tenantID: message.tenantID, senderID: message.senderID, lane: message.lane,
            priority: message.priority, attempt: message.attempts + 1)
    }
}

struct DueMetrics: Sendable {
    private let told = counter("told_again")
    private let queued = counter("queued")
    private let unanswered = counter("unanswered")
    private let ended = counter("ended")
    private let quiet = counter("kept_quiet")
    let paced = counter("given_a_turn")

    func count(_ plan: DueTurn.Plan, _ moved: Set<MessageID>) {
        told.increment(by: plan.told.count)
        queued.increment(by: plan.queued.count { moved.contains($0.messageID) })
        unanswered.increment(by: plan.unanswered.count { moved.contains($0.messageID) })
        quiet.increment(by: plan.quiet.count)
        ended.increment(by: plan.ended.count { moved.contains($0.messageID) })
    }

    private static func counter(_ what: String) -> Counter {
        MetricsRegistry.shared.counter(
            "tidings_due_messages_total", help: "Messages whose due time came, by what became of them.",
            labels: [("became", what)])
    }
}
