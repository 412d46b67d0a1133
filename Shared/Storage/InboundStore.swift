internal import Crypto
package import Models
package import Postgres

/// What a customer wrote to one of our senders.
package struct InboundMessage: Sendable {
    package let owner: SenderOwner
    package let providerMessageID: String
    package let fromNumber: String?
    package let fromUserID: String?
    package let type: String
    /// The message object as it came.
    package let content: [UInt8]
    package let sentAt: Timestamp
    package let receivedAt: Timestamp
    /// The provider named no time, so that `sentAt` is when we heard of it.
    package var isTimeOurs = false

    package init(
        owner: SenderOwner,
        providerMessageID: String,
        fromNumber: String?,
        fromUserID: String?,
        type: String,
        content: [UInt8],
        sentAt: Timestamp,
        receivedAt: Timestamp
    ) {
        self.owner = owner
        self.providerMessageID = providerMessageID
        self.fromNumber = fromNumber
        self.fromUserID = fromUserID
        self.type = type
        self.content = content
        self.sentAt = sentAt
        self.receivedAt = receivedAt
    }

    /// The provider's time and id make ours, so that the same message has the same id.
    var id: UUIDValue { .version7(at: momentOfID, hashing: providerMessageID) }

    /// What comes more than a day late takes the day it came: its own day's partition may be gone.
    var momentOfID: Timestamp {
        if isTimeOurs {
            // A repeat comes seconds later and must have the same id.
            let hour: Int64 = 3_600_000_000
            return Timestamp(microseconds: receivedAt.microseconds / hour * hour)
        }
        return sentAt < receivedAt + .seconds(-86_400) ? receivedAt : sentAt
    }
}

/// Any other news of a provider, kept as it came until somebody acts on it.
package struct ProviderNotice: Sendable {
    package let tenantID: TenantID?
    package let provider: Provider
    package let account: String
    package let field: String
    package let value: [UInt8]
    package let receivedAt: Timestamp

    package init(
        tenantID: TenantID?, provider: Provider = .meta, account: String, field: String, value: [UInt8],
        receivedAt: Timestamp
    ) {
        self.tenantID = tenantID
        self.provider = provider
        self.account = account
        self.field = field
        self.value = value
        self.receivedAt = receivedAt
    }

    /// The same delivery read twice gives the same id.
    var id: UUIDValue {
        .version7(at: receivedAt, hashing: "\(account)|\(field)|\(SHA256.hex(value))")
    }
}

/// One row a POST of a provider: what came, what became of it.
package struct WebhookDelivery: Sendable {
    package let id: UUIDValue
    package let provider: Provider
    package let account: String
    package let receivedAt: Timestamp
    package let bodyBytes: Int
    package var statuses = 0
    package var inbound = 0
    package var moved = 0
    package var parked = 0
    package var problem: String?

    /// The same bytes at the same moment are the same delivery, so that reading it twice records it once.
    package init(provider: Provider = .meta, account: String, receivedAt: Timestamp, body: [UInt8]) {
        self.provider = provider
        id = .version7(at: receivedAt, hashing: "\(receivedAt.microseconds)|\(SHA256.hex(body))")
        self.account = account
        self.receivedAt = receivedAt
        bodyBytes = body.count
    }
}

/// Everything of a batch of deliveries that is not a message's own.
package struct InboundBatch: Sendable {
    package var messages: [InboundMessage] = []
    package var notices: [ProviderNotice] = []
    package var parked: [ParkedReceipt] = []
    package var deliveries: [WebhookDelivery] = []

    package init() {}
}

package struct InboundStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// In one transaction and one round trip; what is there already stays as it is.
    package func write(_ batch: InboundBatch) async throws(DatabaseError) {
        let tenants =
            batch.messages.map(\.owner.tenantID) + batch.notices.compactMap(\.tenantID)
            + batch.parked.compactMap(\.tenantID)
        var statements: [SQL] = [.actFor(tenants)]
        if !batch.messages.isEmpty {
            statements.append(Self.insert(batch.messages))
            let windows = ServiceWindow.opened(by: batch.messages)
            if !windows.isEmpty { statements.append(ServiceWindow.open(windows)) }
        }
        if !batch.notices.isEmpty { statements.append(Self.insert(batch.notices)) }
        if !batch.parked.isEmpty { statements.append(ParkedReceipt.insert(batch.parked)) }
        if !batch.deliveries.isEmpty { statements.append(Self.insert(batch.deliveries)) }
        if statements.count > 1 { _ = try await database.pipeline(statements) }
    }

    private static func insert(_ messages: [InboundMessage]) -> SQL {
        """
        INSERT INTO inbound_messages (tenant_id, id, sender_id, provider_message_id, from_number, from_user_id, type,
                                      content, sent_at, received_at)
        SELECT * FROM unnest(
            \(messages.map(\.owner.tenantID)), \(messages.map(\.id)), \(messages.map(\.owner.senderID)),
            \(messages.map(\.providerMessageID)), \(messages.map(\.fromNumber)), \(messages.map(\.fromUserID)),
            \(messages.map(\.type)), \(messages.map { JSONText(storable: $0.content) }), \(messages.map(\.sentAt)),
            \(messages.map(\.receivedAt)))
        ON CONFLICT DO NOTHING
        """
    }

    private static func insert(_ notices: [ProviderNotice]) -> SQL {
        """
        INSERT INTO provider_notices (id, tenant_id, provider, account, field, value, received_at)
        SELECT * FROM unnest(
            \(notices.map(\.id)), \(notices.map(\.tenantID)), \(notices.map(\.provider.rawValue)),
            \(notices.map(\.account)), \(notices.map(\.field)), \(notices.map { JSONText(storable: $0.value) }),
            \(notices.map(\.receivedAt)))
        ON CONFLICT DO NOTHING
        """
    }

    private static func insert(_ deliveries: [WebhookDelivery]) -> SQL {
        """
        INSERT INTO webhook_deliveries (id, provider, account, received_at, applied_at, body_bytes, statuses, inbound,
                                        moved, parked, problem)
        SELECT id, provider, account, received_at, now(), body_bytes, statuses, inbound, moved, parked, problem
        FROM unnest(
            \(deliveries.map(\.id)), \(deliveries.map(\.provider.rawValue)), \(deliveries.map(\.account)),
            \(deliveries.map(\.receivedAt)),
            \(deliveries.map { Int32(clamping: $0.bodyBytes) }), \(deliveries.map { Int32(clamping: $0.statuses) }),
            \(deliveries.map { Int32(clamping: $0.inbound) }), \(deliveries.map { Int32(clamping: $0.moved) }),
            \(deliveries.map { Int32(clamping: $0.parked) }), \(deliveries.map(\.problem))
        ) AS d (id, provider, account, received_at, body_bytes, statuses, inbound, moved, parked, problem)
        ON CONFLICT DO NOTHING
        """
    }
}
