/// What we know of an approved template: enough to check a send before it costs a call.
package struct TemplateDefinition: Hashable, Sendable {
    package let name: String
    package let language: String
    package let category: TemplateCategory
    package let status: TemplateStatus
    package let parameterFormat: ParameterFormat
    package let provider: Provider
    /// The body with its `{{…}}` places; nil when unknown, and then its length is not checked.
    package let bodyText: String?
    package let variables: [TemplateVariable]
    /// Taken apart once, because every message of a campaign is measured against it.
    let bodyPieces: [TemplatePiece]

    package init(
        name: String,
        language: String,
        category: TemplateCategory,
        status: TemplateStatus,
        parameterFormat: ParameterFormat,
        provider: Provider = .meta,
        bodyText: String? = nil,
        variables: [TemplateVariable]
    ) {
        self.name = name
        self.language = language
        self.category = category
        self.status = status
        self.parameterFormat = parameterFormat
        self.provider = provider
        self.bodyText = bodyText
        self.variables = variables
        self.bodyPieces = bodyText.map { TemplatePiece.pieces(of: $0) } ?? []
    }

    /// The names between double braces, in the order of their first appearance: `Hi {{1}}, {{2}}` has `1` and
    /// `2`.
    package static func placeholders(in text: String) -> [String] {
        var names: [String] = []
        for piece in TemplatePiece.pieces(of: text) {
            if case .place(let name) = piece, !names.contains(name) { names.append(name) }
        }
        return names
    }
}

package enum ParameterFormat: String, CaseIterable, Hashable, Sendable {
    case positional
    case named
}

/// Meta's status of a template in lower case, and `draft` for what Meta has not seen; what Meta adds later is `unknown`.
package enum TemplateStatus: String, CaseIterable, Hashable, Sendable {
    case draft
    case pending
    case inAppeal = "in_appeal"
    case approved
    case rejected
    case paused
    case disabled
    case pendingDeletion = "pending_deletion"
    case deleted
    case archived
    case limitExceeded = "limit_exceeded"
    case unknown

    package var maySend: Bool {
        switch self {
        case .approved: true
        case .draft, .pending, .inAppeal, .rejected, .paused, .disabled, .pendingDeletion, .deleted,
            .archived,
            .limitExceeded, .unknown:
            false
        }
    }
}

package enum TemplateComponent: Hashable, Sendable {
    case header
    case body
    case button(index: Int, subtype: ButtonSubtype)
}

package struct TemplateVariable: Hashable, Sendable {
    package let component: TemplateComponent
    /// `1` or `first_name` as the template has it; empty for a media header, and for buttons of Meta's.
    package let placeholder: String
    package let kind: TemplateValueKind
    /// What stands there when a message names no value; a variable without it must be given.
    package let fallback: TemplateValue?
    /// Given by name or not at all: what comes back when a quick reply is pressed. No list of values counts it.
    package let isOptional: Bool

    package init(
        _ component: TemplateComponent, _ placeholder: String = "", kind: TemplateValueKind = .text,
        fallback: TemplateValue? = nil, isOptional: Bool = false
    ) {
        self.component = component
        self.placeholder = placeholder
        self.kind = kind
        self.fallback = fallback
        self.isOptional = isOptional
    }

    /// The name by which a tenant gives the value, one of a kind in a template: `first_name` or `1` for the
    /// body, `header` or `header_1`, `button_0`.
    package var name: String {
        switch component {
        case .header: placeholder.isEmpty ? "header" : "header_\(placeholder)"
        case .body: placeholder
        case .button(let index, _): "button_\(index)"
        }
    }
}

/// A text with places to fill, taken apart.
enum TemplatePiece: Hashable, Sendable {
    case literal(String, scalars: Int)
    case place(String)

    static func pieces(of text: String) -> [TemplatePiece] {
        var pieces: [TemplatePiece] = []
        var rest = text.utf8[...]
        while let open = firstPair(of: UInt8(ascii: "{"), in: rest) {
            let inside = rest[rest.index(open, offsetBy: 2)...]
            guard let close = firstPair(of: UInt8(ascii: "}"), in: inside) else { break }
            pieces.append(literal(rest[..<open]))
            pieces.append(.place(trimmed(inside[..<close])))
            rest = inside[inside.index(close, offsetBy: 2)...]
        }
        return pieces + [literal(rest)]
    }

    private static func literal(_ text: Substring.UTF8View) -> TemplatePiece {
        let text = String(Substring(text))
        return .literal(text, scalars: text.unicodeScalars.count)
    }

    private static func firstPair(of byte: UInt8, in text: Substring.UTF8View) -> String.Index? {
        var position = text.startIndex
        while position < text.endIndex {
            let next = text.index(after: position)
            if text[position] == byte, next < text.endIndex, text[next] == byte { return position }
            position = next
        }
        return nil
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        String(Substring(text).drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
