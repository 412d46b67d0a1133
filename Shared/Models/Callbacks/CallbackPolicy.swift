/// How one try to deliver to an endpoint went.
package enum CallbackAnswer: Hashable, Sendable {
    case status(Int, retryAfter: Duration?)
    /// No answer: in words that hold no address.
    case unreachable(String)

    package var isSuccess: Bool {
        switch self {
        case .status(let code, _): (200...299).contains(code)
        case .unreachable: false
        }
    }

    /// What went wrong, for the log and for people; nil for a success.
    package var problem: String? {
        switch self {
        case .status(let code, _): isSuccess ? nil : "the endpoint answered \(code)"
        case .unreachable(let words): words
        }
    }
}

/// What becomes of a delivery after a try.
package enum CallbackDecision: Hashable, Sendable {
    case delivered
    case again(after: Duration)
    case giveUp
}

/// When deliveries are tried again, when an endpoint rests, and when it is switched off.
///
/// Two clocks: each delivery has its waits, over more than a day; and an endpoint whose tries all fail rests as a whole,
/// so that one delivery after the other tries whether it is back, and none of the others uses up a try.
package struct CallbackPolicy: Hashable, Sendable {
    /// After each failed try. Together 26 hours.
    package static let waits: [Duration] = [
        .seconds(5), .seconds(30), .seconds(120), .seconds(300), .seconds(900), .seconds(1_800), .seconds(3_600),
        .seconds(7_200), .seconds(10_800), .seconds(18_000), .seconds(21_600), .seconds(28_800),
    ]
    /// The first try included.
    package static let triesMax = waits.count + 1
    /// An endpoint may ask for a longer wait, up to this.
    package static let retryAfterMax = Duration.seconds(3_600)
    /// So many tries in a row must fail before an endpoint rests.
    package static let failuresUntilRest = 5
    package static let restFirst = Duration.seconds(5)
    package static let restMax = Duration.seconds(300)
    /// Nobody is switched off for fewer failures, however far apart they lie.
    package static let failuresUntilDisabled = 10
    /// The endpoint says that it is gone for good.
    package static let goneStatus = 410

    /// How long every try must have failed before an endpoint is switched off.
    package let disableAfter: Duration
    /// 1 in production; tests shorten every wait with it.
    package let timeScale: Double

    package init(disableAfter: Duration = .seconds(72 * 3_600), timeScale: Double = 1) {
        self.disableAfter = disableAfter
        self.timeScale = timeScale
    }

    /// - Parameters:
    ///   - tries: this one included.
    ///   - isTest: a person waits for the answer, so that there is one try.
    ///   - spread: 0 ..< 1, the same for the same delivery.
    package func decide(
        after answer: CallbackAnswer, tries: Int, isTest: Bool, spread: Double
    ) -> CallbackDecision {
        if answer.isSuccess { return .delivered }
        if isTest || tries >= Self.triesMax { return .giveUp }
        let wait = Self.waits[max(0, tries - 1)] * (0.9 + 0.2 * spread)
        guard case .status(_, let retryAfter?) = answer else { return .again(after: wait * timeScale) }
        return .again(after: max(wait, min(retryAfter, Self.retryAfterMax)) * timeScale)
    }

    /// What one round of tries says about the endpoint.
    package func health(
        after round: CallbackRound, before: CallbackHealth, now: Timestamp
    ) -> CallbackHealth {
        guard round.tries > 0 else { return before }
        if round.successes > 0 {
            return CallbackHealth(failures: 0, failingSince: nil, rest: nil, verdict: before.isDown ? .recovered : .works)
        }
        let failures = before.failures + round.tries
        let since = before.failingSince ?? now
        let verdict: CallbackHealth.Verdict =
            if round.isGone {
                .disable(.gone)
            } else if failures >= Self.failuresUntilDisabled, now - since >= disableAfter {
                .disable(.failing)
            } else {
                .fails
            }
        return CallbackHealth(
            failures: failures, failingSince: since, rest: rest(afterFailures: failures), verdict: verdict)
    }

    private func rest(afterFailures failures: Int) -> Duration? {
        guard failures >= Self.failuresUntilRest else { return nil }
        let doublings = min(failures - Self.failuresUntilRest, 10)
        return min(Self.restFirst * (1 << doublings), Self.restMax) * timeScale
    }
}

/// Tries at one endpoint that were made together; tests do not count.
package struct CallbackRound: Hashable, Sendable {
    package var tries = 0
    package var successes = 0
    package var isGone = false

    package init() {}

    package mutating func add(_ answer: CallbackAnswer) {
        tries += 1
        if answer.isSuccess { successes += 1 }
        if case .status(CallbackPolicy.goneStatus, _) = answer { isGone = true }
    }
}

/// How an endpoint does.
package struct CallbackHealth: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case works
        /// It works again: what waits is due now.
        case recovered
        case fails
        case disable(CallbackDisableReason)
    }

    /// In a row.
    package let failures: Int
    package let failingSince: Timestamp?
    /// How long nothing is tried.
    package let rest: Duration?
    package let verdict: Verdict

    package init(failures: Int, failingSince: Timestamp?, rest: Duration? = nil, verdict: Verdict = .works) {
        self.failures = failures
        self.failingSince = failingSince
        self.rest = rest
        self.verdict = verdict
    }

    /// One delivery at a time tries whether it is back.
    package var isDown: Bool { failures >= CallbackPolicy.failuresUntilRest }
}

/// Why an endpoint was switched off by us.
package enum CallbackDisableReason: String, CaseIterable, Hashable, Sendable {
    case failing
    case gone

    package var words: String {
        switch self {
        case .failing: "No try succeeded for days."
        case .gone: "The endpoint answered 410: it is gone."
        }
    }
}
