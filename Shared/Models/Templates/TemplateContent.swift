/// What a template consists of, as its author writes it: everything that the provider reviews.
package struct TemplateContent: Hashable, Sendable {
    package var header: TemplateHeader?
    /// With its `{{…}}` places. Of an authentication template only what the provider told us: it writes that text itself.
    package var body: String?
    package var footer: String?
    package var buttons: [TemplateButton]
    /// A value for each variable by the name it is given with in messages, as reviewers want to see it.
    package var examples: [String: String]
    /// Authentication only: "For your security, do not share this code."
    package var addsSecurityRecommendation: Bool
    /// Authentication only: "This code expires in … minutes."
    package var codeExpirationMinutes: Int?
    /// Components of kinds that Tidings cannot write, such as carousels.
    package var otherComponents: [String]

    package init(
        header: TemplateHeader? = nil, body: String? = nil, footer: String? = nil, buttons: [TemplateButton] = [],
        examples: [String: String] = [:], addsSecurityRecommendation: Bool = false, codeExpirationMinutes: Int? = nil,
        otherComponents: [String] = []
    ) {
        self.header = header
        self.body = body
        self.footer = footer
        self.buttons = buttons
        self.examples = examples
        self.addsSecurityRecommendation = addsSecurityRecommendation
        self.codeExpirationMinutes = codeExpirationMinutes
        self.otherComponents = otherComponents
    }

    /// What WhatsApp writes into an authentication template, as long as we have not read its own words.
    package static let authenticationBody = "*{{1}}* is your verification code."
    package static let securityRecommendation = "For your security, do not share this code."

    /// Named as soon as one place has a name; a template without places is positional.
    package var parameterFormat: ParameterFormat {
        let places = TemplateDefinition.placeholders(in: body ?? "") + TemplateDefinition.placeholders(in: headerText ?? "")
        return places.contains { !TemplatePlace.isNumber($0) } ? .named : .positional
    }

    package var headerText: String? {
        switch header {
        case .text(let text): text
        case .media, .location, nil: nil
        }
    }
}

package enum TemplateHeader: Hashable, Sendable {
    case text(String)
    case media(TemplateMedia)
    case location
}

/// The raw values are Meta's header formats in lower case.
package enum TemplateMedia: String, CaseIterable, Hashable, Sendable {
    case image
    case video
    case document

    package var kind: TemplateValueKind {
        switch self {
        case .image: .image
        case .video: .video
        case .document: .document
        }
    }
}

package enum TemplateButton: Hashable, Sendable {
    case quickReply(text: String)
    /// The address may end in one place: `https://shop.example/o/{{1}}`.
    case url(text: String, url: String)
    case phoneNumber(text: String, number: String)
    /// WhatsApp writes the label itself.
    case copyCode
    case oneTimeCode(OneTimeCode)
    /// A kind that Tidings can send around but not write: `FLOW`, `CATALOG` …
    case other(type: String, text: String)

    /// What stands on the button.
    package var label: String {
        switch self {
        case .quickReply(let text), .url(let text, _), .phoneNumber(let text, _), .other(_, let text): text
        case .copyCode: "Copy offer code"
        case .oneTimeCode(let code): code.text ?? "Copy code"
        }
    }

    /// The word for it in the API.
    package var word: String {
        switch self {
        case .quickReply: "quick_reply"
        case .url: "url"
        case .phoneNumber: "phone_number"
        case .copyCode: "copy_code"
        case .oneTimeCode: "otp"
        case .other(let type, _): type.lowercased()
        }
    }
}

/// How a login code gets from the message into the app.
package struct OneTimeCode: Hashable, Sendable {
    package enum Way: String, CaseIterable, Hashable, Sendable {
        case copyCode = "copy_code"
        case oneTap = "one_tap"
        case zeroTap = "zero_tap"
    }

    /// An Android app that may take the code.
    package struct App: Hashable, Sendable {
        package let package: String
        package let signatureHash: String

        package init(package: String, signatureHash: String) {
            self.package = package
            self.signatureHash = signatureHash
        }
    }

    package var way: Way
    /// Label of the button; nil: WhatsApp's own.
    package var text: String?
    package var autofillText: String?
    package var apps: [App]
    package var acceptsZeroTapTerms: Bool

    package init(
        way: Way = .copyCode, text: String? = nil, autofillText: String? = nil, apps: [App] = [],
        acceptsZeroTapTerms: Bool = false
    ) {
        self.way = way
        self.text = text
        self.autofillText = autofillText
        self.apps = apps
        self.acceptsZeroTapTerms = acceptsZeroTapTerms
    }
}

/// The names between double braces.
package enum TemplatePlace {
    package static func isNumber(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 3 && name.utf8.allSatisfy { (48...57).contains($0) }
    }

    /// Meta: lower case letters, digits and underscores, beginning with a letter.
    package static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
        }
    }

    /// The order in which Meta counts positional values: `{{1}}` before `{{2}}`, wherever they stand.
    package static func inOrder(_ names: [String]) -> [String] {
        guard names.allSatisfy(isNumber) else { return names }
        return names.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
    }
}

extension TemplateDefinition {
    /// The variables of a content, in the order of a list of values: header, body, buttons.
    ///
    /// - Parameter fallbacks: texts by the name of a body variable.
    package static func variables(
        of content: TemplateContent, category: TemplateCategory, provider: Provider, fallbacks: [String: String] = [:]
    ) -> [TemplateVariable] {
        var variables: [TemplateVariable] = []
        switch content.header {
        case nil: break
        case .text(let text): variables += placeholders(in: text).map { TemplateVariable(.header, $0) }
        case .media(let media):
            let places = provider == .twilio ? placeholders(in: content.examples["header"] ?? "") : []
            // Twilio's media are part of the content; where there is a place, it is a piece of the address.
            if provider == .twilio {
                variables += places.map { TemplateVariable(.header, $0) }
            } else {
                variables.append(TemplateVariable(.header, kind: media.kind))
            }
        case .location: variables.append(TemplateVariable(.header, kind: .location))
        }
        let body = content.body ?? (category == .authentication ? TemplateContent.authenticationBody : "")
        variables += TemplatePlace.inOrder(placeholders(in: body)).map { place in
            TemplateVariable(.body, place, fallback: fallbacks[place].map { .text($0) })
        }
        for (index, button) in content.buttons.enumerated() {
            variables += variable(of: button, at: index, provider: provider)
        }
        return variables
    }

    private static func variable(of button: TemplateButton, at index: Int, provider: Provider) -> [TemplateVariable] {
        switch button {
        case .url(_, let url):
            let place = placeholders(in: url).first
            return place.map {
                [TemplateVariable(.button(index: index, subtype: .url), provider == .twilio ? $0 : "")]
            } ?? []
        case .copyCode:
            return provider == .meta
                ? [TemplateVariable(.button(index: index, subtype: .copyCode), kind: .couponCode)] : []
        // A one-time-code button is sent as a URL button that carries the code; Twilio does that itself.
        case .oneTimeCode:
            return provider == .meta ? [TemplateVariable(.button(index: index, subtype: .url))] : []
        // What comes back when it is pressed may be chosen with each message.
        case .quickReply:
            return provider == .meta
                ? [TemplateVariable(.button(index: index, subtype: .quickReply), kind: .payload, isOptional: true)] : []
        case .phoneNumber, .other: return []
        }
    }
}
