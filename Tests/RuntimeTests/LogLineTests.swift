import JSON
import Models
import Runtime
import Testing

@Suite struct LogLines {
    private func line(_ fields: LogFields) throws -> JSONValue {
        let bytes = LogLine.bytes(
            at: Timestamp(microseconds: 1_795_219_173_004_217),
            level: .warning,
            service: "dispatcher",
            sentence: "the provider refused",
            fields: fields
        )
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        return try JSONDocument(parsing: bytes).root
    }

    @Test func aLineIsOneJSONObjectInAFixedOrder() throws {
        let root = try line(["tenant": "t1", "code": "131026"])
        let members = try #require(root.members).map { "\($0.key)=\($0.value.string ?? "?")" }
        #expect(
            members == [
                "time=2026-11-20T23:59:33.004217Z", "level=warning", "service=dispatcher",
                "message=the provider refused", "tenant=t1", "code=131026",
            ]
        )
    }

    @Test func aLineWithinATraceNamesIt() throws {
        let trace = TraceContext(parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        let bytes = LogLine.bytes(
            at: Timestamp(microseconds: 0), level: .info, service: "s", sentence: "m", fields: [:], trace: trace)
        let root = try JSONDocument(parsing: bytes).root
        #expect(root["trace_id"]?.string == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(root["span_id"]?.string == "00f067aa0ba902b7")
        #expect(try line([:])["trace_id"] == nil)
    }

    @Test func aValueWithLineBreaksStaysOnOneLine() throws {
        #expect(try line(["error": "a\nb\r\"\u{0}"])["error"]?.string == "a\nb\r\"\u{0}")
    }

    @Test func aLongValueIsCut() throws {
        let text = try #require(try line(["error": String(repeating: "è", count: 5_000)])["error"]?.string)
        #expect(text.utf8.count < LogLine.fieldBytesMax + 8)
        #expect(text.hasPrefix("èè") && text.hasSuffix("…"))
    }

    @Test func fieldsOfALevelThatIsNotWrittenAreNotMade() {
        var wasMade = false
        func costly() -> String {
            wasMade = true
            return ""
        }
        if !Log.isWritten(.debug) {
            Log.debug("never seen", ["field": costly()])
            #expect(!wasMade)
        }
    }

    @Test func levelsAreOrdered() {
        #expect(LogLevel.allCases == LogLevel.allCases.sorted())
    }
}
