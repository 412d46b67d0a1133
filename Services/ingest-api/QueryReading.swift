import Crypto
import HTTPServer
import Models
import Storage

/// Where a page ended. Opaque to callers, so that it may change.
enum Cursor {
    static func encode(_ id: MessageID) -> String {
        Base64URL.encode(Array(id.description.utf8))
    }

    static func decode(_ text: String) -> MessageID? {
        Base64URL.decode(text).flatMap { MessageID(String(decoding: $0, as: UTF8.self)) }
    }
}

/// Reads the parameters of an address and notes what is not as it should be.
struct QueryReader {
    private let request: Request
    private(set) var problems = FieldProblems()

    init(_ request: Request, known: [String]) {
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

    func text(_ name: String) -> String? { request.query(name) }

    /// The filter of lists, whose names must be among the known ones.
    mutating func filter(_ catalog: TenantCatalog) -> MessageFilter {
        var reading = FilterReading(path: "", catalog: catalog, problems: problems) { [request] in request.query($0) }
        defer { problems = reading.problems }
        return reading.filter()
    }

    mutating func value<Value>(
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
    mutating func note(_ code: String, _ name: String, _ detail: String) {
        problems.note(code, name, detail)
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        let bounds = "`\(name)` must be a whole number between \(range.lowerBound) and \(range.upperBound)."
        return value(name, "\(name)_out_of_range", bounds) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func time(_ name: String) -> Timestamp? {
        let how =
            "`\(name)` must be a time with its offset, as in 2027-01-31T09:30:00Z (a + is %2B in an address)."
        return value(name, "\(name)_invalid", how) { Timestamp(rfc3339: $0) }
    }
}
