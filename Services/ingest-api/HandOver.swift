import EventBus
import Kafka
import Models
import Runtime
import Storage

/// Tells dispatcher and monitor what one commit has accepted. Whatever gets lost here, retry-scheduler finds.
struct HandOver: Sendable {
    private let orders: BusOutlet
    private let events: BusOutlet
    private let control: BusOutlet
    private let failed: Counter

    init(_ producer: KafkaProducer, prefix: String) {
        // A dispatcher waits for orders; nobody waits for events.
        orders = BusOutlet(
            producer,
            prefix: prefix,
            window: .milliseconds(5),
            fault: .ingestBeforePublish
        )
        events = BusOutlet(producer, prefix: prefix, window: .milliseconds(50))
        control = BusOutlet(producer, prefix: prefix, window: .milliseconds(1))
        let failed = MetricsRegistry.shared.counter(
            "tidings_hand_over_failures_total",
            help: "Records of accepted messages that Kafka did not take."
        )
        self.failed = failed
        producer.onDeliveryFailure = { _ in failed.increment() }
    }

    /// One batch for one commit. Never waits.
    @Sendable func publish(_ messages: [NewMessage]) {
        orders.tell(
            messages.filter(\.isToldAtOnce).map { message in
                DispatchOrder(
                    messageID: message.id,
                    tenantID: message.tenantID,
                    senderID: message.senderID,
                    lane: message.lane,
                    priority: message.priority,
                    isTraced: message.isTraced
                )
            }
        )
        events.tell(
            messages.map { message in
                LifecycleEvent(
                    messageID: message.id,
                    tenantID: message.tenantID,
                    senderID: message.senderID,
                    state: message.state,
                    at: message.createdAt,
                    attempt: 0
                )
            }
        )
    }

    /// Messages that are ready, after the commit that made them so.
    func tell(_ ready: [DispatchOrder]) {
        orders.tell(ready)
        let now = SystemClock.now()
        events.tell(
            ready.map { order in
                LifecycleEvent(
                    messageID: order.messageID,
                    tenantID: order.tenantID,
                    senderID: order.senderID,
                    state: .queued,
                    at: now,
                    attempt: 0
                )
            }
        )
    }

    /// Moves that callers asked for.
    func tell(_ moves: [LifecycleEvent]) {
        events.tell(moves)
    }

    /// Something of a tenant's setting changed: whoever remembers it asks again.
    func tell(_ change: ControlNews) {
        control.tell([change])
    }

    /// What is gathered, before the producer stops.
    func flush() {
        orders.flush()
        events.flush()
        control.flush()
    }
}
