import TestSupport
import Testing

@testable import Kafka

@Suite struct GroupTests {
    @Test func twoMembersShareThePartitionsAndOneTakesOverWhenTheOtherLeaves() async throws {
        let kafka = try TestKafka(partitions: 4)
        let producer = try KafkaProducer(kafka.settings)
        let first = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        let second = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        try await eventually("each has two partitions", within: .seconds(90)) {
            first.assignment.count == 2 && second.assignment.count == 2
        }
        #expect(Set(first.assignment + second.assignment).count == 4)
        try await producer.send(kafka.records(200))
        var (byFirst, bySecond): ([ConsumedRecord], [ConsumedRecord]) = ([], [])
        try await eventually("all are read") {
            byFirst += try await first.next(max: 1_000, within: .milliseconds(50))
            bySecond += try await second.next(max: 1_000, within: .milliseconds(50))
            return byFirst.count + bySecond.count >= 200
        }
        #expect(byFirst.count + bySecond.count == 200)
        #expect(Set(byFirst.map(\.partition)).isDisjoint(with: bySecond.map(\.partition)))
        first.finish(byFirst)
        // Half of what the second read stays open: the first must read it again.
        let open = bySecond.suffix(bySecond.count / 2)
        second.finish(
            bySecond.filter { record in
                !open.contains { $0.offset == record.offset && $0.partition == record.partition }
            }
        )
        await second.stop()
        // Others may come too: the embedded broker takes no commits while it rebalances.
        var missing = Set(open.map { "\($0.partition)/\($0.offset)" })
        try await eventually("what was open came again", within: .seconds(90)) {
            let again = try await first.next(max: 100, within: .milliseconds(200))
            missing.subtract(again.map { "\($0.partition)/\($0.offset)" })
            first.finish(again)
            return missing.isEmpty
        }
        #expect(first.assignment.count == 4)
        try await eventually("all is finished") {
            first.finish(try await first.next(max: 100, within: .milliseconds(100)))
            return first.lag == 0
        }
        await first.stop()
        await producer.stop(flushWithin: .seconds(1))
    }

    @Test func theRebalancesAreTold() async throws {
        let kafka = try TestKafka(partitions: 2)
        let consumer = try KafkaConsumer(kafka.settings, group: kafka.group, topics: [kafka.topic])
        var told: [Rebalance] = []
        for await rebalance in consumer.rebalances {
            told.append(rebalance)
            if told.count == 1 { await consumer.stop() }
        }
        let both = [0, 1].map { TopicPartition(topic: kafka.topic, partition: Int32($0)) }
        #expect(told == [.assigned(both), .revoked(both)])
    }

    /// Only the embedded broker drops what was not read.
    @Test func whatTheEmbeddedBrokerDropsUnreadIsCounted() async throws {
        let broker = try EmbeddedBroker(topics: [(name: "flooded", partitions: 1)])
        let settings = KafkaSettings(
            bootstrapServers: broker.bootstrapServers,
            extra: ["compression.codec": "none"]
        )
        let producer = try KafkaProducer(settings)
        let consumer = try KafkaConsumer(
            KafkaSettings(bootstrapServers: broker.bootstrapServers),
            group: "g",
            topics: ["flooded"]
        )
        let value = [UInt8](repeating: 0x41, count: 10_000)
        let record = KafkaRecord(topic: "flooded", key: nil, value: value)
        try await producer.send([record])
        consumer.finish(try await consumer.collect(1))
        consumer.pause()
        #expect(try await consumer.next(max: 1, within: .milliseconds(300)).isEmpty)
        for _ in 0..<20 { try await producer.send(Array(repeating: record, count: 100)) }
        consumer.resume()
        var read = 0
        try await eventually("what is left is read and the gap is counted") {
            read += try await consumer.next(max: 1_000, within: .milliseconds(200)).count
            return read + consumer.offsetGaps >= 2_000
        }
        #expect(read < 2_000 && read + consumer.offsetGaps == 2_000)
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(1))
        broker.stop()
    }

    @Test func aLateFinishOfALostPartitionIsIgnored() {
        let partition = TopicPartition(topic: "t", partition: 0)
        var state = ConsumerState()
        state.assign([partition])
        let old = read(3, of: partition, into: &state)
        state.revoke([partition])
        state.finish([old])
        #expect(state.takeUnstored().isEmpty)
        // The same partition comes back and is read from 3 again.
        state.assign([partition])
        let new = read(3, of: partition, into: &state)
        state.finish([old])
        #expect(state.takeUnstored().isEmpty)
        state.finish([new])
        #expect(state.takeUnstored().map(\.1) == [4])
    }

    @Test func recordsOfALostPartitionAreNotHandedOut() {
        let (kept, lost) = (
            TopicPartition(topic: "t", partition: 0), TopicPartition(topic: "t", partition: 1)
        )
        var state = ConsumerState()
        state.assign([kept, lost])
        _ = read(1, of: kept, into: &state)
        _ = read(1, of: lost, into: &state)
        state.revoke([lost])
        state.read({ _ in preconditionFailure("a lost partition is not read") }, from: lost, offset: 2)
        #expect(state.bufferedPartitions == [kept])
    }

    private func read(_ offset: Int64, of partition: TopicPartition, into state: inout ConsumerState)
        -> ConsumedRecord
    {
        var made = ConsumedRecord(topic: "t", partition: 0, offset: 0, key: nil, value: [])
        state.read(
            { assignment in
                made = ConsumedRecord(
                    topic: partition.topic,
                    partition: partition.partition,
                    offset: offset,
                    key: nil,
                    value: [],
                    headers: [],
                    timestamp: 0,
                    assignment: assignment
                )
                return made
            },
            from: partition,
            offset: offset
        )
        return made
    }
}
