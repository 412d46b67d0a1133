package import Kafka
package import Runtime
internal import Synchronization

/// Gathers news that nobody waits for, and hands it to Kafka a few times a second.
///
/// A produce request costs the broker and us the same whether it carries one record or a hundred, and there is one a
/// partition: news told one by one would cost more than what it tells of. What is lost with the process is found
/// again in Postgres.
package final class BusOutlet: Sendable {
    /// Full means: hand over at once.
    package static let gatheredMax = 5_000

    private let producer: KafkaProducer
    private let prefix: String
    private let window: Duration
    private let fault: FaultPoint?
    private let gathered = Mutex<[KafkaRecord]>([])

    /// - Parameters:
    ///   - window: how long the first record waits for others.
    ///   - fault: passed whenever gathered records are about to be handed over.
    package init(_ producer: KafkaProducer, prefix: String, window: Duration, fault: FaultPoint? = nil) {
        self.producer = producer
        self.prefix = prefix
        self.window = window
        self.fault = fault
    }

    package func tell(_ records: [some BusRecord]) {
        if records.isEmpty { return }
        let made = records.map { $0.record(prefix: prefix) }
        let (isFirst, isFull) = gathered.withLock { gathered in
            defer { gathered += made }
            return (gathered.isEmpty, gathered.count + made.count >= Self.gatheredMax)
        }
        if isFull {
            flush()
        } else if isFirst {
            let window = window
            Task { [self] in
                try? await Task.sleep(for: window)
                flush()
            }
        }
    }

    /// Hands over what is there; call it before the producer stops.
    package func flush() {
        let records = gathered.withLock { gathered in
            defer { gathered = [] }
            return gathered
        }
        if records.isEmpty { return }
        if let fault { FaultPoint.reach(fault) }
        producer.enqueue(records)
    }
}
