/// The values of one send, sorted into the components Meta wants them in.
package struct TemplateParameters: Hashable, Sendable {
    package let header: [TemplateParameter]
    package let body: [TemplateParameter]
    package let buttons: [ButtonParameter]

    package init(
        header: [TemplateParameter] = [],
        body: [TemplateParameter] = [],
        buttons: [ButtonParameter] = []
    ) {
        self.header = header
        self.body = body
        self.buttons = buttons
    }

    package static let none = TemplateParameters()
}

package struct TemplateParameter: Hashable, Sendable {
    /// Set for templates with named parameters only.
    package let name: String?
    package let value: TemplateValue

    package init(name: String? = nil, value: TemplateValue) {
        self.name = name
        self.value = value
    }
}

package struct ButtonParameter: Hashable, Sendable {
    /// The button's position, 0 to 9.
    package let index: Int
    package let subtype: ButtonSubtype
    /// Twilio's name of it; Meta's buttons have none.
    package let name: String?
    package let value: TemplateValue

    package init(index: Int, subtype: ButtonSubtype, name: String? = nil, value: TemplateValue) {
        self.index = index
        self.subtype = subtype
        self.name = name
        self.value = value
    }
}

/// The raw values are Meta's `sub_type`.
package enum ButtonSubtype: String, CaseIterable, Hashable, Sendable {
    case quickReply = "quick_reply"
    case url
    case copyCode = "copy_code"
}

package enum TemplateValue: Hashable, Sendable {
    case text(String)
    /// `amountThousandths` is the amount times 1,000; `code` is ISO 4217.
    case currency(fallback: String, code: String, amountThousandths: Int64)
    /// The Cloud API always prints the fallback.
    case dateTime(fallback: String)
    case image(MediaSource)
    case video(MediaSource)
    case document(MediaSource, filename: String?)
    /// Degrees as decimal text, as Meta's examples have them.
    case location(latitude: String, longitude: String, name: String?, address: String?)
    case payload(String)
    case couponCode(String)

    package var kind: TemplateValueKind {
        switch self {
        case .text: .text
        case .currency: .currency
        case .dateTime: .dateTime
        case .image: .image
        case .video: .video
        case .document: .document
        case .location: .location
        case .payload: .payload
        case .couponCode: .couponCode
        }
    }

    /// What the recipient reads in its place; nil for what is not text.
    package var shownText: String? {
        switch self {
        case .text(let text): text
        case .currency(let fallback, _, _): fallback
        case .dateTime(let fallback): fallback
        case .image, .video, .document, .location, .payload, .couponCode: nil
        }
    }
}

/// The raw values are Meta's parameter types.
package enum TemplateValueKind: String, CaseIterable, Hashable, Sendable {
    case text
    case currency
    case dateTime = "date_time"
    case image
    case video
    case document
    case location
    case payload
    case couponCode = "coupon_code"
}

/// The values as a tenant gives them.
package enum TemplateVariables: Hashable, Sendable {
    case byName([String: TemplateValue])
    /// In the order of the template's own list of variables.
    case list([TemplateValue])

    package static let none = TemplateVariables.list([])
}
