internal import JSON
internal import Models

/// Twilio's form of a template: one of its content types, chosen by what the template has.
enum TwilioContent {
    static func body(of proposal: TemplateProposal) -> [UInt8] {
        let content = proposal.content
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field("friendly_name", proposal.name)
            writer.field("language", proposal.language)
            let values = values(of: proposal)
            if !values.isEmpty {
                writer.field(
                    "variables",
                    object: { writer in
                        for (key, value) in values {
                            writer.key(key)
                            writer.string(value)
                        }
                    })
            }
            writer.field("types", object: { write(content, proposal.category, into: &$0) })
        }
        return writer.bytes
    }

    /// An example for each variable, by the name it has in the texts: all of them are one list.
    private static func values(of proposal: TemplateProposal) -> [(key: String, value: String)] {
        if proposal.category == .authentication { return [("1", "123456")] }
        var values: [(key: String, value: String)] = []
        for variable in proposal.variables where !variable.placeholder.isEmpty {
            let example = proposal.content.examples[variable.name] ?? variable.placeholder
            if !values.contains(where: { $0.key == variable.placeholder }) { values.append((variable.placeholder, example)) }
        }
        return values
    }

    private static func write(_ content: TemplateContent, _ category: TemplateCategory, into writer: inout JSONWriter) {
        if category == .authentication {
            writer.field("whatsapp/authentication", object: { writeAuthentication(content, into: &$0) })
            return
        }
        let kinds = Set(content.buttons.map(\.word))
        if content.header == nil, content.footer == nil {
            if kinds.isEmpty {
                writer.field("twilio/text", object: { $0.field("body", content.body) })
                return
            }
            if kinds == ["quick_reply"], content.buttons.count <= 10 {
                writer.field("twilio/quick-reply", object: { writeActions(content, into: &$0) })
                return
            }
            if !kinds.contains("quick_reply") {
                writer.field("twilio/call-to-action", object: { writeActions(content, into: &$0) })
                return
            }
        }
        if kinds.isEmpty, content.footer == nil, case .media = content.header, let url = content.examples["header"] {
            writer.field(
                "twilio/media",
                object: { writer in
                    writer.field("body", content.body)
                    writer.field("media", [url])
                })
            return
        }
        writer.field(
            "whatsapp/card",
            object: { writer in
                switch content.header {
                case .text(let text): writer.field("header_text", text)
                case .media: writer.field("media", content.examples["header"].map { [$0] } ?? [])
                case .location, nil: break
                }
                writer.field("footer", content.footer)
                writeActions(content, into: &writer)
            })
    }

    private static func writeAuthentication(_ content: TemplateContent, into writer: inout JSONWriter) {
        writer.field("add_security_recommendation", content.addsSecurityRecommendation)
        writer.field("code_expiration_minutes", content.codeExpirationMinutes)
        writer.field(
            "actions",
            array: { list in
                list.object { writer in
                    writer.field("type", "COPY_CODE")
                    writer.field("copy_code_text", content.buttons.first?.label ?? "Copy code")
                }
            })
    }

    private static func writeActions(_ content: TemplateContent, into writer: inout JSONWriter) {
        writer.field("body", content.body)
        if content.buttons.isEmpty { return }
        writer.field(
            "actions",
            array: { list in
                for (index, button) in content.buttons.enumerated() {
                    list.object { writer in
                        switch button {
                        case .quickReply(let text):
                            writer.field("type", "QUICK_REPLY")
                            writer.field("title", text)
                            writer.field("id", "button_\(index)")
                        case .url(let text, let url):
                            writer.field("type", "URL")
                            writer.field("title", text)
                            writer.field("url", url)
                        case .phoneNumber(let text, let number):
                            writer.field("type", "PHONE_NUMBER")
                            writer.field("title", text)
                            writer.field("phone", number)
                        case .copyCode:
                            writer.field("type", "COPY_CODE")
                            writer.field("title", button.label)
                            writer.field("code", content.examples["button_\(index)"])
                        case .oneTimeCode, .other: writer.field("type", button.word.uppercased())
                        }
                    }
                }
            })
    }

    // MARK: Reading

    /// Twilio's words for a status in Meta's; nil for what was never handed in.
    static func status(_ word: String?) -> String? {
        switch word {
        case "received", "pending": "PENDING"
        case "approved": "APPROVED"
        case "rejected": "REJECTED"
        case "paused": "PAUSED"
        case "disabled": "DISABLED"
        default: nil
        }
    }

    /// One entry of `ContentAndApprovals`.
    static func read(_ root: JSONValue) -> ListedTemplate? {
        let approval = root["approval_requests"]
        guard let sid = root["sid"]?.string, let language = root["language"]?.string,
            let name = approval?["name"]?.string ?? root["friendly_name"]?.string,
            let status = status(approval?["status"]?.string)
        else { return nil }
        var content = content(of: root["types"])
        for (key, value) in root["variables"]?.members ?? [] { place(value.string, of: key, in: &content) }
        let reason = approval?["rejection_reason"]?.string ?? ""
        return ListedTemplate(
            id: sid, name: name, language: language,
            category: (approval?["category"]?.string ?? "").isEmpty ? "MARKETING" : approval?["category"]?.string ?? "",
            status: status, parameterFormat: content.parameterFormat.rawValue.uppercased(), content: .read(content),
            rejectionReason: reason.isEmpty ? nil : reason)
    }

    private static func content(of types: JSONValue?) -> TemplateContent {
        var content = TemplateContent()
        for (type, part) in types?.members ?? [] {
            content.body = part["body"]?.string ?? part["title"]?.string
            if type == "whatsapp/authentication" {
                content.body = TemplateContent.authenticationBody
                content.addsSecurityRecommendation = part["add_security_recommendation"]?.boolean ?? false
                content.codeExpirationMinutes = part["code_expiration_minutes"]?.integer.map { Int(clamping: $0) }
                content.buttons = [.oneTimeCode(OneTimeCode())]
                return content
            }
            content.footer = part["footer"]?.string ?? part["subtitle"]?.string
            if let text = part["header_text"]?.string { content.header = .text(text) }
            if let media = part["media"]?.elements?.first?.string ?? part["media"]?.string {
                content.header = .media(kind(ofMedia: media))
                content.examples["header"] = media
            }
            content.buttons = (part["actions"]?.elements ?? []).map(button)
        }
        return content
    }

    private static func button(_ action: JSONValue) -> TemplateButton {
        let title = action["title"]?.string ?? ""
        return switch action["type"]?.string?.uppercased() {
        // Actions of twilio/quick-reply need name no type.
        case "QUICK_REPLY", nil: .quickReply(text: title)
        case "URL": .url(text: title, url: action["url"]?.string ?? "")
        case "PHONE_NUMBER": .phoneNumber(text: title, number: action["phone"]?.string ?? "")
        case "COPY_CODE": .copyCode
        case let type?: .other(type: type, text: title)
        }
    }

    private static func kind(ofMedia url: String) -> TemplateMedia {
        switch url.split(separator: ".").last.map({ $0.lowercased() }) {
        case "mp4", "3gp", "3gpp": .video
        case "pdf": .document
        default: .image
        }
    }

    /// Twilio lists examples by the names in the texts; ours are by where they stand.
    private static func place(_ value: String?, of key: String, in content: inout TemplateContent) {
        let names = TemplateDefinition.variables(of: content, category: .utility, provider: .twilio).filter {
            $0.placeholder == key
        }.map(\.name)
        for name in names { content.examples[name] = value }
    }
}
