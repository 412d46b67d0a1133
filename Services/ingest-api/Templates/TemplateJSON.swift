import JSON
import Models
import Postgres
import Storage

extension StoredTemplate {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("account_id", accountID)
        writer.field("provider", provider.rawValue)
        writer.field("name", name)
        writer.field("language", language)
        writer.field("category", category.rawValue)
        writer.field("status", status.rawValue)
        writer.field("parameter_format", parameterFormat.rawValue)
        content.writeFields(into: &writer)
        writer.field("send_ttl_seconds", sendTTLSeconds)
        writer.field("allow_category_change", allowsCategoryChange)
        writer.field(
            "variables",
            array: { list in for variable in definition.variables { list.object { variable.writeFields(into: &$0) } } })
        writer.key("variable_defaults")
        writer.texts(defaults)
        writer.field("components", raw: components.bytes)
        if let changes {
            writer.field(
                "changes",
                object: { writer in
                    writer.field("category", changes.category.rawValue)
                    changes.content.writeFields(into: &writer)
                    writer.field("send_ttl_seconds", changes.sendTTLSeconds)
                })
        }
        writer.field("pending_action", pendingAction?.rawValue)
        writer.field("problem", raw: problem?.bytes)
        writer.field("quality", quality?.lowercased())
        writer.field("rejected_reason", rejectionReason)
        writer.field("next_category", nextCategory?.rawValue)
        writer.field("next_category_at", nextCategoryAt?.rfc3339)
        writer.field("provider_template_id", providerTemplateID)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.field("submitted_at", submittedAt?.rfc3339)
        writer.field("status_changed_at", statusAt?.rfc3339)
    }
}

extension TemplateContent {
    /// As a request writes it.
    func writeFields(into writer: inout JSONWriter) {
        switch header {
        case nil: break
        case .text(let text):
            writer.field(
                "header",
                object: { writer in
                    writer.field("format", "text")
                    writer.field("text", text)
                })
        case .media(let media): writer.field("header", object: { $0.field("format", media.rawValue) })
        case .location: writer.field("header", object: { $0.field("format", "location") })
        }
        writer.field("body", body)
        writer.field("footer", footer)
        writer.field(
            "buttons", array: { list in for button in buttons { list.object { button.writeFields(into: &$0) } } })
        writer.key("examples")
        writer.texts(examples)
        if addsSecurityRecommendation { writer.field("add_security_recommendation", true) }
        writer.field("code_expiration_minutes", codeExpirationMinutes)
        if !otherComponents.isEmpty { writer.field("other_components", otherComponents.map { $0.lowercased() }) }
    }
}

extension TemplateButton {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("type", word)
        switch self {
        case .quickReply(let text), .other(_, let text): writer.field("text", text)
        case .url(let text, let url):
            writer.field("text", text)
            writer.field("url", url)
        case .phoneNumber(let text, let number):
            writer.field("text", text)
            writer.field("phone_number", number)
        case .copyCode: break
        case .oneTimeCode(let code):
            writer.field("otp_type", code.way.rawValue)
            writer.field("text", code.text)
            writer.field("autofill_text", code.autofillText)
            if code.acceptsZeroTapTerms { writer.field("zero_tap_terms_accepted", true) }
            if code.apps.isEmpty { return }
            writer.field(
                "apps",
                array: { list in
                    for app in code.apps {
                        list.object { writer in
                            writer.field("package_name", app.package)
                            writer.field("signature_hash", app.signatureHash)
                        }
                    }
                })
        }
    }
}

extension TemplateVariable {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("name", name)
        writer.field("kind", kind.rawValue)
        writer.field("component", componentName)
        writer.field("required", fallback == nil && !isOptional)
        writer.field("default", fallback?.shownText)
    }

    private var componentName: String {
        switch component {
        case .header: "header"
        case .body: "body"
        case .button: "button"
        }
    }
}

extension TemplateEvent {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("at", at.rfc3339)
        writer.field("kind", kind)
        writer.field("from", from?.lowercased())
        writer.field("to", to?.lowercased())
        writer.field("reason", reason)
    }
}

extension TemplateAccount {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("account_id", id)
        writer.field("provider", provider.rawValue)
        writer.field("is_default", isDefault)
        writer.field("sender_ids", senders.map(\.description))
        writer.field("templates", templates)
        writer.field("synced_at", syncedAt?.rfc3339)
        writer.field("problem", problem)
    }
}

extension JSONWriter {
    mutating func texts(_ texts: [String: String]) {
        object { writer in
            for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.string(text)
            }
        }
    }
}
