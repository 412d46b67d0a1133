import EventBus
import Kafka
import Runtime
import ServiceKit

/// Reads the dispatch topic as fast as the sending side has room; a record is finished by the sending side, when
/// what it asked for is written.
final class IntakePart: Part {
    let name = "intake"
    private let settings: DispatcherSettings
    private let consumer: Once<KafkaConsumer>
    private let sending: SendingPart
    private let stopping = StopFlag()

    init(_ settings: DispatcherSettings, consumer: Once<KafkaConsumer>, sending: SendingPart) {
        self.settings = settings
        self.consumer = consumer
        self.sending = sending
    }

    func start() async throws {
        let bus = settings.common.bus
        let made = try KafkaConsumer(bus.kafka, group: "\(bus.prefix)-dispatcher", topics: [bus.topic(.dispatch)])
        consumer.set(made)
        ConsumerPart.exposeMetrics(of: made, named: "dispatch")
    }

    func run() async throws {
        guard let consumer = consumer.value else { return }
        while !stopping.isSet {
            do {
                let records = try await consumer.next(max: 500, within: .seconds(1))
                if !records.isEmpty { await sending.take(records) }
            } catch KafkaError.stopped {
                return
            }
        }
    }

    func stop(within limit: Duration) async {
        stopping.set()
    }
}
