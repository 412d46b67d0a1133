import Kafka
import Models
import Storage
import Testing

@testable import dispatcher

@Suite struct DeskTests {
    private let tenant = TenantID(UUIDValue(high: 9, low: 9))
    private let sender = SenderID(UUIDValue(high: 1, low: 1))
    private let start = Timestamp(microseconds: 1_800_000_000_000_000)
    private let partition = TopicPartition(topic: "t", partition: 2)

    private func desk() -> Desk {
        var desk = Desk(inFlightMax: 100, memoryMax: 1_000)
        desk.setGates([], asOf: start)
        return desk
    }

    private func ticket(_ number: UInt64) -> Ticket {
        Ticket(
            PreparedMessage(
                tenantID: tenant, messageID: MessageID(UUIDValue(high: 2, low: number)), senderID: sender, lane: .utility,
                recipient: "+39340\(1_000_000 + number)", readyAt: start, expiresAt: start + .seconds(3_600)),
            SendingSender(
                profile: SenderProfile(
                    tenantID: tenant, senderID: sender, provider: .meta, phoneNumberID: "1", accountID: "a",
                    portfolioID: "a", accessToken: "t"),
                tenant: TenantRules(tenantID: tenant)),
            ConsumedRecord(topic: "t", partition: 2, offset: Int64(number), key: nil, value: []),
            takenAt: start)
    }

    private func lease(paidIn: Duration = .seconds(-3_600)) -> GrantedLease {
        GrantedLease(
            tenantID: tenant, senderID: sender, paidIn: paidIn, rate: 80, rateChangedAgo: .zero, isTakeOver: false)
    }

    /// A desk that holds the lease until the sixth second, with messages waiting.
    private func openDesk(_ count: UInt64) -> Desk {
        var desk = desk()
        for number in 0..<count { _ = desk.put(ticket(number), now: start, monotonic: .zero) }
        _ = desk.grant(lease(), validUntil: .seconds(5), now: start, monotonic: .zero)
        return desk
    }

    @Test func nothingIsPlannedBeforeItsSendersLeaseIsOurs() {
        var desk = desk()
        guard case .waits = desk.put(ticket(1), now: start, monotonic: .zero) else {
            Issue.record("it does not wait")
            return
        }
        #expect(desk.plan(now: start, monotonic: .zero, max: 10).isEmpty)
        #expect(desk.wishes.map(\.senderID) == [sender])
        #expect(desk.grant(lease(), validUntil: .seconds(5), now: start, monotonic: .zero).isEmpty)
        #expect(desk.wishes.isEmpty)
        #expect(desk.plan(now: start, monotonic: .zero, max: 10).sends.map(\.ticket.id) == [ticket(1).id])
    }

    @Test func theSameMessageIsHereOnce() {
        var desk = desk()
        _ = desk.put(ticket(1), now: start, monotonic: .zero)
        guard case .duplicate = desk.put(ticket(1), now: start, monotonic: .zero) else {
            Issue.record("it is taken twice")
            return
        }
        _ = desk.grant(lease(), validUntil: .seconds(5), now: start, monotonic: .zero)
        _ = desk.plan(now: start, monotonic: .zero, max: 10)
        guard case .duplicate = desk.put(ticket(1), now: start, monotonic: .zero) else {
            Issue.record("it is taken again while it is under way")
            return
        }
        desk.finished(ticket(1), .accepted, now: start)
        guard case .waits = desk.put(ticket(1), now: start, monotonic: .zero) else {
            Issue.record("it is remembered although it is finished")
            return
        }
    }

    @Test func onlySoManyWaitForALease() {
        var desk = desk()
        for number in 0..<UInt64(Desk.wantingMax) { _ = desk.put(ticket(number), now: start, monotonic: .zero) }
        guard case .noRoom = desk.put(ticket(9_999), now: start, monotonic: .zero) else {
            Issue.record("there is always room")
            return
        }
    }

    @Test func afterTheLeaseHasEndedNothingIsPlannedUntilItIsOursAgain() {
        var desk = openDesk(3)
        #expect(desk.plan(now: start, monotonic: .seconds(5), max: 10).sends.isEmpty)
        #expect(desk.lapsed(.seconds(5)) == [sender])
        #expect(desk.lose([sender], now: start).isEmpty)
        #expect(desk.wishes.count == 1)
        desk.setGates([], asOf: start + .seconds(6))
        _ = desk.grant(lease(), validUntil: .seconds(20), now: start + .seconds(6), monotonic: .seconds(6))
        #expect(desk.plan(now: start + .seconds(6), monotonic: .seconds(6), max: 10).sends.count == 1 + 1 + 1)
    }

