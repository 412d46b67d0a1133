internal import JSON
package import Models

extension TwilioWebhook {
    /// A status with everything that its address said, to be read again when its message is known.
    package struct Parked: Sendable {
        package let status: Status
        package let tenantID: TenantID
        package let senderID: SenderID
        package let reference: AttemptReference?

        package init(status: Status, tenantID: TenantID, senderID: SenderID, reference: AttemptReference?) {
            self.status = status
            self.tenantID = tenantID
            self.senderID = senderID
            self.reference = reference
        }

        package var body: [UInt8] {
            var writer = JSONWriter(capacity: 320)
            writer.object { writer in
                writer.field("tenant", "\(tenantID)")
                writer.field("sender", "\(senderID)")
                writer.field("reference", reference?.description)
                writer.field("id", status.providerMessageID.text)
                writer.field("status", status.status.word)
                writer.field("at", status.at.microseconds)
                writer.field("error", status.error?.code)
                writer.field("details", status.error?.details)
                writer.field("pricing", raw: status.pricing)
            }
            return writer.bytes
        }

        /// Nil when it was not written by `body`.
        package init?(_ body: [UInt8], parkedAt: Timestamp) {
            guard let root = (try? JSONDocument(parsing: body))?.root,
                let tenantID = root["tenant"]?.string.flatMap({ TenantID($0) }),
                let senderID = root["sender"]?.string.flatMap({ SenderID($0) }), let id = root["id"]?.string,
                let word = root["status"]?.string
            else { return nil }
            let status = TwilioStatus(word)
            self.init(
                status: Status(
                    providerMessageID: ProviderMessageID(id), status: status,
                    at: root["at"]?.integer.map { Timestamp(microseconds: $0) } ?? parkedAt,
                    error: status.error(
                        code: root["error"]?.integer.map { Int(clamping: $0) }, details: root["details"]?.string),
                    pricing: root["pricing"]?.serialized()),
                tenantID: tenantID, senderID: senderID,
                reference: root["reference"]?.string.flatMap { AttemptReference($0) })
        }
    }
}
