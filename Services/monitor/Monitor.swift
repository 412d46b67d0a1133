import APIKit
import EventBus
import HTTPClient
import HTTPServer
import Kafka
import Models
import PhoneNumbers
import Postgres
import Runtime
import ServiceKit
import Storage

/// The wiring of monitor: nothing but who knows whom. Any number of copies may run.
enum Monitor {
    /// Of a list that is uploaded; longer ones come by the API. What is no upload has limits of its own.
    static let uploadBytesMax = 8 << 20

    static func build(_ settings: MonitorSettings) throws -> [any Part] {
        let common = settings.common
        let ids = IDSource()
        // A tenant's pages and figures go through row-level security; only what crosses tenants does not.
        let tenantDatabase = Database(LogPageStore.settings(common.database))
        let platformDatabase = Database(common.platformDatabase.pinnedToIndexPlans)
        let producer = try KafkaProducer(common.bus.kafka)

        // Reading every row of a tenant must wait for nobody's page, and nobody's page for it.
        let ledgerDatabase = Database(LedgerCheckStore.settings(common.platformDatabase))
        let countDatabase = Database(LedgerCheckStore.settings(common.platformDatabase))
        let outcomes = OutcomeCounting(store: OutcomeStore(countDatabase), interval: settings.outcomeInterval)
        let sealing = Sealing(
            store: SealStore(countDatabase, signer: settings.proofSigner), spanMax: settings.proofSealInterval)
        let monthly = MonthlyReports(facts: ComplianceStore(countDatabase), reports: ReportStore(countDatabase))
        let alerts = AlertStore(platformDatabase, ids: ids)
        let outlet = AlertOutlet(producer: producer, topicPrefix: common.bus.prefix)
        let critical = CriticalWatch(store: alerts, outlet: outlet, publicURL: settings.publicURL)
        let gates = GateWatch(store: alerts, outlet: outlet, publicURL: settings.publicURL)
        let proofs = ProofWatch(store: alerts, outlet: outlet, publicURL: settings.publicURL)
        let tokens = TokenWatch(store: alerts, outlet: outlet, publicURL: settings.publicURL)
        let templates = TemplateWatch(store: alerts, outlet: outlet)
        let webhooks = WebhookWatch(store: alerts, outlet: outlet, publicURL: settings.publicURL)
        let ledger = LedgerWatch(
            store: LedgerCheckStore(ledgerDatabase, ids: ids),
            outlet: outlet,
            publicURL: settings.publicURL,
            interval: settings.ledgerCheckInterval
        )
        let alerting = PeriodicPart("critical", every: .seconds(1)) { try await critical.run() }
        let charges = ChargeStore(platformDatabase) { number in (try? PhoneNumber.parse(number))?.region }
        let counting = Counting(store: CountStore(platformDatabase))
        let gauges = PlatformGauges(store: PlatformGaugeStore(platformDatabase))
        let feed = LiveFeed()
        let client = HTTPClient()
        let rules = RuleWatch(
            store: AlertJudgeStore(platformDatabase, ids: ids), outlet: outlet, publicURL: settings.publicURL)
        let watching = Watching(settings, client: client, ids: ids) { try await rules.judge($0) }
        let cancelling = CancelStore(platformDatabase)
        let leftovers = PeriodicPart("deleted businesses", every: .seconds(5)) {
            let events = try await cancelling.cancelOfDeletedTenants()
            producer.enqueue(events, prefix: common.bus.prefix)
            return events.count == CancelStore.portionMax
        }
        let site = SiteParts(
            settings,
            tenantDatabase: tenantDatabase,
            platformDatabase: platformDatabase,
            ids: ids,
            client: client,
            feed: feed,
            tell: { producer.enqueue($0, prefix: common.bus.prefix) },
            cancelLeftovers: { leftovers.wake() }
        )
        let sessions = site.people.sessions
        let exports = ExportStore(platformDatabase, ids: ids)
        let exporting = ExportWork(
            exports: exports,
            lists: ExportLists(tenantDatabase: tenantDatabase, exports: exports),
            directory: settings.exportDirectory,
            note: { feed.note([$0]) }
        )

        var readiness = ReadinessChecks()
        readiness.add("database", tenantDatabase)
        readiness.add("platform database", platformDatabase)
        let parts: [any Part] = [
            DatabasePart(tenantDatabase),
            DatabasePart(name: "platform database", platformDatabase),
            DatabasePart(name: "ledger database", ledgerDatabase),
            DatabasePart(name: "count database", countDatabase),
            ProducerPart(producer),
            SimplePart("client", start: { try client.start() }, stop: { _ in await client.stop() }),
            PeriodicPart("counting", every: settings.countInterval) { try await counting.run() },
            PeriodicPart("charges", every: settings.countInterval * 4) { try await charges.fold() > 0 },
            PeriodicPart("prices", every: .seconds(5)) { try await charges.priceWhatHadNone() },
            // As often as Prometheus usually looks.
            PeriodicPart("gauges", every: .seconds(15)) {
                try await counting.showStates()
                try await gauges.show()
                return false
            },
            alerting,
            PeriodicPart("gate alerts", every: .seconds(1)) { try await gates.run() },
            PeriodicPart("token alerts", every: .seconds(10)) { try await tokens.run() },
            PeriodicPart("template alerts", every: .seconds(5)) { try await templates.run() },
            PeriodicPart("proof alerts", every: .seconds(3)) { try await proofs.run() },
            PeriodicPart("ledger", every: min(.seconds(10), settings.ledgerCheckInterval)) {
                try await ledger.run()
            },
            PeriodicPart("outcomes", every: min(.seconds(10), settings.outcomeInterval)) { try await outcomes.run() },
            PeriodicPart("seals", every: settings.proofSealInterval) { try await sealing.run() },
            PeriodicPart("monthly reports", every: .seconds(60)) { try await monthly.run() },
            PeriodicPart("webhook alerts", every: .seconds(5)) { try await webhooks.run() },
            PeriodicPart("alert groups", every: .seconds(5)) {
                try await alerts.regroup()
                return false
            },
            PeriodicPart("exports", every: .seconds(1)) { try await exporting.run() },
            PeriodicPart("quiet alerts", every: .seconds(30)) { try await critical.resolveQuiet() },
            leftovers,
            PeriodicPart("old sessions", every: .seconds(3_600)) {
                try await sessions.forgetOld()
                return false
            },
            news(common, feed: feed, alerting: alerting),
            PeriodicPart("live pages", every: LiveFeed.interval) {
                feed.tell()
                return false
            },
        ]
        let server = HTTPPart(common, router: try router(site), readiness: readiness, bodyBytesMax: uploadBytesMax)
        return parts + watching.parts + [server]
    }

