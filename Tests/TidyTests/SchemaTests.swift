import Models
import Storage
import Testing

/// What the code and the migrations say twice must be said alike.
@Suite struct SchemaTests {
    private let migrations = Tree.files.filter {
        $0.path.hasPrefix("deploy/migrations/") && $0.path.hasSuffix(".sql")
    }

    @Test func theServicesExpectTheNewestMigration() {
        let numbers = migrations.compactMap { file in
            file.path.split(separator: "/").last.flatMap { Int($0.prefix { $0 != "_" }) }
        }
        #expect(numbers == Array(1...max(1, numbers.count)))
        #expect(numbers.last == SchemaCheck.version)
    }

    @Test func postgresAllowsTheMovesThatTheStateMachineAllows() throws {
        let masks = try migrations.flatMap { file in
            try file.text.matches(
                of: Regex(#"ARRAY\[([0-9, ]+)\]::integer\[\]\)\[from_state"#, as: (Substring, Substring).self)
            )
            .map { match in match.output.1.split(separator: ",").compactMap { Int32($0.drop { $0 == " " }) } }
        }
        // The last one in the order of the migrations is the one that holds.
        #expect(masks.last == MessageMove.bitmasks)
    }
}
