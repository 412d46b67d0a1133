import Models
import Storage
import Testing

@testable import dispatcher

@Suite struct OutcomeDecisionTests {
    private let tenant = TenantRules(tenantID: TenantID(UUIDValue(high: 1, low: 1)))
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private func message(attempt: Int = 1, retries: Int = 0, expiresIn: Duration = .seconds(3_600)) -> ClaimedMessage {
        ClaimedMessage(
            tenantID: TenantID(UUIDValue(high: 1, low: 1)), messageID: MessageID(UUIDValue(high: 2, low: 2)),
            senderID: SenderID(UUIDValue(high: 3, low: 3)), templateID: nil, attempt: attempt, retries: retries,
            lane: .utility, recipient: "+393401234567", content: Array("{}".utf8), expiresAt: now + expiresIn)
    }

    private func record(
        _ outcome: SendOutcome, _ message: ClaimedMessage, _ change: (inout OutcomeDecision.Circumstances) -> Void = { _ in }
    ) -> RecordedOutcome {
        var circumstances = OutcomeDecision.Circumstances(provider: .meta)
        change(&circumstances)
        return OutcomeDecision(tenant: tenant, circumstances: circumstances)
            .record(outcome, httpStatus: nil, of: message, now: now)
    }

    private func gate(opensIn wait: Duration? = nil) -> ClosedGate {
        ClosedGate(
            id: GateID(UUIDValue(high: 5, low: 5)), tenantID: tenant.tenantID, scope: .sender, subject: "s",
            cause: .tokenInvalid, closedAt: now, opensAt: wait.map { now + $0 })
    }

    @Test func whatAGateKeptFromBeingSentWaitsBehindItAndUsesUpNoRetry() {
        let recorded = record(.notSent(.gateClosed), message()) { $0.gate = gate(opensIn: .seconds(90)) }
        #expect(recorded.move.to == .held)
        #expect(recorded.move.gateID == gate().id)
        #expect(recorded.move.dueIn == .seconds(90))
        #expect(!recorded.move.usesRetry)
        #expect(recorded.end.outcome == .notSent)
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

    @Test(arguments: [nil, 60])
    func whatAGateHoldsComesBackWhenItOpensOrExpires(opensIn: Int?) {
        let gate = gate(opensIn: opensIn.map { .seconds($0) })
        let recorded = record(.refused(ProviderError(code: 190, httpStatus: 401)), message()) { $0.gate = gate }
        #expect(recorded.move.to == .held)
        #expect(recorded.move.gateID == gate.id)
        #expect(recorded.move.dueIn == .seconds(opensIn ?? 3_600))
        #expect(!recorded.move.usesRetry)
    }

    @Test func aMessageThatIsWrongForGoodEndsAlsoWhenItsRefusalClosesAGate() {
        let recorded = record(.refused(ProviderError(code: 131_008, httpStatus: 400)), message()) { $0.gate = gate() }
        #expect(recorded.move.to == .failed)
        #expect(recorded.move.gateID == nil)
    }

    @Test func whileTheProviderFailsForMostAFailureUsesUpNoRetryAndEndsNothing() {
        let recorded = record(
            .refused(ProviderError(code: 131_000, httpStatus: 500)), message(attempt: 4, retries: 3)
        ) { $0.sparesRetries = true }
        #expect(recorded.move.to == .waiting)
        #expect(!recorded.move.usesRetry)
        #expect(recorded.end.outcome == .refused)
    }

    @Test func aTokenThatHasBeenReplacedMeanwhileClosesNothing() {
        let recorded = record(.refused(ProviderError(code: 190, httpStatus: 401)), message()) {
            $0.isTokenReplaced = true
        }
        #expect(recorded.move.to == .waiting)
        #expect(recorded.move.dueIn == .seconds(1))
        #expect(!recorded.move.usesRetry)
    }

    @Test func aCodeThatNoTableListsIsToldWithTheOutcome() {
        let recorded = record(.refused(ProviderError(code: 987_654, httpStatus: 400)), message())
        #expect(recorded.unlistedCode == UnlistedCode(provider: .meta, code: 987_654))
        #expect(record(.refused(ProviderError(code: 190, httpStatus: 401)), message()).unlistedCode == nil)
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
