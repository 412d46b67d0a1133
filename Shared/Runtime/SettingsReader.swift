internal import Glibc

/// What is wrong with the settings, all of it at once. Holds names and rules, never a value: a wrong value
/// may be a password in the wrong place.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    package let problems: [String]

    package var description: String { "settings: " + problems.joined(separator: "; ") }
}

/// Reads settings once, at the start. A read never stops at a problem: it notes it and answers a placeholder,
/// and `finish()` names every problem together.
///
///     let reader = SettingsReader()
///     let port = reader.integer("PORT", default: 8080, in: 0...65_535)
///     let database = reader.secret("DATABASE_URL")
///     try reader.finish()
package final class SettingsReader {
    private let lookUp: (String) -> String?
    private var problems: [String] = []

    /// Reads this process's environment; `documented` holds what a documented settings file gives as
    /// defaults.
    package init(documented: [String: String] = [:]) {
        lookUp = { name in getenv(name).map { String(cString: $0) } ?? documented[name] }
    }

    package init(environment: [String: String], documented: [String: String] = [:]) {
        lookUp = { name in environment[name] ?? documented[name] }
    }

    /// The `NAME=value` lines of a documented settings file; blank lines and lines that begin with # are not
    /// looked at.
    package static func entries(ofFile text: String) -> [String: String] {
        var entries: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            entries[trimmed(line[..<equals])] = trimmed(line[line.index(after: equals)...])
        }
        return entries
    }

    /// Throws when any read before it had a problem.
    package func finish() throws(SettingsError) {
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    /// Notes a problem of the caller's own, such as a relation between two settings. Never put a value in it.
    package func note(_ name: String, _ problem: String) {
        problems.append("\(name) \(problem)")
    }

    package func text(_ name: String) -> String {
        required(name, placeholder: "") { $0 }
    }

    package func text(_ name: String, default fallback: String) -> String {
        optionalText(name) ?? fallback
    }

    /// Nil when the setting is absent or empty: an empty variable is how a shell script says "not set".
    package func optionalText(_ name: String) -> String? {
        guard let value = lookUp(name).map({ Self.trimmed($0) }), !value.isEmpty else { return nil }
        return value
    }

    package func integer(_ name: String, default fallback: Int? = nil, in range: ClosedRange<Int>) -> Int {
        value(name, default: fallback, placeholder: range.lowerBound) { text in
            guard let number = Int(text) else {
                note(name, "must be a whole number")
                return nil
            }
            guard range.contains(number) else {
                note(name, "must lie between \(range.lowerBound) and \(range.upperBound)")
                return nil
            }
            return number
        }
    }

    /// A span such as "250ms", "5s", "3m", "1h" or "7d".
    package func duration(
        _ name: String,
        default fallback: Duration? = nil,
        in range: ClosedRange<Duration>
    ) -> Duration {
        value(name, default: fallback, placeholder: range.lowerBound) { text in
            guard let span = Duration(settingText: text) else {
                note(name, "must be a span such as 250ms, 5s, 3m or 1h")
                return nil
            }
            guard range.contains(span) else {
                let (low, high) = (range.lowerBound.settingText, range.upperBound.settingText)
                note(name, "must lie between \(low) and \(high)")
                return nil
            }
            return span
        }
    }

    package func boolean(_ name: String, default fallback: Bool? = nil) -> Bool {
        value(name, default: fallback, placeholder: false) { text in
            switch text.lowercased() {
            case "true", "yes", "on", "1": return true
            case "false", "no", "off", "0": return false
            default:
                note(name, "must be true or false")
                return nil
            }
        }
    }

    /// Comma separated; surrounding blanks and empty entries are dropped.
    package func list(_ name: String, default fallback: [String] = []) -> [String] {
        guard let text = optionalText(name) else { return fallback }
        return text.split(separator: ",").map { Self.trimmed($0) }.filter { !$0.isEmpty }
    }

    /// One word out of an enum whose raw values are the words.
    package func choice<Choice>(_ name: String, default fallback: Choice? = nil, placeholder: Choice)
        -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        value(name, default: fallback, placeholder: placeholder) { text in
            if let choice = Choice(rawValue: text) { return choice }
            note(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
    }

    /// From `NAME`, or from the file that `NAME_FILE` points to, as container platforms mount secrets.
    package func secret(_ name: String) -> Secret {
        if let secret = optionalSecret(name) { return secret }
        note(name, "is missing")
        return Secret("")
    }

    package func optionalSecret(_ name: String) -> Secret? {
        if let value = optionalText(name) { return Secret(value) }
        guard let path = optionalText(name + "_FILE") else { return nil }
        guard let content = SmallFile.text(at: path) else {
            note(
                name + "_FILE",
                "names a file that cannot be read or is larger than \(SmallFile.bytesMax) bytes"
            )
            return nil
        }
        let value = Self.trimmed(content)
        return value.isEmpty ? nil : Secret(value)
    }

    /// An absolute URL with one of the schemes; no trailing slash in what is returned.
    package func url(
        _ name: String,
        default fallback: String? = nil,
        schemes: [String] = ["http", "https"]
    ) -> String {
        value(name, default: fallback, placeholder: "") { text in
            guard Self.isURL(text, schemes: schemes) else {
                note(
                    name,
                    "must be a URL beginning with \(schemes.map { $0 + "://" }.joined(separator: " or "))"
                )
                return nil
            }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }

    package func optionalURL(_ name: String, schemes: [String] = ["http", "https"]) -> String? {
        guard optionalText(name) != nil else { return nil }
        return url(name, default: "", schemes: schemes)
    }

    /// "host:port" to listen on or to connect to; an IPv6 host stands in brackets.
    package func address(_ name: String, default fallback: String? = nil) -> (host: String, port: Int) {
        value(name, default: fallback.flatMap(Self.splitAddress), placeholder: ("", 0)) { text in
            if let address = Self.splitAddress(text) { return address }
            note(name, "must be host:port")
            return nil
        }
    }

    private func required<Value>(_ name: String, placeholder: Value, read: (String) -> Value?) -> Value {
        value(name, default: nil, placeholder: placeholder, read: read)
    }

    private func value<Value>(
        _ name: String,
        default fallback: Value?,
        placeholder: Value,
        read: (String) -> Value?
    ) -> Value {
        if let text = optionalText(name) { return read(text) ?? fallback ?? placeholder }
        if let fallback { return fallback }
        note(name, "is missing")
        return placeholder
    }

    private static func isURL(_ text: String, schemes: [String]) -> Bool {
        guard let scheme = schemes.first(where: { text.hasPrefix($0 + "://") }) else { return false }
        let rest = text.dropFirst(scheme.count + 3)
        let blank = rest.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
        return !blank && !rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }.isEmpty
    }

    private static func splitAddress(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), port)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let withoutHead = text.drop { $0.isWhitespace }
        guard let last = withoutHead.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(withoutHead[...last])
    }
}
