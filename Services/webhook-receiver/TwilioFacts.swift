import EventBus
import Models
import Storage
import WhatsApp

/// What the applying half must know of a callback's request, as facts of its record.
struct TwilioFacts: Sendable {
    let owner: SenderOwner
    /// Nil for a customer's message, and for an address that names no attempt of ours.
    let reference: AttemptReference?
    let isInbound: Bool
    let contentType: String?

    init(owner: SenderOwner, reference: AttemptReference?, isInbound: Bool, contentType: String?) {
        self.owner = owner
        self.reference = reference
        self.isInbound = isInbound
        self.contentType = contentType
    }

    /// Nil when the record lacks what every record of ours has.
    init?(_ record: WebhookRecord) {
        guard let tenantID = record.header("tenant").flatMap({ TenantID($0) }),
            let senderID = record.header("sender").flatMap({ SenderID($0) })
        else { return nil }
        self.init(
            owner: SenderOwner(tenantID: tenantID, senderID: senderID),
            reference: record.header("reference").flatMap { AttemptReference($0) },
            isInbound: record.header("kind") == "inbound", contentType: record.header("content-type"))
    }

    var headers: [WebhookRecord.Header] {
        var headers = [
            WebhookRecord.Header("tenant", "\(owner.tenantID)"), WebhookRecord.Header("sender", "\(owner.senderID)"),
            WebhookRecord.Header("kind", isInbound ? "inbound" : "status"),
        ]
        if let reference { headers.append(WebhookRecord.Header("reference", "\(reference)")) }
        if let contentType { headers.append(WebhookRecord.Header("content-type", String(contentType.prefix(200)))) }
        return headers
    }
}
