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
        let producer = try KafkaProducer(common.bus.kafka)
        let news = BusOutlet(producer, prefix: common.bus.prefix, window: .milliseconds(50))
        let client = HTTPClient(clientSettings(settings))
        let orders = Once<KafkaConsumer>()
        let work = Work(settings, database, pinned, client: client, news: news) { records in
            FaultPoint.reach(.dispatcherBeforeOffset)
            orders.value?.finish(records)
        }
        var readiness = ReadinessChecks()
        readiness.add("database", database)
        let leases = PeriodicPart("leases", every: LeaseKeeper.turnEvery, failureWaitMax: .seconds(1)) {
            try await work.leases.turn()
        }
        let gates = PeriodicPart("gates", every: GateKeeper.refreshEvery, failureWaitMax: .seconds(2)) {
            try await work.gates.turn()
        }
        return [
            DatabasePart(database),
            ProducerPart(producer, flushing: { news.flush() }),
            SimplePart("outcome writers", start: { try await work.store.start() }, stop: { _ in await work.store.stop() }),
            SimplePart("provider client", start: { try client.start() }, stop: { _ in await client.stop() }),
            ControlPart(common) { news in
                work.senders.forget(news.tenantID)
                if news.what == .gate { gates.wake() }
            },
            // Stopped after the calls under way have ended, so that their offsets are stored.
            SimplePart("dispatch consumer", stop: { _ in await orders.value?.stop() }),
            // And before that, so that whoever gets our partitions finds our senders free.
            SimplePart("leases given back", stop: { await work.leases.giveUpAll(within: $0) }),
            leases,
            // Before the first message: what is not known to be closed is sent through.
            SimplePart("closed gates", start: { try await work.gates.refresh() }),
            gates,
            PeriodicPart("limit hits", every: LimitBook.writeEvery) { try await work.limits.turn() },
            work.sending,
            IntakePart(
                settings, consumer: orders, intake: work.intake { leases.wake() }, stopping: work.intakeStopping,
                revoked: { partitions in
                    work.desk.revoke(partitions)
                    leases.wake()
                }),
            statusChecks(settings, database, work.senders, work.providers.twilio, news),
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
            store: StatusCheckStore(database), receipts: ReceiptStore(database, SecretStore(settings.masterKeys)), twilio: twilio,
            refusalGates: RefusalGates(
                GateStore(database), closer: "dispatcher", senders: profile, tell: { news.tell($0) }),
            timeScale: settings.timeScale, senders: profile, publish: { news.tell($0) })
        return PeriodicPart("status checks", every: .seconds(1)) { try await checks.turn() }
    }

    /// The parts that work on the desk.
    private struct Work: Sendable {
        let store: DispatchStore
        let senders: SenderProfiles
        let desk: SharedDesk
        let returns: Returns
        let gates: GateKeeper
        let leases: LeaseKeeper
        let limits: LimitBook
        let providers: ProviderAPIs
        let sending: SendingPart
        let intakeStopping = StopFlag()
        private let finish: @Sendable ([ConsumedRecord]) -> Void

        init(
            _ settings: DispatcherSettings, _ database: Database, _ pinned: DatabaseSettings, client: HTTPClient,
            news: BusOutlet, finish: @escaping @Sendable ([ConsumedRecord]) -> Void
        ) {
            let metrics = DispatchMetrics()
            let holder = IDSource().uuid()
            let stopping = StopFlag()
            self.finish = finish
            store = DispatchStore(database: database, settings: pinned)
            senders = SenderProfiles(
                SenderStore(database, SecretStore(settings.masterKeys)), TenantRulesStore(database, isPlatform: false),
                timeScale: settings.timeScale)
            desk = SharedDesk(inFlightMax: settings.inFlightMax, memoryMax: settings.pendingMax)
            returns = Returns(store: store, news: news, metrics: metrics, finish: finish)
            gates = GateKeeper(
                GateStore(database), desk: desk, returns: returns, senders: senders, dispatcherName: "\(holder)")
            let leaseStore = LeaseStore(database, holder: holder)
            leases = LeaseKeeper(leaseStore, desk: desk, returns: returns)
            limits = LimitBook(LimitHitStore(database), leases: leaseStore, desk: desk, metrics: metrics)
            providers = ProviderAPIs(settings, client: client)
            let calls = Calls(
                store: store, providers: providers, senders: senders, desk: desk,
                gates: gates, news: news, metrics: metrics, stopping: stopping, finish: finish)
            sending = SendingPart(
                settings, store: store, reservations: ReservationStore(database), senders: senders, desk: desk,
                gates: gates, returns: returns, calls: calls, news: news, metrics: metrics, stopping: stopping,
                finish: finish)
        }

        func intake(wantLeases: @escaping @Sendable () -> Void) -> Intake {
            Intake(
                store: store, senders: senders, desk: desk, gates: gates, returns: returns, stopping: intakeStopping,
                wantLeases: wantLeases, finish: finish)
        }
    }

    private static func clientSettings(_ settings: DispatcherSettings) -> HTTPClientSettings {
        var client = HTTPClientSettings()
        client.connectionsMax = settings.inFlightMax
        client.connectionsPerHostMax = settings.inFlightMax
        return client
    }
}
