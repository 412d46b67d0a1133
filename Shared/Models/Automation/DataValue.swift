/// What a business tells of one of its events: JSON, as far as rules look into it.
package indirect enum DataValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([DataValue])
    case object([String: DataValue])

    /// Nil where there is nothing, or null.
    package func value(at steps: some Collection<String>) -> DataValue? {
        guard let step = steps.first else {
            if case .null = self { return nil }
            return self
        }
        switch self {
        case .object(let members): return members[step]?.value(at: steps.dropFirst())
        case .list(let elements):
            guard let index = Int(step), elements.indices.contains(index) else { return nil }
            return elements[index].value(at: steps.dropFirst())
        case .null, .boolean, .number, .text: return nil
        }
    }

    /// What a person reads: nil for what has no such form.
    package var plainText: String? {
        switch self {
        case .null, .object: nil
        case .boolean(let boolean): boolean ? "true" : "false"
        case .number(let number): NumberText.plain(number)
        case .text(let text): text
        case .list(let elements):
            elements.allSatisfy { $0.plainText != nil } ? elements.compactMap(\.plainText).joined(separator: ", ") : nil
        }
    }

    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    package var members: [String: DataValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    package var elements: [DataValue]? {
        if case .list(let elements) = self { elements } else { nil }
    }

    /// A number, or a text that is one.
    package var number: Double? {
        switch self {
        case .number(let number): number
        case .text(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        case .null, .boolean, .list, .object: nil
        }
    }

    package var wholeNumber: Int? {
        if case .number(let number) = self { Int(exactly: number) } else { nil }
    }

    package var boolean: Bool? {
        if case .boolean(let boolean) = self { boolean } else { nil }
    }

    package var isNull: Bool { self == .null }

    /// This object's members over those of another, deep inside too: what a recipient has of its own goes over what
    /// all share.
    package func over(_ common: DataValue) -> DataValue {
        guard case .object(let own) = self, case .object(let shared) = common else { return self }
        return .object(shared.merging(own) { common, own in own.over(common) })
    }
}

/// Where in the facts of an event something stands: `data.member.name`, `recipient.name`, `subject`, `occurred_at`.
/// What begins with none of these names stands in `data`.
package struct DataPath: Hashable, Sendable {
    package static let bytesMax = 200
    package static let stepsMax = 16
    private static let roots: Set<String> = ["data", "recipient", "subject", "type", "occurred_at"]

    let steps: [String]

    /// Nil unless the text is names, or numbers of a list, with points between them.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isWritten = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "}") }
        }
        guard isWritten, text.utf8.count <= Self.bytesMax, parts.count <= Self.stepsMax else { return nil }
        let standsAlone = parts.count == 1 && ["data", "recipient"].contains(parts[0])
        guard !standsAlone else { return nil }
        steps = Self.roots.contains(parts[0]) ? parts : ["data"] + parts
    }

    package var text: String { steps.joined(separator: ".") }
}
