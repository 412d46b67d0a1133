/// The words after a command: options that begin with dashes, and the rest in order.
struct Arguments {
    struct Wrong: Error {
        let text: String
    }

    private static let withValue: Set<String> = [
        "env", "text", "language", "kind", "reference", "at", "status", "n", "error-code", "name", "owner", "plan",
        "region", "time-zone", "reason", "sender", "key-name", "key",
    ]
    private static let switches: Set<String> = ["json", "wait", "help", "yes", "force", "once"]

    private(set) var words: [String] = []
    private var values: [String: String] = [:]

    init(_ given: [String]) throws(Wrong) {
        var rest = given[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.count > 1 else {
                words.append(word)
                continue
            }
            if word == "--" {
                words += rest
                break
            }
            let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if Self.withValue.contains(name) {
                if parts.count == 2 {
                    values[name] = String(parts[1])
                } else if let value = rest.popFirst() {
                    values[name] = value
                } else {
                    throw Wrong(text: "\(word) needs a value")
                }
            } else if Self.switches.contains(name), parts.count == 1 {
                values[name] = ""
            } else {
                throw Wrong(text: "there is no option \(word)")
            }
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    func value(_ name: String) -> String? { values[name] }

    func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws(Wrong) -> Int {
        guard let text = values[name] else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw Wrong(text: "-\(name) must be a whole number between \(range.lowerBound) and \(range.upperBound)")
        }
        return number
    }

    /// The word at a place that must not be empty.
    func word(_ index: Int, _ what: String) throws(Wrong) -> String {
        guard index < words.count else { throw Wrong(text: "\(what) is missing") }
        return words[index]
    }

    func noMore(after count: Int) throws(Wrong) {
        if words.count > count { throw Wrong(text: "`\(words[count])` is one word too many") }
    }
}
