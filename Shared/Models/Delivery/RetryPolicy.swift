/// When a message is tried again.
package struct RetryPolicy: Hashable, Sendable {
    package enum Delays: Hashable, Sendable {
        /// The last one repeats when there are more retries than delays.
        case list([Duration])
        /// Doubles from `first` to `max`; the spread takes anything between nothing and all of it.
        case exponential(first: Duration, max: Duration)
    }

    package enum Decision: Hashable, Sendable {
        case retry(at: Timestamp, usesRetry: Bool)
        /// Keep it until what the scope names runs again; look again at `recheckAt` at the latest.
        case hold(ErrorScope, recheckAt: Timestamp)
        case giveUp(Cause)
    }

    package enum Cause: String, CaseIterable, Hashable, Sendable {
        /// Trying again would change nothing.
        case permanent
        case retriesExhausted = "retries_exhausted"
        /// The next try would fall after the expiry.
        case expiryTooClose = "expiry_too_close"
    }

    /// Sends after the first one.
    package let maxRetries: Int
    package let delays: Delays

    package static let maxRetriesDefault = 3
    /// Bounds what a tenant may set, and stands for "until expiry" in `patient`.
    package static let maxRetriesLimit = 1_000
    package static let delaysCountMax = 20
    /// An unknown code is retried at most twice; after that a person should look.
    package static let unknownRetriesMax = 2
    /// A closed gate without a wait of its own is looked at again after this long.
    package static let gateRecheck: Duration = .seconds(900)
    package static let delayMin: Duration = .seconds(1)

    package static let quick = RetryPolicy(delays: .list([.seconds(5), .seconds(10), .seconds(15)]))
    package static let steady = RetryPolicy(delays: .list([.seconds(300), .seconds(300), .seconds(300)]))
    package static let patient = RetryPolicy(
        maxRetries: maxRetriesLimit,
        delays: .exponential(first: .seconds(30), max: .seconds(3_600))
    )

    package init(maxRetries: Int = maxRetriesDefault, delays: Delays) {
        precondition((0...Self.maxRetriesLimit).contains(maxRetries))
        switch delays {
        case .list(let list):
            precondition((1...Self.delaysCountMax).contains(list.count))
            precondition(list.allSatisfy { $0 >= .zero })
        case .exponential(let first, let max):
            precondition(first > .zero && max >= first)
        }
        self.maxRetries = maxRetries
        self.delays = delays
    }

    /// - Parameters:
    ///   - retriesUsed: sends after the first that counted.
    ///   - uncounted: tries in a row that used no retry (throttles, waits); they make the waits grow.
    ///   - spread: 0 ..< 1, from the message's own identity, so that a replay decides the same.
    package func decide(
        after failure: ErrorClassification,
        retriesUsed: Int,
        uncounted: Int = 0,
        now: Timestamp,
        expiresAt: Timestamp,
        spread: Double
    ) -> Decision {
        switch failure.fate {
        case .hold:
            return .hold(
                failure.scope,
                recheckAt: now + (failure.wait(afterRepeats: uncounted) ?? Self.gateRecheck)
            )
        case .end where failure.retriesMax == nil: return .giveUp(.permanent)
        case .end, .resend: break
        }
        let usesRetry = failure.class.usesRetry || failure.fate == .end
        if usesRetry, retriesUsed >= retriesAllowed(after: failure) {
            return .giveUp(failure.fate == .end ? .permanent : .retriesExhausted)
        }
        let asked = failure.wait(afterRepeats: uncounted).map { $0 + $0 * (spread / 4) } ?? .zero
        // Without a wait of the provider's, what uses up no retry must still not spin.
        let unpaced = asked > .zero ? .zero : Self.delayMin
        let ours = usesRetry ? delay(beforeRetry: retriesUsed + 1, spread: spread) : unpaced
        return promise(now + max(asked, ours), usesRetry: usesRetry, expiresAt: expiresAt)
    }

    /// What was proven not to have left us was no send, so it uses up no retry; it waits longer each time.
    package func decide(
        after _: NotSentReason,
        retriesUsed: Int,
        uncounted: Int = 0,
        now: Timestamp,
        expiresAt: Timestamp,
        spread: Double
    ) -> Decision {
        let ours = delay(beforeRetry: 1, spread: spread)
        let first = ours > .zero ? ours : Self.delayMin
        let full = min(first * (1 << min(max(0, uncounted), 6)), max(first, Self.notSentDelayMax))
        return promise(now + full, usesRetry: false, expiresAt: expiresAt)
    }

    package static let notSentDelayMax: Duration = .seconds(300)

    /// - Parameter retry: 1 for the first send after the first.
    package func delay(beforeRetry retry: Int, spread: Double) -> Duration {
        precondition(retry >= 1)
        precondition(spread >= 0 && spread < 1)
        switch delays {
        case .list(let list): return list[min(retry, list.count) - 1]
        case .exponential(let first, let max):
            // Twenty doublings dwarf any ceiling we accept, and keep the product from overflowing.
            let full = Swift.min(first * (1 << Swift.min(retry - 1, 20)), max)
            return Swift.max(full * spread, Swift.min(first, Self.delayMin))
        }
    }

    /// For tests that shorten the clock: every delay of ours times the factor.
    package func scaled(by factor: Double) -> RetryPolicy {
        switch delays {
        case .list(let list):
            RetryPolicy(maxRetries: maxRetries, delays: .list(list.map { $0 * factor }))
        case .exponential(let first, let max):
            RetryPolicy(
                maxRetries: maxRetries,
                delays: .exponential(first: first * factor, max: max * factor)
            )
        }
    }

    /// Sends after the first one that a message may have after this failure.
    package func retriesAllowed(after failure: ErrorClassification) -> Int {
        let own = failure.class == .unknown ? Self.unknownRetriesMax : Self.maxRetriesLimit
        return min(maxRetries, own, failure.retriesMax ?? Self.maxRetriesLimit)
    }

    private func promise(_ at: Timestamp, usesRetry: Bool, expiresAt: Timestamp) -> Decision {
        at < expiresAt ? .retry(at: at, usesRetry: usesRetry) : .giveUp(.expiryTooClose)
    }
}
