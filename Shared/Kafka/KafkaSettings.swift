internal import Crdkafka

/// How to reach Kafka. `extra` holds librdkafka settings (TLS, SASL, …) and overrides ours.
package struct KafkaSettings: Sendable {
    package var bootstrapServers: String
    package var clientID: String
    package var extra: [String: String]
    /// Called on threads of the wrapper: it must not block.
    package var onNotice: (@Sendable (KafkaNotice) -> Void)?

    package init(
        bootstrapServers: String,
        clientID: String = "tidings",
        extra: [String: String] = [:],
        onNotice: (@Sendable (KafkaNotice) -> Void)? = nil
    ) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
        self.extra = extra
        self.onNotice = onNotice
    }

    func notify(_ level: KafkaNotice.Level, code: String? = nil, _ text: String) {
        onNotice?(KafkaNotice(level: level, client: clientID, code: code, text: text))
    }

    /// What every client needs: find a broker that was away again within a second, and never wait for full
    /// segments.
    var common: [String: String] {
        [
            "bootstrap.servers": bootstrapServers,
            "client.id": clientID,
            "socket.nagle.disable": "true",
            "socket.keepalive.enable": "true",
            "reconnect.backoff.ms": "100",
            "reconnect.backoff.max.ms": "1000",
            // A broker that came back empty answers with other topic ids and leaders: do not trust old
            // metadata long.
            "topic.metadata.refresh.interval.ms": "10000",
            "log.queue": "true",
        ]
    }
}

/// - Returns: a `rd_kafka_conf_t` that the caller owns until `rd_kafka_new` succeeds with it.
func makeConfiguration(_ values: [String: String]) throws(KafkaError) -> OpaquePointer {
    guard let configuration = rd_kafka_conf_new() else { throw .cannotStart("no memory") }
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        // librdkafka's own text would repeat the value, which may be a password.
        guard rd_kafka_conf_set(configuration, name, value, nil, 0) == RD_KAFKA_CONF_OK else {
            rd_kafka_conf_destroy(configuration)
            throw .configuration("librdkafka does not take this setting or its value: \(name)")
        }
    }
    return configuration
}

/// Creates a client and consumes the configuration in either case.
func makeClient(
    _ type: rd_kafka_type_t,
    takingOwnershipOf configuration: OpaquePointer
) throws(KafkaError) -> OpaquePointer {
    var reason = [CChar](repeating: 0, count: 512)
    guard let client = rd_kafka_new(type, configuration, &reason, reason.count) else {
        rd_kafka_conf_destroy(configuration)
        throw .cannotStart(text(of: reason))
    }
    return client
}

func text(of buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

func name(of code: rd_kafka_resp_err_t) -> String {
    rd_kafka_err2name(code).map { String(cString: $0) } ?? "\(code.rawValue)"
}

func level(ofSyslog level: Int32) -> KafkaNotice.Level {
    switch level {
    case ...3: .error
    case 4: .warning
    case 5, 6: .info
    default: .debug
    }
}

/// librdkafka's mock cluster needs other settings than a real broker; its cluster id gives it away.
///
/// - Returns: nil while no broker has answered yet.
func isEmbeddedCluster(_ client: OpaquePointer, waitMilliseconds: Int32) -> Bool? {
    clusterID(client, waitMilliseconds: waitMilliseconds)?.hasPrefix("mockCluster")
}

func clusterID(_ client: OpaquePointer, waitMilliseconds: Int32 = 0) -> String? {
    guard let id = rd_kafka_clusterid(client, waitMilliseconds) else { return nil }
    defer { rd_kafka_mem_free(client, id) }
    return String(cString: id)
}
