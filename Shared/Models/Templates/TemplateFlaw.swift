/// Why a template would be refused; found before anybody is asked. Meta, "Templates: components" and "guidelines"; where
/// Twilio is stricter, its Content API.
package struct TemplateFlaw: Error, Hashable, Sendable {
    /// The raw values appear in the API.
    package enum Code: String, CaseIterable, Hashable, Sendable {
        case nameInvalid = "template_name_invalid"
        case languageInvalid = "template_language_invalid"
        case textMissing = "template_text_missing"
        case textTooLong = "template_text_too_long"
        case textInvalid = "template_text_invalid"
        case placeholderInvalid = "template_placeholder_invalid"
        case placeholdersMixed = "template_placeholders_mixed"
        case placeholdersNotInSequence = "template_placeholders_not_in_sequence"
        case placeholderMisplaced = "template_placeholder_misplaced"
        case tooManyPlaceholders = "template_too_many_placeholders"
        case exampleMissing = "template_example_missing"
        case exampleUnknown = "template_example_unknown"
        case exampleInvalid = "template_example_invalid"
        case tooManyButtons = "template_too_many_buttons"
        case buttonInvalid = "template_button_invalid"
        case buttonsNotGrouped = "template_buttons_not_grouped"
        case componentNotAllowed = "template_component_not_allowed"
        case lifetimeInvalid = "template_send_ttl_invalid"
    }

    package let code: Code
    /// As in a request: `buttons[1].url`.
    package let field: String
    package let detail: String

    package init(_ code: Code, _ field: String, _ detail: String) {
        self.code = code
        self.field = field
        self.detail = detail
    }
}

/// A template as somebody wants to have it, to be checked.
package struct TemplateProposal: Hashable, Sendable {
    package var name: String
    package var language: String
    package var category: TemplateCategory
    package var provider: Provider
    package var content: TemplateContent
    /// -1: 30 days.
    package var sendTTLSeconds: Int?

    package init(
        name: String, language: String, category: TemplateCategory, provider: Provider, content: TemplateContent,
        sendTTLSeconds: Int? = nil
    ) {
        self.name = name
        self.language = language
        self.category = category
        self.provider = provider
        self.content = content
        self.sendTTLSeconds = sendTTLSeconds
    }

    /// The names and examples of what a message will have to give.
    package var variables: [TemplateVariable] {
        TemplateDefinition.variables(of: content, category: category, provider: provider)
    }

    /// Everything that would make the provider refuse it.
    package func check() -> [TemplateFlaw] {
        checkIdentity() + checkLifetime()
            + (category == .authentication ? checkAuthentication() : checkTexts() + checkButtons())
            + checkPlaces() + checkExamples()
    }

    private func checkIdentity() -> [TemplateFlaw] {
        MessageContent.template(name: name, language: language, parameters: .none).check().compactMap { problem in
            switch problem {
            case .templateNameInvalid:
                TemplateFlaw(
                    .nameInvalid, "name",
                    "`name` consists of a-z, 0-9 and _, and has at most \(MessageContent.templateNameBytesMax) characters.")
            case .languageInvalid:
                TemplateFlaw(.languageInvalid, "language", "Write `language` as en, en_US or pt_BR.")
            case .bodyEmpty, .bodyTooLong, .captionTooLong, .captionNotAllowed, .filenameNotAllowed, .filenameTooLong,
                .linkInvalid, .mediaIDEmpty:
                nil
            }
        }
    }

    /// Meta, time to live.
    private func checkLifetime() -> [TemplateFlaw] {
        guard let seconds = sendTTLSeconds else { return [] }
        let field = "send_ttl_seconds"
        if provider == .twilio {
            return [TemplateFlaw(.componentNotAllowed, field, "Twilio has no `\(field)` for templates: leave it out.")]
        }
        let (range, allowsMonth) =
            switch category {
            case .authentication: (30...900, true)
            case .utility: (30...43_200, true)
            case .marketing: (43_200...2_592_000, false)
            }
        if range.contains(seconds) || allowsMonth && seconds == -1 { return [] }
        return [
            TemplateFlaw(
                .lifetimeInvalid, field,
                "`\(field)` must lie between \(range.lowerBound) and \(range.upperBound) for this category"
                    + (allowsMonth ? ", or be -1 for 30 days." : "."))
        ]
    }
}
