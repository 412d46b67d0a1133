internal import JSON
internal import Models

/// The form of `POST Messages.json`.
enum TwilioRequest {
    /// Seconds in Twilio's queue (Twilio, Message resource: 1 to 36,000).
    static let validityRange: ClosedRange<Int64> = 1...36_000

    /// Where receipts of one attempt come back to. Twilio repeats a callback only if it is asked to: three times, when
    /// it cannot connect, gets a 5xx, or waits too long (connection overrides). The path names the attempt, so that a
    /// receipt settles a send whose answer never came.
    static func callback(_ publicWebhookURL: String, _ senderID: SenderID, _ reference: AttemptReference) -> String {
        "\(publicWebhookURL)/webhooks/twilio/\(senderID)/\(reference)#rc=3&rp=5xx,ct,rt"
    }

    static func form(of order: SendOrder, publicWebhookURL: String) throws(UnsendableContent) -> FormFields {
        guard let senderID = order.senderID else { throw UnsendableContent(reason: "no sender") }
        var form = FormFields()
        form.append("To", "whatsapp:\(order.recipient)")
        // The pool chooses the number itself.
        if let service = order.messagingServiceID {
            form.append("MessagingServiceSid", service)
        } else {
            form.append("From", order.phoneNumberID)
        }
        try content(order, into: &form)
        form.append("StatusCallback", callback(publicWebhookURL, senderID, order.reference))
        if let validFor = order.validFor {
            let seconds = validFor.components.seconds
            form.append("ValidityPeriod", "\(min(max(seconds, validityRange.lowerBound), validityRange.upperBound))")
        }
        return form
    }

    private static func content(_ order: SendOrder, into form: inout FormFields) throws(UnsendableContent) {
        switch order.content["type"]?.string {
        case "template":
            guard let id = order.providerTemplateID, !id.isEmpty else {
                throw UnsendableContent(reason: "the template has no ContentSid")
            }
            form.append("ContentSid", id)
            let variables = try variables(order.content["components"]?.elements ?? [])
            if let variables { form.append("ContentVariables", String(decoding: variables, as: UTF8.self)) }
        case "text":
            guard let body = order.content["body"]?.string else { throw UnsendableContent(reason: "a text without text") }
            form.append("Body", body)
        case "image", "document", "audio", "video":
            guard let link = order.content["link"]?.string else {
                throw UnsendableContent(reason: "Twilio takes files by link only")
            }
            form.append("MediaUrl", link)
            form.append("Body", order.content["caption"]?.string)
        default: throw UnsendableContent(reason: "an unknown type")
        }
    }

    /// `{"1":"Ada","2":"881"}`: named variables under their names. Those without a name are counted over the whole
    /// template, header first, body next, buttons last: Twilio numbers the variables of a template as one list, Meta
    /// those of each part.
    private static func variables(_ components: [JSONValue]) throws(UnsendableContent) -> [UInt8]? {
        var variables: [(key: String, value: String)] = []
        for type in ["header", "body", "button"] {
            for component in components where component["type"]?.string == type {
                for parameter in component["parameters"]?.elements ?? [] {
                    let key = parameter["parameter_name"]?.string ?? "\(variables.count + 1)"
                    // A name may stand in several places; to Twilio it is one variable.
                    if !variables.contains(where: { $0.key == key }) { variables.append((key, try text(of: parameter))) }
                }
            }
        }
        if variables.isEmpty { return nil }
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            for variable in variables {
                writer.key(variable.key)
                writer.string(variable.value)
            }
        }
        return writer.bytes
    }

    /// Twilio's variables are texts, whatever they stand for.
    private static func text(of parameter: JSONValue) throws(UnsendableContent) -> String {
        guard let type = parameter["type"]?.string, let value = parameter[type] else {
            throw UnsendableContent(reason: "a parameter without a value")
        }
        let text =
            switch type {
            case "text", "payload", "coupon_code": value.string
            case "currency", "date_time": value["fallback_value"]?.string
            case "image", "video", "document": value["link"]?.string
            default: String?.none
            }
        guard let text else { throw UnsendableContent(reason: "Twilio takes no parameter of type \(type.prefix(20))") }
        return text
    }
}
