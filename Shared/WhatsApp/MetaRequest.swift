internal import JSON
internal import Models

enum MetaRequest {
    /// The body of `POST /{phone number id}/messages`.
    static func body(of order: SendOrder) throws(UnsendableContent) -> [UInt8] {
        guard let type = order.content["type"]?.string else { throw UnsendableContent(reason: "no type") }
        let object = try typeObject(type, order.content)
        var writer = JSONWriter(capacity: 768)
        writer.object { writer in
            writer.field("messaging_product", "whatsapp")
            writer.field("recipient_type", "individual")
            // Meta: a business-scoped user id goes into a field of its own.
            writer.field(UserIDText.isValid(order.recipient) ? "recipient" : "to", order.recipient)
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
