/// What a tenant may choose for its retries; the raw values are stored.
package enum RetryPreset: String, CaseIterable, Hashable, Sendable {
    case quick
    case steady
    case patient
    /// A list of the tenant's own.
    case own
}

extension RetryPolicy {
    /// The longest that one delay of a tenant's own list may be.
    package static let ownDelayMax: Duration = .seconds(30 * 86_400)

    /// A tenant's own list: the first delay before the first retry, and so on; the last one repeats. What is out of
    /// bounds is brought back into them, and an empty list is the usual one.
    package static func own(_ delays: [Duration], maxRetries: Int = maxRetriesDefault) -> RetryPolicy {
        let list = delays.prefix(delaysCountMax).map { min(max($0, .zero), ownDelayMax) }
        return RetryPolicy(
            maxRetries: min(max(maxRetries, 0), maxRetriesLimit), delays: list.isEmpty ? quick.delays : .list(list))
    }

    /// `retry_delay_minutes`: the same time before each retry.
    package static func own(everyMinutes minutes: Int, maxRetries: Int = maxRetriesDefault) -> RetryPolicy {
        own([.seconds(minutes * 60)], maxRetries: maxRetries)
    }

    package static func of(
        _ preset: RetryPreset, ownDelays: [Duration] = [], isEnabled: Bool = true, maxRetries: Int
    ) -> RetryPolicy {
        let maxRetries = isEnabled ? min(max(maxRetries, 0), maxRetriesLimit) : 0
        return switch preset {
        case .quick: RetryPolicy(maxRetries: maxRetries, delays: quick.delays)
        case .steady: RetryPolicy(maxRetries: maxRetries, delays: steady.delays)
        case .patient: RetryPolicy(maxRetries: maxRetries, delays: patient.delays)
        case .own: own(ownDelays, maxRetries: maxRetries)
        }
    }
}
