package import Kafka
package import Runtime

/// Where the bus is and what our topics are called, as every service reads it.
package struct BusSettings: Sendable {
    package let kafka: KafkaSettings
    package let prefix: String

    package init(kafka: KafkaSettings, prefix: String = Topic.prefixStandard) {
        self.kafka = kafka
        self.prefix = prefix
    }

    /// `KAFKA_BOOTSTRAP_SERVERS`, `KAFKA_TOPIC_PREFIX`, and `KAFKA_CLIENT_SETTINGS`: librdkafka's own
    /// settings for TLS, SASL and the like as `name=value`, comma separated, which may hold a password.
    package init(_ reader: SettingsReader, service: String) {
        let servers = reader.text("KAFKA_BOOTSTRAP_SERVERS")
        prefix = reader.text("KAFKA_TOPIC_PREFIX", default: Topic.prefixStandard)
        var extra: [String: String] = [:]
        let given = reader.optionalSecret("KAFKA_CLIENT_SETTINGS")?.reveal() ?? ""
        for setting in given.split(separator: ",") {
            let halves = setting.split(separator: "=", maxSplits: 1)
            if halves.count == 2 {
                extra[String(halves[0])] = String(halves[1])
            } else {
                reader.note("KAFKA_CLIENT_SETTINGS", "is not a list of name=value")
            }
        }
        kafka = KafkaSettings(
            bootstrapServers: servers,
            clientID: "tidings-\(service)",
            extra: extra,
            onNotice: logKafkaNotice
        )
    }

    package func topic(_ topic: Topic) -> String { topic.name(prefix: prefix) }
}

/// The log hook of every Kafka client of ours.
package func logKafkaNotice(_ notice: KafkaNotice) {
    let fields: LogFields = ["client": notice.client, "code": notice.code ?? "", "text": notice.text]
    switch notice.level {
    case .debug: Log.debug("Kafka client", fields)
    case .info: Log.info("Kafka client", fields)
    case .warning: Log.warning("Kafka client", fields)
    case .error: Log.error("Kafka client", fields)
    }
}

extension KafkaProducer {
    /// One batch, durable when it returns.
    package func send(_ records: [some BusRecord], prefix: String) async throws(KafkaError) {
        try await send(records.map { $0.record(prefix: prefix) })
    }

    /// Does not wait; the scheduler tells again what is lost on the way.
    package func enqueue(_ records: [some BusRecord], prefix: String) {
        enqueue(records.map { $0.record(prefix: prefix) })
    }
}
