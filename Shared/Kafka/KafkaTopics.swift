internal import Crdkafka

/// Creates topics on a real broker. The embedded one does not know the request: it gets its topics at its
/// start.
package enum KafkaTopics {
    /// Topics that exist already are left as they are. Blocks until the broker has answered: not for the
    /// cooperative pool of a service.
    package static func create(
        _ topics: [(name: String, partitions: Int)],
        replication: Int = 1,
        on settings: KafkaSettings,
        within: Duration = .seconds(15)
    ) throws(KafkaError) {
        let configuration = try makeConfiguration(settings.common.merging(settings.extra) { $1 })
        let client = try makeClient(RD_KAFKA_PRODUCER, takingOwnershipOf: configuration)
        defer { rd_kafka_destroy(client) }
        let milliseconds = Int32(clamping: within.milliseconds)
        var reason = [CChar](repeating: 0, count: 512)
        let options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_AdminOptions_set_request_timeout(options, milliseconds, &reason, reason.count)
        var wanted = topics.map { topic in
            rd_kafka_NewTopic_new(
                topic.name,
                Int32(topic.partitions),
                Int32(replication),
                &reason,
                reason.count
            )
        }
        defer { rd_kafka_NewTopic_destroy_array(&wanted, wanted.count) }
        guard !wanted.contains(nil) else { throw .cannotStart("a topic is refused: \(text(of: reason))") }
        let queue = rd_kafka_queue_new(client)
        defer { rd_kafka_queue_destroy(queue) }
        rd_kafka_CreateTopics(client, &wanted, wanted.count, options, queue)
        guard let event = rd_kafka_queue_poll(queue, milliseconds + 1_000) else {
            throw .cannotStart("the broker did not answer the creation of topics")
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw .cannotStart("topics could not be created: \(name(of: code))")
        }
        var count = 0
        guard
            let results = rd_kafka_CreateTopics_result_topics(
                rd_kafka_event_CreateTopics_result(event),
                &count
            )
        else { return }
        for result in UnsafeBufferPointer(start: results, count: count) {
            let code = rd_kafka_topic_result_error(result)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS {
                continue
            }
            throw .cannotStart("a topic could not be created: \(name(of: code))")
        }
    }

    /// The topics a broker has, with how many partitions each. Blocks until it has answered: not for the cooperative
    /// pool of a service.
    package static func partitions(on settings: KafkaSettings, within: Duration = .seconds(5)) throws(KafkaError)
        -> [String: Int]
    {
        let configuration = try makeConfiguration(settings.common.merging(settings.extra) { $1 })
        let client = try makeClient(RD_KAFKA_PRODUCER, takingOwnershipOf: configuration)
        defer { rd_kafka_destroy(client) }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client, 1, nil, &answer, Int32(clamping: within.milliseconds))
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else {
            throw .cannotStart("no broker told its topics: \(name(of: code))")
        }
        defer { rd_kafka_metadata_destroy(answer) }
        let topics = UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt))
        var partitions: [String: Int] = [:]
        for topic in topics { partitions[String(cString: topic.topic)] = Int(topic.partition_cnt) }
        return partitions
    }
}
