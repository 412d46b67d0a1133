import EventBus
import HTTPServer
import Kafka
import Models
import Postgres
import Runtime
import ServiceKit
import Storage

/// The wiring of ingest-api: nothing but who knows whom.
enum Ingest {
    static func build(_ settings: IngestSettings) throws -> [any Part] {
        let common = settings.common
        let database = Database(common.database)
        let catalogStore = CatalogStore(database)
        let callers = Callers(catalogStore)
        let catalogs = Catalogs(catalogStore)
        let producer = try KafkaProducer(common.bus.kafka)
        let handOver = HandOver(producer, prefix: common.bus.prefix)
        let store = AcceptStore(
            settings: common.database,
            waitingMax: settings.waitingMax,
            afterCommit: handOver.publish
        )
        let queries = MessageQueryStore(database)
        let intake = Intake(
            callers: callers,
            catalogs: catalogs,
            store: store,
            queries: queries,
            ids: IDSource(),
            metrics: IntakeMetrics()
        )
        let routes = MessageRoutes(callers: callers, catalogs: catalogs, queries: queries)

        var readiness = ReadinessChecks()
        readiness.add("database", database)
        // Kafka is no condition: what is not told now is told later, out of Postgres.
        return [
            DatabasePart(database),
            ProducerPart(producer, flushing: { handOver.flush() }),
            SimplePart(
                "accept-writers",
                start: { try await store.start() },
                stop: { _ in await store.stop() }
            ),
            ControlPart(common) { news in
                callers.forget(news.tenantID)
                catalogs.forget(news.tenantID)
            },
            HTTPPart(
                common,
                router: router(intake, routes),
                readiness: readiness,
                bodyBytesMax: Intake.batchBytesMax,
                loops: settings.httpLoops
            ),
        ]
    }

    static func router(_ intake: Intake, _ routes: MessageRoutes) -> Router {
        var router = Router()
        router.on(.post, "/v1/messages", intake.postMessage)
        router.on(.post, "/v1/messages/batch", intake.postBatch)
        router.on(.get, "/v1/messages", routes.list)
        router.on(.get, "/v1/messages/{id}", routes.detail)
        router.on(.get, "/v1/templates", routes.templates)
        return router
    }
}

/// Tells dispatcher and monitor what one commit has accepted. Whatever gets lost here, retry-scheduler finds.
struct HandOver: Sendable {
    private let orders: BusOutlet
    private let events: BusOutlet
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
                    priority: message.priority
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

    /// What is gathered, before the producer stops.
    func flush() {
        orders.flush()
        events.flush()
    }
}
