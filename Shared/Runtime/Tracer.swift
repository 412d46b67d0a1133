package import Models
internal import Synchronization

/// Makes the spans of this process, and keeps those that ended until an exporter takes them.
///
/// Off until `start`: then every call of it is one read of a flag and a branch, and its arguments are not made.
package enum Tracer {
    /// Spans that may wait for the exporter; beyond it they are dropped and counted.
    package static let waitingMax = 8_192

    /// What this task works on: log lines name it, and what it begins lies below it.
    @TaskLocal package static var current: TraceContext?
    /// Whoever called us keeps the trace that this task works on: what comes of it is kept too.
    @TaskLocal package static var isAskedFor = false

    private struct State: Sendable {
        var sampling = TraceSampling(ratio: 0)
        var waiting: [Span] = []
        var onFirst: @Sendable () -> Void = {}
    }

    private static let running = Atomic(false)
    private static let state = Mutex(State())
    private static let overflown = dropped(.queueFull)

    package static var isOn: Bool { running.load(ordering: .relaxed) }

    /// - Parameter onFirst: called when a span begins to wait where none did.
    package static func start(_ sampling: TraceSampling, onFirst: @escaping @Sendable () -> Void = {}) {
        state.withLock { state in
            state.sampling = sampling
            state.onFirst = onFirst
        }
        running.store(true, ordering: .relaxed)
    }

    /// What waits can still be taken.
    package static func stop() {
        running.store(false, ordering: .relaxed)
        state.withLock { $0.onFirst = {} }
    }

    package static func take(max: Int) -> [Span] {
        state.withLock { state in
            defer { state.waiting.removeFirst(min(max, state.waiting.count)) }
            return Array(state.waiting.prefix(max))
        }
    }

    package enum DropReason: String, Sendable {
        case queueFull = "queue_full"
        case refused
        case unreachable
    }

    /// Spans that nobody will see.
    package static func dropped(_ reason: DropReason) -> Counter {
        MetricsRegistry.shared.counter(
            "tidings_trace_spans_dropped_total", help: "Spans that were not exported, by the reason.",
            labels: [("reason", reason.rawValue)])
    }

    // MARK: Contexts

    /// The root of the trace of what an id names; nil when its spans are not kept.
    ///
    /// - Parameter isAskedFor: a caller wants it kept, whatever share we keep by ourselves.
    package static func root<Kind>(of id: Identifier<Kind>, isAskedFor: Bool = false) -> TraceContext? {
        guard isOn, let context = TraceContext(beginningOf: id, isSampled: true) else { return nil }
        return isAskedFor || state.withLock({ $0.sampling }).takes(context.traceID) ? context : nil
    }

    /// The context of a request: below the caller's where it brought one, otherwise of a new trace. Nil when nothing is
    /// traced and the caller brought nothing.
    package static func context(below caller: TraceContext?) -> TraceContext? {
        if let caller { return newSpanID().map { caller.with($0) } }
        guard isOn, let span = newSpanID(), let trace = newTraceID() else { return nil }
        return TraceContext(
            traceID: trace, spanID: span, isSampled: state.withLock { $0.sampling }.takes(trace))
    }

    private static func newTraceID() -> TraceID? {
        TraceID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }

    private static func newSpanID() -> SpanID? { SpanID(.random(in: 1 ... .max)) }

    /// Runs what belongs to a context: its log lines name it.
    package static func with<Result: Sendable>(
        _ context: TraceContext, isAskedFor: Bool = false, _ body: () async -> Result
    ) async -> Result {
        await $current.withValue(context) {
            isAskedFor ? await $isAskedFor.withValue(true) { await body() } : await body()
        }
    }

    // MARK: Spans

    /// A span below another; nil when nothing is traced, or not that trace.
    package static func begin(
        _ name: @autoclosure () -> String, _ kind: Span.Kind, below parent: @autoclosure () -> TraceContext?,
        links: @autoclosure () -> [TraceContext] = []
    ) -> OpenSpan? {
        guard isOn, let parent = parent(), parent.isSampled, let id = newSpanID() else { return nil }
        return OpenSpan(name(), kind, parent.with(id), parent: parent.spanID, links: links())
    }

    /// A span whose place is known already: the root of a trace, or a request's below its caller's.
    package static func begin(
        _ name: @autoclosure () -> String, _ kind: Span.Kind, at place: @autoclosure () -> TraceContext?,
        parent: SpanID? = nil, links: @autoclosure () -> [TraceContext] = []
    ) -> OpenSpan? {
        guard isOn, let place = place(), place.isSampled else { return nil }
        return OpenSpan(name(), kind, place, parent: parent, links: links())
    }

    static func keep(_ span: Span) {
        guard isOn else { return }
        let onFirst = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.waiting.count < waitingMax else {
                overflown.increment()
                return nil
            }
            state.waiting.append(span)
            return state.waiting.count == 1 ? state.onFirst : nil
        }
        onFirst?()
    }
}
