import Models
import Runtime
import Storage
import WhatsApp

/// Several deliveries as the stores take them: all their receipts in one list, and where each came from.
struct PreparedBatch: Sendable {
    struct Origin: Sendable {
        /// The position among the batch's deliveries.
        let delivery: Int
        let status: ReadStatus
    }

    private(set) var receipts: [IncomingReceipt] = []
    /// By the receipts' tags.
    private(set) var origins: [Origin] = []
    /// For numbers that none of our tenants has.
    private(set) var ownerless: [Origin] = []
    private let deliveries: ArraySlice<ReadDelivery>
    private let owners: [String: SenderOwner]

    /// - Parameter keepers: tenants that keep what their provider said word by word.
    init(_ deliveries: ArraySlice<ReadDelivery>, owners: [String: SenderOwner], keepers: Set<TenantID> = []) {
        self.deliveries = deliveries
        self.owners = owners
        for (index, delivery) in deliveries.enumerated() {
            var evidence: WebhookEvidence?
            for status in delivery.statuses {
                let origin = Origin(delivery: index, status: status)
                guard let owner = delivery.owner(status.owner, in: owners) else {
                    // Put aside it would be believed later.
                    if delivery.confinement == nil { ownerless.append(origin) }
                    continue
                }
                var receipt = status.receipt(of: owner, tag: origins.count)
                if keepers.contains(owner.tenantID) {
                    let known = evidence ?? WebhookEvidence(delivery)
                    evidence = known
                    receipt.raw = known.raw(of: status)
                }
                receipts.append(receipt)
                origins.append(origin)
            }
        }
    }

    /// What is written beside the messages themselves.
    func rest(after applied: AppliedReceipts) -> InboundBatch {
        var batch = InboundBatch()
        batch.deliveries = deliveries.map(\.record)
        for tag in applied.movedBy { batch.deliveries[origins[tag].delivery].moved += 1 }
        for tag in applied.unknown {
            let origin = origins[tag]
            batch.deliveries[origin.delivery].parked += 1
            batch.parked.append(parked(origin, .unknownMessage))
        }
        for origin in ownerless {
            batch.deliveries[origin.delivery].parked += 1
            batch.parked.append(parked(origin, .unknownNumber))
        }
        for delivery in deliveries { add(delivery, to: &batch) }
        return batch
    }

    private static func row(
        _ message: ReadInbound, of owner: SenderOwner, in delivery: ReadDelivery
    ) -> InboundMessage {
        var row = InboundMessage(
            owner: owner,
            providerMessageID: message.providerMessageID,
            fromNumber: message.from,
            fromUserID: message.fromUserID,
            type: message.type,
            content: message.raw,
            sentAt: message.at,
            receivedAt: delivery.receivedAt
        )
        row.isTimeOurs = delivery.provider == .twilio
        return row
    }

    /// Tenants whose customers wrote something.
    var writtenTo: Set<TenantID> {
        Set(
            deliveries.flatMap { delivery in
                delivery.inbound.compactMap { delivery.owner($0.owner, in: owners)?.tenantID }
            })
    }

    /// Who wrote, and what they said about being written to.
    ///
    /// - Parameter words: of tenants that have their own.
    func people(_ words: [TenantID: ConsentWords]) -> PeopleNews {
        var news = PeopleNews()
        for delivery in deliveries {
            for message in delivery.inbound {
                guard let owner = delivery.owner(message.owner, in: owners), let person = message.person else { continue }
                let known = words[owner.tenantID] ?? .usual
                news.written.append(
                    PeopleNews.Written(
                        message: Self.row(message, of: owner, in: delivery), person: person,
                        wish: message.texts.lazy.compactMap { known.wish(in: $0) }.first))
            }
            for read in delivery.preferences {
                guard let owner = delivery.owner(read.owner, in: owners), let person = read.person else { continue }
                news.preferences.append(
                    PeopleNews.Preference(
                        tenantID: owner.tenantID, person: person, category: read.preference.category,
                        status: read.preference.status, at: read.preference.at))
            }
        }
        return news
    }

    private func add(_ delivery: ReadDelivery, to batch: inout InboundBatch) {
        for message in delivery.inbound {
            if let owner = delivery.owner(message.owner, in: owners) {
                batch.messages.append(Self.row(message, of: owner, in: delivery))
            } else if delivery.confinement == nil {
                batch.notices.append(
                    ProviderNotice(
                        tenantID: nil,
                        provider: delivery.provider,
                        account: delivery.account,
                        field: "messages",
                        value: message.raw,
                        receivedAt: delivery.receivedAt
                    )
                )
            }
        }
        for notice in delivery.notices where delivery.mayTell(of: notice, owners) {
            batch.notices.append(
                ProviderNotice(
                    tenantID: notice.phoneNumberID.flatMap { owners[$0]?.tenantID },
                    provider: delivery.provider,
                    account: notice.account,
                    field: notice.field,
                    value: notice.value,
                    receivedAt: delivery.receivedAt
                )
            )
        }
    }

    private func parked(_ origin: Origin, _ reason: ParkedReceipt.Reason) -> ParkedReceipt {
        origin.status.parked(reason, tenantID: origin.status.owner.found(in: owners)?.tenantID)
    }
}

extension ReadDelivery {
    /// Nil when nobody has it, or somebody whom this delivery may not speak of.
    fileprivate func owner(_ news: NewsOwner, in owners: [String: SenderOwner]) -> SenderOwner? {
        guard let owner = news.found(in: owners) else { return nil }
        return confinement.map { $0.tenantID == owner.tenantID } ?? true ? owner : nil
    }

    fileprivate func mayTell(of notice: MetaWebhook.Notice, _ owners: [String: SenderOwner]) -> Bool {
        guard let confinement, let number = notice.phoneNumberID else { return true }
        return owners[number]?.tenantID == confinement.tenantID
    }
}

struct ApplyMetrics: Sendable {
    let unreadable = counter("tidings_webhook_unreadable_total", "Records that are no deliveries of ours.")
    let setAside = counter("tidings_webhook_set_aside_total", "Deliveries that the database refused.")
    private let problems = counter(
        "tidings_webhook_problem_total",
        "Deliveries that could not be read wholly."
    )
    private let receipts = counter("tidings_webhook_receipts_total", "Receipts applied or parked.")
    private let moved = counter("tidings_webhook_moved_total", "Messages moved by receipts.")
    private let parked = counter("tidings_webhook_parked_total", "Receipts whose message was not known.")
    private let seconds = MetricsRegistry.shared.histogram(
        "tidings_webhook_apply_seconds",
        help: "Time to apply a batch of deliveries."
    )

    func observe(_ batch: PreparedBatch, _ applied: AppliedReceipts, took span: Duration) {
        receipts.increment(by: batch.receipts.count + batch.ownerless.count)
        moved.increment(by: applied.movedBy.count)
        parked.increment(by: applied.unknown.count + batch.ownerless.count)
        problems.increment(by: batch.problemCount)
        seconds.observe(span)
    }

    private static func counter(_ name: String, _ help: String) -> Counter {
        MetricsRegistry.shared.counter(name, help: help)
    }
}

extension PreparedBatch {
    var problemCount: Int { deliveries.count { !$0.problems.isEmpty } }
}
