import Crypto
import EventBus
import JSON
import Kafka
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import WhatsApp

/// There is one list of them.
private enum Keepers: Hashable {
    case all
}

/// The half that works: takes durable deliveries apart and applies them in batches.
struct DeliveryApplier: Sendable {
    private let receipts: ReceiptStore
    private let inbound: InboundStore
    private let people: PeopleKeeper
    private let senders: SenderDirectory
    private let notices: NoticeActions
    private let refusalGates: RefusalGates
    private let rules: RefreshingCache<TenantID, TenantRules?>
    private let keepers: RefreshingCache<Keepers, Set<TenantID>>
    private let timeScale: Double
    private let publish: @Sendable ([LifecycleEvent]) -> Void
    private let metrics = ApplyMetrics()

    init(
        receipts: ReceiptStore,
        inbound: InboundStore,
        people: PeopleKeeper,
        senders: SenderDirectory,
        notices: NoticeActions,
        refusalGates: RefusalGates,
        timeScale: Double,
        publish: @escaping @Sendable ([LifecycleEvent]) -> Void
    ) {
        self.receipts = receipts
        self.inbound = inbound
        self.people = people
        self.senders = senders
        self.notices = notices
        self.refusalGates = refusalGates
        self.timeScale = timeScale
        self.publish = publish
        keepers = RefreshingCache(freshFor: .seconds(10), usableFor: .seconds(300), entriesMax: 1) { _ in
            try await receipts.keepersOfRawReceipts()
        }
        rules = RefreshingCache(freshFor: .seconds(10), usableFor: .seconds(300), entriesMax: 10_000) {
            tenantID in
            try await receipts.tenantRules(of: tenantID)
        }
    }

    func forget(_ tenantID: TenantID) {
        rules.forget { key, _ in key == tenantID }
        people.forget(tenantID)
        keepers.forget { _, _ in true }
    }

    /// One turn. Throws only what passes by itself: the database is away or too busy.
    func apply(_ records: [ConsumedRecord]) async throws {
        let decoded = WebhookRecord.decode(records)
        for unread in decoded.unread {
            metrics.unreadable.increment()
            Log.error(
                "a record of the webhooks topic could not be read",
                [
                    "partition": "\(unread.from.partition)", "offset": "\(unread.from.offset)",
                    "reason": unread.error.text,
                ]
            )
        }
        let span = Tracer.begin(
            "process webhooks", .consumer, at: Tracer.context(below: nil), links: records.compactMap(\.trace))
        let deliveries = decoded.read.map { ReadDelivery($0.value) }[...]
        do {
            try await Tracer.$current.withValue(span?.context) { try await applyOrDivide(deliveries) }
            span?.end(Self.attributes(of: records))
        } catch {
            span?.end(Self.attributes(of: records), failure: "not applied")
            throw error
        }
    }

    private static func attributes(of records: [ConsumedRecord]) -> Span.Attributes {
        [
            ("messaging.system", .text("kafka")), ("messaging.operation.type", .text("process")),
            ("messaging.destination.name", .text(records.first?.topic ?? "")),
            ("messaging.batch.message_count", .integer(records.count)),
        ]
    }

    /// In each message's own trace: what its receipts have led to.
    private static func traceReceipts(_ events: [LifecycleEvent]) {
        guard Tracer.isOn else { return }
        for event in events {
            Tracer.begin(
                "receipt \(event.state.name)", .internal, below: Tracer.root(of: event.messageID),
                links: Tracer.current.map { [$0] } ?? []
            )?.end([
                ("tidings.tenant.id", .text(event.tenantID.description)), ("tidings.attempt", .integer(event.attempt)),
            ])
        }
    }

    /// - Returns: ids of those whose message is known by now.
    func applyParked(_ taken: [ParkedReceiptStore.Taken]) async throws -> [UUIDValue] {
        let deliveries = taken.map { ReadDelivery(parked: $0) }
        let batch = PreparedBatch(deliveries[...], owners: try await owners(of: deliveries[...]))
        let applied = try await receipts.apply(batch.receipts, rules: try await rules(for: batch))
        publish(applied.events)
        try await refusalGates.close(for: applied.refusals)
        var waiting = Set(applied.unknown.map { batch.origins[$0].delivery })
        waiting.formUnion(batch.ownerless.map(\.delivery))
        return taken.indices.filter { !waiting.contains($0) }.map { taken[$0].id }
    }

