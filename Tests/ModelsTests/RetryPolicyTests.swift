import Models
import TestSupport
import Testing

private let start = Timestamp(microseconds: 1_800_000_000_000_000)

/// Planted and found here before these tests were trusted: `at <= expiresAt` in `promise`; a throttle that
/// uses a retry; `min` instead of `max` between the provider's wait and ours.
@Suite struct RetryPolicyTests {
    private func decide(
        _ policy: RetryPolicy,
        code: Int,
        retriesUsed: Int = 0,
        uncounted: Int = 0,
        expiresIn: Duration = .seconds(86_400 * 30),
        spread: Double = 0.5,
        httpStatus: Int = 0
    ) -> RetryPolicy.Decision {
        policy.decide(
            after: MetaErrors.classify(code: code, httpStatus: httpStatus),
            retriesUsed: retriesUsed,
            uncounted: uncounted,
            now: start,
            expiresAt: start + expiresIn,
            spread: spread
        )
    }

    @Test func quickRetriesAfterFiveTenAndFifteenSecondsThenGivesUp() {
        for (used, seconds) in [5, 10, 15].enumerated() {
            #expect(
                decide(.quick, code: 131_000, retriesUsed: used)
                    == .retry(at: start + .seconds(seconds), usesRetry: true)
            )
        }
        #expect(decide(.quick, code: 131_000, retriesUsed: 3) == .giveUp(.retriesExhausted))
    }

    @Test func steadyRetriesThreeTimesEveryFiveMinutes() {
        for used in 0..<3 {
            #expect(
                decide(.steady, code: 131_016, retriesUsed: used)
                    == .retry(at: start + .seconds(300), usesRetry: true)
            )
        }
        #expect(decide(.steady, code: 131_016, retriesUsed: 3) == .giveUp(.retriesExhausted))
    }

    @Test func patientGoesOnUntilTheExpiry() {
        for used in [0, 5, 50, 500] {
            guard case .retry(_, usesRetry: true) = decide(.patient, code: 131_000, retriesUsed: used) else {
                Issue.record("gave up after \(used)")
                continue
            }
        }
        #expect(
            decide(.patient, code: 131_000, retriesUsed: 9, expiresIn: .milliseconds(1))
                == .giveUp(.expiryTooClose)
        )
    }

    @Test func maxRetriesCountsTheSendsAfterTheFirst() {
        let none = RetryPolicy(maxRetries: 0, delays: .list([.seconds(5)]))
        #expect(decide(none, code: 131_000) == .giveUp(.retriesExhausted))
        let one = RetryPolicy(maxRetries: 1, delays: .list([.seconds(5)]))
        #expect(decide(one, code: 131_000) == .retry(at: start + .seconds(5), usesRetry: true))
        #expect(decide(one, code: 131_000, retriesUsed: 1) == .giveUp(.retriesExhausted))
    }

    @Test func theLastDelayRepeatsWhenTheListIsShorter() {
        let policy = RetryPolicy(maxRetries: 5, delays: .list([.seconds(1), .seconds(2)]))
        #expect(
            decide(policy, code: 131_000, retriesUsed: 4) == .retry(at: start + .seconds(2), usesRetry: true)
        )
    }

    @Test func throttlesWaitsAndMaintenanceUseUpNoRetry() {
        for row in MetaErrors.rows where row.class == .throttle || row.class == .wait {
            guard case .retry(let at, usesRetry: false) = decide(.quick, code: row.code, retriesUsed: 3)
            else {
                Issue.record("\(row.code) used up a retry")
                continue
            }
            #expect(at - start >= row.wait ?? .zero, "\(row.code)")
        }
    }

    @Test func aThrottleThatRepeatsWaitsLonger() {
        let first = decide(.quick, code: 131_056, spread: 0)
        let third = decide(.quick, code: 131_056, uncounted: 2, spread: 0)
        #expect(first == .retry(at: start + .seconds(1), usesRetry: false))
        #expect(third == .retry(at: start + .seconds(16), usesRetry: false))
    }

    @Test func aLongerWaitFromTheProviderWins() {
        #expect(decide(.quick, code: 1, spread: 0) == .retry(at: start + .seconds(30), usesRetry: true))
        #expect(decide(.steady, code: 1, spread: 0) == .retry(at: start + .seconds(300), usesRetry: true))
    }

    @Test func anUnknownCodeIsRetriedAtMostTwice() {
        for used in 0..<2 {
            guard case .retry(_, usesRetry: true) = decide(.patient, code: 999_999, retriesUsed: used) else {
                Issue.record("gave up after \(used)")
                continue
            }
        }
        #expect(decide(.patient, code: 999_999, retriesUsed: 2) == .giveUp(.retriesExhausted))
        guard case .retry = decide(.patient, code: 999_999, retriesUsed: 2, httpStatus: 500) else {
            Issue.record("a failure inside the provider follows the tenant's policy")
            return
        }
    }

    @Test func whatIsWrongForGoodIsNotTriedAgain() {
        for code in [100, 131_026, 131_047, 131_050, 132_000, 132_016] {
            #expect(decide(.patient, code: code) == .giveUp(.permanent), "\(code)")
        }
    }

    @Test func aFileThatCouldNotBeFetchedGetsOneMoreTry() {
        #expect(decide(.quick, code: 131_053, spread: 0) == .retry(at: start + .seconds(60), usesRetry: true))
        #expect(decide(.quick, code: 131_053, retriesUsed: 1) == .giveUp(.permanent))
    }

    @Test func aRetryAtTheVeryMomentOfTheExpiryIsNotPromised() {
        #expect(
            decide(.quick, code: 131_000, expiresIn: .seconds(5)) == .giveUp(.expiryTooClose)
        )
        #expect(
            decide(.quick, code: 131_000, expiresIn: .microseconds(5_000_001))
                == .retry(at: start + .seconds(5), usesRetry: true)
        )
    }

    @Test func aClosedGateHoldsTheMessage() {
        #expect(decide(.quick, code: 190) == .hold(.account, recheckAt: start + RetryPolicy.gateRecheck))
        #expect(decide(.quick, code: 132_015) == .hold(.template, recheckAt: start + .seconds(10_800)))
    }

    @Test func whatNeverLeftUsIsNoSendAndWaitsLongerEachTime() {
        var waits: [Duration] = []
        for uncounted in 0..<10 {
            let decision = RetryPolicy.quick.decide(
                after: .notConnected,
                retriesUsed: 3,
                uncounted: uncounted,
                now: start,
                expiresAt: start + .seconds(3_600),
                spread: 0.5
            )
            guard case .retry(let at, usesRetry: false) = decision else {
                Issue.record("gave up")
                continue
            }
            waits.append(at - start)
        }
        #expect(waits == waits.sorted())
        #expect(waits.first == .seconds(5) && waits.last == .seconds(300))
    }

    @Test(arguments: 0..<300)
    func noPromiseBreaksTheRules(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let policy = randomPolicy(&random)
        for _ in 0..<50 {
            let row = MetaErrors.rows[Int.random(in: 0..<MetaErrors.rows.count, using: &random)]
            let used = Int.random(in: 0...12, using: &random)
            let expiresAt = start + .milliseconds(Int64.random(in: -1_000...400_000, using: &random))
            let decision = policy.decide(
                after: row,
                retriesUsed: used,
                uncounted: Int.random(in: 0...8, using: &random),
                now: start,
                expiresAt: expiresAt,
                spread: Double.random(in: 0..<1, using: &random)
            )
            switch decision {
            case .retry(let at, let usesRetry):
                #expect(at < expiresAt, "seed \(seed), code \(row.code)")
                #expect(at - start >= row.wait ?? .zero, "seed \(seed), code \(row.code)")
                #expect(!usesRetry || used < policy.maxRetries, "seed \(seed), code \(row.code)")
                #expect(
                    usesRetry != (row.class == .throttle || row.class == .wait),
                    "seed \(seed), code \(row.code)"
                )
            case .hold(_, let recheckAt):
                #expect(recheckAt > start && row.fate == .hold, "seed \(seed), code \(row.code)")
            case .giveUp(let cause):
                #expect(cause != .permanent || row.fate == .end, "seed \(seed), code \(row.code)")
            }
        }
    }

    @Test(arguments: 0..<100)
    func theFullSpreadStaysBetweenNothingAndItsCeiling(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for retry in 1...60 {
            let delay = RetryPolicy.patient.delay(
                beforeRetry: retry,
                spread: Double.random(in: 0..<1, using: &random)
            )
            #expect(delay >= .seconds(1) && delay <= .seconds(3_600), "seed \(seed), retry \(retry)")
        }
    }

    @Test func aShorterClockShortensEveryDelay() {
        let fast = RetryPolicy.quick.scaled(by: 0.01)
        #expect(fast.delays == .list([.milliseconds(50), .milliseconds(100), .milliseconds(150)]))
        #expect(fast.maxRetries == 3)
        let pair = MetaErrors.classify(code: 131_056).scaled(by: 0.001)
        #expect(pair.wait(afterRepeats: 9) == .milliseconds(256))
        let decision = fast.decide(
            after: pair,
            retriesUsed: 0,
            now: start,
            expiresAt: start + .seconds(1),
            spread: 0
        )
        #expect(decision == .retry(at: start + .milliseconds(1), usesRetry: false))
    }

    private func randomPolicy(_ random: inout SeededGenerator) -> RetryPolicy {
        let maxRetries = Int.random(in: 0...10, using: &random)
        if Bool.random(using: &random) {
            let delays = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                Duration.milliseconds(Int64.random(in: 0...100_000, using: &random))
            }
            return RetryPolicy(maxRetries: maxRetries, delays: .list(delays))
        }
        let first = Duration.milliseconds(Int64.random(in: 1...10_000, using: &random))
        return RetryPolicy(maxRetries: maxRetries, delays: .exponential(first: first, max: first * 50))
    }
}

