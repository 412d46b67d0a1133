import Crypto
import EventBus
import HTTPServer
import Models
import Storage
import WhatsApp

/// What of a delivery is kept word by word, for businesses that want to prove what their provider said.
struct WebhookEvidence: Sendable {
    private static let fact = "signature"

    private let deliveryHash: [UInt8]
    private let signature: String?
    private let verifiedAt: Timestamp
    /// As they came, by how they are written when they are read.
    private let slices: [[UInt8]: [UInt8]]

    init(_ delivery: ReadDelivery) {
        deliveryHash = SHA256.hash(delivery.body)
        signature = delivery.signature
        verifiedAt = delivery.receivedAt
        slices =
            delivery.provider == .meta
            ? Dictionary(MetaStatusSlices.all(in: delivery.body), uniquingKeysWith: { first, _ in first }) : [:]
        body = delivery.body
    }

    private let body: [UInt8]

    /// The fact that a record carries of a request whose signature was right.
    static func facts(_ request: Request, _ header: String) -> [WebhookRecord.Header] {
        guard let value = request.header(header), value.utf8.count <= WebhookRecord.headerBytesMax else { return [] }
        return [WebhookRecord.Header(fact, value)]
    }

    static func signature(of record: WebhookRecord) -> String? { record.header(fact) }

    /// Nil for what is not found in the delivery as it came.
    func raw(of status: ReadStatus) -> RawReceipt? {
        let bytes: [UInt8]? =
            switch status {
            case .meta(let status): slices[status.raw]
            // One callback is about one message.
            case .twilio: body
            }
        return bytes.map {
            RawReceipt(bytes: $0, deliveryHash: deliveryHash, signature: signature, verifiedAt: verifiedAt)
        }
    }
}
