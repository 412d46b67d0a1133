import EventBus
import Kafka
import Models
import Testing

@Suite struct CriticalEventTests {
    @Test(arguments: [true, false])
    func aCriticalEventIsKnownWithoutReadingIt(isCritical: Bool) {
        let event = LifecycleEvent(
            messageID: MessageID(UUIDValue(high: 1, low: 1)),
            tenantID: TenantID(UUIDValue(high: 2, low: 2)),
            senderID: SenderID(UUIDValue(high: 3, low: 3)),
            state: .failed,
            at: Timestamp(microseconds: 1),
            attempt: 4,
            isCritical: isCritical
        )
        let record = event.record(prefix: "tidings")
        let consumed = ConsumedRecord(
            topic: record.topic,
            partition: 0,
            offset: 0,
            key: record.key,
            value: record.value,
            headers: record.headers
        )
        #expect(LifecycleEvent.mayBeCritical(consumed) == isCritical)
    }
}
