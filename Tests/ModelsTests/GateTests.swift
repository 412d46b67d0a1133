import Models
import Testing

@Suite struct GateTests {
    private let message = planned(1, template: 4).subjects

    private func gate(
        _ scope: GateScope, _ subject: String, cause: GateCause = .paused, opensAt: Timestamp? = nil,
        probe: MessageID? = nil, number: Int = 1
    ) -> ClosedGate {
        ClosedGate(
            id: GateID(.numbered(number)), tenantID: nil, scope: scope, subject: subject, cause: cause,
            closedAt: plannerStart, opensAt: opensAt, probe: probe)
    }

    @Test(arguments: GateScope.allCases)
    func aGateOfAnyScopeHoldsItsMessagesAndNoOthers(scope: GateScope) {
        let subject = scope == .batch ? "\(BatchID(.numbered(9)))" : message.subject(of: scope)
        let gates = GateSet([gate(scope, subject)])
        #expect((gates.closed(for: message) != nil) == (scope != .batch))
        let other = planned(2, from: 3, provider: .twilio, template: 5).subjects
        #expect(gates.closed(for: other) == nil)
    }

    @Test func aGateLetsItsProbePassAndAnotherGateDoesNot() {
        let mine = gate(.account, message.accountID, probe: message.messageID)
        #expect(GateSet([mine]).closed(for: message) == nil)
        let other = gate(.account, message.accountID, cause: .throttled, number: 2)
        #expect(GateSet([mine, other]).closed(for: message)?.id == other.id)
    }

    @Test func ofSeveralGatesTheOneThatHoldsLongestIsNamed() {
        let soon = gate(.account, message.accountID, opensAt: plannerStart + .seconds(1), number: 1)
        let late = gate(.account, message.accountID, opensAt: plannerStart + .seconds(9), number: 2)
        let never = gate(.account, message.accountID, number: 3)
        #expect(GateSet([soon, late]).closed(for: message)?.id == late.id)
        #expect(GateSet([soon, never, late]).closed(for: message)?.id == never.id)
    }

    @Test func aPortfolioLimitAndAnotherDispatchersOutageHoldNobodyHere() {
        let gates = GateSet([
            gate(.portfolio, message.portfolioID, cause: .portfolioLimit),
            gate(.provider, "meta@7", cause: .outage),
        ])
        #expect(gates.isEmpty)
        #expect(gates.closed(for: message) == nil)
    }

    // MARK: Policy

    private func closing(_ code: Int, subcode: Int? = nil, earlier: Int = 0) -> GateClosing? {
        GatePolicy.closing(
            for: MetaErrors.classify(code: code, subcode: subcode), of: message, now: plannerStart, earlier: earlier)
    }

    @Test func onlyErrorsThatReachBeyondTheMessageCloseAGate() {
        for row in MetaErrors.rows {
            let closing = GatePolicy.closing(for: row, of: message, now: plannerStart, earlier: 0)
            switch row.scope {
            case .message, .pair, .recipient, .recipientMarketing, .country, .flow, .accountManagement, .calls:
                #expect(closing == nil, "\(row.code)")
            case .template, .sender, .account, .app:
                // Whoever holds a message back for an error must close what it waits behind.
                #expect(row.fate != .hold || closing != nil, "\(row.code)")
            }
            if let closing {
                #expect(closing.opensAt != nil || closing.probeAt != nil, "\(row.code) would never open")
                #expect(!closing.subject.isEmpty, "\(row.code)")
            }
        }
    }

    @Test func aRefusedTokenClosesTheSenderWhoseTokenItIs() {
        for code in [0, 10, 190, 205, 131_005] {
            let closing = closing(code)
            #expect(closing?.scope == .sender && closing?.cause == .tokenInvalid, "\(code)")
            #expect(closing?.subject == "\(message.senderID)" && closing?.tenantID == message.tenantID)
            #expect(closing?.probeAt == plannerStart + .seconds(900) && closing?.opensAt == nil)
            #expect(closing?.alert == .accessTokenInvalid)
        }
    }

    @Test func whatTheProviderTimesOpensByTime() {
        #expect(closing(131_057)?.cause == .maintenance)
        #expect(closing(131_057)?.opensAt == plannerStart + .seconds(75))
        #expect(closing(132_015)?.opensAt == plannerStart + .seconds(3 * 3_600))
        #expect(closing(132_015, earlier: 1)?.opensAt == plannerStart + .seconds(6 * 3_600))
        #expect(closing(80_007)?.scope == .account && closing(80_007)?.cause == .throttled)
        #expect(closing(80_007)?.opensAt == plannerStart + .seconds(300))
        #expect(closing(4)?.scope == .provider && closing(4)?.tenantID == nil)
    }

    @Test func whatSomebodyMustRepairIsProbed() {
        #expect(closing(131_042)?.cause == .paymentMissing)
        #expect(closing(131_042)?.probeAt == plannerStart + .seconds(900))
        #expect(closing(131_042, earlier: 9)?.probeAt == plannerStart + .seconds(3_600))
        #expect(closing(368)?.cause == .accountRestricted && closing(368)?.scope == .account)
        #expect(closing(33)?.cause == .senderUnusable && closing(33)?.scope == .sender)
        #expect(closing(3)?.scope == .provider && closing(3)?.cause == .platform)
        #expect(closing(132_016)?.cause == .templateDisabled && closing(132_016)?.probeAt != nil)
        #expect(closing(130_429) == nil && closing(131_056) == nil)
    }
}
