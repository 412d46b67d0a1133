import Models

/// Meta's limits on sending, as strictly as they can be read, counted whether or not they are enforced. Real time
/// counts here: SANDBOX_TIME_SCALE changes none of it.
struct SendLimits: Sendable {
    struct Breaches: Sendable {
        /// 130429: messages a second of a phone number, as a bucket that holds one second's worth.
        var throughput = 0
        /// 130429: more than that in some second, wherever it begins.
        var slidingSecond = 0
        /// 131056: one message per 6 s and recipient, 45 in a burst.
        var pair = 0
        /// 131048: more distinct recipients in 24 h than the portfolio may write to of its own accord.
        var recipients = 0

        var total: Int { throughput + slidingSecond + pair + recipients }
    }

    /// One send, as far as limits are concerned.
    struct Send: Sendable {
        var account: PhoneAccount
        var recipient: UInt64
        /// A template; a customer who wrote within 24 h may be answered without limit.
        var isTemplate: Bool
        var at: Timestamp
    }

    struct Number: Sendable {
        let account: PhoneAccount
        var messagesPerSecond: Int
        var bucketPaidUntil: Timestamp?
        var second = SlidingSecond()
        var sends = 0
        var breaches = Breaches()
    }

    struct Portfolio: Sendable {
        /// Nil: without limit.
        var recipientsMax: Int?
        /// Who was written to, and when last.
        var recipients: [UInt64: Timestamp] = [:]
        var breaches = 0
    }

    private struct Pair: Hashable {
        let account: Int
        let recipient: UInt64
    }

    static let day = Duration.seconds(86_400)
    /// Rested pairs are forgotten when there are this many more.
    private static let pairsAddedMax = 100_000

    private let messagesPerSecond: Int
    private let enforces: Bool
    private(set) var numbers: [Int: Number] = [:]
    private(set) var portfolios: [String: Portfolio] = [:]
    private var pairs: [Pair: Timestamp] = [:]
    private var pairsMax = pairsAddedMax
    private var windows: [Pair: Timestamp] = [:]
    private(set) var breaches = Breaches()

    init(messagesPerSecond: Int, enforces: Bool) {
        self.messagesPerSecond = messagesPerSecond
        self.enforces = enforces
    }

    // MARK: What the limits are

    mutating func setMessagesPerSecond(_ rate: Int, of account: PhoneAccount) {
        var number = known(account)
        number.messagesPerSecond = rate
        numbers[account.index] = number
    }

    mutating func setRecipientsMax(_ max: Int?, of portfolio: String) {
        portfolios[portfolio, default: Portfolio()].recipientsMax = max
    }

    /// A customer wrote: for 24 h they may be answered without counting as a recipient.
    mutating func openWindow(of account: PhoneAccount, with recipient: UInt64, at now: Timestamp) {
        windows[Pair(account: account.index, recipient: recipient)] = now + Self.day
    }

    /// The counts begin anew; what the limits are stays.
    mutating func reset() {
        pairs = [:]
        pairsMax = Self.pairsAddedMax
        windows = [:]
        breaches = Breaches()
        numbers = numbers.mapValues { Number(account: $0.account, messagesPerSecond: $0.messagesPerSecond) }
        portfolios = portfolios.mapValues { Portfolio(recipientsMax: $0.recipientsMax) }
    }

    private func known(_ account: PhoneAccount) -> Number {
        numbers[account.index] ?? Number(account: account, messagesPerSecond: messagesPerSecond)
    }

    // MARK: A send

    /// Nil when the send is within the limits, or the limits are only counted.
    mutating func take(_ send: Send) -> Int? {
        var number = known(send.account)
        let found = found(by: send, in: &number)
        breaches.add(found)
        number.breaches.add(found)
        if found.recipients > 0 { portfolios[send.account.portfolioID]?.breaches += 1 }
        defer { numbers[send.account.index] = number }
        if enforces, let code = found.code { return code }
        number.sends += 1
        number.second.append(send.at)
        charge(send)
        return nil
    }

    private mutating func found(by send: Send, in number: inout Number) -> Breaches {
        var found = Breaches()
        var bucket = RateLimit(
            interval: .microseconds(max(1, 1_000_000 / number.messagesPerSecond)),
            burst: number.messagesPerSecond,
            paidUntil: number.bucketPaidUntil ?? send.at
        )
        if case .denied = bucket.take(at: send.at) { found.throughput = 1 }
        if number.second.wouldExceed(number.messagesPerSecond, at: send.at) { found.slidingSecond = 1 }
        let pair = pairs[Pair(account: send.account.index, recipient: send.recipient)]
        if RateLimit.pair(paidUntil: pair ?? send.at).freeAt > send.at { found.pair = 1 }
        if exceedsPortfolio(send) { found.recipients = 1 }
        if found.code == nil || !enforces { number.bucketPaidUntil = bucket.paidUntil }
        return found
    }

    private func exceedsPortfolio(_ send: Send) -> Bool {
        guard isCounted(send), let portfolio = portfolios[send.account.portfolioID],
            let max = portfolio.recipientsMax, portfolio.recipients.count >= max
        else { return false }
        if let last = portfolio.recipients[send.recipient], last + Self.day > send.at { return false }
        return portfolio.recipientsCount(at: send.at) >= max
    }

    private func isCounted(_ send: Send) -> Bool {
        guard send.isTemplate else { return false }
        let window = windows[Pair(account: send.account.index, recipient: send.recipient)]
        return window.map { $0 <= send.at } ?? true
    }

    private mutating func charge(_ send: Send) {
        let key = Pair(account: send.account.index, recipient: send.recipient)
        var pair = RateLimit.pair(paidUntil: pairs[key] ?? send.at)
        _ = pair.take(at: send.at)
        pairs[key] = pair.paidUntil
        if pairs.count > pairsMax {
            pairs = pairs.filter { $0.value > send.at }
            pairsMax = pairs.count + Self.pairsAddedMax
        }
        // Without a limit nobody asks who they were.
        guard isCounted(send), portfolios[send.account.portfolioID]?.recipientsMax != nil else { return }
        portfolios[send.account.portfolioID]?.recipients[send.recipient] = send.at
    }
}

extension SendLimits.Breaches {
    /// The refusal that a breach gets, were it enforced.
    fileprivate var code: Int? {
        if throughput + slidingSecond > 0 { return 130_429 }
        if pair > 0 { return 131_056 }
        return recipients > 0 ? 131_048 : nil
    }

    fileprivate mutating func add(_ other: Self) {
        throughput += other.throughput
        slidingSecond += other.slidingSecond
        pair += other.pair
        recipients += other.recipients
    }
}

extension SendLimits.Portfolio {
    func recipientsCount(at now: Timestamp) -> Int {
        recipients.count { $0.value + SendLimits.day > now }
    }
}
