/// The table below the heading "Settings" of the README: a row per variable, its name and its default.
struct SettingsTable {
    private(set) var names: Set<String> = []
    private(set) var repeated: [String] = []
    /// As they stand there; a default in words is left out.
    private(set) var defaults: [String: String] = [:]

    init(readme: String) throws {
        let row = try Regex(
            #"^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \|"#,
            as: (Substring, Substring, Substring).self
        )
        var isWithin = false
        for line in readme.split(separator: "\n") {
            if line.hasPrefix("## ") { isWithin = line == "## Settings" }
            guard isWithin, let found = line.firstMatch(of: row) else { continue }
            let (name, value) = (String(found.output.1), found.output.2)
            if !names.insert(name).inserted { repeated.append(name) }
            if value.hasPrefix("`"), value.hasSuffix("`") {
                defaults[name] = String(value.dropFirst().dropLast())
            }
        }
    }
}

/// The variables that the sources read: every name in capitals that is the first argument of a call, in files that
/// have to do with the reader of settings.
struct SettingsInCode {
    private(set) var names: Set<String> = []
    /// Where the default is written out beside the name.
    private(set) var defaults: [String: Set<String>] = [:]

    init(_ files: [Tree.File]) throws {
        let call = try Regex(
            #"\(\s*"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"(?:,\s*default:\s*((?:[^(),]|\([^()]*\))+))?"#,
            as: (Substring, Substring, Substring?).self
        )
        // A name that is needed twice is a constant: `static let slackSetting = "SLACK_WEBHOOK_URL"`.
        let constant = try Regex(
            #"static let \w+ = "([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)""#,
            as: (Substring, Substring).self
        )
        for file in files
        where file.text.contains("SettingsReader") && !file.path.hasPrefix("Shared/Runtime/") {
            names.formUnion(file.text.matches(of: constant).map { String($0.output.1) })
            for match in file.text.matches(of: call) {
                let name = String(match.output.1)
                names.insert(name)
                if let written = match.output.2, let value = Self.value(written) {
                    defaults[name, default: []].insert(value)
                }
            }
        }
    }

    /// As a person would write it into the environment; nil for what takes more than reading.
    private static func value(_ written: Substring) -> String? {
        if written.hasPrefix("\""), written.hasSuffix("\"") { return String(written.dropFirst().dropLast()) }
        let digits = written.filter { $0 != "_" }
        if let number = Int(digits) { return String(number) }
        if written == "true" || written == "false" { return String(written) }
        for (call, unit) in [(".seconds(", "s"), (".milliseconds(", "ms")] where digits.hasPrefix(call) {
            return Int(digits.dropFirst(call.count).dropLast()).map { "\($0)\(unit)" }
        }
        return nil
    }
}
