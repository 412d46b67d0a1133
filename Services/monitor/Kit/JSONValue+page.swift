import JSON
import Models

/// What an answer of the API holds, for a page.
extension JSONValue {
    /// Empty where there is none.
    func text(_ key: String) -> String { self[key]?.string ?? "" }

    /// Nil where there is none, or an empty one.
    func shown(_ key: String) -> HTML? {
        let text = text(key)
        return text.isEmpty ? nil : "\(text)"
    }

    func moment(_ key: String) -> Timestamp? { self[key]?.string.flatMap { Timestamp(rfc3339: $0) } }

    func time(_ key: String) -> HTML? { moment(key).map(Piece.time) }

    /// 0 where there is none.
    func count(_ key: String) -> Int64 { self[key]?.integer ?? 0 }

    /// 12,345
    func number(_ key: String) -> HTML { "<span class=\"number\">\(Piece.number(count(key)))</span>" }

    func percent(_ key: String) -> String { Piece.percent(self[key]?.double) }

    func isTrue(_ key: String) -> Bool { self[key]?.boolean ?? false }

    func list(_ key: String) -> [JSONValue] { self[key]?.elements ?? [] }

    func strings(_ key: String) -> [String] { list(key).compactMap(\.string) }

    /// The members of an object whose values are texts.
    func texts(_ key: String) -> [String: String] {
        Dictionary(
            (self[key]?.members ?? []).compactMap { member in member.value.string.map { (member.key, $0) } },
            uniquingKeysWith: { first, _ in first })
    }
}
