import Foundation
import Testing

/// What lies where, and that it works on any machine.
@Suite struct TreeTests {
    /// These tests speak of what they refuse.
    private static let othersFiles = Tree.files.filter { !$0.path.hasPrefix("Tests/TidyTests/") }

    @Test func theTopLevelHoldsNothingNew() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Tree.top.path)
        #expect(names.filter { !$0.hasPrefix(".") }.sorted() == Tree.topLevel.sorted())
    }

    @Test func everyScriptStopsAtItsFirstMistakeAndCanBeRun() {
        let scripts = Tree.files.filter { file in
            file.lines.first.map { $0.hasPrefix("#!") && $0.hasSuffix("sh") } ?? false
        }
        #expect(!scripts.isEmpty)
        #expect(scripts.filter { !$0.lines.contains("set -euo pipefail") }.map(\.path) == [])
        #expect(
            scripts.filter { !FileManager.default.isExecutableFile(atPath: $0.url.path) }.map(\.path) == []
        )
    }

    @Test func nothingKnowsTheMachineItWasWrittenOn() throws {
        let pattern = try Regex(#"(^|[\s"'`=:(])/(work|root|home)(/|[\s"'`),.;]|$)"#)
        // The plain look first: it is a hundred times quicker than the pattern.
        let folders = ["/work", "/root", "/home"]
        #expect(
            Self.places { line in folders.contains { line.contains($0) } && line.contains(pattern) } == []
        )
    }

    /// Everything outside Swift is a Debian package or an image: nothing is fetched from anywhere else.
    @Test func nothingNamesAPackageRegistry() {
        let hosts = [
            "pypi.org", "pythonhosted.org", "npmjs.org", "npmjs.com", "yarnpkg.com", "crates.io",
            "rubygems.org",
            "proxy.golang.org", "repo1.maven.org", "packages.debian.org", "deb.debian.org", "artifactory",
            "jfrog.io",
        ]
        #expect(Self.places { line in hosts.contains { line.contains($0) } } == [])
    }

    private static func places(_ isWrong: (Substring) -> Bool) -> [String] {
        othersFiles.flatMap { file in
            file.lines.enumerated().filter { isWrong($0.element) }.map { "\(file.path):\($0.offset + 1)" }
        }
    }
}
