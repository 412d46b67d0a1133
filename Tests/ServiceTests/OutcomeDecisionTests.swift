import Models
import Storage
import Testing

@testable import dispatcher

@Suite struct OutcomeDecisionTests {
    private let decision = OutcomeDecision(unansweredPolicy: .standard)
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private func message(attempt: Int = 1, retries: Int = 0, expiresIn: Duration = .seconds(3_600)) -> ClaimedMessage {
        ClaimedMessage(
            tenantID: TenantID(UUIDValue(high: 1, low: 1)), messageID: MessageID(UUIDValue(high: 2, low: 2)),
            senderID: SenderID(UUIDValue(high: 3, low: 3)), templateID: nil, attempt: attempt, retries: retries,
            lane: .utility, recipient: "+393401234567", content: Array("{}".utf8), expiresAt: now + expiresIn)
    }

    private func record(_ outcome: SendOutcome, _ message: ClaimedMessage) -> RecordedOutcome {
        decision.record(outcome, httpStatus: nil, of: message, policy: .quick, now: now)
    }

    @Test func anAcceptedMessageIsSent() {
        let recorded = record(.accepted(ProviderMessageID("wamid.1"), heldForQuality: false), message())
        #expect(recorded.move.to == .sent)
        #expect(recorded.move.dueIn == nil)
        #expect(recorded.end.providerMessageID == ProviderMessageID("wamid.1"))
    }

    @Test(arguments: [(0, 5), (1, 10), (2, 15)])
    func aTransientRefusalWaitsAsThePresetSays(retries: Int, seconds: Int) {
        let recorded = record(
            .refused(ProviderError(code: 131_000, httpStatus: 500)), message(attempt: retries + 1, retries: retries))
        #expect(recorded.move.to == .waiting)
        #expect(recorded.move.usesRetry)
        #expect(recorded.move.dueIn == .seconds(seconds))
        #expect(!recorded.move.isCritical)
    }

    @Test func theRefusalAfterTheLastRetryIsCritical() {
        let recorded = record(
            .refused(ProviderError(code: 131_000, httpStatus: 500)), message(attempt: 4, retries: 3))
        #expect(recorded.move.to == .failed)
        #expect(recorded.move.isCritical)
    }

    @Test func aPermanentRefusalFailsAtOnceAndIsNotCritical() {
        let recorded = record(.refused(ProviderError(code: 131_008, httpStatus: 400)), message())
        #expect(recorded.move.to == .failed)
        #expect(!recorded.move.isCritical)
        #expect(recorded.move.errorCode == 131_008)
    }

    @Test func aThrottleUsesUpNoRetry() {
        let recorded = record(.refused(ProviderError(code: 130_429, httpStatus: 400)), message(attempt: 4, retries: 3))
        #expect(recorded.move.to == .waiting)
        #expect(!recorded.move.usesRetry)
    }

    @Test func aClosedGateHoldsTheMessage() {
        let recorded = record(.refused(ProviderError(code: 190, httpStatus: 401)), message())
        #expect(recorded.move.to == .held)
        #expect(recorded.move.dueIn != nil)
    }

    @Test func unansweredIsNotFailed() {
        let recorded = record(.unanswered(.timedOut), message(attempt: 4, retries: 3))
        #expect(recorded.move.to == .unanswered)
        #expect(recorded.move.dueIn == .seconds(300))
        #expect(!recorded.move.usesRetry)
    }

    @Test func whatNeverLeftUsWaitsWithoutUsingARetry() {
        let recorded = record(.notSent(.notConnected), message(attempt: 4, retries: 3))
        #expect(recorded.move.to == .waiting)
        #expect(!recorded.move.usesRetry)
        #expect(recorded.end.outcome == .notSent)
    }

    @Test func aRetryThatWouldComeAfterTheExpiryIsNotPlanned() {
        let recorded = record(
            .refused(ProviderError(code: 131_000, httpStatus: 500)), message(expiresIn: .seconds(4)))
        #expect(recorded.move.to == .failed)
    }
}
