import EventBus
import Kafka
import Models
import TestSupport
import Testing

private let id = UUIDValue(high: 0x0199_1234_5678_7abc, low: 0x8123_4567_89ab_cdef)
private let other = UUIDValue(high: 0x0199_0000_0000_7000, low: 0x8000_0000_0000_0001)

@Suite struct BusRecordTests {
    @Test func everyRecordReadsBackWhatWasWritten() throws {
        for lane in Lane.allCases {
            try check(
                DispatchRecord(
                    messageID: MessageID(id),
                    tenantID: TenantID(other),
                    senderID: SenderID(id),
                    lane: lane,
                    priority: 10,
                    attempt: 4
                ),
                topic: "x.dispatch",
                key: id.description
            )
        }
        for state in MessageState.allCases {
            try check(
                LifecycleEvent(
                    messageID: MessageID(id),
                    tenantID: TenantID(other),
                    senderID: SenderID(id),
                    state: state,
                    at: Timestamp(microseconds: 1_700_000_000_123_456),
                    attempt: 2,
                    errorCode: 131_049,
                    isCritical: true
                ),
                topic: "x.events",
                key: id.description
            )
        }
        try check(
            LifecycleEvent(
                messageID: MessageID(id),
                tenantID: TenantID(other),
                senderID: SenderID(id),
                state: .queued,
                at: Timestamp(microseconds: 0),
                attempt: 0
            ),
            topic: "x.events",
            key: id.description
        )
        for kind in AlertNews.Kind.allCases {
            try check(
                AlertRecord(
                    alertID: AlertID(id),
                    key: "a \"key\"",
                    kind: kind,
                    tenantID: kind == .raised ? nil : TenantID(other)
                ),
                topic: "x.alerts",
                key: "a \"key\""
            )
        }
        for subject in ControlNews.Subject.allCases {
            try check(
                ControlRecord(tenantID: TenantID(other), what: subject),
                topic: "x.control",
                key: other.description
            )
        }
        try check(
            WebhookRecord(
                provider: "meta",
                account: "1234567890",
                receivedAt: Timestamp(microseconds: 1_700_000_000_000_001),
                headers: [.init("secret", "current"), .init("user-agent", "facebookexternalua")],
                body: [0x7B, 0x00, 0xFF, 0x7D]
            ),
            topic: "x.webhooks",
            key: "1234567890"
        )
    }

