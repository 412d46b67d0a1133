package import JSON
package import Models

/// `templates.components`: Meta's form, for Twilio's templates too.
///
///     [{"type":"HEADER","format":"TEXT","text":"Order {{1}}","example":{"header_text":["881"]}},
///      {"type":"BODY","text":"Hi {{1}} …","example":{"body_text":[["Ada"]]}},
///      {"type":"FOOTER","text":"…"},
///      {"type":"BUTTONS","buttons":[{"type":"URL","text":"Open","url":"https://…/{{1}}","example":["https://…/881"]}]}]
extension TemplateContent {
    /// Lenient: a provider's list may hold what we do not know.
    package init(components: JSONValue) {
        self.init()
        for component in components.elements ?? [] {
            let type = component["type"]?.string?.uppercased() ?? ""
            switch type {
            case "HEADER": readHeader(component)
            case "BODY": readBody(component)
            case "FOOTER":
                footer = component["text"]?.string
                codeExpirationMinutes = component["code_expiration_minutes"]?.integer.map { Int(clamping: $0) }
            case "BUTTONS": readButtons(component["buttons"]?.elements ?? [])
            default: otherComponents.append(type)
            }
        }
    }

    private mutating func readHeader(_ component: JSONValue) {
        let format = component["format"]?.string?.lowercased() ?? "text"
        let example = component["example"]
        if format == "location" {
            header = .location
        } else if let media = TemplateMedia(rawValue: format) {
            header = .media(media)
            examples["header"] = example?["header_handle"]?.elements?.first?.string
            readNamed(example?["header_named_params"], prefix: "header_")
        } else {
            let text = component["text"]?.string ?? ""
            header = .text(text)
            if let value = example?["header_text"]?.elements?.first?.string,
                let place = TemplateDefinition.placeholders(in: text).first
            {
                examples["header_\(place)"] = value
            }
            readNamed(example?["header_text_named_params"], prefix: "header_")
        }
    }

    private mutating func readBody(_ component: JSONValue) {
        body = component["text"]?.string
        addsSecurityRecommendation = component["add_security_recommendation"]?.boolean ?? false
        let example = component["example"]
        let values = example?["body_text"]?.elements?.first?.elements ?? []
        let places = TemplatePlace.inOrder(TemplateDefinition.placeholders(in: body ?? ""))
        for (place, value) in zip(places, values) { examples[place] = value.string }
        readNamed(example?["body_text_named_params"], prefix: "")
    }

    private mutating func readNamed(_ list: JSONValue?, prefix: String) {
        for parameter in list?.elements ?? [] {
            guard let name = parameter["param_name"]?.string else { continue }
            examples[prefix + name] = parameter["example"]?.string
        }
    }

    private mutating func readButtons(_ list: [JSONValue]) {
        for (index, button) in list.enumerated() {
            let type = button["type"]?.string?.uppercased() ?? ""
            let text = button["text"]?.string ?? ""
            let example = button["example"]?.string ?? button["example"]?.elements?.first?.string
            switch type {
            case "QUICK_REPLY": buttons.append(.quickReply(text: text))
            case "URL":
                let url = button["url"]?.string ?? ""
                buttons.append(.url(text: text, url: url))
                if let example, let value = Self.value(in: example, of: url) { examples["button_\(index)"] = value }
            case "PHONE_NUMBER":
                buttons.append(.phoneNumber(text: text, number: button["phone_number"]?.string ?? ""))
            case "COPY_CODE":
                buttons.append(.copyCode)
                examples["button_\(index)"] = example
            case "OTP": buttons.append(.oneTimeCode(OneTimeCode(json: button)))
            default: buttons.append(.other(type: type, text: text))
            }
        }
    }

    /// What an example of a whole address has in the place at its end.
    private static func value(in example: String, of url: String) -> String? {
        guard let open = url.firstRange(of: "{{") else { return nil }
        let fixed = url[..<open.lowerBound]
        return example.hasPrefix(fixed) && example.count > fixed.count ? String(example.dropFirst(fixed.count)) : example
    }

    // MARK: Writing

    package var componentsJSON: [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.array { list in
            if header != nil { list.object(writeHeader) }
            list.object(writeBody)
            if footer != nil || codeExpirationMinutes != nil {
                list.object { writer in
                    writer.field("type", "FOOTER")
                    writer.field("text", footer)
                    writer.field("code_expiration_minutes", codeExpirationMinutes)
                }
            }
            if !buttons.isEmpty {
                list.object { writer in
                    writer.field("type", "BUTTONS")
                    writer.field(
                        "buttons",
                        array: { list in
                            for (index, button) in buttons.enumerated() {
                                list.object { write(button, at: index, into: &$0) }
                            }
                        })
                }
            }
        }
        return writer.bytes
    }

