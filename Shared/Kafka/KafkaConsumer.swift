/// A member of a consumer group, reading on a thread of its own.
///
/// Offsets are stored only by `finish`, and only for the contiguous beginning of what was delivered: a record
/// whose effect is not committed is read again after a restart. Records can therefore come twice.
package final class KafkaConsumer: Sendable {
    /// Records read ahead of `next`. When full, reading stops.
    package static let bufferedRecordsMax = 2_000
    package static let bufferedBytesMax = 16 * 1024 * 1024

    private let loop: ConsumerLoop
    /// What the group gave to this member and took from it. To be read by one task.
    package let rebalances: AsyncStream<Rebalance>

    /// - Parameter embeddedFetchWait: how long a record may lie at the embedded broker, which has no long poll: each
    ///   fetch is a turn of both. A real broker answers at once when a record comes.
    package init(
        _ settings: KafkaSettings, group: String, topics: [String],
        embeddedFetchWait: Duration = .milliseconds(10)
    ) throws(KafkaError) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Rebalance.self,
            bufferingPolicy: .bufferingNewest(64)
        )
        rebalances = stream
        loop = try ConsumerLoop(
            settings, Subscription(group: group, topics: topics, embeddedFetchWait: embeddedFetchWait),
            rebalances: continuation)
        let loop = loop
        try KafkaThread.start(named: "kafka-consumer") { loop.run() }
    }

    deinit { loop.beginStop() }

    /// - Returns: up to `max` records as soon as there is at least one; none when `within` has passed.
    /// - Throws: `.stopped` after `stop()`.
    package func next(max: Int, within: Duration) async throws(KafkaError) -> [ConsumedRecord] {
        precondition(max > 0, "a read of no records would never end")
        let result = await withCheckedContinuation { continuation in
            loop.take(max: max, within: within, continuation)
        }
        return try result.get()
    }

    /// Says that the effect of these records is committed, in any order. Records of a partition that was lost
    /// since are ignored: its new owner reads them again.
    package func finish(_ records: [ConsumedRecord]) { loop.finish(records) }

    /// Stops reading from the broker, in all partitions, those assigned later included. What is buffered can
    /// be taken.
    package func pause() { loop.setPaused(true) }
    package func resume() { loop.setPaused(false) }

    package var assignment: [TopicPartition] { loop.figures.assignment }
    /// Records in the assigned partitions that are not finished, as of the last answers of the broker.
    package var lag: Int64 { loop.figures.lagByPartition.values.reduce(0, +) }
    package var lagByPartition: [TopicPartition: Int64] { loop.figures.lagByPartition }
    /// Records that the broker dropped before they were read.
    package var offsetGaps: Int { loop.figures.offsetGaps }
    package var isEmbeddedBroker: Bool { loop.figures.isEmbeddedBroker }

    /// Commits what was finished, leaves the group and ends the thread. What was taken and is not finished
    /// comes again.
    package func stop() async {
        loop.beginStop()
        await loop.waitUntilStopped()
    }
}

/// What a consumer reads, as a member of which group.
struct Subscription: Sendable {
    let group: String
    let topics: [String]
    let embeddedFetchWait: Duration
}