    @Test func idsAndRoutingOnlyAreOnTheBus() throws {
        let order = DispatchRecord(
            messageID: MessageID(id),
            tenantID: TenantID(other),
            senderID: SenderID(id),
            lane: .utility
        )
        let record = order.record(prefix: "tidings")
        let text = String(decoding: record.value, as: UTF8.self)
        #expect(
            text == #"{"version":"dispatch.v1","message":"\#(id)","tenant":"\#(other)","sender":"\#(id)","#
                + #""lane":"utility","priority":5,"attempt":1}"#
        )
        #expect(record.value.count < 256)
    }

    @Test func anUnknownVersionIsAnErrorThatNamesIt() {
        expect(.unknownVersion("dispatch.v2"), of: #"{"version":"dispatch.v2"}"#)
        expect(.unknownVersion(nil), of: #"{"version":"call +39 333 1234567"}"#)
        expect(.unknownVersion(nil), of: #"{"version":1}"#)
        expect(.unknownVersion(nil), of: "{}")
    }

    @Test func aMalformedRecordIsAnErrorAndNeverACrash() {
        expect(.notJSON, of: "")
        expect(.notJSON, of: "[]")
        expect(.notJSON, of: "{\"version\":")
        expect(.field("message"), of: #"{"version":"dispatch.v1"}"#)
        expect(.field("message"), of: #"{"version":"dispatch.v1","message":7}"#)
        let ids = #""message":"\#(id)","tenant":"\#(id)","sender":"\#(id)""#
        expect(.field("lane"), of: #"{"version":"dispatch.v1",\#(ids),"lane":"express"}"#)
        expect(.field("priority"), of: #"{"version":"dispatch.v1",\#(ids),"lane":"utility","priority":11}"#)
        expect(
            .field("attempt"),
            of: #"{"version":"dispatch.v1",\#(ids),"lane":"utility","priority":1,"attempt":0}"#
        )
    }

    @Test(arguments: 0..<20)
    func noDamageToARecordCrashesItsReader(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let records = [
            DispatchRecord(
                messageID: MessageID(id),
                tenantID: TenantID(other),
                senderID: SenderID(id),
                lane: .marketing
            ).record(prefix: "x"),
            WebhookRecord(
                provider: "meta",
                account: "1",
                receivedAt: Timestamp(microseconds: 1),
                headers: [.init("a", "b")],
                body: [1]
            ).record(prefix: "x"),
        ]
        for record in records {
            for _ in 0..<200 {
                let headers = record.headers.map { ($0.0, damage($0.1, &random)) }
                let damaged = ConsumedRecord(
                    topic: record.topic,
                    partition: 0,
                    offset: 0,
                    key: record.key.map { damage($0, &random) },
                    value: damage(record.value, &random),
                    headers: headers
                )
                _ = DispatchRecord.decode([damaged])
                _ = LifecycleEvent.decode([damaged])
                _ = AlertRecord.decode([damaged])
                _ = ControlRecord.decode([damaged])
                _ = WebhookRecord.decode([damaged])
            }
        }
    }

    @Test func oneBadRecordDoesNotSpoilItsBatch() throws {
        let good = ControlRecord(tenantID: TenantID(id), what: .key)
        let batch = [
            consumed(good.record(prefix: "x")), consumed(value: "poison"), consumed(good.record(prefix: "x")),
        ]
        let (read, unread) = ControlRecord.decode(batch)
        #expect(read.map(\.value) == [good, good])
        #expect(unread.map(\.error) == [.notJSON])
    }

    @Test func recordsTravelOverTheEmbeddedBroker() async throws {
        let prefix = "test"
        let broker = try EmbeddedBroker(
            topics: Topic.allCases.map { ($0.name(prefix: prefix), $0.partitions) }
        )
        let bus = BusSettings(kafka: KafkaSettings(bootstrapServers: broker.bootstrapServers), prefix: prefix)
        let producer = try KafkaProducer(bus.kafka)
        let orders = (0..<50).map { number in
            DispatchRecord(
                messageID: MessageID(UUIDValue(high: 1, low: number)),
                tenantID: TenantID(other),
                senderID: SenderID(UUIDValue(high: 2, low: number % 5)),
                lane: .utility
            )
        }
        try await producer.send(orders, prefix: prefix)
        try await producer.send([
            KafkaRecord(topic: bus.topic(.dispatch), key: nil, value: Array("poison".utf8))
        ])
        let consumer = try KafkaConsumer(bus.kafka, group: "dispatcher", topics: [bus.topic(.dispatch)])
        let records = try await consumer.collect(51)
        let (read, unread) = DispatchRecord.decode(records)
        #expect(Set(read.map(\.value)) == Set(orders))
        #expect(unread.map(\.error) == [.notJSON])
        // A sender's messages are all in one partition.
        let partitions = Dictionary(grouping: read) { $0.value.senderID }.mapValues {
            Set($0.map(\.from.partition)).count
        }
        #expect(partitions.values.allSatisfy { $0 == 1 })
        await consumer.stop()
        await producer.stop(flushWithin: .seconds(1))
        broker.stop()
    }

    private func check<Record: BusRecord & Equatable>(_ value: Record, topic: String, key: String) throws {
        let record = value.record(prefix: "x")
        #expect(record.topic == topic)
        #expect(record.key == Array(key.utf8))
        #expect(try Record(decoding: consumed(record)) == value)
    }

    private func expect(_ error: BusError, of text: String) {
        #expect(throws: error) { try DispatchRecord(decoding: consumed(value: text)) }
    }

    private func consumed(_ record: KafkaRecord) -> ConsumedRecord {
        ConsumedRecord(
            topic: record.topic,
            partition: 0,
            offset: 0,
            key: record.key,
            value: record.value,
            headers: record.headers
        )
    }

    private func consumed(value: String) -> ConsumedRecord {
        ConsumedRecord(topic: "x", partition: 0, offset: 0, key: nil, value: Array(value.utf8))
    }

    private func damage(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: index)
            default: bytes = Array(bytes.prefix(index))
            }
        }
        return bytes
    }
}
