/// Where in which trace something happens, as W3C Trace Context writes it (https://www.w3.org/TR/trace-context/).
package struct TraceContext: Hashable, Sendable {
    package static let parentHeader = "traceparent"
    package static let stateHeader = "tracestate"

    package let traceID: TraceID
    /// The span that what is told with this context belongs below.
    package let spanID: SpanID
    /// Whether spans of this trace are kept.
    package let isSampled: Bool
    /// Whether the last seven bytes of the trace id are random; level 2 of the standard.
    package let isRandom: Bool
    /// What the systems before us want to find again; passed on as it came. Empty for none.
    package let state: String

    package init(traceID: TraceID, spanID: SpanID, isSampled: Bool, isRandom: Bool = true, state: String = "") {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.isRandom = isRandom
        self.state = state
    }

    /// The beginning of the trace of what an id names. The root's span id is half of the id as well: those who come
    /// minutes later, in another process, know their parent without having been told.
    ///
    /// - Parameter id: made by `IDSource`, so that its second half is random.
    package init?<Kind>(beginningOf id: Identifier<Kind>, isSampled: Bool) {
        guard let trace = TraceID(of: id), let span = SpanID(id.value.low) else { return nil }
        self.init(traceID: trace, spanID: span, isSampled: isSampled)
    }

    /// Reads the two headers. Nil when `traceparent` breaks the standard: then a new trace begins. A `tracestate` that
    /// breaks it is dropped alone.
    ///
    /// - Parameter state: the values of all `tracestate` headers, joined with commas.
    package init?(parent: String, state: String = "") {
        let text = Array(parent.utf8)
        guard text.count >= Self.parentLength,
            text[2] == hyphen, text[35] == hyphen, text[52] == hyphen,
            let version = hexValue(text[..<2]), version != 0xFF,
            let traceHigh = hexValue(text[3..<19]), let traceLow = hexValue(text[19..<35]),
            let trace = TraceID(high: traceHigh, low: traceLow),
            let span = hexValue(text[36..<52]).flatMap({ SpanID($0) }),
            let flags = hexValue(text[53..<55])
        else { return nil }
        // Version 00 ends here; a later one may go on behind a hyphen.
        if text.count > Self.parentLength, version == 0 || text[Self.parentLength] != hyphen { return nil }
        self.init(
            traceID: trace, spanID: span, isSampled: flags & Self.sampledFlag != 0,
            isRandom: flags & Self.randomFlag != 0, state: TraceState.isValid(state) ? state : "")
    }

    /// The `traceparent`, in version 00.
    package var parent: String {
        let flags = (isSampled ? Self.sampledFlag : 0) | (isRandom ? Self.randomFlag : 0)
        return "00-\(traceID)-\(spanID)-\(hexText(flags, digits: 2))"
    }

    /// The same trace, from another span on.
    package func with(_ span: SpanID) -> TraceContext {
        TraceContext(traceID: traceID, spanID: span, isSampled: isSampled, isRandom: isRandom, state: state)
    }

    private static let parentLength = 55
    private static let sampledFlag: UInt64 = 0x01
    private static let randomFlag: UInt64 = 0x02
}

/// Which traces are kept: those whose randomness lies in the upper part. All who read the same id decide alike, without
/// a word between them.
package struct TraceSampling: Sendable {
    package static let always = TraceSampling(ratio: 1)

    private static let randomness: UInt64 = 1 << 56
    private let threshold: UInt64

    /// - Parameter ratio: 0 for none of them, 1 for all.
    package init(ratio: Double) {
        let ratio = min(max(ratio, 0), 1)
        threshold = UInt64(((1 - ratio) * Double(Self.randomness)).rounded())
    }

    /// The standard promises randomness in the last seven bytes; the version and the time of a UUID are not there.
    package func takes(_ trace: TraceID) -> Bool { trace.low & (Self.randomness - 1) >= threshold }
}

private let hyphen = UInt8(ascii: "-")