    static func router(_ site: SiteParts) throws -> Router {
        let assets = try Assets(bootstrapPath: site.settings.assetsPath, chartsPath: site.settings.chartsPath)
        let admin = AdminParts(site)
        var router = Router()
        router.onResponse(PageHeaders.add)
        assets.addRoutes(to: &router)
        SignInPages(people: site.people, settings: site.settings).addRoutes(to: &router)
        OverviewPage(site).addRoutes(to: &router)
        TenantPages(site).addRoutes(to: &router)
        MessagePages(site).addRoutes(to: &router)
        for side in ExportSide.allCases { ExportPages(site, side).addRoutes(to: &router) }
        ExportRoutes(site).addRoutes(to: &router)
        FounderPages(site).addRoutes(to: &router)
        DeliveryPages(site).addRoutes(to: &router)
        GatePages(site).addRoutes(to: &router)
        BulkRetryPages(site).addRoutes(to: &router)
        BulkRefreshPages(site).addRoutes(to: &router)
        AllSendersPage(site).addRoutes(to: &router)
        AdministrationPages(site).addRoutes(to: &router)
        PlanPages(site).addRoutes(to: &router)
        RateCardPages(site).addRoutes(to: &router)
        RecordPages(site).addRoutes(to: &router)
        WhatsAppRoutes(site).addRoutes(to: &router)
        CronRoutes(site).addRoutes(to: &router)
        ReportRoutes(site).addRoutes(to: &router)
        ProofRoutes(site).addRoutes(to: &router)
        AlertRoutes(site).addRoutes(to: &router)
        AlertRuleRoutes(site).addRoutes(to: &router)
        AlertPages(site).addRoutes(to: &router)
        AlertRulePages(site).addRoutes(to: &router)
        AckPages(site).addRoutes(to: &router)
        HealthPage(site).addRoutes(to: &router)
        MonitoringRoutes(site).addRoutes(to: &router)
        QualityPage(site).addRoutes(to: &router)
        QualityRoutes(site).addRoutes(to: &router)
        OwnerPages.addRoutes(site, to: &router)
        try DocumentationRoutes(Descriptions.document()).addRoutes(to: &router)
        DestinationRoutes(site).addRoutes(to: &router)
        DestinationPages(site).addRoutes(to: &router)
        DestinationProofPages(site).addRoutes(to: &router)
        TenantAdminRoutes(parts: admin).addRoutes(to: &router)
        TenantAccessRoutes(parts: admin).addRoutes(to: &router)
        PlanRoutes(parts: admin).addRoutes(to: &router)
        RateCardRoutes(parts: admin).addRoutes(to: &router)
        AdminKeyRoutes(parts: admin).addRoutes(to: &router)
        AdminKeyPages(parts: admin).addRoutes(to: &router)
        return router
    }

    /// Every copy has open pages of its own to feed, so each has a group of its own and begins with what is new.
    /// Nothing depends on it: pages can be reloaded, and critical failures are looked for every second anyway.
    private static func news(_ common: CommonSettings, feed: LiveFeed, alerting: PeriodicPart) -> ConsumerPart
    {
        ConsumerPart(
            "events",
            batchMax: 1_000,
            make: {
                var kafka = common.bus.kafka
                kafka.extra["auto.offset.reset"] = "latest"
                return try KafkaConsumer(
                    kafka,
                    group: "\(common.bus.prefix)-monitor-\(IDSource().uuid())",
                    topics: [common.bus.topic(.events)],
                    embeddedFetchWait: .milliseconds(50)
                )
            },
            handle: { records in
                // With no page open only the critical ones concern us, and reading all would cost more than the pages do.
                let wanted = feed.openPages > 0 ? records : records.filter(LifecycleEvent.mayBeCritical)
                let events = LifecycleEvent.decode(wanted).read.map(\.value)
                feed.note(Set(events.map(\.tenantID)))
                if events.contains(where: \.isCritical) { alerting.wake() }
            }
        )
    }
}
