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
import WhatsApp

/// The wiring of retry-scheduler: nothing but who knows whom. Any number of copies may run.
enum Scheduler {
    static func build(_ settings: SchedulerSettings) throws -> [any Part] {
        let common = settings.common
        let database = Database(common.platformDatabase.pinnedToIndexPlans)
        let upkeepDatabase = Database(common.platformDatabase.forUpkeep)
        let sweepDatabase = Database(common.platformDatabase.forSweep)
        let client = HTTPClient()
        let producer = try KafkaProducer(common.bus.kafka)
        let rulesStore = TenantRulesStore(database, isPlatform: true)
        let rules = RulesCache(timeScale: settings.timeScale) { try await rulesStore.rules(of: $0) }
        let turn = DueTurn(
            store: DueStore(database, pace: settings.pace), rules: rules, limits: LimitHitStore(database),
            policy: settings.policy, producer: producer, topicPrefix: common.bus.prefix)
        let upkeep = Upkeep(store: UpkeepStore(upkeepDatabase), settings: settings)
        let sweep = Sweep(
            store: SweepStore(sweepDatabase), producer: producer, topicPrefix: common.bus.prefix)
        let gates = GateTurn(
            store: GateReleaseStore(database), producer: producer, topicPrefix: common.bus.prefix)
        let tell: @Sendable ([ControlNews]) -> Void = { producer.enqueue($0, prefix: common.bus.prefix) }
        let templateAPIs = TemplateAPIs(
            client: client, settings: settings.providers,
            senders: SenderStore(database, SecretStore(settings.masterKeys)))
        let templates = TemplateTurn(store: TemplateTaskStore(database), apis: templateAPIs, tell: tell)
        let templateSync = TemplateSyncTurn(
            store: TemplateSyncStore(database), gates: GateStore(database), apis: templateAPIs,
            interval: settings.templateSyncInterval, tell: tell)
        let retentionDatabase = Database(common.platformDatabase.forUpkeep)
        let ids = IDSource()
        let stopping = StopFlag()
        let retention = RetentionTurn(
            store: RetentionStore(retentionDatabase, ids: ids), archive: settings.archive.archive(client),
            daysMax: settings.retentionDaysMax, isStopping: { stopping.isSet })
        let erasing = ErasingTurn(
            store: ErasingStore(retentionDatabase, ids: ids), producer: producer, topicPrefix: common.bus.prefix)
        let secrets = SecretStore(settings.masterKeys)
        let senders = SenderTurn(
            store: SenderCheckStore(database, secrets), checker: SenderChecker(client: client, settings.providers),
            interval: settings.senderCheckInterval, tell: tell)
        let dataKeys = DataKeyTurn(store: DataKeyStore(upkeepDatabase, secrets))
        var readiness = ReadinessChecks()
        readiness.add("database", database)
        return [
            DatabasePart(database),
            DatabasePart(name: "upkeep database", upkeepDatabase),
            DatabasePart(name: "sweep database", sweepDatabase),
            DatabasePart(name: "retention database", retentionDatabase),
            ProducerPart(producer),
            SimplePart("provider client", start: { try client.start() }, stop: { _ in await client.stop() }),
            PeriodicPart("upkeep", every: .seconds(3_600), failureWaitMax: .seconds(60)) { try await upkeep.run() },
            PeriodicPart("due", every: settings.interval) { try await turn.run(.onTime) },
            PeriodicPart("pace", every: settings.interval) { try await turn.run(.toPace) },
            PeriodicPart("gates", every: max(settings.interval, .milliseconds(500))) { try await gates.run() },
            PeriodicPart("sweep", every: settings.sweepInterval, failureWaitMax: settings.sweepInterval) {
                try await sweep.run(origin: "interval")?.hasMore ?? false
            },
            PeriodicPart("templates", every: max(settings.interval, .milliseconds(500))) { try await templates.run() },
            PeriodicPart("template sync", every: .seconds(5)) { try await templateSync.run() },
            PeriodicPart("retention", every: settings.retentionInterval, failureWaitMax: .seconds(600)) {
                try await retention.run()
            },
            PeriodicPart("erasures", every: .seconds(1)) { try await erasing.run() },
            SimplePart("retention's end", stop: { _ in stopping.set() }),
            PeriodicPart("senders", every: min(.seconds(5), settings.senderCheckInterval)) { try await senders.run() },
            PeriodicPart("data keys", every: .seconds(60)) { try await dataKeys.run() },
            HTTPPart(
                common, router: router(SweepRoute(sweep: sweep, secret: CronSecret(settings.cronSecret))), readiness: readiness),
        ]
    }

    static func router(_ sweep: SweepRoute) -> Router {
        var router = Router()
        router.on(.post, "/v1/retries/run", sweep.run)
        return router
    }
}
