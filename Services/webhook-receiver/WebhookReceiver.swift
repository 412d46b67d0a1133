import EventBus
import HTTPServer
import Kafka
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// The wiring of webhook-receiver: nothing but who knows whom.
enum WebhookReceiver {
    /// Deliveries of one turn of the applying half.
    static let turnDeliveriesMax = 500
    /// Above what a body may be, so that a durable copy of the biggest one fits.
    static let recordBytesMax = 4 << 20

    static func build(_ settings: WebhookReceiverSettings) throws -> [any Part] {
        let common = settings.common
        let bus = common.bus
        let database = Database(common.database.pinnedToIndexPlans)
        let platform = Database(common.platformDatabase.pinnedToIndexPlans.forUpkeep)
        let events = try KafkaProducer(bus.kafka)
        let intakeProducer = try makeIntakeProducer(settings)
        let intakeSender = GroupSender(intakeProducer)
        let secrets = SecretStore(settings.masterKeys)
        let callbackSenders = CallbackSenders(SenderStore(database, secrets))
        let ownApps = OwnAppSecrets(WebhookSecretStore(database, secrets))
        let metrics = IntakeMetrics()
        let timings = WebhookTimingStore(platform)
        let routes = WebhookRoutes(
            settings, metrics: metrics, senders: { try await callbackSenders.value(of: $0) }, ownApps: { try await ownApps.value(of: $0) }
        ) { record in
            try await intakeSender.send(record.record(prefix: bus.prefix))
        }
        let receipts = ReceiptStore(database, secrets)
        let senders = SenderDirectory(receipts)
        let applier = DeliveryApplier(
            receipts: receipts,
            inbound: InboundStore(database),
            people: PeopleKeeper(InboundContactStore(database), ConsentStore(database)) {
                events.enqueue($0, prefix: bus.prefix)
            },
            senders: senders,
            notices: NoticeActions(platform: platform) { events.enqueue($0, prefix: bus.prefix) },
            refusalGates: RefusalGates(
                GateStore(database), closer: "webhook", senders: { id, _ in try await callbackSenders.value(of: id) },
                tell: { events.enqueue($0, prefix: bus.prefix) }),
            timeScale: settings.timeScale,
            publish: { events.enqueue($0, prefix: bus.prefix) }
        )
        let refusals = WebhookRefusalStore(database)
        let parked = ParkedReceiptsTurn(store: ParkedReceiptStore(platform), applier: applier)
        var readiness = ReadinessChecks()
        readiness.add("database", database)
        return [
            DatabasePart(database),
            DatabasePart(name: "platform database", platform),
            ProducerPart(events),
            SimplePart("webhook producer", stop: { limit in await intakeProducer.stop(flushWithin: limit) }),
            ControlPart(common) { news in
                senders.forget(news.tenantID)
                callbackSenders.forget(news.tenantID)
                ownApps.forget(news.tenantID)
                applier.forget(news.tenantID)
            },
            PeriodicPart("parked receipts", every: .seconds(1)) { try await parked.turn() },
            PeriodicPart("refused webhooks", every: .seconds(2)) {
                try await routes.refused.write(to: refusals)
                return false
            },
            PeriodicPart("answer times", every: .seconds(5)) {
                // What cannot be written down is given up: these are figures, and the next ones come.
                try await timings.add(metrics.takeTimes())
                return false
            },
            PeriodicPart("parked receipts upkeep", every: .seconds(30)) { try await parked.upkeep() },
            ConsumerPart(
                "webhooks",
                batchMax: turnDeliveriesMax,
                gatherFor: settings.receiptGather,
                make: {
                    try KafkaConsumer(
                        bus.kafka,
                        group: "\(bus.prefix)-webhook-receiver",
                        topics: [bus.topic(.webhooks)]
                    )
                },
                handle: { records in
                    FaultPoint.reach(.receiverBeforeApply)
                    try await applier.apply(records)
                    FaultPoint.reach(.receiverBeforeOffset)
                }
            ),
            HTTPPart(
                common,
                router: routes.router(),
                readiness: readiness,
                bodyBytesMax: MetaWebhook.bodyBytesMax
            ),
        ]
    }

    /// A client of its own: nobody waits for events, and somebody waits for every delivery. A provider that got no
    /// answer in time comes again, so nothing is kept trying for longer.
    static func makeIntakeProducer(_ settings: WebhookReceiverSettings) throws -> KafkaProducer {
        let kafka = settings.common.bus.kafka
        var extra = kafka.extra
        extra["message.max.bytes"] = extra["message.max.bytes"] ?? "\(recordBytesMax)"
        return try KafkaProducer(
            KafkaSettings(
                bootstrapServers: kafka.bootstrapServers,
                clientID: kafka.clientID + "-intake",
                extra: extra,
                onNotice: logKafkaNotice
            ),
            linger: .zero,
            deliveryTimeout: settings.durableWithin
        )
    }
}
