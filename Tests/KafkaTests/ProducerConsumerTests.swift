import Kafka
import TestSupport
import Testing

@Suite struct ProducerConsumerTests {
    @Test func whatWasSentIsReadWithItsKeyValueHeadersAndOrder() async throws {
        let kafka = try TestKafka(partitions: 4)
        let producer = try KafkaProducer(kafka.settings)
        let headers: [(String, [UInt8])] = [
            ("provider", Array("meta".utf8)), ("empty", []), ("provider", [0, 255]),
        ]
        try await producer.send(
            (0..<200).map {
                KafkaRecord(
                    topic: kafka.topic,
                    key: [UInt8($0 % 7)],
                    value: Array("\($0)".utf8),
                    headers: headers
                )
            }
        )
        try await producer.send([KafkaRecord(topic: kafka.topic, key: nil, value: [])])
        let consumer = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        let records = try await consumer.collect(201)
        #expect(Set(records.map { String(decoding: $0.value, as: UTF8.self) }).count == 201)
        for key in UInt8(0)..<7 {
            let values = records.filter { $0.key == [key] }.compactMap {
                Int(String(decoding: $0.value, as: UTF8.self))
            }
            #expect(values == values.sorted())
        }
        let first = try #require(records.first { $0.key == [3] })
        #expect(first.headers.map(\.0) == headers.map(\.0))
        #expect(first.headers.map(\.1) == headers.map(\.1))
        #expect(records.contains { $0.key == nil && $0.value.isEmpty })
        #expect(producer.statistics.delivered == 201)
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(5))
    }

    @Test func whatIsNotFinishedIsReadAgainByTheNextMember() async throws {
        let kafka = try TestKafka(partitions: 1)
        let producer = try KafkaProducer(kafka.settings)
        try await producer.send(kafka.records(10))
        let first = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        let records = try await first.collect(10)
        // 4 is left open, so 5 and later must come again although they are finished.
        first.finish(Array(records[5...]))
        first.finish(Array(records[..<4]))
        await first.stop()
        await #expect(throws: KafkaError.stopped) { try await first.next(max: 1, within: .seconds(1)) }

        let second = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        let again = try await second.collect(6)
        #expect(again.map(\.offset) == Array(4..<10))
        second.finish(again)
        await second.stop()
        await producer.stop(flushWithin: .seconds(1))
    }

    @Test func anEmptyTopicAnswersWithNothingInTime() async throws {
        let kafka = try TestKafka(partitions: 1)
        let consumer = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        let begun = ContinuousClock.now
        #expect(try await consumer.next(max: 10, within: .milliseconds(300)).isEmpty)
        #expect(ContinuousClock.now - begun < .seconds(20))
        await consumer.stop()
    }

    @Test func aPausedConsumerReadsOnOnlyAfterResume() async throws {
        let kafka = try TestKafka(partitions: 2)
        let producer = try KafkaProducer(kafka.settings)
        let consumer = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        try await producer.send(kafka.records(20))
        consumer.finish(try await consumer.collect(20))
        consumer.pause()
        // One empty read, so that the pause has reached the thread.
        #expect(try await consumer.next(max: 1, within: .milliseconds(300)).isEmpty)
        try await producer.send(kafka.records(20))
        #expect(try await consumer.next(max: 100, within: .milliseconds(500)).isEmpty)
        consumer.resume()
        consumer.finish(try await consumer.collect(20))
        try await eventually("lag falls to nothing") { consumer.lag == 0 }
        #expect(consumer.offsetGaps == 0)
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(1))
    }

    @Test func afterAPauseReadingGoesOnWhereItWasAndNothingComesAgain() async throws {
        let kafka = try TestKafka(partitions: 1)
        let producer = try KafkaProducer(kafka.settings)
        try await producer.send(kafka.records(3_000))
        let consumer = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        // None of them is finished, so the group's own offset is of no help.
        var offsets = try await consumer.collect(1_000).map(\.offset)
        for _ in 0..<3 {
            consumer.pause()
            _ = try await consumer.next(max: 1, within: .milliseconds(300)).map { offsets.append($0.offset) }
            consumer.resume()
            offsets += try await consumer.collect(500).map(\.offset)
        }
        offsets += try await consumer.collect(3_000 - offsets.count).map(\.offset)
        #expect(offsets == Array(0..<3_000))
        #expect(try await consumer.next(max: 1, within: .milliseconds(500)).isEmpty)
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(5))
    }

    @Test func aSlowReaderLosesNothingWhenItsBufferIsFull() async throws {
        let kafka = try TestKafka(partitions: 2)
        let producer = try KafkaProducer(kafka.settings)
        let consumer = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        let count = KafkaConsumer.bufferedRecordsMax * 3
        for _ in 0..<(count / 500) { try await producer.send(kafka.records(500)) }
        try await eventually("the lag is known") { consumer.lag == count }
        let records = try await consumer.collect(count)
        #expect(Set(records.map { "\($0.partition)/\($0.offset)" }).count == count)
        #expect(records.count == count)
        #expect(consumer.offsetGaps == 0)
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(1))
    }

    @Test func aWrongSettingIsNamedWithoutItsValue() {
        let settings = KafkaSettings(
            bootstrapServers: "127.0.0.1:1",
            clientID: "test",
            extra: ["sasl.mechanismus": "hunter2"]
        )
        #expect {
            _ = try KafkaProducer(settings)
        } throws: { error in
            "\(error)".contains("sasl.mechanismus") && !"\(error)".contains("hunter2")
        }
        #expect(throws: KafkaError.self) { try KafkaConsumer(settings, group: "g", topics: ["t"]) }
    }

    @Test func sendingToAnAbsentBrokerFailsInTimeAndIsCounted() async throws {
        let producer = try KafkaProducer(
            KafkaSettings(bootstrapServers: "127.0.0.1:1"),
            deliveryTimeout: .milliseconds(500)
        )
        let records = (0..<3).map { KafkaRecord(topic: "t", key: nil, value: [UInt8($0)]) }
        await #expect(throws: KafkaError.notDelivered(count: 3, of: 3, reason: "_MSG_TIMED_OUT")) {
            try await producer.send(records)
        }
        await producer.stop(flushWithin: .zero)
        await #expect(throws: KafkaError.stopped) { try await producer.send(records) }
        #expect(producer.statistics.failed == 3)
    }

    @Test func stoppingAConsumerWhoseBrokerIsAbsentDoesNotHang() async throws {
        let consumer = try KafkaConsumer(
            KafkaSettings(bootstrapServers: "127.0.0.1:1"),
            group: "g",
            topics: ["t"]
        )
        #expect(try await consumer.next(max: 1, within: .milliseconds(200)).isEmpty)
        await consumer.stop()
    }
}
