package import JSON
internal import Models

/// What one attempt sends: everything that the call needs, and nothing that outlives it.
package struct SendOrder: Sendable {
    package let reference: AttemptReference
    /// E.164 with its plus sign: without it Meta puts the sender's own country code in front.
    package let recipient: String
    /// As `Storage` keeps it: `{"type":"template",…}`.
    package let content: JSONValue
    package let phoneNumberID: String
    package let accessToken: String

    package init(
        reference: AttemptReference, recipient: String, content: JSONValue, phoneNumberID: String, accessToken: String
    ) {
        self.reference = reference
        self.recipient = recipient
        self.content = content
        self.phoneNumberID = phoneNumberID
        self.accessToken = accessToken
    }
}

/// Our row says something we cannot send; a bug of ours, found before anything left.
package struct UnsendableContent: Error, Sendable {
    package let reason: String
}

enum MetaRequest {
    /// The body of `POST /{phone number id}/messages`.
    static func body(of order: SendOrder) throws(UnsendableContent) -> [UInt8] {
        guard let type = order.content["type"]?.string else { throw UnsendableContent(reason: "no type") }
        let object = try typeObject(type, order.content)
        var writer = JSONWriter(capacity: 768)
        writer.object { writer in
            writer.field("messaging_product", "whatsapp")
            writer.field("recipient_type", "individual")
            writer.field("to", order.recipient)
            writer.field("type", type)
            writer.key(type)
            writer.raw(object)
            writer.field("biz_opaque_callback_data", order.reference.description)
        }
        return writer.bytes
    }

    private static func typeObject(_ type: String, _ content: JSONValue) throws(UnsendableContent) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        switch type {
        case "template":
            guard let name = content["name"]?.string, let language = content["language"]?.string else {
                throw UnsendableContent(reason: "a template without name or language")
            }
            writer.object { writer in
                writer.field("name", name)
                writer.field("language", object: { $0.field("code", language) })
                if let components = content["components"] {
                    writer.field("components", raw: components.serialized())
                }
            }
        case "text":
            writer.object { writer in
                writer.field("body", content["body"]?.string)
                writer.field("preview_url", content["preview_url"]?.boolean)
            }
        case "image", "document", "audio", "video":
            writer.object { writer in
                writer.field("link", content["link"]?.string)
                writer.field("id", content["id"]?.string)
                writer.field("caption", content["caption"]?.string)
                writer.field("filename", content["filename"]?.string)
            }
        default:
            throw UnsendableContent(reason: "an unknown type")
        }
        return writer.bytes
    }
}
