import Synchronization
import TestSupport
import Testing

@testable import Kafka

/// What happens when the broker goes away, comes back with nothing, or the client breaks.
@Suite struct RecoveryTests {
    /// The consumer had read far; the new log is shorter, and later longer, than what it had stored.
    /// In one process the second broker often gets the cluster id of the first.
    @Test(arguments: [10, 3_000])
    func aBrokerThatComesBackEmptyIsReadFromItsBeginning(recordsAfter: Int) async throws {
        let topic = "restarted"
        let first = try EmbeddedBroker(topics: [(name: topic, partitions: 2)])
        let settings = KafkaSettings(bootstrapServers: first.bootstrapServers)
        let producer = try KafkaProducer(settings)
        let consumer = try KafkaConsumer(settings, group: "g", topics: [topic])
        try await producer.send(records(topic, 0..<1_000))
        consumer.finish(try await consumer.collect(1_000))
        try await eventually("the lag is nothing") { consumer.lag == 0 }

        first.stop()
        let second = try EmbeddedBroker(topics: [(name: topic, partitions: 2)], port: first.port)
        // One at a time too, because each must find its way through the restart.
        let expected = Set(1_000..<(1_000 + recordsAfter))
        try await producer.send(records(topic, 1_000..<(1_000 + recordsAfter)))
        var seen: Set<Int> = []
        try await eventually("everything sent after the restart is read", within: .seconds(120)) {
            let read = try await consumer.next(max: 500, within: .milliseconds(200))
            consumer.finish(read)
            seen.formUnion(read.compactMap { Int(String(decoding: $0.value, as: UTF8.self)) })
            return seen.isSuperset(of: expected)
        }
        #expect(producer.statistics.failed == 0)
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(1))
        second.stop()
    }

    @Test func recordsUnderWayWhenTheBrokerIsRestartedEmptyAreAllAcknowledged() async throws {
        let topic = "underway"
        let first = try EmbeddedBroker(topics: [(name: topic, partitions: 4)])
        let settings = KafkaSettings(bootstrapServers: first.bootstrapServers)
        let producer = try KafkaProducer(settings)
        let port = first.port
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<20 {
                group.addTask {
                    for round in 0..<50 {
                        try await producer.send(
                            self.records(topic, (sender * 50 + round)..<(sender * 50 + round + 1))
                        )
                    }
                }
            }
            try await eventually("some are through") { producer.statistics.delivered > 100 }
            first.stop()
            let second = try EmbeddedBroker(topics: [(name: topic, partitions: 4)], port: port)
            try await group.waitForAll()
            #expect(producer.statistics.delivered == 1_000)
            await producer.stop(flushWithin: .seconds(1))
            second.stop()
        }
    }

    @Test func aFatalErrorReplacesTheClientAndItsRecordsAreSentAgain() async throws {
        // Its broker is not there yet, so that what is sent surely waits in the client.
        let probe = try EmbeddedBroker(topics: [])
        probe.stop()
        let settings = KafkaSettings(bootstrapServers: probe.bootstrapServers)
        let producer = try KafkaProducer(settings)
        async let sent: Void = producer.send(records("fatal", 0..<100))
        try await eventually("they wait in the client") { producer.statistics.waiting == 100 }
        producer.simulateFatalError()
        // It makes the topic when it is asked for it: the client asks as soon as somebody listens.
        let broker = try EmbeddedBroker(topics: [], port: probe.port)
        try await sent
        #expect(producer.statistics.rebuilds == 1)
        #expect(producer.statistics.failed == 0)
        try await producer.send(records("fatal", 100..<110))
        let consumer = try KafkaConsumer(settings, group: "g", topics: ["fatal"])
        let values = try await consumer.collect(110).map { String(decoding: $0.value, as: UTF8.self) }
        #expect(Set(values).count == 110)
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(1))
        broker.stop()
    }

    @Test func whatNobodyWaitsForIsReportedWhenItFails() async throws {
        let producer = try KafkaProducer(
            KafkaSettings(bootstrapServers: "127.0.0.1:1"),
            deliveryTimeout: .milliseconds(300)
        )
        let keys = Collected()
        producer.onDeliveryFailure = { keys.add(String(decoding: $0.key ?? [], as: UTF8.self)) }
        producer.enqueue([KafkaRecord(topic: "t", key: Array("a".utf8), value: [1])])
        try await eventually("the failure is reported") { keys.all == ["a"] }
        await producer.stop(flushWithin: .zero)
        producer.enqueue([KafkaRecord(topic: "t", key: Array("b".utf8), value: [1])])
        #expect(keys.all == ["a", "b"])
    }

    @Test func stoppingFailsWhatIsOpenInsteadOfForgettingIt() async throws {
        let producer = try KafkaProducer(KafkaSettings(bootstrapServers: "127.0.0.1:1"))
        let sent = Task { try await producer.send([KafkaRecord(topic: "t", key: nil, value: [1])]) }
        try await eventually("it waits") { producer.statistics.waiting == 1 }
        await producer.stop(flushWithin: .milliseconds(50))
        await #expect(throws: KafkaError.self) { try await sent.value }
    }

    @Test func aFullQueueRefusesTheRestAndSaysHowMany() async throws {
        let producer = try KafkaProducer(
            KafkaSettings(bootstrapServers: "127.0.0.1:1", extra: ["queue.buffering.max.messages": "10"]),
            deliveryTimeout: .milliseconds(300)
        )
        let batch = (0..<25).map { KafkaRecord(topic: "t", key: nil, value: [UInt8($0)]) }
        await #expect {
            try await producer.send(batch)
        } throws: { error in
            guard case .notDelivered(25, 25, _)? = error as? KafkaError else { return false }
            return true
        }
        #expect(producer.statistics.refused == 15)
        await producer.stop(flushWithin: .zero)
    }

    @Test func aConsumerStartedBeforeItsBrokerReadsOnceItIsThere() async throws {
        // A port that was free a moment ago.
        let probe = try EmbeddedBroker(topics: [])
        probe.stop()
        let settings = KafkaSettings(bootstrapServers: probe.bootstrapServers)
        let consumer = try KafkaConsumer(settings, group: "g", topics: ["late"])
        let producer = try KafkaProducer(settings)
        #expect(try await consumer.next(max: 1, within: .milliseconds(300)).isEmpty)
        let broker = try EmbeddedBroker(topics: [(name: "late", partitions: 1)], port: probe.port)
        try await producer.send(records("late", 0..<5))
        #expect(try await consumer.collect(5).count == 5)
        #expect(consumer.isEmbeddedBroker)
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(1))
        broker.stop()
    }

    private func records(_ topic: String, _ numbers: Range<Int>) -> [KafkaRecord] {
        numbers.map { KafkaRecord(topic: topic, key: Array("\($0)".utf8), value: Array("\($0)".utf8)) }
    }
}

private final class Collected: Sendable {
    private let values = Mutex<[String]>([])
    var all: [String] { values.withLock { $0 } }
    func add(_ value: String) { values.withLock { $0.append(value) } }
}
