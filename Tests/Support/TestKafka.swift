import Glibc
package import Kafka

/// One topic of a test's own: on the broker that `KAFKA_BOOTSTRAP_SERVERS` names, else on an embedded one of
/// its own.
package final class TestKafka: Sendable {
    package let settings: KafkaSettings
    package let topic: String
    package let group: String
    /// nil when a real broker is used.
    package let embedded: EmbeddedBroker?

    package init(partitions: Int) throws {
        let name = "test-\(UInt64.random(in: 0 ... .max))"
        topic = name
        group = "group-\(name)"
        if let servers = getenv("KAFKA_BOOTSTRAP_SERVERS").map({ String(cString: $0) }), !servers.isEmpty {
            embedded = nil
            settings = KafkaSettings(bootstrapServers: servers, clientID: name)
            try KafkaTopics.create([(name: name, partitions: partitions)], on: settings)
        } else {
            let broker = try EmbeddedBroker(topics: [(name: name, partitions: partitions)])
            embedded = broker
            settings = KafkaSettings(bootstrapServers: broker.bootstrapServers, clientID: name)
        }
    }

    package func records(_ count: Int, valueBytes: Int = 16) -> [KafkaRecord] {
        (0..<count).map { number in
            var value = Array("\(number) ".utf8)
            value += [UInt8](repeating: 0x2E, count: max(0, valueBytes - value.count))
            return KafkaRecord(topic: topic, key: Array("key \(number % 50)".utf8), value: value)
        }
    }
}

package struct NotInTime: Error, CustomStringConvertible {
    package let description: String
}

/// Waits for a condition that something else brings about, looking every few milliseconds. The limit is for a machine
/// that does many other things: only a test that fails waits for so long.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(60),
    every interval: Duration = .milliseconds(5),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NotInTime(description: "not in time: \(what)") }
        try await Task.sleep(for: interval)
    }
}

extension KafkaConsumer {
    /// Reads until there are `count` records.
    package func collect(_ count: Int, within limit: Duration = .seconds(60)) async throws -> [ConsumedRecord]
    {
        var records: [ConsumedRecord] = []
        let deadline = ContinuousClock.now + limit
        while records.count < count {
            guard ContinuousClock.now < deadline else {
                throw NotInTime(description: "\(records.count) of \(count) records in time")
            }
            records += try await next(max: count - records.count, within: .milliseconds(200))
        }
        return records
    }
}
