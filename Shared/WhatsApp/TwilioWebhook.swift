internal import JSON
package import Models

/// One callback of Twilio's: the status of one message, or one message of a customer's.
package struct TwilioWebhook: Sendable {
    package static let bodyBytesMax = 256 << 10

    package struct Status: Sendable {
        package let providerMessageID: ProviderMessageID
        package let status: TwilioStatus
        /// When it came: Twilio's callbacks name no time.
        package let at: Timestamp
        package let error: ProviderError?
        package let pricing: [UInt8]?
    }

    package struct Inbound: Sendable {
        package let providerMessageID: String
        /// Digits without a plus sign; absent for people who hide their number.
        package let from: String?
        package let fromUserID: String?
        package let type: String
        package let at: Timestamp
        /// The form as a JSON object.
        package let raw: [UInt8]
        /// What was written or chosen, where one word can be all of it.
        package let texts: [String]
        package let profileName: String?
    }

    package private(set) var status: Status?
    package private(set) var inbound: Inbound?
    /// Why it could not be read, in words without content.
    package private(set) var problem: String?
    /// The account that the callback names.
    package let account: String

    /// - Parameter isInbound: the address it came to is the one for customers' messages.
    package init(body: [UInt8], contentType: String?, isInbound: Bool, receivedAt: Timestamp) {
        let fields = TwilioSignature.isForm(contentType) ? FormFields(parsing: body) : Self.fields(ofJSON: body)
        account = String((fields.text("AccountSid") ?? "").prefix(64))
        guard let id = fields.text("MessageSid") ?? fields.text("SmsSid") else {
            problem = "a callback names no message"
            return
        }
        if isInbound {
            inbound = Self.inbound(fields, id, receivedAt)
        } else if let word = fields.text("MessageStatus") ?? fields.text("SmsStatus") {
            let status = TwilioStatus(word)
            self.status = Status(
                providerMessageID: ProviderMessageID(id), status: status, at: receivedAt,
                error: status.error(
                    code: fields.text("ErrorCode").flatMap { Int($0) },
                    details: fields.text("ErrorMessage") ?? fields.text("ChannelStatusMessage")),
                pricing: TwilioPricing.json(
                    price: fields.text("Price"), unit: fields.text("PriceUnit"), segments: fields.text("NumSegments")))
        } else {
            problem = "a callback names no status"
        }
    }

    private static func inbound(_ fields: FormFields, _ id: String, _ receivedAt: Timestamp) -> Inbound {
        let address = fields.text("From") ?? ""
        let number = address.hasPrefix("whatsapp:+") ? String(address.dropFirst(10)) : fields.text("WaId")
        let isNumber = number?.utf8.allSatisfy { (48...57).contains($0) } ?? false
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            var written: Set<String> = []
            for field in fields.fields where written.insert(field.name).inserted {
                writer.key(field.name)
                writer.string(field.value)
            }
        }
        return Inbound(
            providerMessageID: id, from: isNumber ? number : nil, fromUserID: fields.text("ExternalUserId"),
            type: String((fields.text("MessageType") ?? "text").prefix(40)), at: receivedAt, raw: writer.bytes,
            texts: ["Body", "ButtonText", "ButtonPayload", "ListTitle", "ListId"].compactMap { fields.text($0) },
            profileName: fields.text("ProfileName"))
    }

    /// JSON callbacks carry the form's fields as members.
    private static func fields(ofJSON body: [UInt8]) -> FormFields {
        var fields = FormFields()
        for member in (try? JSONDocument(parsing: body))?.root.members ?? [] {
            fields.append(member.key, member.value.string ?? member.value.integer.map { "\($0)" })
        }
        return fields
    }
}
