import Models
import Testing

/// Planted and seen to fail: telling again without growing, expiring a message in flight, resending after the expiry.
@Suite struct DuePolicyTests {
    private let policy = DuePolicy.standard
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private func decide(
        _ state: MessageState, category: TemplateCategory = .utility, expiresIn: Duration = .seconds(3_600),
        leaseIn: Duration? = nil, since: Duration = .zero, told: Int = 0
    ) -> DuePolicy.Decision {
        policy.decide(
            DuePolicy.Standing(
                state: state, category: category, now: now, expiresAt: now + expiresIn,
                leaseUntil: leaseIn.map { now + $0 }, since: now + since * -1, told: told))
    }

    @Test(arguments: [MessageState.scheduled, .waiting, .held])
    func whatWaitedForItsTimeIsQueuedUnlessItHasExpired(state: MessageState) {
        #expect(decide(state) == .queue(lookAgainIn: .seconds(30), mayBeSecond: false))
        #expect(decide(state, expiresIn: .zero) == .expire)
    }

    @Test func aHandOverThatNobodyTookIsToldAgainLaterAndLater() {
        var spans: [Duration] = []
        for told in 0..<12 {
            guard case .tell(let span) = decide(.queued, told: told) else {
                Issue.record("a queued message is told again")
                return
            }
            spans.append(span)
        }
        #expect(spans.first == .seconds(60))
        #expect(spans.last == .seconds(600))
        #expect(spans == spans.sorted())
    }

    @Test func anAttemptInFlightIsLeftAloneUntilItsLeaseIsOver() {
        #expect(decide(.sending, leaseIn: .seconds(7)) == .lookAgain(in: .seconds(7)))
        #expect(decide(.sending, expiresIn: .zero, leaseIn: .seconds(7)) == .lookAgain(in: .seconds(7)))
        #expect(decide(.sending, leaseIn: .zero) == .callUnanswered(lookAgainIn: .seconds(300)))
    }

    @Test func anUnansweredSendIsSettledByItsCategorysPolicyAfterTheWait() {
        #expect(decide(.unanswered, since: .seconds(299)) == .lookAgain(in: .seconds(1)))
        #expect(decide(.unanswered, since: .seconds(300)) == .giveUpUnanswered)
        #expect(
            decide(.unanswered, category: .authentication, since: .seconds(180))
                == .queue(lookAgainIn: .seconds(30), mayBeSecond: true))
        #expect(
            decide(.unanswered, category: .authentication, expiresIn: .zero, since: .seconds(180)) == .giveUpUnanswered)
    }

    @Test(arguments: [MessageState.scheduled, .waiting, .queued, .held])
    func quietHoursHoldWhatIsDueUntilTheyEndOrItExpires(state: MessageState) {
        var standing = DuePolicy.Standing(
            state: state, category: .utility, now: now, expiresAt: now + .seconds(3_600), leaseUntil: nil, since: now,
            told: 0, quietUntil: now + .seconds(600))
        #expect(policy.decide(standing) == .keepQuiet(lookAgainIn: .seconds(600)))
        standing.quietUntil = now + .seconds(7_200)
        #expect(policy.decide(standing) == .keepQuiet(lookAgainIn: .seconds(3_600)))
        standing.quietUntil = now
        #expect(policy.decide(standing) == decide(state))
    }

    @Test func whatIsHeldBehindAClosedGateIsLookedAtWhenItOpensOrExpires() {
        func held(opensIn: Duration?, expiresIn: Duration = .seconds(3_600)) -> DuePolicy.Decision {
            policy.decide(
                DuePolicy.Standing(
                    state: .held, category: .utility, now: now, expiresAt: now + expiresIn, leaseUntil: nil, since: now,
                    told: 0, gate: .closed(opensAt: opensIn.map { now + $0 })))
        }
        #expect(held(opensIn: .seconds(60)) == .lookAgain(in: .seconds(60)))
        #expect(held(opensIn: nil) == .lookAgain(in: .seconds(3_600)))
        #expect(held(opensIn: .seconds(-60)) == .lookAgain(in: DuePolicy.gateRecheckMin))
        #expect(held(opensIn: nil, expiresIn: .zero) == .expire)
    }

    @Test func aTenantsOwnPolicySettlesItsUnansweredSends() {
        let own = UnansweredPolicy.standard.setting(wait: .seconds(10), preference: .preferDelivery, for: .utility)
        let standing = DuePolicy.Standing(
            state: .unanswered, category: .utility, now: now, expiresAt: now + .seconds(3_600), leaseUntil: nil,
            since: now + .seconds(-10), told: 0)
        #expect(policy.decide(standing, unanswered: own) == .queue(lookAgainIn: .seconds(30), mayBeSecond: true))
    }

    @Test(arguments: MessageState.allCases.filter { !$0.awaitsUs })
    func whatNeedsNobodyIsForgotten(state: MessageState) {
        #expect(decide(state) == .forget)
    }
}
