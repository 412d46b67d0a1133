import JSON

/// An object of somebody's own data as lines of `name: value`, which people can read and change.
enum DataLines {
    static func text(_ object: JSONValue?) -> String {
        (object?.members ?? []).map { "\($0.key): \(shown($0.value))" }.joined(separator: "\n")
    }

    /// A text stands as it is, unless it would be read as something else.
    private static func shown(_ value: JSONValue) -> String {
        let json = String(decoding: value.serialized(), as: UTF8.self)
        guard let text = value.string else { return json }
        return parsed(text) == nil && text == text.trimmed && !text.contains(where: \.isNewline) ? text : json
    }

    /// The object that the lines say. What `before` has and they do not becomes null.
    ///
    /// - Parameter isTexts: what looks like a number is a text too, as the variables of a template are.
    static func json(_ text: String, over before: JSONValue?, isTexts: Bool = false) -> [UInt8] {
        var writer = JSONWriter(capacity: text.utf8.count + 64)
        writer.object { writer in
            var named: Set<String> = []
            for line in text.split(whereSeparator: \.isNewline) {
                let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let name = String(halves[0]).trimmed
                guard !name.isEmpty, named.insert(name).inserted else { continue }
                let value = halves.count == 2 ? String(halves[1]).trimmed : ""
                writer.key(name)
                if !isTexts, let json = parsed(value) { writer.raw(json) } else { writer.string(value) }
            }
            for member in before?.members ?? [] where !named.contains(member.key) {
                writer.key(member.key)
                writer.null()
            }
        }
        return writer.bytes
    }

    /// A number, true, false, null, a text in quotes, a list or an object.
    private static func parsed(_ text: String) -> [UInt8]? {
        (try? JSONDocument(parsing: Array(text.utf8)))?.root.serialized()
    }
}
