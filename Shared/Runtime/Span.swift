package import Models

/// One thing that was done, as outside tools show it: when, for how long, below what, and how it went. Tenant and
/// message ids may stand in it; a phone number, a body or a token never.
package struct Span: Sendable {
    /// The numbers are those of OTLP.
    package enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
        case client = 3
        case producer = 4
        case consumer = 5
    }

    package enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int)
    }

    package typealias Attributes = [(name: StaticString, value: Value)]

    package let context: TraceContext
    package let parent: SpanID?
    package let name: String
    package let kind: Kind
    package let startedAt: Timestamp
    package let endedAt: Timestamp
    package let attributes: Attributes
    /// What it has to do with besides: the request of a caller, the batch that a message came in.
    package let links: [TraceContext]
    /// A word or two for what failed; nil where nothing did.
    package let failure: String?
}

/// A span that has begun; it is kept when it ends, and forgotten when it does not.
package final class OpenSpan: Sendable {
    package let context: TraceContext
    private let parent: SpanID?
    private let name: String
    private let kind: Span.Kind
    private let links: [TraceContext]
    private let startedAt = SystemClock.now()
    private let begun = Monotonic.now()

    init(_ name: String, _ kind: Span.Kind, _ context: TraceContext, parent: SpanID?, links: [TraceContext]) {
        self.context = context
        self.parent = parent
        self.name = name
        self.kind = kind
        self.links = links
    }

    /// To be called once.
    package func end(_ attributes: Span.Attributes = [], failure: String? = nil) {
        // The end is measured by the clock that never jumps.
        Tracer.keep(
            Span(
                context: context, parent: parent, name: name, kind: kind, startedAt: startedAt,
                endedAt: startedAt + (Monotonic.now() - begun), attributes: attributes, links: links,
                failure: failure))
    }
}