    @Test func nothingBeginsUnderALeaseThatWasTakenAgain() {
        var desk = openDesk(1)
        let send = desk.plan(now: start, monotonic: .zero, max: 10).sends[0]
        let later = start + .seconds(2)
        #expect(desk.depart(send.ticket, latest: later, now: start, monotonic: .zero) == .now)
        _ = desk.lose([sender], now: start)
        #expect(desk.depart(send.ticket, latest: later, now: start, monotonic: .zero) == .never(.leaseEnded))
        _ = desk.put(ticket(2), now: start, monotonic: .zero)
        _ = desk.grant(lease(), validUntil: .seconds(5), now: start, monotonic: .zero)
        // Its slot is not among those that the new lease pays for.
        #expect(desk.depart(send.ticket, latest: later, now: start, monotonic: .zero) == .never(.leaseEnded))
        let own = desk.plan(now: start, monotonic: .zero, max: 10).sends
        #expect(own.map(\.ticket.id) == [ticket(2).id])
        desk.begun(send.ticket)
        desk.dismissAll(now: start)
        #expect(desk.takeFarewells().isEmpty, "the new lease's own send has not begun")
        desk.begun(own[0].ticket)
        #expect(desk.takeFarewells().count == 1)
    }

    @Test func withoutNewsOfGatesNothingIsPlannedAndNothingBegins() {
        var desk = openDesk(2)
        let send = desk.plan(now: start, monotonic: .zero, max: 1).sends[0]
        let old = start + Desk.gatesUsableFor + .milliseconds(1)
        #expect(desk.plan(now: old, monotonic: .zero, max: 10).sends.isEmpty)
        #expect(desk.plan(now: old, monotonic: .zero, max: 10).wakeAt.map { $0 > old } ?? false)
        #expect(desk.depart(send.ticket, latest: old, now: old, monotonic: .zero) == .never(.gatesUnknown))
        desk.setGates([], asOf: old)
        #expect(desk.plan(now: old, monotonic: .zero, max: 10).sends.count == 1)
    }

    @Test func aRevokedPartitionTakesItsSendersAlongWhenTheirLastSendHasBegun() {
        var desk = openDesk(30)
        let planned = desk.plan(now: start, monotonic: .zero, max: 10).sends
        #expect(!planned.isEmpty)
        desk.revoke([TopicPartition(topic: "t", partition: 1)], now: start)
        #expect(!desk.isAnyoneLeaving)
        desk.revoke([partition], now: start)
        #expect(desk.plan(now: start + .seconds(1), monotonic: .seconds(1), max: 10).isEmpty)
        #expect(desk.takeFarewells().isEmpty)
        #expect(desk.isValid(sender, .seconds(1)))
        for send in planned { desk.begun(send.ticket) }
        let farewells = desk.takeFarewells()
        #expect(farewells.map(\.senderID) == [sender])
        // What was planned is paid for before the next owner sends.
        #expect(farewells.allSatisfy { $0.paidIn > .zero })
        #expect(!desk.isValid(sender, .seconds(1)))
        #expect(desk.tickets.count == planned.count)
    }

    @Test func whatWaitsForALeaseIsForgottenWithItsPartition() {
        var desk = desk()
        _ = desk.put(ticket(1), now: start, monotonic: .zero)
        desk.revoke([partition], now: start)
        #expect(desk.tickets.isEmpty && desk.wishes.isEmpty)
    }

    @Test func aSenderThatRestsIsGivenBack() {
        var desk = openDesk(1)
        let send = desk.plan(now: start, monotonic: .zero, max: 10).sends[0]
        desk.begun(send.ticket)
        desk.dismissResting(now: start + .seconds(31), monotonic: .seconds(31))
        #expect(!desk.isAnyoneLeaving, "a call is under way")
        desk.finished(send.ticket, .accepted, now: start + .seconds(31))
        desk.dismissResting(now: start + .seconds(62), monotonic: .seconds(62))
        #expect(desk.takeFarewells().count == 1)
    }

    @Test func theNextOwnerIsToldWhereTheSenderStands() {
        var desk = openDesk(40)
        _ = desk.plan(now: start, monotonic: .zero, max: 10)
        let standing = desk.standings(now: start)
        #expect(standing.count == 1)
        #expect(standing[0].rate == 80)
        #expect(standing[0].pending[.utility] == desk.planner.waiting)
    }
}
