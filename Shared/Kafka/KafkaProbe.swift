internal import Crdkafka

/// Questions to a cluster from outside of its groups: whether it answers, and how far behind a group is. Each has a client
/// and a thread of its own for as long as it takes: for those who ask every minute, not every second.
package struct KafkaProbe: Sendable {
    private let settings: KafkaSettings

    package init(_ settings: KafkaSettings) {
        self.settings = settings
    }

    /// Returns when a broker has told its topics.
    ///
    /// - Throws: `.unavailable` when none did in time.
    package func ping(within limit: Duration) async throws(KafkaError) {
        try await ask(group: nil, within: limit) { client throws(KafkaError) in
            _ = try Self.partitions(of: [], client, limit)
        }
    }

    /// Records of these topics that a group has still to read. What it never read counts from the log's beginning.
    ///
    /// - Throws: `.unavailable` when the brokers did not say in time.
    package func lag(of group: String, in topics: [String], within limit: Duration) async throws(KafkaError) -> Int64 {
        try await ask(group: group, within: limit) { client throws(KafkaError) in
            let partitions = try Self.partitions(of: topics, client, limit)
            let list = makeList(partitions)
            defer { rd_kafka_topic_partition_list_destroy(list) }
            try Self.require(rd_kafka_committed(client, list, Int32(clamping: limit.milliseconds)))
            var lag: Int64 = 0
            for (index, partition) in partitions.enumerated() {
                var (low, high): (Int64, Int64) = (0, 0)
                try Self.require(
                    rd_kafka_query_watermark_offsets(
                        client, partition.topic, partition.partition, &low, &high, Int32(clamping: limit.milliseconds)))
                // Negative: the group has committed nothing there.
                let committed = list.pointee.elems[index].offset
                lag += max(0, high - max(committed, low))
            }
            return lag
        }
    }

    private func ask<Answer: Sendable>(
        group: String?, within limit: Duration,
        _ question: @escaping @Sendable (OpaquePointer) throws(KafkaError) -> Answer
    ) async throws(KafkaError) -> Answer {
        var values = settings.common.merging(settings.extra) { $1 }
        // Nobody reads this client's log lines: what fails is said by the answers.
        values["log.queue"] = "false"
        values["log_level"] = "0"
        values["group.id"] = group ?? "probe"
        values["enable.auto.commit"] = "false"
        let wanted = values
        let result: Result<Answer, KafkaError> = await withCheckedContinuation { continuation in
            do throws(KafkaError) {
                try KafkaThread.start(named: "kafka-probe") {
                    continuation.resume(returning: Self.answer(wanted, question))
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    private static func answer<Answer>(
        _ values: [String: String], _ question: (OpaquePointer) throws(KafkaError) -> Answer
    ) -> Result<Answer, KafkaError> {
        do throws(KafkaError) {
            let client = try makeClient(RD_KAFKA_CONSUMER, takingOwnershipOf: makeConfiguration(values))
            // It is in no group: there is nothing to leave.
            defer { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) }
            return .success(try question(client))
        } catch {
            return .failure(error)
        }
    }

    private static func partitions(
        of topics: [String], _ client: OpaquePointer, _ limit: Duration
    ) throws(KafkaError) -> [TopicPartition] {
        var answer: UnsafePointer<rd_kafka_metadata_t>?
        try require(rd_kafka_metadata(client, 1, nil, &answer, Int32(clamping: limit.milliseconds)))
        guard let answer else { return [] }
        defer { rd_kafka_metadata_destroy(answer) }
        var partitions: [TopicPartition] = []
        for topic in UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt)) {
            let name = topic.topic.map { String(cString: $0) } ?? ""
            guard topics.contains(name) else { continue }
            partitions += (0..<topic.partition_cnt).map { TopicPartition(topic: name, partition: $0) }
        }
        return partitions
    }

    private static func require(_ code: rd_kafka_resp_err_t) throws(KafkaError) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw .unavailable(name(of: code)) }
    }
}
