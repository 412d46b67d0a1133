/// One record to be produced. Records with the same key keep their order and their partition.
package struct KafkaRecord: Sendable {
    package let topic: String
    package let key: [UInt8]?
    package let value: [UInt8]
    package let headers: [(String, [UInt8])]

    package init(topic: String, key: [UInt8]?, value: [UInt8], headers: [(String, [UInt8])] = []) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
    }
}

package struct TopicPartition: Hashable, Sendable {
    package let topic: String
    package let partition: Int32

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

/// One record as it was read. Hand it back with `KafkaConsumer.finish` once its effect is committed.
package struct ConsumedRecord: Sendable {
    package let topic: String
    package let partition: Int32
    package let offset: Int64
    package let key: [UInt8]?
    package let value: [UInt8]
    package let headers: [(String, [UInt8])]
    /// Milliseconds since 1970 as the producer or the broker wrote it; -1 when there is none.
    package let timestamp: Int64
    /// Which assignment of the partition it came with, so that a late `finish` cannot touch a newer one.
    let assignment: UInt64

    package init(
        topic: String,
        partition: Int32,
        offset: Int64,
        key: [UInt8]?,
        value: [UInt8],
        headers: [(String, [UInt8])] = [],
        timestamp: Int64 = -1
    ) {
        self.init(
            topic: topic,
            partition: partition,
            offset: offset,
            key: key,
            value: value,
            headers: headers,
            timestamp: timestamp,
            assignment: 0
        )
    }

    init(
        topic: String,
        partition: Int32,
        offset: Int64,
        key: [UInt8]?,
        value: [UInt8],
        headers: [(String, [UInt8])],
        timestamp: Int64,
        assignment: UInt64
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
        self.assignment = assignment
    }

    package var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }

    package func header(_ name: String) -> [UInt8]? {
        headers.first { $0.0 == name }?.1
    }
}

package enum Rebalance: Sendable, Equatable {
    case assigned([TopicPartition])
    case revoked([TopicPartition])
}
