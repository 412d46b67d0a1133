internal import Crdkafka

/// Owns one `rd_kafka_t` of a producer.
///
/// Safety: librdkafka's producer handle may be used from several threads. `nextEvent` and `destroy` are
/// called by the pump's thread only, and `destroy` only after the pump took the client out of reach of all
/// others.
final class ProducerClient: @unchecked Sendable {
    enum Event {
        case reports(DeliveryReports)
        case notice(KafkaNotice.Level, code: String?, String)
        /// A kind we did not ask for.
        case unknown
    }

    private let client: OpaquePointer
    private let queue: OpaquePointer

    init(_ values: [String: String]) throws(KafkaError) {
        let configuration = try makeConfiguration(values)
        rd_kafka_conf_set_events(
            configuration,
            RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG
        )
        client = try makeClient(RD_KAFKA_PRODUCER, takingOwnershipOf: configuration)
        queue = rd_kafka_queue_get_main(client)
        rd_kafka_set_log_queue(client, nil)
    }

    func destroy() {
        rd_kafka_queue_destroy(queue)
        rd_kafka_destroy(client)
    }

    var waiting: Int { Int(rd_kafka_outq_len(client)) }
    var isFatal: Bool { rd_kafka_fatal_error(client, nil, 0) != RD_KAFKA_RESP_ERR_NO_ERROR }
    var isEmbeddedBroker: Bool? { isEmbeddedCluster(client, waitMilliseconds: 0) }

    var fatalReason: String {
        var reason = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(client, &reason, reason.count)
        return "\(name(of: code)) \(text(of: reason))"
    }

    func wake() { rd_kafka_queue_yield(queue) }

    func purge() {
        rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    }

    func simulateFatalError() {
        rd_kafka_test_fatal_error(client, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "simulated")
    }

    /// - Returns: why librdkafka refused the record, in which case no delivery report follows; nil when it took it.
    func produce(_ record: KafkaRecord, for batch: SentBatch?) -> String? {
        // Released by the delivery report, or below when there will be none.
        let reference = batch.map { Unmanaged.passRetained($0) }
        let headers = makeHeaders(record.headers)
        let error = record.topic.withCString { topic in
            record.value.withUnsafeBytes { value in
                (record.key ?? []).withUnsafeBytes { key in
                    var parts = [
                        part(RD_KAFKA_VTYPE_TOPIC) { $0.cstr = topic },
                        part(RD_KAFKA_VTYPE_MSGFLAGS) { $0.i = RD_KAFKA_MSG_F_COPY },
                        part(RD_KAFKA_VTYPE_VALUE) {
                            $0.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress)
                            $0.mem.size = value.count
                        },
                        part(RD_KAFKA_VTYPE_OPAQUE) { $0.ptr = reference?.toOpaque() },
                    ]
                    if record.key != nil {
                        parts.append(
                            part(RD_KAFKA_VTYPE_KEY) {
                                // A pointer even for an empty key: librdkafka takes nil for "no key".
                                $0.mem.ptr = UnsafeMutableRawPointer(
                                    mutating: key.baseAddress ?? value.baseAddress
                                )
                                $0.mem.size = key.count
                            }
                        )
                    }
                    if let headers { parts.append(part(RD_KAFKA_VTYPE_HEADERS) { $0.headers = headers }) }
                    return rd_kafka_produceva(client, &parts, parts.count)
                }
            }
        }
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        reference?.release()
        // On success librdkafka owns them.
        if let headers { rd_kafka_headers_destroy(headers) }
        return name(of: rd_kafka_error_code(error))
    }

    func nextEvent(waitMilliseconds: Int32) -> Event? {
        guard let event = rd_kafka_queue_poll(queue, waitMilliseconds) else { return nil }
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_DR:
            return .reports(DeliveryReports(takingOwnershipOf: event))
        case RD_KAFKA_EVENT_ERROR:
            defer { rd_kafka_event_destroy(event) }
            let code = name(of: rd_kafka_event_error(event))
            let text = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
            return .notice(rd_kafka_event_error_is_fatal(event) != 0 ? .error : .warning, code: code, text)
        case RD_KAFKA_EVENT_LOG:
            defer { rd_kafka_event_destroy(event) }
            var facility: UnsafePointer<CChar>?
            var line: UnsafePointer<CChar>?
            var severity: Int32 = 7
            guard rd_kafka_event_log(event, &facility, &line, &severity) == 0, let line else {
                return .unknown
            }
            return .notice(level(ofSyslog: severity), code: nil, String(cString: line))
        default:
            rd_kafka_event_destroy(event)
            return .unknown
        }
    }

    private func part(_ type: rd_kafka_vtype_t, _ fill: (inout rd_kafka_vu_s.__Unnamed_union_u) -> Void)
        -> rd_kafka_vu_t
    {
        var part = rd_kafka_vu_t()
        part.vtype = type
        fill(&part.u)
        return part
    }

    private func makeHeaders(_ headers: [(String, [UInt8])]) -> OpaquePointer? {
        guard !headers.isEmpty, let list = rd_kafka_headers_new(headers.count) else { return nil }
        for (name, value) in headers {
            rd_kafka_header_add(list, name, -1, value, value.count)
        }
        return list
    }
}

/// Owns one event full of delivery reports.
final class DeliveryReports {
    private let event: OpaquePointer

    init(takingOwnershipOf event: OpaquePointer) {
        self.event = event
    }

    deinit { rd_kafka_event_destroy(event) }

    /// To be called once: it takes the references that `produce` left with the records.
    func forEach(_ body: (Report) -> Void) {
        while let message = rd_kafka_event_message_next(event) {
            let batch = message.pointee._private.map {
                Unmanaged<SentBatch>.fromOpaque($0).takeRetainedValue()
            }
            body(Report(message: message, batch: batch))
        }
    }

    struct Report {
        fileprivate let message: UnsafePointer<rd_kafka_message_t>
        let batch: SentBatch?

        /// nil when the record is durable.
        var failure: String? {
            message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : name(of: message.pointee.err)
        }

        /// A copy, made for failures only.
        var record: KafkaRecord { copyRecord(message) }
    }
}

private func copyRecord(_ message: UnsafePointer<rd_kafka_message_t>) -> KafkaRecord {
    let topic = rd_kafka_topic_name(message.pointee.rkt).map { String(cString: $0) } ?? ""
    return KafkaRecord(
        topic: topic,
        key: message.pointee.key.map { copyBytes($0, message.pointee.key_len) },
        value: copyBytes(message.pointee.payload, message.pointee.len),
        headers: copyHeaders(message)
    )
}

func copyBytes(_ pointer: UnsafeRawPointer?, _ count: Int) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
}

func copyHeaders(_ message: UnsafePointer<rd_kafka_message_t>) -> [(String, [UInt8])] {
    var list: OpaquePointer?
    guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
    var headers: [(String, [UInt8])] = []
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
        let name
    {
        headers.append((String(cString: name), copyBytes(value, size)))
    }
    return headers
}
