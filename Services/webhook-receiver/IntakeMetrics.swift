import Models
import Runtime
import Synchronization

/// What the answering half tells of itself: to Prometheus, and how long providers waited to whoever keeps it.
struct IntakeMetrics: Sendable {
    let received = MetricsRegistry.shared.counter(
        "tidings_webhook_received_total",
        help: "Deliveries made durable and answered with 200."
    )
    let rejected = MetricsRegistry.shared.counter(
        "tidings_webhook_rejected_total",
        help: "Deliveries without a valid signature."
    )
    let unavailable = MetricsRegistry.shared.counter(
        "tidings_webhook_unavailable_total",
        help: "Deliveries that could not be made durable in time."
    )
    let bytes = MetricsRegistry.shared.counter(
        "tidings_webhook_bytes_total",
        help: "Bytes of bodies received."
    )
    private let seconds = MetricsRegistry.shared.histogram(
        "tidings_webhook_answer_seconds",
        help: "Time from a whole delivery to its answer."
    )
    private let gathered = GatheredTimes()
    let refused = RefusedCounts()

    /// - Parameter provider: whose address was called without proof of origin.
    func reject(_ provider: String) {
        rejected.increment()
        refused.add(provider)
    }

    func answered(after span: Duration) {
        seconds.observe(span)
        gathered.add(span)
    }

    /// What was answered since the last call.
    func takeTimes() -> AnswerTimes { gathered.take() }
}

private final class GatheredTimes: Sendable {
    private let times = Mutex(AnswerTimes())

    func add(_ span: Duration) { times.withLock { $0.add(span.seconds) } }

    func take() -> AnswerTimes {
        times.withLock { times in
            defer { times = AnswerTimes() }
            return times
        }
    }
}
