package import HTTPServer
package import Models
internal import Synchronization

/// How often each key may ask: a bucket a key, in this process. Several copies of a service each count for themselves.
package final class RequestLimits: Sendable {
    /// Keys that rest are forgotten when there are more: a bucket that is full says nothing.
    package static let keysMax = 100_000

    /// What a caller is told with every answer.
    package struct Standing: Equatable, Sendable {
        package let perSecond: Int
        package let remaining: Int
        /// Seconds until the bucket is full again.
        package let resetSeconds: Int64
        /// Nil: the request may go on.
        package let wait: Duration?

        package func write(into headers: AnswerHeaders) {
            headers.set("RateLimit-Limit", "\(perSecond)")
            headers.set("RateLimit-Remaining", "\(remaining)")
            headers.set("RateLimit-Reset", "\(resetSeconds)")
            headers.set("RateLimit-Policy", "\(perSecond);w=1")
        }
    }

    private let buckets = Mutex<[APIKeyID: RateLimit]>([:])

    package init() {}

    /// Takes one request off the key's second.
    package func take(_ key: APIKeyID, perSecond: Int, at now: Timestamp) -> Standing {
        precondition(perSecond > 0)
        return buckets.withLock { buckets in
            let cost = max(1, 1_000_000 / Int64(perSecond))
            if buckets[key] == nil, buckets.count >= Self.keysMax {
                buckets = buckets.filter { $0.value.paidUntil > now }
            }
            // The limit may have changed since; what was taken stays taken.
            var bucket = RateLimit(
                interval: .microseconds(cost), burst: perSecond, paidUntil: buckets[key]?.paidUntil ?? now)
            let answer = bucket.take(at: now)
            buckets[key] = bucket
            let taken = max(0, bucket.paidUntil.microseconds - now.microseconds)
            let wait: Duration? =
                switch answer {
                case .granted: nil
                case .denied(let until): .microseconds(max(1, until.microseconds - now.microseconds))
                }
            return Standing(
                perSecond: perSecond,
                remaining: wait == nil ? max(0, perSecond - Int((taken + cost - 1) / cost)) : 0,
                resetSeconds: (taken + 999_999) / 1_000_000,
                wait: wait
            )
        }
    }
}
