import Models
import Testing

@Suite struct CallbackPolicyTests {
    private let policy = CallbackPolicy()
    private let start = Timestamp(microseconds: 1_800_000_000_000_000)
    private let refused = CallbackAnswer.status(500, retryAfter: nil)

    @Test func onlyAnAnswerOfTheTwoHundredsIsSuccess() {
        for code in [200, 201, 204, 299] {
            #expect(policy.decide(after: .status(code, retryAfter: nil), tries: 1, isTest: false, spread: 0.5) == .delivered)
        }
        for answer in [100, 301, 400, 404, 410, 500].map({ CallbackAnswer.status($0, retryAfter: nil) }) + [.unreachable("x")] {
            let decision = policy.decide(after: answer, tries: 1, isTest: false, spread: 0.5)
            #expect(decision == .again(after: .seconds(5)), "\(answer)")
            #expect(answer.problem != nil)
        }
    }

    @Test func triesGoOnForMoreThanADayAndThenEnd() {
        var waited = Duration.zero
        for tries in 1..<CallbackPolicy.triesMax {
            guard case .again(let wait) = policy.decide(after: refused, tries: tries, isTest: false, spread: 0) else {
                Issue.record("try \(tries) was the last")
                return
            }
            waited += wait
        }
        #expect(waited > .seconds(22 * 3_600))
        #expect(policy.decide(after: refused, tries: CallbackPolicy.triesMax, isTest: false, spread: 0) == .giveUp)
        let longest = CallbackPolicy.waits.reduce(Duration.zero, +)
        #expect(longest > .seconds(24 * 3_600))
    }

    @Test func anEndpointMayAskForALongerWaitButNotForever() {
        func wait(_ asked: Int) -> CallbackDecision {
            policy.decide(after: .status(429, retryAfter: .seconds(asked)), tries: 1, isTest: false, spread: 0.5)
        }
        #expect(wait(1) == .again(after: .seconds(5)))
        #expect(wait(60) == .again(after: .seconds(60)))
        #expect(wait(86_400) == .again(after: CallbackPolicy.retryAfterMax))
    }

    @Test func aTestIsTriedOnce() {
        #expect(policy.decide(after: refused, tries: 1, isTest: true, spread: 0) == .giveUp)
    }

    @Test func anEndpointThatFailsRestsLongerAndLongerUntilItWorks() {
        var health = CallbackHealth(failures: 0, failingSince: nil)
        var rests: [Duration?] = []
        for _ in 0..<14 {
            health = policy.health(after: round(failed: 1), before: health, now: start)
            rests.append(health.rest)
        }
        #expect(rests.prefix(4).allSatisfy { $0 == nil })
        #expect(rests[4] == .seconds(5))
        #expect(rests[5] == .seconds(10))
        #expect(rests[13] == CallbackPolicy.restMax)
        let back = policy.health(after: round(delivered: 1), before: health, now: start)
        #expect(back.verdict == .recovered)
        #expect(back.failures == 0)
        #expect(back.rest == nil)
        #expect(policy.health(after: round(delivered: 1), before: back, now: start).verdict == .works)
    }

    @Test func oneSuccessAmongFailuresIsAnEndpointThatWorks() {
        let health = policy.health(
            after: round(delivered: 1, failed: 31), before: CallbackHealth(failures: 4, failingSince: start), now: start)
        #expect(health.verdict == .works)
        #expect(health.failingSince == nil)
    }

    @Test func anEndpointIsSwitchedOffAfterDaysOfNothingButFailures() {
        let since = CallbackHealth(failures: 9, failingSince: start)
        let late = start + .seconds(72 * 3_600)
        #expect(policy.health(after: round(failed: 1), before: since, now: late).verdict == .disable(.failing))
        #expect(policy.health(after: round(failed: 1), before: since, now: late + .seconds(-1)).verdict == .fails)
        // Two failures far apart are no reason.
        let rare = CallbackHealth(failures: 1, failingSince: start)
        #expect(policy.health(after: round(failed: 1), before: rare, now: late).verdict == .fails)
    }

    @Test func anEndpointThatSaysItIsGoneIsSwitchedOffAtOnce() {
        var round = CallbackRound()
        round.add(.status(410, retryAfter: nil))
        let health = policy.health(after: round, before: CallbackHealth(failures: 0, failingSince: nil), now: start)
        #expect(health.verdict == .disable(.gone))
    }

    @Test func theScaleShortensEveryWait() {
        let fast = CallbackPolicy(timeScale: 0.01)
        #expect(fast.decide(after: refused, tries: 1, isTest: false, spread: 0.5) == .again(after: .milliseconds(50)))
        let health = fast.health(
            after: round(failed: 5), before: CallbackHealth(failures: 0, failingSince: nil), now: start)
        #expect(health.rest == .milliseconds(50))
    }

    @Test func everyWordOfAnEndpointsListIsOneThatAnEventHas() {
        let words = CallbackEventType.words
        #expect(words.contains("*"))
        #expect(words.contains("message.*"))
        #expect(words.contains("callback.*"))
        #expect(!words.contains("callback.test"))
        for state in MessageState.allCases { #expect(words.contains("message.\(state.name)"), "\(state)") }
        for type in CallbackEventType.standard { #expect(type.canBeChosen) }
    }

    private func round(delivered: Int = 0, failed: Int = 0) -> CallbackRound {
        var round = CallbackRound()
        for _ in 0..<delivered { round.add(.status(200, retryAfter: nil)) }
        for _ in 0..<failed { round.add(refused) }
        return round
    }
}
