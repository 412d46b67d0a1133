internal import EventBus
internal import Kafka
package import Models
internal import Runtime

/// Hears what tenants have changed. Every copy of a service hears all of it, so each has a group of its own; what
/// gets lost on the way is forgotten by the caches' own age.
package struct ControlPart: Part {
    package let name = "control news"
    private let consumer: ConsumerPart

    package init(_ common: CommonSettings, _ heard: @escaping @Sendable (ControlNews) -> Void) {
        let bus = common.bus
        let group = "\(bus.prefix)-\(common.service)-control-\(IDSource().uuid())"
        consumer = ConsumerPart(
            "control", batchMax: 200,
            make: {
                try KafkaConsumer(
                    bus.kafka, group: group, topics: [bus.topic(.control)], embeddedFetchWait: .milliseconds(50))
            },
            handle: { records in
                for news in ControlNews.decode(records).read { heard(news.value) }
            })
    }

    package func start() async throws { try await consumer.start() }
    package func run() async throws { try await consumer.run() }
    package func stop(within limit: Duration) async { await consumer.stop(within: limit) }
}
