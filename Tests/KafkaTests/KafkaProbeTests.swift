import Kafka
import TestSupport
import Testing

/// Whoever watches groups from outside sees how far behind they are, and disturbs nobody.
@Suite struct KafkaProbeTests {
    private static let within = Duration.seconds(10)

    @Test func theLagOfAGroupIsWhatItHasNotCommitted() async throws {
        let kafka = try TestKafka(partitions: 3)
        let probe = KafkaProbe(kafka.settings)
        let producer = try KafkaProducer(kafka.settings)
        try await producer.send(kafka.records(60))
        // A group that was never there has everything before it.
        #expect(try await probe.lag(of: "nobody", in: [kafka.topic], within: Self.within) == 60)
        #expect(try await probe.lag(of: "nobody", in: ["no-such-topic"], within: Self.within) == 0)

        let consumer = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        consumer.finish(try await consumer.collect(60))
        await consumer.stop()
        #expect(try await probe.lag(of: kafka.group, in: [kafka.topic], within: Self.within) == 0)
        try await producer.send(kafka.records(25))
        #expect(try await probe.lag(of: kafka.group, in: [kafka.topic], within: Self.within) == 25)
        await producer.stop(flushWithin: .seconds(1))
    }

    @Test func aBrokerThatIsAwayIsSaidToBe() async throws {
        let probe = KafkaProbe(KafkaSettings(bootstrapServers: "127.0.0.1:1"))
        await #expect(throws: KafkaError.self) { try await probe.ping(within: .milliseconds(300)) }
        let kafka = try TestKafka(partitions: 1)
        try await KafkaProbe(kafka.settings).ping(within: Self.within)
    }
}