    private func writeHeader(into writer: inout JSONWriter) {
        writer.field("type", "HEADER")
        switch header {
        case nil: break
        case .location: writer.field("format", "LOCATION")
        case .media(let media):
            writer.field("format", media.rawValue.uppercased())
            let named = examples.filter { $0.key.hasPrefix("header_") }.sorted { $0.key < $1.key }
            if let handle = examples["header"] {
                writer.field(
                    "example",
                    object: { writer in
                        writer.field("header_handle", [handle])
                        if !named.isEmpty { Self.write("header_named_params", named, prefix: "header_", into: &writer) }
                    })
            }
        case .text(let text):
            writer.field("format", "TEXT")
            writer.field("text", text)
            let places = TemplateDefinition.placeholders(in: text)
            let found = places.compactMap { place in examples["header_\(place)"].map { (key: "header_\(place)", value: $0) } }
            if !found.isEmpty {
                writer.field(
                    "example",
                    object: { writer in
                        if parameterFormat == .named {
                            Self.write("header_text_named_params", found, prefix: "header_", into: &writer)
                        } else {
                            writer.field("header_text", found.map(\.value))
                        }
                    })
            }
        }
    }

    private func writeBody(into writer: inout JSONWriter) {
        writer.field("type", "BODY")
        writer.field("text", body)
        if addsSecurityRecommendation { writer.field("add_security_recommendation", true) }
        let places = TemplatePlace.inOrder(TemplateDefinition.placeholders(in: body ?? ""))
        let found = places.compactMap { place in examples[place].map { (key: place, value: $0) } }
        guard !found.isEmpty, found.count == places.count else { return }
        writer.field(
            "example",
            object: { writer in
                if parameterFormat == .named {
                    Self.write("body_text_named_params", found, prefix: "", into: &writer)
                } else {
                    writer.field(
                        "body_text",
                        array: { list in list.array { row in for entry in found { row.string(entry.value) } } })
                }
            })
    }

    private static func write(
        _ name: StaticString, _ entries: [(key: String, value: String)], prefix: String, into writer: inout JSONWriter
    ) {
        writer.field(
            name,
            array: { list in
                for entry in entries {
                    list.object { writer in
                        writer.field("param_name", String(entry.key.dropFirst(prefix.count)))
                        writer.field("example", entry.value)
                    }
                }
            })
    }

    private func write(_ button: TemplateButton, at index: Int, into writer: inout JSONWriter) {
        let example = examples["button_\(index)"]
        switch button {
        case .quickReply(let text):
            writer.field("type", "QUICK_REPLY")
            writer.field("text", text)
        case .url(let text, let url):
            writer.field("type", "URL")
            writer.field("text", text)
            writer.field("url", url)
            if let example, url.contains("{{") { writer.field("example", [filled(url) { _ in example }]) }
        case .phoneNumber(let text, let number):
            writer.field("type", "PHONE_NUMBER")
            writer.field("text", text)
            writer.field("phone_number", number)
        case .copyCode:
            writer.field("type", "COPY_CODE")
            writer.field("example", example)
        case .oneTimeCode(let code): code.writeFields(into: &writer)
        case .other(let type, let text):
            writer.field("type", type)
            writer.field("text", text)
        }
    }
}

extension OneTimeCode {
    /// Meta's button of the type OTP, as it is written and as it is listed.
    package init(json: JSONValue) {
        self.init(
            way: json["otp_type"]?.string.flatMap { Way(rawValue: $0.lowercased()) } ?? .copyCode,
            text: json["text"]?.string,
            autofillText: json["autofill_text"]?.string,
            apps: (json["supported_apps"]?.elements ?? []).map { app in
                App(package: app["package_name"]?.string ?? "", signatureHash: app["signature_hash"]?.string ?? "")
            },
            acceptsZeroTapTerms: json["zero_tap_terms_accepted"]?.boolean ?? false)
    }

    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("type", "OTP")
        writer.field("otp_type", way.rawValue.uppercased())
        writer.field("text", text)
        writer.field("autofill_text", autofillText)
        if acceptsZeroTapTerms { writer.field("zero_tap_terms_accepted", true) }
        if apps.isEmpty { return }
        writer.field(
            "supported_apps",
            array: { list in
                for app in apps {
                    list.object { writer in
                        writer.field("package_name", app.package)
                        writer.field("signature_hash", app.signatureHash)
                    }
                }
            })
    }
}
