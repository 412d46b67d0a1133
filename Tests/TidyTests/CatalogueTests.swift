import APIKit
import Testing

/// The catalogue of error codes and the sources that answer them must say the same.
@Suite struct CatalogueTests {
    /// Where codes are answered.
    private static let sources = Tree.swiftFiles(
        under: "Services/ingest-api", "Services/monitor", "Services/retry-scheduler", "Shared/APIKit", "Shared/HTTPServer",
        "Shared/Models/Automation", "Shared/Models/People", "Shared/Models/Templates"
    ).filter { !$0.path.contains("/Catalogue/") && !$0.path.contains("/Descriptions/") }

    private static let ways = [
        #"(?:note|refused|FieldProblem|unauthorized|tooLong|conflict|problem)\(\s*"([a-z]+_[a-z0-9_]+)""#,
        #"\bcode:\s*"([a-z][a-z0-9_]+)""#,
        #"\bvalue\(\s*"[a-z_]+",\s*"([a-z]+_[a-z0-9_]+)""#,
        #"field\(\s*"code",\s*"([a-z]+_[a-z0-9_]+)""#,
        #"\n\s*\(?"([a-z]+_[a-z0-9_]+)",\s*"[A-Z`]"#,
    ]

    @Test func everyCodeThatIsAnsweredIsInTheCatalogue() throws {
        var missing: Set<String> = []
        for way in Self.ways {
            let pattern = try Regex(way, as: (Substring, Substring).self)
            for file in Self.sources where !Self.isOfForms(file) {
                for code in file.text.matches(of: pattern).map({ String($0.output.1) })
                where Catalogue.entry(for: code) == nil {
                    missing.insert("\(code), answered in \(file.path)")
                }
            }
        }
        #expect(missing.sorted() == [], "add them to Shared/APIKit/Catalogue, each with its cause and remedy")
    }

    /// Pages over the tenants' API: what looks like a code there is the name of a field.
    private static func isOfForms(_ file: Tree.File) -> Bool {
        ["Automation", "Broadcasts", "Contacts", "Settings", "Templates"].contains {
            file.path.hasPrefix("Services/monitor/\($0)/")
        }
    }

    @Test func everyCodeOfTheCatalogueIsAnsweredBySomebody() {
        let text = Self.sources.map(\.text).joined()
        let families = Catalogue.entries.filter { $0.code.contains("<") }
        let forgotten = Catalogue.chapters.filter { $0.title != "Sending" }.flatMap(\.entries).map(\.code)
            .filter { code in !families.contains { $0.code == code || $0.covers(code) } }
            .filter { !text.contains("\"\($0)\"") }
        #expect(forgotten == [], "nothing answers these any more")
    }

    @Test func aCodeStandsInTheCatalogueOnceWithItsCauseAndRemedy() {
        let codes = Catalogue.entries.map(\.code)
        #expect(Set(codes.filter { code in codes.count { $0 == code } > 1 }).sorted() == [])
        let bare = Catalogue.entries.filter { !$0.cause.hasSuffix(".") || $0.remedy.isEmpty }.map(\.code)
        #expect(bare == [], "a cause is a sentence, and there is always something to do")
    }

    /// The words people know from other programs and from provider consoles.
    @Test(arguments: [
        "Invalid access token", "Token expired", "Template not found", "Template not approved", "Rate limit exceeded",
        "Invalid phone number", "Twilio client not configured", "WhatsApp service not available",
        "Failed to log WhatsApp message",
    ])
    func aKnownErrorTextLeadsToItsRemedy(text: String) {
        let found = Catalogue.search(text)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { !$0.remedy.isEmpty })
    }
}
