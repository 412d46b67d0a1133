import Models

/// Meta's limits on sending, counted whether or not they are enforced.
struct SendLimits: Sendable {
    struct Breaches: Sendable {
        /// 130429: messages a second of a phone number.
        var throughput = 0
        /// 131056: one message per 6 s and recipient, 45 in a burst.
        var pair = 0
    }

    private struct Pair: Hashable {
        let account: Int
        let recipient: UInt64
    }

    /// Rested pairs are forgotten when there are this many more.
    private static let pairsAddedMax = 100_000

    private let messagesPerSecond: Int
    private let enforces: Bool
    private var numbers: [Int: RateLimit] = [:]
    private var pairs: [Pair: Timestamp] = [:]
    private var pairsMax = pairsAddedMax
    private(set) var breaches = Breaches()

    init(messagesPerSecond: Int, enforces: Bool) {
        self.messagesPerSecond = messagesPerSecond
        self.enforces = enforces
    }

    /// Nil when the send is within the limits, or the limits are only counted.
    mutating func take(account: Int, recipient: UInt64, at now: Timestamp) -> Int? {
        let interval = Duration.microseconds(max(1, 1_000_000 / messagesPerSecond))
        var number =
            numbers[account] ?? RateLimit(interval: interval, burst: messagesPerSecond, paidUntil: now)
        if case .denied = number.take(at: now) {
            breaches.throughput += 1
            if enforces { return 130_429 }
        }
        numbers[account] = number
        let key = Pair(account: account, recipient: recipient)
        var pair = RateLimit.pair(paidUntil: pairs[key] ?? now)
        if case .denied = pair.take(at: now) {
            breaches.pair += 1
            if enforces { return 131_056 }
        }
        pairs[key] = pair.paidUntil
        forgetRested(now)
        return nil
    }

    mutating func reset() {
        (numbers, pairs, breaches) = ([:], [:], Breaches())
        pairsMax = Self.pairsAddedMax
    }

    private mutating func forgetRested(_ now: Timestamp) {
        guard pairs.count > pairsMax else { return }
        pairs = pairs.filter { $0.value > now }
        pairsMax = pairs.count + Self.pairsAddedMax
    }
}