    /// A delivery that the database refuses must not hold up the rest: the batch is divided until it stands alone.
    private func applyOrDivide(_ deliveries: ArraySlice<ReadDelivery>) async throws {
        if deliveries.isEmpty { return }
        do {
            try await applyTogether(deliveries)
        } catch let error as DatabaseError where error.isAboutTheData {
            if deliveries.count == 1 {
                try await setAside(deliveries[deliveries.startIndex], error)
            } else {
                let middle = deliveries.startIndex + deliveries.count / 2
                try await applyOrDivide(deliveries[..<middle])
                try await applyOrDivide(deliveries[middle...])
            }
        }
    }

    private func applyTogether(_ deliveries: ArraySlice<ReadDelivery>) async throws {
        let started = Monotonic.now()
        let batch = PreparedBatch(
            deliveries, owners: try await owners(of: deliveries), keepers: try await keepers.value(for: .all))
        let span = Tracer.begin("apply receipts", .internal, below: Tracer.current)
        let applied = try await receipts.apply(batch.receipts, rules: try await rules(for: batch))
        span?.end([("tidings.receipts", .integer(batch.receipts.count))])
        if applied.unsealed > 0 {
            Log.error(
                "what providers said could not be kept, because a data key is gone or does not open", ["receipts": "\(applied.unsealed)"])
        }
        Self.traceReceipts(applied.events)
        publish(applied.events)
        try await inbound.write(batch.rest(after: applied))
        try await people.take(batch)
        try await refusalGates.close(for: applied.refusals)
        try await notices.act(on: deliveries)
        metrics.observe(batch, applied, took: Monotonic.now() - started)
        for delivery in deliveries where !delivery.problems.isEmpty {
            Log.warning(
                "a delivery could not be read wholly",
                ["account": delivery.account, "problem": delivery.problems[0]]
            )
        }
    }

    private func owners(of deliveries: ArraySlice<ReadDelivery>) async throws -> [String: SenderOwner] {
        var numbers: Set<String> = []
        for delivery in deliveries {
            for news in delivery.statuses.map(\.owner) + delivery.inbound.map(\.owner) {
                if case .phoneNumber(let number) = news { numbers.insert(number) }
            }
            for notice in delivery.notices {
                if let number = notice.phoneNumberID { numbers.insert(number) }
            }
        }
        return numbers.isEmpty ? [:] : try await senders.owners(of: numbers)
    }

    /// Only a failure asks for what its tenant has set.
    private func rules(for batch: PreparedBatch) async throws -> ReceiptRules {
        var known: [TenantID: TenantRules] = [:]
        for receipt in batch.receipts where receipt.status == .failed && known[receipt.tenantID] == nil {
            known[receipt.tenantID] = try await rules.value(for: receipt.tenantID)
        }
        return ReceiptRules(
            retryPolicies: known.mapValues(\.retryPolicy),
            unansweredPolicies: known.mapValues { $0.unanswered.scaled(by: timeScale) },
            unanswered: .standard.scaled(by: timeScale),
            timeScale: timeScale
        )
    }

    /// Kept with its body, so that nothing is lost while a person looks.
    private func setAside(_ delivery: ReadDelivery, _ error: DatabaseError) async throws {
        metrics.setAside.increment()
        Log.error(
            "a delivery could not be applied and was set aside",
            ["account": delivery.account, "reason": error.logText]
        )
        var row = delivery.record
        row.problem = "not applied: \(error.logText)"
        var body = JSONWriter(capacity: delivery.body.count * 2)
        // As bytes: what the database could not take as JSON it must not be given as JSON again.
        body.object { $0.field("base64", Base64.encode(delivery.body)) }
        var batch = InboundBatch()
        batch.deliveries = [row]
        batch.notices = [
            ProviderNotice(
                tenantID: nil,
                provider: delivery.provider,
                account: delivery.account,
                field: "unreadable",
                value: body.bytes,
                receivedAt: delivery.receivedAt
            )
        ]
        try await inbound.write(batch)
    }
}
