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
            ProducerPart(producer),
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
    private let producer: KafkaProducer
    private let prefix: String
    private let failed: Counter

    init(_ producer: KafkaProducer, prefix: String) {
        self.producer = producer
        self.prefix = prefix
        let failed = MetricsRegistry.shared.counter(
            "tidings_hand_over_failures_total",
            help: "Records of accepted messages that Kafka did not take."
        )
        self.failed = failed
        producer.onDeliveryFailure = { _ in failed.increment() }
    }

    /// One batch for one commit. Never waits.
    @Sendable func publish(_ messages: [NewMessage]) {
        var records: [KafkaRecord] = []
        records.reserveCapacity(messages.count * 2)
        for message in messages where message.state == .queued {
            let order = DispatchOrder(
                messageID: message.id,
                tenantID: message.tenantID,
                senderID: message.senderID,
                lane: message.lane,
                priority: message.priority
            )
            records.append(order.record(prefix: prefix))
        }
        for message in messages {
            let event = LifecycleEvent(
                messageID: message.id,
                tenantID: message.tenantID,
                senderID: message.senderID,
                state: message.state,
                at: message.createdAt,
                attempt: 0
            )
            records.append(event.record(prefix: prefix))
        }
        producer.enqueue(records)
    }
}
