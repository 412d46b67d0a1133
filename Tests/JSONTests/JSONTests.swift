import JSON
import Testing

@Suite struct ReadingJSON {
    @Test func everyKindIsReadAsWhatItIs() throws {
        let text = #"{"o":{},"a":[1],"s":"è","i":-7,"u":18446744073709551615,"d":1.5,"b":true,"n":null}"#
        let root = try JSONDocument(parsing: text).root
        let kinds = try #require(root.members).map { $0.value.kind }
        #expect(kinds == [.object, .array, .string, .integer, .double, .double, .boolean, .null])
        #expect(root["s"]?.string == "è")
        #expect(root["i"]?.integer == -7)
        #expect(root["i"]?.double == -7)
        #expect(root["u"]?.integer == nil)
        #expect(root["u"]?.double == 18_446_744_073_709_551_616)
        #expect(root["b"]?.boolean == true)
        #expect(root["n"]?.isNull == true)
        #expect(root["a"]?.elements?.first?.integer == 1)
        #expect(root["absent"] == nil)
        #expect(root["s"]?["x"] == nil)
        #expect(root["s"]?.integer == nil)
    }

    @Test func aValueOutlivesTheDocumentItCameFrom() throws {
        func inner() throws -> JSONValue {
            try #require(try JSONDocument(parsing: #"{"a":{"b":["first","second"]}}"#).root["a"]?["b"])
        }
        let value = try inner()
        for _ in 0..<100 { _ = try JSONDocument(parsing: #"["xxxxxxxxxxxxxxxxxxxxxxxxx"]"#) }
        #expect(value.elements?.compactMap(\.string) == ["first", "second"])
    }

    @Test func nestingIsLimited() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONDocument(parsing: nested(JSONDocument.depthMax))
        #expect(throws: JSONError.tooDeep) { try JSONDocument(parsing: nested(JSONDocument.depthMax + 1)) }
        #expect(throws: JSONError.tooDeep) { try JSONDocument(parsing: nested(100_000)) }
    }

    @Test(
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]]
    )
    func bytesThatAreNotUTF8AreRefused(bytes: [UInt8]) {
        #expect(throws: JSONError.notUTF8) { try JSONDocument(parsing: bytes) }
    }

    @Test func anErrorSaysNothingOfTheContent() throws {
        do {
            _ = try JSONDocument(parsing: #"{"password":"hunter2" x}"#)
            Issue.record("parsed")
        } catch {
            #expect(!"\(error)".contains("hunter2") && !"\(error)".contains("password"))
        }
    }

    @Test(
        arguments: [
            (#"{"a":1,"b":2}"#, false), (#"{"a":1,"a":2}"#, true), (#"{"a":1,"\u0061":2}"#, true),
            (#"[{"x":{"k":1,"l":2,"k":3}}]"#, true), (#"[{"k":1},{"k":2}]"#, false), ("7", false),
            ("{}", false),
        ])
    func repeatedKeysAreFoundAnywhere(text: String, isRepeated: Bool) throws {
        #expect(try JSONDocument(parsing: text).root.hasDuplicateKeys == isRepeated)
    }

    @Test func aTextAfterALargeOneIsReadTheSame() throws {
        let large = "[" + Array(repeating: #""0123456789""#, count: 50_000).joined(separator: ",") + "]"
        #expect(try JSONDocument(parsing: large).root.elements?.count == 50_000)
        #expect(try JSONDocument(parsing: "[1]").root.elements?.count == 1)
    }

    @Test func documentsAreReadFromManyTasksAtOnce() async throws {
        let document = try JSONDocument(parsing: #"{"k":[1,2,3]}"#)
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for task in 0..<64 {
                group.addTask {
                    let own = try JSONDocument(parsing: #"{"k":\#(task)}"#).root["k"]?.integer ?? -1
                    let shared = document.root["k"]?.elements?.compactMap(\.integer).reduce(0, +) ?? 0
                    return own + shared - 6
                }
            }
            var seen: Set<Int64> = []
            for try await number in group { seen.insert(number) }
            #expect(seen == Set(0..<64))
        }
    }
}
