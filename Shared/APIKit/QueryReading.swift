internal import Crypto
package import HTTPServer
package import Models

/// Where a page ended. Opaque to callers, so that it may change.
package enum Cursor {
    package static func encode<Kind>(_ id: Identifier<Kind>) -> String { encode(text: id.description) }

    package static func encode(text: String) -> String { Base64URL.encode(Array(text.utf8)) }

    package static func decode<Kind>(_ text: String) -> Identifier<Kind>? { decode(text: text).flatMap { Identifier($0) } }

    package static func decode(text: String) -> String? {
        Base64URL.decode(text).flatMap { String(validating: $0, as: UTF8.self) }
    }
}

/// Reads the parameters of an address and notes what is not as it should be.
package struct QueryReader {
    private let request: Request
    package private(set) var problems = FieldProblems()

    package init(_ request: Request, known: [String]) {
        self.request = request
        var seen: Set<String> = []
        for (name, _) in request.query {
            if !known.contains(name) {
                let all = known.isEmpty ? "It has none." : "It has: \(known.joined(separator: ", "))."
                problems.note(
                    "parameter_unknown",
                    name.shortened,
                    "This address has no parameter `\(name.shortened)`. \(all)"
                )
            } else if !seen.insert(name).inserted {
                problems.note("parameter_repeated", name, "Give `\(name)` once.")
            }
        }
    }

    package func text(_ name: String) -> String? { request.query(name) }

    /// `cursor`, as `next_cursor` gave it.
    package mutating func cursor<Kind>() -> Identifier<Kind>? {
        value("cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged.") { Cursor.decode($0) }
    }

    /// `limit`, of entries on a page.
    package mutating func limit(standard: Int = 50, max: Int = 200) -> Int { integer("limit", in: 1...max) ?? standard }

    /// A word of a closed set.
    package mutating func word<Word: CaseIterable & RawRepresentable>(_ name: String, as kind: Word.Type = Word.self) -> Word?
    where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return value(name, "\(name)_unknown", "`\(name)` must be one of \(words).") { Word(rawValue: $0) }
    }

    /// Throws everything noted, as one answer.
    package func requireNoProblems() throws {
        if !problems.isEmpty { throw Problem.refused(problems.all) }
    }

    package mutating func value<Value>(
        _ name: String,
        _ code: String,
        _ detail: String,
        _ read: (String) -> Value?
    ) -> Value? {
        guard let text = request.query(name) else { return nil }
        if let value = read(text) { return value }
        problems.note(code, name, detail)
        return nil
    }

    /// What several parameters together are wrong about.
    package mutating func note(_ code: String, _ name: String, _ detail: String) {
        problems.note(code, name, detail)
    }

    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        let bounds = "`\(name)` must be a whole number between \(range.lowerBound) and \(range.upperBound)."
        return value(name, "\(name)_out_of_range", bounds) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A day, "2026-11-21", as it was written.
    package mutating func day(_ name: String) -> String? {
        value(name, "\(name)_invalid", "`\(name)` must be a day such as 2027-01-31.") { text in
            text.utf8.count == 10 && Timestamp(rfc3339: text + "T00:00:00Z") != nil ? text : nil
        }
    }

    package mutating func time(_ name: String) -> Timestamp? {
        let how =
            "`\(name)` must be a time with its offset, as in 2027-01-31T09:30:00Z (a + is %2B in an address)."
        return value(name, "\(name)_invalid", how) { Timestamp(rfc3339: $0) }
    }
}

extension Request {
    /// For addresses without parameters: refuses any that came all the same.
    package func refuseParameters() throws {
        let query = QueryReader(self, known: [])
        try query.requireNoProblems()
    }
}
