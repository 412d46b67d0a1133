import Models
import TestSupport
import Testing

/// The rules of W3C Trace Context, most of them those that its own test suite tries.
@Suite struct TraceContexts {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test func whatTheStandardGivesAsItsExampleIsReadAndWrittenAlike() throws {
        let text = "00-\(Self.trace)-\(Self.span)-01"
        let context = try #require(TraceContext(parent: text))
        #expect(context.traceID.description == Self.trace)
        #expect(context.spanID.description == Self.span)
        #expect(context.isSampled && !context.isRandom)
        #expect(context.parent == text)
        #expect(try #require(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-00")).isSampled == false)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-1",
        // A forbidden version, and one that is not two digits.
        "ff-\(trace)-\(span)-01", "0-\(trace)-\(span)-01", "0x-\(trace)-\(span)-01",
        // Version 00 has nothing behind its flags.
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-what", "00-\(trace)-\(span)-011",
        // A later version goes on behind a hyphen only.
        "cc-\(trace)-\(span)-01.what", "cc-\(trace)-\(span)-0",
        // Ids of zeros, capitals, wrong lengths, other characters.
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-\(span)-01", "00-\(trace)-00F067AA0BA902B7-01", "00-\(trace)-\(span)-0A",
        "00-\(trace.dropLast())-\(span)-01", "00-\(trace)0-\(span)-01", "00-\(trace)-\(span)0-01",
        "00-\(trace.dropLast()).-\(span)-01", "00-\(trace)-\(span.dropLast()).-01", "00-\(trace)-\(span)-.0",
        "00_\(trace)_\(span)_01", " 00-\(trace)-\(span)-01",
    ])
    func whatBreaksTheStandardIsNoContext(text: String) {
        #expect(TraceContext(parent: text) == nil)
    }

    @Test(arguments: ["01-\(trace)-\(span)-01", "cc-\(trace)-\(span)-01-what-comes-later", "fe-\(trace)-\(span)-01-"])
    func aLaterVersionIsReadAsFarAsWeKnowItAndWrittenAsOurs(text: String) throws {
        let context = try #require(TraceContext(parent: text))
        #expect(context.parent == "00-\(Self.trace)-\(Self.span)-01")
    }

    @Test func flagsThatNobodyHasDefinedAreNotPassedOn() throws {
        #expect(try #require(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-ff")).parent.hasSuffix("-03"))
        #expect(try #require(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-fc")).parent.hasSuffix("-00"))
    }

    @Test(arguments: [
        "rojo=00f067aa0ba902b7", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "foo=1 \t , \t bar=2, \t baz=3", "foo=1,",
        "a-*/_@b=x y!~", "tenant@vendor=1", "0key=1", (1...32).map { "k\($0)=1" }.joined(separator: ","), "",
    ])
    func aStateIsPassedOnAsItCame(state: String) throws {
        let context = try #require(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-01", state: state))
        #expect(context.state == state)
    }

    @Test(arguments: [
        "foo", "foo=", "=1", "foo@=1,bar", "Foo=1", "foo=1=2", "foo =1", "foo=bär", "foo=1,foo=2", "foo.bar=1",
        (1...33).map { "k\($0)=1" }.joined(separator: ","), "foo=" + String(repeating: "x", count: 257),
        String(repeating: "z", count: 257) + "=1",
    ])
    func aStateThatBreaksTheStandardIsDroppedAlone(state: String) throws {
        let context = try #require(TraceContext(parent: "00-\(Self.trace)-\(Self.span)-01", state: state))
        #expect(context.state.isEmpty)
        #expect(context.isSampled)
    }

    @Test func whoeverKnowsAMessageKnowsItsTraceAndItsRoot() throws {
        let id = try #require(MessageID("01997c2e-8d1a-7abc-9def-0123456789ab"))
        let context = try #require(TraceContext(beginningOf: id, isSampled: true))
        #expect(context.parent == "00-01997c2e8d1a7abc9def0123456789ab-9def0123456789ab-03")
        #expect(TraceContext(parent: context.parent) == context)
    }

    @Test func aShareOfTheTracesIsKeptWhateverTheirTime() {
        var generator = SeededGenerator(seed: 7)
        let quarter = TraceSampling(ratio: 0.25)
        var kept = 0
        for count in 0..<20_000 {
            let id = UUIDValue.version7(
                at: Timestamp(microseconds: Int64(count) * 1_000_000), random: (generator.next(), generator.next()))
            guard let trace = TraceID(of: MessageID(id)) else { continue }
            if quarter.takes(trace) { kept += 1 }
            #expect(TraceSampling.always.takes(trace) && !TraceSampling(ratio: 0).takes(trace))
        }
        #expect((4_700...5_300).contains(kept), "kept \(kept)")
    }
}
