package import JSON
package import Models
package import Postgres

/// `messages.content`: as near to Meta's request body as possible, so that sending only wraps it.
///
///     {"type":"template","name":…,"language":…,"components":[{"type":"body","parameters":[…]}]}
///     {"type":"text","body":…,"preview_url":false}
///     {"type":"image","link":…,"caption":…}        and document, audio, video; "id" instead of "link"
extension MessageContent {
    package var jsonText: JSONText { JSONText(jsonBytes) }

    package var jsonBytes: [UInt8] {
        var writer = JSONWriter()
        write(into: &writer)
        return writer.bytes
    }

    package func write(into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("type", type.rawValue)
            switch self {
            case .template(let name, let language, let parameters):
                writer.field("name", name)
                writer.field("language", language)
                writer.field("components", array: parameters.writeComponents(into:))
            case .text(let body, let previewURL):
                writer.field("body", body)
                writer.field("preview_url", previewURL)
            case .media(_, let source, let caption, let filename):
                source.writeField(into: &writer)
                writer.field("caption", caption)
                writer.field("filename", filename)
            }
        }
    }

    /// Nil when the row was not written by `write(into:)`.
    package init?(json: JSONValue) {
        guard let type = json["type"]?.string.flatMap(MessageType.init(rawValue:)) else { return nil }
        switch type {
        case .template:
            guard let name = json["name"]?.string, let language = json["language"]?.string,
                let components = json["components"]?.elements,
                let parameters = TemplateParameters(components: components)
            else { return nil }
            self = .template(name: name, language: language, parameters: parameters)
        case .text:
            guard let body = json["body"]?.string else { return nil }
            self = .text(body: body, previewURL: json["preview_url"]?.boolean ?? false)
        case .image, .document, .audio, .video:
            guard let kind = MediaKind(rawValue: type.rawValue), let source = MediaSource(json: json) else {
                return nil
            }
            self = .media(
                kind: kind,
                source: source,
                caption: json["caption"]?.string,
                filename: json["filename"]?.string
            )
        }
    }
}

extension MediaSource {
    fileprivate func writeField(into writer: inout JSONWriter) {
        switch self {
        case .link(let link): writer.field("link", link)
        case .id(let id): writer.field("id", id)
        }
    }

    /// From an object with `link` or `id`.
    package init?(json: JSONValue) {
        if let link = json["link"]?.string {
            self = .link(link)
        } else if let id = json["id"]?.string {
            self = .id(id)
        } else {
            return nil
        }
    }
}

extension TemplateParameters {
    fileprivate func writeComponents(into writer: inout JSONWriter) {
        Self.write("header", header, into: &writer)
        Self.write("body", body, into: &writer)
        for button in buttons {
            writer.object { writer in
                writer.field("type", "button")
                writer.field("sub_type", button.subtype.rawValue)
                writer.field("index", "\(button.index)")
                writer.field("parameters", array: TemplateParameter(name: button.name, value: button.value).write(into:))
            }
        }
    }

    private static func write(
        _ type: String,
        _ parameters: [TemplateParameter],
        into writer: inout JSONWriter
    ) {
        if parameters.isEmpty { return }
        writer.object { writer in
            writer.field("type", type)
            writer.field(
                "parameters",
                array: { list in for parameter in parameters { parameter.write(into: &list) } }
            )
        }
    }

    fileprivate init?(components: [JSONValue]) {
        var header: [TemplateParameter] = []
        var body: [TemplateParameter] = []
        var buttons: [ButtonParameter] = []
        for component in components {
            guard let given = component["parameters"]?.elements else { return nil }
            let parameters = given.compactMap(TemplateParameter.init(json:))
            guard parameters.count == given.count else { return nil }
            switch component["type"]?.string {
            case "header": header = parameters
            case "body": body = parameters
            case "button":
                guard let subtype = component["sub_type"]?.string.flatMap(ButtonSubtype.init(rawValue:)),
                    let index = component["index"]?.string.flatMap({ Int($0) }),
                    let first = parameters.first
                else { return nil }
                buttons.append(ButtonParameter(index: index, subtype: subtype, name: first.name, value: first.value))
            default: return nil
            }
        }
        self.init(header: header, body: body, buttons: buttons)
    }
}

extension TemplateParameter {
    fileprivate func write(into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("type", value.kind.rawValue)
            writer.field("parameter_name", name)
            value.writeFields(into: &writer)
        }
    }

    fileprivate init?(json: JSONValue) {
        guard let value = TemplateValue(json: json) else { return nil }
        self.init(name: json["parameter_name"]?.string, value: value)
    }
}

extension TemplateValue {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        switch self {
        case .text(let text): writer.field("text", text)
        case .payload(let payload): writer.field("payload", payload)
        case .couponCode(let code): writer.field("coupon_code", code)
        case .currency(let fallback, let code, let amount):
            writer.field(
                "currency",
                object: { writer in
                    writer.field("fallback_value", fallback)
                    writer.field("code", code)
                    writer.field("amount_1000", amount)
                }
            )
        case .dateTime(let fallback):
            writer.field("date_time", object: { $0.field("fallback_value", fallback) })
        case .image(let source): writer.field("image", object: source.writeField(into:))
        case .video(let source): writer.field("video", object: source.writeField(into:))
        case .document(let source, let filename):
            writer.field(
                "document",
                object: { writer in
                    source.writeField(into: &writer)
                    writer.field("filename", filename)
                }
            )
        case .location(let latitude, let longitude, let name, let address):
            writer.field(
                "location",
                object: { writer in
                    writer.field("latitude", latitude)
                    writer.field("longitude", longitude)
                    writer.field("name", name)
                    writer.field("address", address)
                }
            )
        }
    }

    /// Meta's parameter shape: `{"type":"currency","currency":{…}}`. Nil for any other.
    package init?(json: JSONValue) {
        guard let kind = json["type"]?.string.flatMap(TemplateValueKind.init(rawValue:)),
            let inner = json[kind.rawValue]
        else { return nil }
        switch kind {
        case .text:
            guard let text = inner.string else { return nil }
            self = .text(text)
        case .payload:
            guard let payload = inner.string else { return nil }
            self = .payload(payload)
        case .couponCode:
            guard let code = inner.string else { return nil }
            self = .couponCode(code)
        case .currency:
            guard let fallback = inner["fallback_value"]?.string, let code = inner["code"]?.string,
                let amount = inner["amount_1000"]?.integer
            else { return nil }
            self = .currency(fallback: fallback, code: code, amountThousandths: amount)
        case .dateTime:
            guard let fallback = inner["fallback_value"]?.string else { return nil }
            self = .dateTime(fallback: fallback)
        case .image:
            guard let source = MediaSource(json: inner) else { return nil }
            self = .image(source)
        case .video:
            guard let source = MediaSource(json: inner) else { return nil }
            self = .video(source)
        case .document:
            guard let source = MediaSource(json: inner) else { return nil }
            self = .document(source, filename: inner["filename"]?.string)
        case .location:
            guard let latitude = inner["latitude"]?.string, let longitude = inner["longitude"]?.string else {
                return nil
            }
            self = .location(
                latitude: latitude,
                longitude: longitude,
                name: inner["name"]?.string,
                address: inner["address"]?.string
            )
        }
    }
}
