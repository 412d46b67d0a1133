internal import Crypto
package import Models
internal import Postgres

/// What a provider said about one message, as it came, and how it was proven to be the provider's.
package struct RawReceipt: Sendable, Hashable {
    /// The part of the delivery that is about this message.
    package let bytes: [UInt8]
    /// SHA-256 of the whole delivery, which may speak of others too.
    package let deliveryHash: [UInt8]
    /// The header that signs the whole delivery.
    package let signature: String?
    package let verifiedAt: Timestamp

    package init(bytes: [UInt8], deliveryHash: [UInt8], signature: String?, verifiedAt: Timestamp) {
        (self.bytes, self.deliveryHash, self.signature) = (bytes, deliveryHash, signature)
        self.verifiedAt = verifiedAt
    }
}

/// A receipt to be kept, and the message it is about.
struct KeptReceipt: Sendable {
    private let receipt: IncomingReceipt
    private let raw: RawReceipt
    private let messageID: MessageID

    /// Nil where the tenant keeps none.
    init?(_ receipt: IncomingReceipt, messageID: MessageID) {
        guard let raw = receipt.raw else { return nil }
        (self.receipt, self.raw, self.messageID) = (receipt, raw, messageID)
    }

    /// The same delivery read twice gives the same id.
    private var id: UUIDValue {
        .version7(
            at: raw.verifiedAt,
            hashing: "raw|\(Hexadecimal.encode(raw.deliveryHash))|\(receipt.word)|\(receipt.providerMessageID.text)")
    }

    var tenantID: TenantID { receipt.tenantID }

    private func sealed(with key: DataKey) -> String {
        Base64.encode(key.seal(raw.bytes, for: .rawReceipt(tenantID, messageID, id)))
    }

    /// Of somebody who was forgotten, and of a tenant without a key, only hashes are kept.
    static func append(_ kept: [KeptReceipt], keys: [TenantID: DataKey]) -> SQL {
        """
        INSERT INTO raw_receipts (tenant_id, message_id, id, provider, provider_message_id, word, at, bytes_sealed, bytes_hash,
                                  delivery_hash, signature, verified_at)
        SELECT k.tenant_id, k.message_id, k.id, k.provider, k.provider_message_id, k.word, k.at,
               CASE WHEN m.recipient <> \(RetentionStore.redacted) THEN decode(k.sealed, 'base64') END,
               decode(k.bytes_hash, 'hex'), decode(k.delivery_hash, 'hex'), k.signature, k.verified_at
        FROM unnest(
            \(kept.map(\.receipt.tenantID)), \(kept.map(\.messageID)), \(kept.map(\.id)),
            \(kept.map(\.receipt.provider.rawValue)), \(kept.map(\.receipt.providerMessageID.text)),
            \(kept.map(\.receipt.word)), \(kept.map(\.receipt.at)),
            \(kept.map { one in keys[one.tenantID].map { one.sealed(with: $0) } }),
            \(kept.map { SHA256.hex($0.raw.bytes) }), \(kept.map { Hexadecimal.encode($0.raw.deliveryHash) }), \(kept.map(\.raw.signature)),
            \(kept.map(\.raw.verifiedAt))
        ) AS k (tenant_id, message_id, id, provider, provider_message_id, word, at, sealed, bytes_hash, delivery_hash,
                signature, verified_at)
        LEFT JOIN messages m ON m.tenant_id = k.tenant_id AND m.id = k.message_id
        ON CONFLICT DO NOTHING
        """
    }
}
