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

    static func append(_ kept: [KeptReceipt]) -> SQL {
        """
        INSERT INTO raw_receipts (tenant_id, message_id, id, provider, provider_message_id, word, at, bytes, bytes_hash,
                                  delivery_hash, signature, verified_at)
        SELECT tenant_id, message_id, id, provider, provider_message_id, word, at, decode(bytes, 'base64'),
               sha256(decode(bytes, 'base64')), decode(delivery_hash, 'hex'), signature, verified_at
        FROM unnest(
            \(kept.map(\.receipt.tenantID)), \(kept.map(\.messageID)), \(kept.map(\.id)),
            \(kept.map(\.receipt.provider.rawValue)), \(kept.map(\.receipt.providerMessageID.text)),
            \(kept.map(\.receipt.word)), \(kept.map(\.receipt.at)), \(kept.map { Base64.encode($0.raw.bytes) }),
            \(kept.map { Hexadecimal.encode($0.raw.deliveryHash) }), \(kept.map(\.raw.signature)),
            \(kept.map(\.raw.verifiedAt))
        ) AS k (tenant_id, message_id, id, provider, provider_message_id, word, at, bytes, delivery_hash, signature,
                verified_at)
        ON CONFLICT DO NOTHING
        """
    }
}
