package import Kafka
internal import Runtime

/// Reads one consumer group for as long as the service runs.
///
/// A batch is finished (its offsets may be stored) only after the handler has returned. A handler that throws sees
/// the same batch again, later and later: nothing is skipped, and a database that is away is waited for.
package final class ConsumerPart: Part {
    package let name: String
    private let make: @Sendable () throws -> KafkaConsumer
    private let batchMax: Int
    private let gatherFor: Duration
    private let handle: @Sendable ([ConsumedRecord]) async throws -> Void
    private let consumer = Once<KafkaConsumer>()
    private let stopping = StopFlag()
    private let consumed: Counter
    private let failures: Counter

    /// - Parameter gatherFor: how long a turn that is not full waits for more; a turn costs nearly the same for ten
    ///   records as for a hundred.
    package init(
        _ name: String,
        batchMax: Int,
        gatherFor: Duration = .zero,
        make: @escaping @Sendable () throws -> KafkaConsumer,
        handle: @escaping @Sendable ([ConsumedRecord]) async throws -> Void
    ) {
        self.name = name
        self.make = make
        self.batchMax = batchMax
        self.gatherFor = gatherFor
        self.handle = handle
        consumed = MetricsRegistry.shared.counter(
            "tidings_records_consumed_total",
            help: "Kafka records handled.",
            labels: [("consumer", name)]
        )
        failures = MetricsRegistry.shared.counter(
            "tidings_consumer_failures_total",
            help: "Batches that had to be handled again.",
            labels: [("consumer", name)]
        )
    }

    package func start() async throws {
        let made = try make()
        consumer.set(made)
        Self.exposeMetrics(of: made, named: name)
    }

    package static func exposeMetrics(of consumer: KafkaConsumer, named name: String) {
        MetricsRegistry.shared.reading(
            "tidings_consumer_lag_records",
            help: "Records behind the end of the partitions.",
            labels: [("consumer", name)]
        ) { Double(consumer.lag) }
        MetricsRegistry.shared.countReading(
            "tidings_kafka_offset_gaps_total",
            help: "Records that vanished before they were read.",
            labels: [("consumer", name)]
        ) { Double(consumer.offsetGaps) }
    }

    package func run() async throws {
        guard let consumer = consumer.value else { return }
        while !stopping.isSet {
            var records: [ConsumedRecord]
            do {
                records = try await consumer.next(max: batchMax, within: .seconds(1))
                if !records.isEmpty { records += try await gather(besides: records.count, from: consumer) }
            } catch KafkaError.stopped {
                return
            }
            if records.isEmpty { continue }
            guard await handleUntilDone(records) else { return }
            consumed.increment(by: records.count)
            consumer.finish(records)
        }
    }

    private func gather(besides count: Int, from consumer: KafkaConsumer) async throws -> [ConsumedRecord] {
        guard gatherFor > .zero, count < batchMax else { return [] }
        await stopping.wait(atMost: gatherFor)
        return try await consumer.next(max: batchMax - count, within: .zero)
    }

    /// - Returns: false when told to stop before it was done.
    private func handleUntilDone(_ records: [ConsumedRecord]) async -> Bool {
        var wait = Duration.milliseconds(100)
        while true {
            do {
                try await handle(records)
                return true
            } catch {
                failures.increment()
                Log.warning("a batch will be handled again", ["consumer": name, "reason": "\(error)"])
                await stopping.wait(atMost: wait)
                if stopping.isSet { return false }
                wait = min(wait * 2, .seconds(10))
            }
        }
    }

    package func stop(within limit: Duration) async {
        stopping.set()
        await consumer.value?.stop()
    }
}
