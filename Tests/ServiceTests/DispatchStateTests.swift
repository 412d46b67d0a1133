import Kafka
import Models
import Testing

@testable import dispatcher

@Suite struct DispatchStateTests {
    private let quiet = SenderID(UUIDValue(high: 1, low: 1))
    private let busy = SenderID(UUIDValue(high: 2, low: 2))

    private func order(_ sender: SenderID, _ number: UInt64) -> PendingOrder {
        PendingOrder(
            order: DispatchOrder(
                messageID: MessageID(UUIDValue(high: number, low: number)),
                tenantID: TenantID(UUIDValue(high: 9, low: 9)), senderID: sender, lane: .utility),
            record: ConsumedRecord(topic: "t", partition: 0, offset: Int64(number), key: nil, value: []))
    }

    @Test func aSenderWithALongQueueHoldsBackNobodyElse() {
        var state = DispatchState(inFlightMax: 100, pendingMax: 1_000)
        for number in 0..<500 { _ = state.append(order(busy, UInt64(number))) }
        _ = state.append(order(quiet, 900))
        let taken = state.take(max: 4)
        #expect(taken.contains { $0.order.senderID == quiet })
    }

    @Test func aSenderNeverHasMoreInFlightThanItMay() {
        var state = DispatchState(inFlightMax: 100, pendingMax: 1_000)
        state.setInFlightMax(3, of: busy)
        for number in 0..<10 { _ = state.append(order(busy, UInt64(number))) }
        #expect(state.take(max: 50).count == 3)
        #expect(state.take(max: 50).isEmpty)
        state.finish(busy)
        #expect(state.take(max: 50).count == 1)
    }

    @Test func allSendersTogetherStayWithinTheLimitOfTheProcess() {
        var state = DispatchState(inFlightMax: 5, pendingMax: 1_000)
        for number in 0..<10 {
            _ = state.append(order(busy, UInt64(number)))
            _ = state.append(order(quiet, UInt64(100 + number)))
        }
        #expect(state.take(max: 50).count == 5)
        #expect(state.inFlightTotal == 5)
    }

    @Test func aFullQueueRefuses() {
        var state = DispatchState(inFlightMax: 1, pendingMax: 2)
        let isTaken = (1...3).map { state.append(order(busy, $0)) }
        #expect(isTaken == [true, true, false])
    }
}
