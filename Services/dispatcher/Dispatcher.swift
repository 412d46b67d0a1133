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

/// The wiring of dispatcher: nothing but who knows whom.
enum Dispatcher {
    static func build(_ settings: DispatcherSettings) throws -> [any Part] {
        let common = settings.common
        let pinned = common.database.pinnedToIndexPlans
        let database = Database(pinned)
        let store = DispatchStore(database: database, settings: pinned)
        let senders = SenderProfiles(
            SenderStore(database, SecretStore(settings.masterKeys)), TenantRulesStore(database, isPlatform: false),
            timeScale: settings.timeScale)
        let producer = try KafkaProducer(common.bus.kafka)
        let news = BusOutlet(producer, prefix: common.bus.prefix, window: .milliseconds(50))
        let client = HTTPClient(clientSettings(settings))
        let providers = ProviderAPIs(settings, client: client)
        let orders = Once<KafkaConsumer>()
        let sending = SendingPart(
            settings,
            store: store,
            senders: senders,
            providers: providers,
            news: news,
            finish: { records in
                FaultPoint.reach(.dispatcherBeforeOffset)
                orders.value?.finish(records)
            }
        )
        var readiness = ReadinessChecks()
        readiness.add("database", database)
        return [
            DatabasePart(database),
            ProducerPart(producer, flushing: { news.flush() }),
            SimplePart(
                "outcome writers",
                start: { try await store.start() },
                stop: { _ in await store.stop() }
            ),
            SimplePart("provider client", start: { try client.start() }, stop: { _ in await client.stop() }),
            ControlPart(common) { senders.forget($0.tenantID) },
            // Stopped after the calls under way have ended, so that their offsets are stored.
            SimplePart("dispatch consumer", stop: { _ in await orders.value?.stop() }),
            sending,
            IntakePart(settings, consumer: orders, sending: sending),
            statusChecks(settings, database, senders, providers.twilio, news),
            HTTPPart(common, router: Router(), readiness: readiness),
        ]
    }

    private static func statusChecks(
        _ settings: DispatcherSettings, _ database: Database, _ senders: SenderProfiles, _ twilio: TwilioAPI,
        _ news: BusOutlet
    ) -> PeriodicPart {
        let profile: @Sendable (SenderID, TenantID) async throws -> SenderProfile? = { id, tenantID in
            try await senders.value(of: id, tenantID: tenantID)?.profile
        }
        let checks = StatusChecks(
            store: StatusCheckStore(database), receipts: ReceiptStore(database), twilio: twilio,
            refusalGates: RefusalGates(
                GateStore(database), closer: "dispatcher", senders: profile, tell: { news.tell($0) }),
            timeScale: settings.timeScale, senders: profile, publish: { news.tell($0) })
        return PeriodicPart("status checks", every: .seconds(1)) { try await checks.turn() }
    }

    private static func clientSettings(_ settings: DispatcherSettings) -> HTTPClientSettings {
        var client = HTTPClientSettings()
        client.connectionsMax = settings.inFlightMax
        client.connectionsPerHostMax = settings.inFlightMax
        return client
    }
}
