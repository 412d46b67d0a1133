import Models
import Storage
import Testing

@testable import retry_scheduler

@Suite struct DueTurnTests {
    private func message(_ state: MessageState, attempts: Int = 1) -> DueMessage {
        let now = Timestamp(microseconds: 1_800_000_000_000_000)
        return DueMessage(
            tenantID: TenantID(UUIDValue(high: 1, low: 1)), messageID: MessageID(UUIDValue(high: 2, low: 2)),
            senderID: SenderID(UUIDValue(high: 3, low: 3)), templateID: nil, lane: .utility, priority: 5,
            attempts: attempts,
            standing: DuePolicy.Standing(
                state: state, category: .utility, now: now, expiresAt: now + .seconds(60), leaseUntil: nil, since: now,
                told: 0))
    }

    @Test func aLostHandOverIsToldAndMovesNothing() {
        var plan = DueTurn.Plan()
        plan.add(message(.queued, attempts: 0), .tell(lookAgainIn: .seconds(60)))
        #expect(plan.work.moves.isEmpty)
        #expect(plan.work.later.isEmpty)
        #expect(plan.told.count == 1)
    }

    @Test func anAttemptWhoseLeaseRanOutEndsAsUnansweredAndNotAsFailed() {
        var plan = DueTurn.Plan()
        plan.add(message(.sending), .callUnanswered(lookAgainIn: .seconds(300)))
        #expect(plan.work.moves.map(\.to) == [.unanswered])
        #expect(plan.work.moves.first?.dueIn == .seconds(300))
        #expect(plan.work.ends.map(\.outcome) == [.unanswered])
        #expect(plan.work.ends.map(\.number) == [1])
    }

    @Test func aResendThatMayBeASecondCopyIsWrittenDownAsSuch() {
        var plan = DueTurn.Plan()
        plan.add(message(.unanswered), .queue(lookAgainIn: .seconds(30), mayBeSecond: true))
        #expect(plan.work.moves.map(\.to) == [.queued])
        #expect(plan.work.moves.first?.detail == Array(#"{"reason":"unanswered_resend"}"#.utf8))
    }

    @Test func anUnansweredSendThatIsGivenUpIsCritical() {
        var plan = DueTurn.Plan()
        plan.add(message(.unanswered), .giveUpUnanswered)
        #expect(plan.work.moves.map(\.to) == [.failed])
        #expect(plan.work.moves.first?.isCritical == true)
    }

    @Test func whatNeedsNobodyOnlyLosesItsDueRow() {
        var plan = DueTurn.Plan()
        plan.add(message(.read), .forget)
        #expect(plan.work.moves.isEmpty)
        #expect(plan.work.forgotten.count == 1)
    }
}
