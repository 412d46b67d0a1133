import EventBus
import Kafka
import Models
import Runtime
import ServiceKit
import Storage
import Synchronization

/// Messages that leave this process unsent: their rows say so first, then their records are finished.
final class Returns: Sendable {
    private let store: DispatchStore
    private let news: BusOutlet
    private let metrics: DispatchMetrics
    private let finish: @Sendable ([ConsumedRecord]) -> Void
    private let stopping = StopFlag()
    private let count = Atomic<Int>(0)
    private let work: AsyncStream<@Sendable () async -> Void>
    private let order: AsyncStream<@Sendable () async -> Void>.Continuation

    init(
        store: DispatchStore, news: BusOutlet, metrics: DispatchMetrics,
        finish: @escaping @Sendable ([ConsumedRecord]) -> Void
    ) {
        self.store = store
        self.news = news
        self.metrics = metrics
        self.finish = finish
        (work, order) = AsyncStream.makeStream()
    }

    /// Messages that wait to be written down.
    var waiting: Int { count.load(ordering: .relaxed) }

    /// One batch after the other.
    func run() async {
        for await job in work { await job() }
    }

    /// The service stops: what cannot be written at once comes again by its record or its due row.
    func hurry() { stopping.set() }

    /// Nothing comes any more.
    func end() { order.finish() }

    private func write(_ messages: Int, _ job: @escaping @Sendable () async -> Void) {
        count.add(messages, ordering: .relaxed)
        order.yield { [self] in
            await job()
            count.subtract(messages, ordering: .relaxed)
        }
    }

    /// Too many for their senders: retry-scheduler gives them turns.
    func shed(_ tickets: [Ticket]) {
        if tickets.isEmpty { return }
        metrics.shed.increment(by: tickets.count)
        giveBack(tickets.map { ($0, nil) })
    }

    func giveBack(_ tickets: [Ticket], after wait: Duration) {
        let turn = SystemClock.now() + wait
        giveBack(tickets.map { ($0, turn) })
    }

    /// - Parameter tickets: each with its turn, by the wall clock; nil: as the sender's pace has it.
    func giveBack(_ tickets: [(ticket: Ticket, turnAt: Timestamp?)]) {
        if tickets.isEmpty { return }
        metrics.givenBack.increment(by: tickets.count)
        write(tickets.count) { [self] in
            let rows = tickets.map { GivenBack(tenantID: $0.ticket.tenantID, messageID: $0.ticket.id, turnAt: $0.turnAt) }
            let done: Void? = await untilDone("giving messages back", unless: stopping) { try await self.store.giveBack(rows) }
            if done != nil { finish(tickets.map(\.ticket.record)) }
        }
    }

    func expire(_ tickets: [Ticket]) {
        if tickets.isEmpty { return }
        move(tickets.map { ($0, $0.message.move(to: .expired)) }) { [metrics] in metrics.expired.increment(by: $0) }
    }

    /// Behind a closed gate: no attempt is used up.
    func hold(_ tickets: [(ticket: Ticket, gate: ClosedGate)]) {
        if tickets.isEmpty { return }
        let now = SystemClock.now()
        move(
            tickets.map { ticket, gate in
                var move = ticket.message.move(to: .held)
                move.gateID = gate.id
                move.dueIn = gate.wait(until: ticket.message.expiresAt, now: now)
                move.detail = gate.detail
                return (ticket, move)
            }
        ) { [metrics] in metrics.held.increment(by: $0) }
    }

    private func move(_ moves: [(ticket: Ticket, move: Move)], counting: @escaping @Sendable (Int) -> Void) {
        write(moves.count) { [self] in
            let moved = await untilDone("moving messages", unless: stopping) {
                try await self.store.move(moves.map(\.move))
            }
            guard let moved else { return }
            counting(moved.count)
            news.tell(moves.filter { moved.contains($0.ticket.id) }.map { $0.move.event(attempt: $0.ticket.message.attempts) })
            finish(moves.map(\.ticket.record))
        }
    }
}

extension ClosedGate {
    /// How long a message waits behind it until somebody looks again.
    func wait(until expiresAt: Timestamp, now: Timestamp) -> Duration {
        max(.milliseconds(1), min(opensAt ?? expiresAt, expiresAt) - now)
    }

    /// For the message's timeline; the words are our own.
    var detail: [UInt8] { Array("{\"reason\":\"gate\",\"scope\":\"\(scope.rawValue)\",\"cause\":\"\(cause.rawValue)\"}".utf8) }
}

extension Move {
    func event(attempt: Int) -> LifecycleEvent {
        LifecycleEvent(
            messageID: messageID, tenantID: tenantID, senderID: senderID, state: to, at: SystemClock.now(),
            attempt: attempt, errorCode: errorCode, isCritical: isCritical)
    }
}
