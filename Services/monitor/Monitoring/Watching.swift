import EventBus
import HTTPClient
import Kafka
import Models
import Postgres
import Runtime
import ServiceKit
import Storage

/// The wiring of what watches: cycles of measuring and rounds of asking, taken in turns by the copies of monitor.
struct Watching: Sendable {
    /// Of its own: a cycle reads for a while, and nobody's page shall wait for it.
    private let database: Database
    /// Of the rounds, which are due while a cycle reads.
    private let roundDatabase: Database
    private let jobs: MonitoringJobStore
    private let copy: UUIDValue
    private let isEnabled: Bool
    private let cycle: MonitoringCycle
    private let round: UptimeRound

    /// - Parameter onMeasured: judges what a cycle or a round measured, after the commit.
    init(
        _ settings: MonitorSettings, client: HTTPClient, ids: IDSource,
        onMeasured: @escaping @Sendable ([Measurement]) async throws -> Void
    ) {
        database = Database(settings.common.platformDatabase.pinnedToIndexPlans.forUpkeep)
        roundDatabase = Database(settings.common.platformDatabase.pinnedToIndexPlans.forUpkeep)
        jobs = MonitoringJobStore(roundDatabase)
        copy = ids.uuid()
        isEnabled = settings.isMonitoringEnabled
        let kafka = KafkaProbe(settings.common.bus.kafka)
        let uptime = UptimeStore(roundDatabase)
        cycle = MonitoringCycle(
            jobs: MonitoringJobStore(database), copy: copy, interval: settings.monitoringInterval,
            measuring: Measuring(
                database, window: settings.monitoringWindow, failureWindow: settings.failureWindow,
                extras: [
                    PlatformMeasures.lag(kafka, settings.common.bus), PlatformMeasures.disks(settings.diskPaths),
                    PlatformMeasures.endpoints(uptime),
                ]),
            onMeasured: onMeasured)
        round = UptimeRound(
            jobs: jobs, store: uptime,
            asking: UptimeAsking(
                client: client, database: roundDatabase, kafka: kafka, questions: Self.questions(settings)),
            copy: copy, interval: settings.uptimeInterval, onMeasured: onMeasured)
    }

    static func questions(_ settings: MonitorSettings) -> [(name: String, question: UptimeAsking.Question)] {
        var questions: [(name: String, question: UptimeAsking.Question)] = [
            ("postgres", .postgres), ("kafka", .kafka), ("provider:meta", .provider(url: settings.metaURL)),
            ("provider:twilio", .provider(url: settings.twilioURL)),
        ]
        if let url = settings.publicWebhookURL { questions.append(("webhook", .webhook(url: url))) }
        questions += settings.serviceURLs.map { ("service:\($0.name)", .service(url: $0.url)) }
        return questions
    }

    var parts: [any Part] {
        let (jobs, copy, isEnabled, cycle, round) = (jobs, copy, isEnabled, cycle, round)
        let always: [any Part] = [
            DatabasePart(name: "monitoring database", database),
            DatabasePart(name: "uptime database", roundDatabase),
            PeriodicPart("monitoring presence", every: .seconds(30)) {
                try await jobs.show(copy, isEnabled: isEnabled)
                return false
            },
        ]
        guard isEnabled else { return always }
        return always + [
            PeriodicPart("monitoring", every: cycle.lookInterval) { try await cycle.run() },
            PeriodicPart("uptime", every: round.lookInterval) { try await round.run() },
        ]
    }
}
