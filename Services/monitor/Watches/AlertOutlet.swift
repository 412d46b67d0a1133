import EventBus
import Kafka
import Models
import Runtime

/// Tells of alerts that were raised, rewritten or resolved: after the commit, and without waiting, because alerter
/// finds in Postgres what gets lost here.
struct AlertOutlet: Sendable {
    private let producer: KafkaProducer
    private let topicPrefix: String
    private let raised = Self.counter("raised")
    private let updated = Self.counter("updated")
    private let resolved = Self.counter("resolved")

    init(producer: KafkaProducer, topicPrefix: String) {
        self.producer = producer
        self.topicPrefix = topicPrefix
    }

    func tell(_ news: [AlertNews]) {
        if news.isEmpty { return }
        producer.enqueue(news, prefix: topicPrefix)
        for item in news {
            switch item.kind {
            case .raised: raised.increment()
            case .updated: updated.increment()
            case .resolved: resolved.increment()
            }
        }
    }

    private static func counter(_ kind: String) -> Counter {
        MetricsRegistry.shared.counter(
            "tidings_alerts_total",
            help: "Alerts raised, updated and resolved.",
            labels: [("kind", kind)]
        )
    }
}
