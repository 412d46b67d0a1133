import EventBus
import Kafka
import Models
import Runtime
import Testing

/// The tracer is the whole process's, so one test after another.
@Suite(.serialized) struct TraceHeaders {
    private let id = IDSource().uuid()

    private var order: DispatchOrder {
        DispatchOrder(messageID: MessageID(id), tenantID: TenantID(id), senderID: SenderID(id), lane: .utility)
    }

    private func consumed(_ record: KafkaRecord) -> ConsumedRecord {
        ConsumedRecord(
            topic: record.topic, partition: 0, offset: 0, key: record.key, value: record.value, headers: record.headers)
    }

    private func whileTracing(_ ratio: Double, _ body: () throws -> Void) throws -> [Span] {
        Tracer.start(TraceSampling(ratio: ratio))
        defer { Tracer.stop() }
        try body()
        return Tracer.take(max: 100)
    }

    @Test func whileNothingIsTracedRecordsCarryNothing() {
        let event = LifecycleEvent(
            messageID: MessageID(id), tenantID: TenantID(id), senderID: SenderID(id), state: .sent,
            at: Timestamp(microseconds: 0), attempt: 1)
        #expect(order.record(prefix: "x").headers.isEmpty && event.record(prefix: "x").headers.isEmpty)
        #expect(Tracer.take(max: 1).isEmpty)
    }

    @Test func tellingADispatcherIsASpanOfTheMessagesOwnTrace() throws {
        let spans = try whileTracing(1) {
            let record = consumed(order.record(prefix: "x"))
            let trace = try #require(record.trace)
            #expect(trace.traceID == TraceID(of: order.messageID) && trace.isSampled)
            #expect(try DispatchOrder(decoding: record).isTraced)
        }
        let span = try #require(spans.first)
        #expect(spans.count == 1 && span.kind == .producer && span.name == "send dispatch")
        // Whoever accepted the message made the root, perhaps in another process.
        #expect(span.parent == TraceContext(beginningOf: order.messageID, isSampled: true)?.spanID)
    }

    @Test func aTraceThatIsNotKeptIsCarriedOnlyWhereSomebodyAskedForIt() throws {
        let spans = try whileTracing(0) {
            #expect(order.record(prefix: "x").headers.isEmpty)
            let asked = DispatchOrder(
                messageID: order.messageID, tenantID: order.tenantID, senderID: order.senderID, lane: .utility,
                isTraced: true)
            let read = try DispatchOrder(decoding: consumed(asked.record(prefix: "x")))
            #expect(read == asked)
        }
        #expect(spans.count == 1)
    }

    @Test func newsOfAnAlertIsInTheAlertsTraceAndWebhooksInTheirRequests() throws {
        let context = try #require(
            TraceContext(parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", state: "vendor=1"))
        let webhook = WebhookRecord(
            provider: "meta", account: "1", receivedAt: Timestamp(microseconds: 1), body: Array("{}".utf8))
        let record = Tracer.$current.withValue(context) { consumed(webhook.record(prefix: "x")) }
        #expect(record.trace == context)
        #expect(try WebhookRecord(decoding: record) == webhook)
        let spans = try whileTracing(1) {
            for kind in AlertNews.Kind.allCases {
                let alert = AlertNews(alertID: AlertID(id), key: "k", kind: kind, tenantID: nil)
                #expect(consumed(alert.record(prefix: "x")).trace?.traceID == TraceID(of: alert.alertID))
            }
        }
        #expect(spans.map(\.name) == ["alert raised"])
    }

    @Test func aHeaderThatBreaksTheStandardIsNoTrace() {
        for value in ["", "00-x", "\u{FF}"] {
            let record = ConsumedRecord(
                topic: "t", partition: 0, offset: 0, key: nil, value: [], headers: [("traceparent", Array(value.utf8))])
            #expect(record.trace == nil)
        }
    }
}
