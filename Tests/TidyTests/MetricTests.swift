import Foundation
import Testing

/// What outside tools are told: names by Prometheus' conventions, few series, and no rule, dashboard or runbook that
/// asks for what is not there.
@Suite struct MetricTests {
    /// Every metric that the sources make, by the word they make it with.
    private static let made: [(name: String, kind: String, file: String)] = {
        guard let call = try? Regex(
            #"[^A-Za-z](counter|countReading|gauge|reading|histogram)\(\s*"((?:tidings|process)_[a-z0-9_]+)""#,
            as: (Substring, Substring, Substring).self)
        else { return [] }
        return Tree.swiftFiles(under: "Services", "Shared").flatMap { file in
            file.text.matches(of: call).map { (String($0.output.2), String($0.output.1), file.path) }
        }
    }()

    private static let names = Set(made.map(\.name))

    @Test func aNameSaysWhatIsCountedInWhichUnit() {
        #expect(Self.names.count > 60)
        for (name, kind, file) in Self.made {
            #expect(name.hasPrefix("tidings_") || file.hasSuffix("/ProcessMetrics.swift"), "\(name) in \(file)")
            #expect(name.hasSuffix("_total") == ["counter", "countReading"].contains(kind), "\(name) is a \(kind)")
            if kind == "histogram" { #expect(name.hasSuffix("_seconds") || name.hasSuffix("_bytes"), "\(name)") }
            for word in ["_count", "_sum", "_bucket", "_info", "milliseconds", "minutes", "_ms", "percent"] {
                #expect(!name.hasSuffix(word), "\(name)")
            }
        }
    }

    /// A label with a value for every tenant, message or person would make as many series.
    @Test func noLabelNamesWhatThereIsWithoutEnd() throws {
        let label = try Regex(#"\(\s*"([a-z_]+)",\s*[a-zA-Z"]"#, as: (Substring, Substring).self)
        let endless: Set<Substring> = [
            "tenant", "tenant_id", "message", "message_id", "sender", "sender_id", "recipient", "phone", "user", "email", "path",
            "url", "template", "id", "key",
        ]
        for file in Tree.swiftFiles(under: "Services", "Shared") {
            for piece in file.text.components(separatedBy: "labels: [").dropFirst() {
                let labels = piece.prefix { $0 != "]" }
                for match in labels.matches(of: label) where file.text.contains("MetricsRegistry") {
                    #expect(!endless.contains(match.output.1), "\(match.output.1) in \(file.path)")
                }
            }
        }
    }

    @Test func everyMetricThatIsAskedForIsThere() throws {
        let token = try Regex(#"[a-zA-Z_:][a-zA-Z0-9_:]*"#)
        let record = try Regex(#"(?m)^ *- record: (\S+)$"#, as: (Substring, Substring).self)
        let files = Tree.files.filter { $0.path.hasPrefix("deploy/prometheus/") || $0.path.hasPrefix("deploy/grafana/") }
        let recorded = Set(files.flatMap { $0.text.matches(of: record).map { String($0.output.1) } })
        #expect(files.count >= 5 && recorded.count > 10)
        var asked: Set<String> = []
        for file in files {
            for line in file.lines where !line.drop(while: { $0 == " " }).hasPrefix("#") {
                asked.formUnion(
                    line.matches(of: token).map { String(line[$0.range]) }.filter {
                        $0.contains("tidings_") || $0.contains("tidings:") || $0.hasPrefix("process_")
                    })
            }
        }
        #expect(asked.subtracting(recorded).filter { !Self.isThere($0) }.sorted() == [])
        #expect(recorded.subtracting(asked).sorted() == [])
    }

    @Test func runbooksNameMetricsThatAreThere() throws {
        let quoted = try Regex("`(tidings_[a-z_]+)(?:\\{[^`]*)?`", as: (Substring, Substring).self)
        let roles: Set<String> = ["tidings_service", "tidings_platform"]
        let named = Tree.files.filter { $0.path.hasSuffix(".md") }.flatMap { file in
            file.text.matches(of: quoted).map { String($0.output.1) }
        }
        #expect(named.filter { !roles.contains($0) && !Self.isThere($0) }.sorted() == [])
    }

    /// A histogram is asked for by its parts; a name that ends in `_` stands for a family.
    private static func isThere(_ name: String) -> Bool {
        if name.hasSuffix("_") { return names.contains { $0.hasPrefix(name) } }
        if names.contains(name) { return true }
        let parts = ["_bucket", "_sum", "_count"].filter { name.hasSuffix($0) }
        return parts.contains { part in
            made.contains { $0.kind == "histogram" && $0.name + part == name }
        }
    }
}
