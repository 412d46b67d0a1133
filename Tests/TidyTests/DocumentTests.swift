import Foundation
import Testing

/// What is written for people must be true.
@Suite struct DocumentTests {
    @Test func theSettingsTableOfTheReadmeEqualsTheCode() throws {
        let documented = try SettingsTable(readme: #require(Tree.file("README.md")).text)
        let read = try SettingsInCode(Tree.swiftFiles(under: "Services", "Shared"))
        #expect(documented.repeated == [], "named twice in the table")
        #expect(read.names.subtracting(documented.names).sorted() == [], "read by the code, not in the table")
        #expect(documented.names.subtracting(read.names).sorted() == [], "in the table, read by nobody")
        for (name, values) in read.defaults.sorted(by: { $0.key < $1.key }) {
            if let told = documented.defaults[name] { #expect(values == [told], "the default of \(name)") }
        }
    }

    @Test func theMagicRecipientsOfTheReadmeAreThoseOfTheStandIn() throws {
        let suffix = try Regex(#"suffix: "([0-9]{3})""#, as: (Substring, Substring).self)
        let table = try #require(Tree.file("Services/sandbox/Providers/MagicRecipients.swift")).text
        let played = Set(table.matches(of: suffix).map(\.output.1))
        let readme = try #require(Tree.file("README.md")).text
        let section =
            readme.components(separatedBy: "\n## ").first { $0.hasPrefix("Making things go wrong") } ?? ""
        let told = section.matches(of: try Regex("`([0-9]{3})`", as: (Substring, Substring).self)).map(
            \.output.1
        )
        #expect(told.sorted() == played.sorted())
    }

    @Test func everyDecisionHasItsNumberAndNoneIsMissing() {
        let decisions = Tree.files.filter { $0.path.hasPrefix("Shared/Decisions/") }
        for (index, file) in decisions.enumerated() {
            let digits = String(index + 1)
            let number = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            #expect(
                file.path.hasPrefix("Shared/Decisions/\(number)-") && file.path.hasSuffix(".md"),
                "\(file.path)"
            )
            #expect(file.text.hasPrefix("# \(digits). "), "\(file.path) has another heading")
        }
    }

    @Test func everyPlaceThatAPageLinksToIsThere() throws {
        let link = try Regex(#"\]\(([^)#]+)(#[^)]*)?\)"#, as: (Substring, Substring, Substring?).self)
        let missing = Tree.files.filter { $0.path.hasSuffix(".md") }.flatMap { file in
            file.text.matches(of: link).map(\.output.1)
                .filter { !$0.contains("://") }
                .filter {
                    let place = file.url.deletingLastPathComponent().appendingPathComponent(String($0)).path
                    return !FileManager.default.fileExists(atPath: place)
                }
                .map { "\(file.path): \($0)" }
        }
        #expect(missing == [])
    }

    @Test func everyCommandOfTheReadmeIsThere() throws {
        let readme = try #require(Tree.file("README.md")).text
        let command = try Regex(#"\b(deploy|\.ci)/[a-zA-Z0-9_./-]*[a-zA-Z0-9]"#)
        let named = Set(readme.matches(of: command).map { String(readme[$0.range]) })
        #expect(
            named.filter { !FileManager.default.fileExists(atPath: Tree.top.appendingPathComponent($0).path) }
                .sorted()
                == []
        )
    }
}
