import APIKit
import EventBus
import HTTPServer
import JSON
import Kafka
import Models
import Runtime
import Storage

/// Finds failed messages that may be tried again: every few minutes, and when somebody asks.
struct Sweep: Sendable {
    let store: SweepStore
    let producer: KafkaProducer
    let topicPrefix: String
    private let retried = counter("repeated")
    private let skipped = counter("skipped")

    init(store: SweepStore, producer: KafkaProducer, topicPrefix: String) {
        self.store = store
        self.producer = producer
        self.topicPrefix = topicPrefix
    }

    /// - Returns: nil when a sweep runs already.
    func run(origin: String) async throws -> SweepReport? {
        let (producer, prefix) = (producer, topicPrefix)
        let report = try await store.run(origin: origin) { results in
            let orders = results.compactMap { result -> DispatchOrder? in
                switch result.outcome {
                case .repeated(_, let order): order
                case .skipped: nil
                }
            }
            producer.enqueue(orders, prefix: prefix)
            producer.enqueue(results.compactMap(\.event), prefix: prefix)
        }
        guard let report else { return nil }
        retried.increment(by: report.retried)
        skipped.increment(by: report.found - report.retried)
        let skips = report.skipped.sorted { $0.key.rawValue < $1.key.rawValue }
        Log.info(
            "auto retry executed",
            [
                "origin": origin, "found": "\(report.found)", "retried": "\(report.retried)",
                "skipped": skips.map { "\($0.key.rawValue)=\($0.value)" }.joined(separator: " "),
                "milliseconds": "\((report.endedAt - report.startedAt).microseconds / 1_000)",
            ])
        return report
    }

    private static func counter(_ what: String) -> Counter {
        MetricsRegistry.shared.counter(
            "tidings_sweep_messages_total", help: "Failed messages that the sweep looked at, by what became of them.",
            labels: [("became", what)])
    }
}

/// `POST /v1/retries/run`, for a clock outside or a person; the caller proves itself by the cron secret.
struct SweepRoute: Sendable {
    let sweep: Sweep
    let secret: CronSecret

    func run(_ request: Request) async throws -> Response {
        try secret.require(request)
        guard let report = try await sweep.run(origin: "demand") else {
            throw Problem(
                status: 409, code: "sweep_running", title: "A sweep is running",
                detail: "One sweep runs at a time, here or in another copy. Ask again when it has ended.",
                retryAfter: .seconds(10))
        }
        return .json(200, Self.body(of: report))
    }

    private static func body(of report: SweepReport) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("id", "\(report.id)")
            writer.field("started_at", report.startedAt.rfc3339)
            writer.field("ended_at", report.endedAt.rfc3339)
            writer.field("found", report.found)
            writer.field("retried", report.retried)
            writer.key("skipped")
            writer.object { writer in
                for (reason, count) in report.skipped.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    writer.key(reason.rawValue)
                    writer.integer(count)
                }
            }
            writer.field("has_more", report.hasMore)
        }
        return writer.bytes
    }
}
