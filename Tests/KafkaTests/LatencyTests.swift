import Kafka
import TestSupport
import Testing

/// The fastest tenth is looked at: a machine that does other things holds up many, what we look for holds up all.
@Suite(.serialized) struct LatencyTests {
    /// A provider waits for its answer until the record is durable; 40 ms here would be Nagle's algorithm on
    /// the broker.
    @Test(arguments: [0, 1])
    func aSingleRecordIsDurableWithinTenMilliseconds(lingerMilliseconds: Int) async throws {
        let kafka = try TestKafka(partitions: 4)
        let producer = try KafkaProducer(kafka.settings, linger: .milliseconds(lingerMilliseconds))
        try await producer.send(kafka.records(4))
        var times: [Duration] = []
        for record in kafka.records(200, valueBytes: 600) {
            let begun = ContinuousClock.now
            try await producer.send([record])
            times.append(ContinuousClock.now - begun)
        }
        times.sort()
        print("linger \(lingerMilliseconds) ms: p50 \(times[100]), p99 \(times[197])")
        #expect(times[20] < .milliseconds(10))
        await producer.stop(flushWithin: .seconds(1))
    }

    /// Several answers on one connection: where the broker uses Nagle's algorithm, all but the first come 40
    /// ms late.
    @Test(arguments: [0, 1, 5])
    func aSmallBatchOverAllPartitionsIsDurableWithinTwentyMilliseconds(lingerMilliseconds: Int) async throws {
        let kafka = try TestKafka(partitions: 4)
        let producer = try KafkaProducer(kafka.settings, linger: .milliseconds(lingerMilliseconds))
        let batch = kafka.records(20, valueBytes: 600)
        try await producer.send(batch)
        var times: [Duration] = []
        for _ in 0..<100 {
            let begun = ContinuousClock.now
            try await producer.send(batch)
            times.append(ContinuousClock.now - begun)
        }
        times.sort()
        print("batch of 20, linger \(lingerMilliseconds) ms: p50 \(times[50]), p99 \(times[98])")
        #expect(times[10] < .milliseconds(20))
        await producer.stop(flushWithin: .seconds(1))
    }

    @Test func aRecordIsReadWithinFiftyMilliseconds() async throws {
        let kafka = try TestKafka(partitions: 4)
        let producer = try KafkaProducer(kafka.settings, linger: .zero)
        let consumer = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        try await producer.send(kafka.records(4))
        consumer.finish(try await consumer.collect(4))
        var times: [Duration] = []
        for record in kafka.records(100) {
            let begun = ContinuousClock.now
            try await producer.send([record])
            consumer.finish(try await consumer.collect(1))
            times.append(ContinuousClock.now - begun)
        }
        times.sort()
        print("from send to read: p50 \(times[50]), p99 \(times[98])")
        #expect(times[10] < .milliseconds(50))
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(1))
    }
}
