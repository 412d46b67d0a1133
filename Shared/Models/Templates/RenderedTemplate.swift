/// A template as its recipient will see it.
package struct RenderedTemplate: Hashable, Sendable {
    package enum Header: Hashable, Sendable {
        case text(String)
        /// Nil: no message has named a file yet.
        case media(TemplateMedia, MediaSource?)
        case location(latitude: String, longitude: String, name: String?, address: String?)
        case place
    }

    package struct Button: Hashable, Sendable {
        /// The word for it in the API.
        package let word: String
        package let label: String
        /// The address, the number, the code, or what comes back when it is pressed.
        package let value: String?
    }

    package let header: Header?
    package let body: String
    package let footer: String?
    package let buttons: [Button]
}

extension TemplateContent {
    /// - Parameter values: by the names of the variables; what is missing stays as `{{…}}`.
    package func rendered(category: TemplateCategory, with values: [String: TemplateValue]) -> RenderedTemplate {
        var text = filled(body ?? (category == .authentication ? Self.authenticationBody : "")) {
            values[$0]?.shownText ?? "{{\($0)}}"
        }
        if addsSecurityRecommendation, body == nil { text += " " + Self.securityRecommendation }
        return RenderedTemplate(
            header: header.map { rendered($0, values) }, body: text,
            footer: footer ?? codeExpirationMinutes.map { "This code expires in \($0) minutes." },
            buttons: buttons.enumerated().map { index, button in
                RenderedTemplate.Button(
                    word: button.word, label: button.label, value: value(of: button, values["button_\(index)"]))
            })
    }

    private func rendered(_ header: TemplateHeader, _ values: [String: TemplateValue]) -> RenderedTemplate.Header {
        switch header {
        case .text(let text):
            return .text(filled(text) { values["header_\($0)"]?.shownText ?? "{{\($0)}}" })
        case .media(let media):
            switch values["header"] {
            case .image(let source), .video(let source), .document(let source, _): return .media(media, source)
            case .text, .currency, .dateTime, .location, .payload, .couponCode, nil:
                // Twilio's files are part of the template, but for a piece of their address.
                let link = examples["header"].map { filled($0) { values["header_\($0)"]?.shownText ?? "{{\($0)}}" } }
                return .media(media, link.flatMap { $0.hasPrefix("http") ? .link($0) : nil })
            }
        case .location:
            if case .location(let latitude, let longitude, let name, let address) = values["header"] {
                return .location(latitude: latitude, longitude: longitude, name: name, address: address)
            }
            return .place
        }
    }

    private func value(of button: TemplateButton, _ given: TemplateValue?) -> String? {
        switch button {
        case .url(_, let url): filled(url) { given?.shownText ?? "{{\($0)}}" }
        case .phoneNumber(_, let number): number
        case .copyCode: if case .couponCode(let code) = given { code } else { nil }
        case .quickReply: if case .payload(let payload) = given { payload } else { nil }
        case .oneTimeCode: given?.shownText
        case .other: nil
        }
    }

    /// The examples as values, to see a template without a message.
    package func exampleValues(for variables: [TemplateVariable]) -> [String: TemplateValue] {
        var values: [String: TemplateValue] = [:]
        for variable in variables {
            guard let example = examples[variable.name] else { continue }
            values[variable.name] =
                switch variable.kind {
                case .text, .currency: .text(example)
                case .dateTime: .dateTime(fallback: example)
                case .image: .image(.link(example))
                case .video: .video(.link(example))
                case .document: .document(.link(example), filename: nil)
                case .payload: .payload(example)
                case .couponCode: .couponCode(example)
                case .location: nil
                }
        }
        return values
    }
}
