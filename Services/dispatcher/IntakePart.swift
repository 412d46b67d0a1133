import EventBus
import Kafka
import Models
import Runtime
import ServiceKit

/// Reads the dispatch topic; a record is finished when what it asked for is written. Partitions that go to another
/// dispatcher take their senders with them.
final class IntakePart: Part {
    let name = "intake"
    private let settings: DispatcherSettings
    private let consumer: Once<KafkaConsumer>
    private let intake: Intake
    private let revoked: @Sendable (Set<TopicPartition>) -> Void
    private let stopping: StopFlag

    init(
        _ settings: DispatcherSettings, consumer: Once<KafkaConsumer>, intake: Intake, stopping: StopFlag,
        revoked: @escaping @Sendable (Set<TopicPartition>) -> Void
    ) {
        self.settings = settings
        self.consumer = consumer
        self.intake = intake
        self.stopping = stopping
        self.revoked = revoked
    }

    func start() async throws {
        let bus = settings.common.bus
        let made = try KafkaConsumer(bus.kafka, group: "\(bus.prefix)-dispatcher", topics: [bus.topic(.dispatch)])
        consumer.set(made)
        ConsumerPart.exposeMetrics(of: made, named: "dispatch")
    }

    func run() async throws {
        guard let consumer = consumer.value else { return }
        let watching = Task { [revoked] in
            for await rebalance in consumer.rebalances {
                switch rebalance {
                case .assigned: break
                case .revoked(let partitions): revoked(Set(partitions))
                }
            }
        }
        defer { watching.cancel() }
        while !stopping.isSet {
            do {
                let records = try await consumer.next(max: 500, within: .seconds(1))
                if !records.isEmpty { await intake.take(records) }
            } catch KafkaError.stopped {
                return
            }
        }
    }

    func stop(within limit: Duration) async {
        stopping.set()
    }
}
