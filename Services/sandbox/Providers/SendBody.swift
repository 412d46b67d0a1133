import JSON

/// The body of `POST /{phone number id}/messages`, checked as far as Meta checks it before it takes the
/// message.
struct SendBody: Sendable {
    /// As given; the answer repeats it.
    let to: String
    /// Digits without a plus sign.
    let recipient: String
    let recipientNumber: UInt64
    let callbackData: String?
    /// Nil for a free-form message.
    let template: (name: String, language: String, object: JSONValue)?

    static let callbackDataMax = 512
    static let textMax = 4_096

    init(_ bytes: [UInt8]) throws(GraphError) {
        guard let root = (try? JSONDocument(parsing: bytes))?.root, root.kind == .object else {
            throw .of(100, details: "The body is not a JSON object.")
        }
        guard root["messaging_product"]?.string == "whatsapp" else {
            throw .of(100, details: "The parameter messaging_product is required.")
        }
        guard let to = root["to"]?.string, !to.isEmpty else {
            throw .of(131_008, details: "The parameter to is required.")
        }
        guard let digits = Self.digits(of: to), let number = UInt64(digits) else {
            throw .of(131_009, details: "The parameter to is not a phone number.")
        }
        let callbackData = root["biz_opaque_callback_data"]?.string
        guard callbackData?.utf8.count ?? 0 <= Self.callbackDataMax else {
            throw .of(100, details: "biz_opaque_callback_data must be at most 512 characters long.")
        }
        self.to = to
        recipient = digits
        recipientNumber = number
        self.callbackData = callbackData
        let type = root["type"]?.string ?? "text"
        guard let object = root[type] else {
            throw .of(131_008, details: "The parameter \(type.prefix(40)) is required.")
        }
        template = try Self.check(type, object)
    }

    private static func check(
        _ type: String,
        _ object: JSONValue
    ) throws(GraphError) -> (name: String, language: String, object: JSONValue)? {
        switch type {
        case "template":
            guard let name = object["name"]?.string, !name.isEmpty else {
                throw .of(131_008, details: "The parameter template.name is required.")
            }
            guard let language = object["language"]?["code"]?.string, !language.isEmpty else {
                throw .of(131_008, details: "The parameter template.language.code is required.")
            }
            return (name, language, object)
        case "text":
            guard let body = object["body"]?.string, !body.isEmpty else {
                throw .of(131_008, details: "The parameter text.body is required.")
            }
            guard body.count <= textMax else {
                throw .of(100, details: "text.body must be at most 4096 characters long.")
            }
        case "image", "document", "audio", "video", "sticker":
            guard object["link"]?.string != nil || object["id"]?.string != nil else {
                throw .of(131_008, details: "\(type): link or id is required.")
            }
        case "location", "contacts", "interactive", "reaction":
            break
        default:
            throw .of(131_051, details: "The type is not supported.")
        }
        return nil
    }

    /// Meta takes plus signs, hyphens, brackets and spaces.
    private static func digits(of text: String) -> String? {
        var digits = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: " "):
                break
            default: return nil
            }
        }
        return (7...15).contains(digits.utf8.count) ? digits : nil
    }
}
