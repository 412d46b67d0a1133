internal import EventBus
package import Kafka
internal import Runtime

/// The service's Kafka producer, with its figures, flushed when the service stops.
package struct ProducerPart: Part {
    package let name = "kafka producer"
    private let producer: KafkaProducer
    private let flush: @Sendable () -> Void

    /// - Parameter flushing: hands over what outlets have gathered.
    package init(_ producer: KafkaProducer, flushing flush: @escaping @Sendable () -> Void = {}) {
        self.producer = producer
        self.flush = flush
    }

    package func start() async throws {
        let producer = producer
        let registry = MetricsRegistry.shared
        registry.countReading("tidings_kafka_delivered_total", help: "Records the broker has acknowledged.") {
            Double(producer.statistics.delivered)
        }
        registry.countReading("tidings_kafka_failed_total", help: "Records that could not be delivered.") {
            Double(producer.statistics.failed + producer.statistics.refused)
        }
        registry.reading("tidings_kafka_waiting_records", help: "Records not acknowledged yet.") {
            Double(producer.statistics.waiting)
        }
    }

    package func stop(within limit: Duration) async {
        flush()
        await producer.stop(flushWithin: limit)
    }
}
