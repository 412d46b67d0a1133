import APIKit
import EventBus
import HTTPClient
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
        let callers = Callers(
            catalogStore, requestsPerSecond: settings.requestsPerSecond, passes: PagePasses(settings.masterKeys))
        let catalogs = Catalogs(catalogStore)
        let producer = try KafkaProducer(common.bus.kafka)
        let handOver = HandOver(producer, prefix: common.bus.prefix)
        let store = AcceptStore(
            settings: common.database,
            waitingMax: settings.waitingMax,
            afterCommit: handOver.publish
        )
        let queries = MessageQueryStore(database)
        let ids = IDSource()
        let client = HTTPClient()
        let acceptor = Acceptor(
            catalogs: catalogs,
            store: store,
            queries: queries,
            database: database,
            ids: ids,
            metrics: IntakeMetrics()
        )
        let intake = Intake(callers: callers, acceptor: acceptor)
        let runner = TaskRunner(
            acceptor: acceptor,
            clocks: ZoneClocks(ZoneClockStore(database)),
            store: TaskRunStore(database),
            lease: settings.automationLease,
            metrics: AutomationMetrics()
        )
        let automation = PeriodicPart("automation", every: settings.automationInterval, runner.turn)
        let parts = RouteParts(
            callers: callers,
            catalogs: catalogs,
            queries: queries,
            database: database,
            news: handOver,
            ids: ids,
            acceptor: acceptor,
            secrets: SecretStore(settings.masterKeys),
            client: client,
            providers: settings.providers,
            allowsPrivateCallbacks: settings.allowsPrivateCallbacks,
            wakeAutomation: automation.wake
        )

        let broadcasts = BroadcastRoutes(parts: parts).runner

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
            SimplePart(
                "provider client",
                start: { try client.start() },
                stop: { _ in await client.stop() }
            ),
            PeriodicPart("key uses", every: KeyUses.writeEvery) {
                try await callers.uses.write(to: KeyStore(database))
                return false
            },
            ControlPart(common) { news in
                callers.forget(news.tenantID)
                catalogs.forget(news.tenantID)
            },
            PeriodicPart("broadcasts", every: .milliseconds(500)) { try await broadcasts.run() },
            automation,
            HTTPPart(
                common,
                router: try router(intake, parts),
                readiness: readiness,
                bodyBytesMax: BroadcastRoutes.uploadBytesMax,
                loops: settings.httpLoops
            ),
        ]
    }

    static func router(_ intake: Intake, _ parts: RouteParts) throws -> Router {
        var router = Router()
        router.onPreflight(parts.callers.preflight)
        try DocumentationRoutes(Descriptions.document()).addRoutes(to: &router)
        let routes = MessageRoutes(parts: parts)
        router.on(.post, "/v1/messages", intake.postMessage)
        router.on(.post, "/v1/messages/batch", intake.postBatch)
        router.on(.get, "/v1/messages", routes.list)
        router.on(.get, "/v1/messages/{id}", routes.detail)
        TenantRoutes(parts).register(in: &router)
        return router
    }
}
