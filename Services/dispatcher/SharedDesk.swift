import Kafka
import Models
import Runtime
import ServiceKit
import Storage
import Synchronization

/// The desk, where the parts of this process meet.
final class SharedDesk: Sendable {
    let clock = SteadyClock()
    /// Ends a wait of the planning loop.
    let changed = StopFlag()
    private let desk: Mutex<Desk>
    private let hits = Mutex(LimitHits())

    init(inFlightMax: Int, memoryMax: Int) {
        desk = Mutex(Desk(inFlightMax: inFlightMax, memoryMax: memoryMax))
        MetricsRegistry.shared.reading("tidings_dispatch_pending_messages", help: "Messages read and not planned yet.") {
            [weak self] in
            Double(self?.withLock { $0.planner.waiting } ?? 0)
        }
        MetricsRegistry.shared.reading(
            "tidings_dispatch_in_flight_messages", help: "Messages planned whose outcome is not written yet."
        ) { [weak self] in
            Double(self?.withLock { $0.planner.inFlight } ?? 0)
        }
        MetricsRegistry.shared.reading("tidings_dispatch_leases", help: "Senders whose lease is ours.") {
            [weak self] in
            Double(self?.withLock { $0.leased.count } ?? 0)
        }
    }

    func withLock<Outcome: Sendable>(_ body: (inout Desk) -> Outcome) -> Outcome {
        desk.withLock { body(&$0) }
    }

    func finished(_ ticket: Ticket, _ result: PlanResult) {
        let now = clock.now()
        withLock { $0.finished(ticket, result, now: now) }
        changed.wake()
    }

    func revoke(_ partitions: Set<TopicPartition>) {
        let now = clock.now()
        withLock { $0.revoke(partitions, now: now) }
    }

    func begun(_ ticket: Ticket) {
        withLock { $0.begun(ticket) }
    }

    func depart(_ ticket: Ticket, latest: Timestamp) -> Departure {
        let (now, monotonic) = (clock.now(), Monotonic.now())
        return withLock { $0.depart(ticket, latest: latest, now: now, monotonic: monotonic) }
    }

    /// A limit that the planner does not know made a message wait.
    func hit(_ limit: LimitName, _ ticket: Ticket, subject: String? = nil, byProvider: Bool = false) {
        let now = SystemClock.now()
        hits.withLock {
            $0.add(
                limit, tenantID: ticket.tenantID, senderID: ticket.senderID, subject: subject, byProvider: byProvider,
                at: now)
        }
    }

    func takeHits() -> [LimitHit] {
        hits.withLock { $0.take() } + withLock { $0.planner.takeHits() }
    }
}

/// Until it is done, a little later each time: what cannot be written down now is not forgotten.
///
/// - Returns: nil when told to stop before.
func untilDone<Outcome: Sendable>(
    _ what: StaticString, unless stopping: StopFlag, _ body: @Sendable () async throws -> Outcome
) async -> Outcome? {
    var wait = Duration.milliseconds(50)
    while true {
        do {
            return try await body()
        } catch {
            Log.warning("something failed and is tried again", ["what": "\(what)", "reason": "\(error)"])
            if stopping.isSet { return nil }
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, .seconds(5))
        }
    }
}
