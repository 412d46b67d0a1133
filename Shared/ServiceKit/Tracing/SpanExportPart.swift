internal import HTTPClient
internal import JSON
internal import Models
internal import Runtime

/// Brings spans to a collector over HTTP, in batches. What cannot be brought is dropped and counted: tracing never holds
/// up what it looks at. It starts before all other parts and stops after them, so that their last spans leave too.
package final class SpanExportPart: Part {
    package let name = "span exporter"
    package let stopMax = Duration.seconds(5)

    /// Spans of one request.
    static let batchMax = 512
    /// How long the first span waits for others.
    static let gatherFor = Duration.seconds(1)
    /// A batch is tried so often.
    static let triesMax = 5
    static let waitMax = Duration.seconds(30)
    private static let timeout = Duration.seconds(10)
    private static let answerBytesMax = 64 << 10

    private let url: String
    private let settings: TracingSettings
    private let waitFirst: Duration
    private let instance = IDSource().uuid().description
    private let client: HTTPClient
    private let spansWait = StopFlag()
    private let stopping = StopFlag()
    private let ended = StopFlag()
    private let metrics = SpanExportMetrics()

    /// Nil without an address to export to.
    ///
    /// - Parameter waitFirst: after the first try that failed; each next wait is twice as long.
    package init?(_ settings: TracingSettings, waitFirst: Duration = .seconds(1)) {
        guard let url = settings.url else { return nil }
        self.url = url
        self.settings = settings
        self.waitFirst = waitFirst
        var client = HTTPClientSettings()
        client.connectionsMax = 1
        self.client = HTTPClient(client)
    }

    package func start() async throws {
        try client.start()
        Tracer.start(settings.sampling) { [spansWait] in spansWait.wake() }
    }

    package func run() async throws {
        while !stopping.isSet {
            await spansWait.wait(atMost: .seconds(60))
            await stopping.wait(atMost: Self.gatherFor)
            await bringAll()
        }
        Tracer.stop()
        await bringAll()
        ended.set()
    }

    package func stop(within limit: Duration) async {
        stopping.set()
        spansWait.set()
        await ended.wait(atMost: limit)
        // A collector that does not answer is waited for no longer.
        await client.stop()
    }

    private func bringAll() async {
        while true {
            let batch = Tracer.take(max: Self.batchMax)
            if batch.isEmpty { return }
            await bring(batch)
        }
    }

    private enum Outcome {
        case taken(rejected: Int)
        case later(Duration?)
        case refused(status: Int)
        case unreachable(String)
    }

    private func bring(_ batch: [Span]) async {
        let body = SpanJSON.request(batch, service: settings.serviceName, instance: instance)
        var wait = waitFirst
        for number in 1...Self.triesMax {
            let outcome = await send(body)
            switch outcome {
            case .taken(let rejected): return metrics.count(taken: batch.count - rejected, rejected: rejected)
            case .refused(let status):
                Log.warning("a collector refused spans", ["status": "\(status)", "spans": "\(batch.count)"])
                return metrics.refused.increment(by: batch.count)
            case .later, .unreachable: break
            }
            // When we stop, everybody else waits for us.
            if number == Self.triesMax || stopping.isSet { break }
            if case .later(let asked?) = outcome { wait = asked }
            await stopping.wait(atMost: min(wait, Self.waitMax))
            wait *= 2
        }
        Log.warning("spans could not be brought to the collector", ["spans": "\(batch.count)"])
        metrics.unreachable.increment(by: batch.count)
    }

    private func send(_ body: [UInt8]) async -> Outcome {
        var headers = settings.headers.map { ($0.name, $0.value.reveal()) }
        headers.append(("Content-Type", "application/json"))
        let request = ClientRequest(
            method: "POST", url: url, headers: headers, body: body, timeout: Self.timeout,
            responseBytesMax: Self.answerBytesMax)
        do throws(ClientFailure) {
            let answer = try await client.send(request)
            switch answer.status {
            case 200...299: return .taken(rejected: Self.rejected(answer.body))
            // Those that OTLP says may be tried again.
            case 429, 502, 503, 504:
                return .later(answer.header("Retry-After").flatMap { Int($0) }.map { .seconds(max(0, $0)) })
            default: return .refused(status: answer.status)
            }
        } catch {
            return .unreachable(error.text)
        }
    }

    /// `{"partialSuccess":{"rejectedSpans":"3"}}`; a number in place of the text is meant the same.
    private static func rejected(_ answer: [UInt8]) -> Int {
        guard let root = (try? JSONDocument(parsing: answer))?.root,
            let count = root["partialSuccess"]?["rejectedSpans"]
        else { return 0 }
        return max(0, count.string.flatMap { Int($0) } ?? count.integer.map { Int($0) } ?? 0)
    }
}

private struct SpanExportMetrics: Sendable {
    private let exported = MetricsRegistry.shared.counter(
        "tidings_trace_spans_exported_total", help: "Spans that a collector has taken.")
    let refused = Tracer.dropped(.refused)
    let unreachable = Tracer.dropped(.unreachable)

    func count(taken: Int, rejected: Int) {
        exported.increment(by: max(0, taken))
        refused.increment(by: rejected)
    }
}
