import Runtime
import Testing

/// How our Swift reads, as far as a scan can tell. Shared/STYLE.md says why.
@Suite struct SourceTests {
    static let linesMax = 400

    @Test func aFileHasOneSubjectAndNoMoreThanFourHundredLines() {
        let long = Tree.swiftFiles.filter { $0.lines.count - 1 > Self.linesMax }
        #expect(long.map { "\($0.path): \($0.lines.count - 1) lines" } == [])
    }

    @Test func nothingCrashesOnPurposeBecauseTheWorldIsWrong() {
        #expect(places { $0.lines.contains(words: ["try!", "as!", "fatalError("]) } == [])
        #expect(places { $0.forcedUnwrappings } == [])
    }

    @Test func noWorkIsLeftBehindInACommentForSomebodyElse() {
        // Put together here, so that this file may speak of them.
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        let left = Tree.files.flatMap { file in
            file.lines.indices
                .filter { index in words.contains { Self.holds(file.lines[index], word: $0) } }
                .map { "\(file.path):\($0 + 1)" }
        }
        #expect(left == [])
    }

    @Test func whoeverVouchesForSendabilitySaysWhy() {
        let unexplained = Tree.swiftFiles.filter { !$0.path.hasPrefix("Tests/TidyTests/") }.flatMap { file in
            let lines = file.lines
            return lines.indices.filter { lines[$0].contains("@unchecked Sendable") }
                .filter { !Self.saysSafety(above: $0, in: lines) && !Self.isComment(lines[$0]) }
                .map { "\(file.path):\($0 + 1)" }
        }
        #expect(unexplained == [])
    }

    @Test func modelsKnowNothingButTheLanguage() {
        let imports = Tree.code.filter { $0.path.hasPrefix("Shared/Models/") }.flatMap { file in
            file.code.lines.filter { $0.split(separator: " ").contains("import") }.map {
                "\(file.path): \($0)"
            }
        }
        #expect(imports == [])
    }

    @Test func sqlLivesInStorage() {
        let statements = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM "]
        let found = Tree.swiftFiles(under: "Services", "Shared")
            .filter { !$0.path.hasPrefix("Shared/Storage/") && !$0.path.hasPrefix("Shared/Postgres/") }
            .flatMap { file in
                file.lines.indices.filter { index in
                    let line = file.lines[index].drop { $0 == " " }
                    return statements.contains { line.hasPrefix($0) || line.contains("\"" + $0) }
                }.map { "\(file.path):\($0 + 1)" }
            }
        #expect(found == [])
    }

    /// A point that nobody passes would be a row of the kill matrix that shows nothing.
    @Test func everyFaultPointLiesOnSomebodysWay() {
        let code = Tree.code.filter { !$0.path.hasPrefix("Tests/") && !$0.path.hasSuffix("/FaultPoint.swift") }
            .flatMap(\.code.lines)
        let passed = FaultPoint.allCases.filter { point in
            let name = ".\(point)"
            return code.contains { line in
                line.contains(name) && (line.contains("FaultPoint.reach(") || line.contains("fault: "))
            }
        }
        #expect(FaultPoint.allCases.filter { !passed.contains($0) }.map(\.rawValue) == [])
    }

    private func places(_ find: (SwiftCode) -> [Int]) -> [String] {
        Tree.code.flatMap { file in find(file.code).map { "\(file.path):\($0)" } }
    }

    /// Whole, and not as a part of `\uXXXX` or of a template for mktemp(1).
    private static func holds(_ line: Substring, word: String) -> Bool {
        line.contains(word) && line.split { !$0.isLetter }.contains { $0 == word }
    }

    /// In the comment right above the declaration, which may carry attributes.
    private static func saysSafety(above index: Int, in lines: [Substring]) -> Bool {
        var index = index - 1
        while index >= 0 {
            let line = lines[index].drop { $0 == " " }
            guard isComment(lines[index]) || line.hasPrefix("@") else { return false }
            if line.drop(while: { $0 == "/" || $0 == " " }).hasPrefix("Safety:") { return true }
            index -= 1
        }
        return false
    }

    private static func isComment(_ line: Substring) -> Bool {
        line.drop { $0 == " " }.hasPrefix("//")
    }
}

extension [String] {
    /// Numbers of the lines that hold one of the words.
    func contains(words: [String]) -> [Int] {
        indices.filter { index in words.contains { self[index].contains($0) } }.map { $0 + 1 }
    }
}