@Suite struct UnansweredPolicyTests {
    private let policy = UnansweredPolicy.standard

    @Test(arguments: [(TemplateCategory.authentication, 180), (.utility, 300), (.marketing, 900)])
    func aReceiptGetsItsTimeToCome(category: TemplateCategory, seconds: Int) {
        let until = start + .seconds(seconds)
        for elapsed in stride(from: 0, to: seconds, by: 7) {
            let decision = policy.decide(
                category: category,
                now: start + .seconds(elapsed),
                unansweredSince: start,
                expiresAt: start + .seconds(3_600)
            )
            #expect(decision == .wait(until: until))
        }
    }

    @Test func afterTheWaitThePreferenceDecides() {
        func late(_ category: TemplateCategory) -> UnansweredPolicy.Decision {
            policy.decide(
                category: category,
                now: start + .seconds(900),
                unansweredSince: start,
                expiresAt: start + .seconds(3_600)
            )
        }
        #expect(late(.authentication) == .resend)
        #expect(late(.utility) == .giveUp)
        #expect(late(.marketing) == .giveUp)
    }

    @Test func afterTheExpiryNothingIsSentTwice() {
        let decision = policy.decide(
            category: .authentication,
            now: start + .seconds(600),
            unansweredSince: start,
            expiresAt: start + .seconds(600)
        )
        #expect(decision == .giveUp)
    }

    @Test func expiriesFollowTheCategory() {
        #expect(TemplateCategory.authentication.expiryDefault == .seconds(600))
        #expect(TemplateCategory.utility.expiryDefault == .seconds(86_400))
        #expect(TemplateCategory.marketing.expiryDefault == .seconds(3 * 86_400))
    }
}
