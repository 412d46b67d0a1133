import EventBus
import HTTPServer
import Kafka
import Postgres
import Runtime
import ServiceKit
import Storage

/// The wiring of retry-scheduler: nothing but who knows whom. Any number of copies may run.
enum Scheduler {
    static func build(_ settings: SchedulerSettings) throws -> [any Part] {
        let common = settings.common
        let database = Database(common.platformDatabase.pinnedToIndexPlans)
        let upkeepDatabase = Database(common.platformDatabase.forUpkeep)
        let producer = try KafkaProducer(common.bus.kafka)
        let turn = DueTurn(
            store: DueStore(database), policy: settings.policy, producer: producer, topicPrefix: common.bus.prefix)
        let upkeep = Upkeep(store: UpkeepStore(upkeepDatabase), settings: settings)
        var readiness = ReadinessChecks()
        readiness.add("database", database)
        return [
            DatabasePart(database),
            DatabasePart(name: "upkeep database", upkeepDatabase),
            ProducerPart(producer),
            PeriodicPart("upkeep", every: .seconds(3_600), failureWaitMax: .seconds(60)) { try await upkeep.run() },
            PeriodicPart("due", every: settings.interval) { try await turn.run() },
            HTTPPart(common, router: Router(), readiness: readiness),
        ]
    }
}
