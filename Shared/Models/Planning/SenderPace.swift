/// When a sender's next message may leave: its rate, which learns from refusals, and the tenant's own pause.
struct SenderPace: Sendable {
    /// What a process does between a slot's instant and the first byte takes a little time, and not always the same:
    /// below the limit by so much, what arrives closer together than it was planned stays within it.
    static let share = 0.96
    static let burstShare = 0.005
    static let recoverEvery: Duration = .seconds(10)
    static let recoverShare = 0.1
    /// Refusals of one wave are one piece of news.
    static let halveAtMostEvery: Duration = .seconds(1)
    /// However often it is refused, it keeps asking.
    static let floorShare = 1.0 / 16

    private(set) var rules: SenderRules
    private(set) var rate: Double
    private(set) var rateChangedAt: Timestamp
    private var limit: RateLimit
    private var halvedAt: Timestamp?
    /// Nothing leaves before: the former owner's sends, or the provider's refusal.
    private var closedUntil: Timestamp
    private var gapOver: Timestamp
    private var promisedUntil: Timestamp

    init(_ rules: SenderRules, _ resume: SenderResume) {
        self.rules = rules
        let rate = resume.rate.map { min(max($0, Self.floor(rules)), Double(rules.messagesPerSecond)) }
        self.rate = rate ?? Double(rules.messagesPerSecond)
        rateChangedAt = resume.rateChangedAt
        limit = Self.limit(self.rate, paidUntil: resume.paidUntil)
        closedUntil = resume.paidUntil
        gapOver = resume.paidUntil
        promisedUntil = resume.paidUntil
        // Whoever sent before may have used the burst up.
        if resume.isTakeOver { limit.close(until: resume.paidUntil) }
    }

    /// What is sent next, and every message after it, leaves at this instant or later.
    mutating func earliest(now: Timestamp) -> Timestamp {
        recover(now)
        return max(now, closedUntil, max(limit.freeAt, gapOver))
    }

    /// - Parameter slot: at least `earliest`.
    mutating func take(_ slot: Timestamp) {
        guard limit.take(at: slot) == .granted else { preconditionFailure("a slot before the limit allows it") }
        if rules.minimumGap > .zero { gapOver = slot + rules.minimumGap }
    }

    /// For one that cannot wait here: its likely turn, each after the one promised before.
    mutating func promise(from earliest: Timestamp) -> Timestamp {
        let until = max(earliest, promisedUntil)
        promisedUntil = until + max(limit.interval, rules.minimumGap)
        return until
    }

    var paidUntil: Timestamp { max(limit.paidUntil, gapOver, closedUntil) }

    /// Which of the two makes it wait.
    var binding: LimitName { gapOver > limit.freeAt ? .messageDelay : .senderRate }

    /// What may wait in memory: about as much as goes out in `seconds`.
    func waitingMax(seconds: Int, atLeast least: Int) -> Int {
        guard rules.minimumGap > .zero else { return max(least, Int(rate) * seconds) }
        return max(1, Int(Duration.seconds(seconds) / rules.minimumGap))
    }

    /// The provider said that it was too fast.
    mutating func refused(wait: Duration?, now: Timestamp) {
        recover(now)
        if halvedAt.map({ now - $0 >= Self.halveAtMostEvery }) ?? true {
            halvedAt = now
            rateChangedAt = now
            setRate(max(rate / 2, Self.floor(rules)))
        }
        closedUntil = max(closedUntil, now + (wait ?? .seconds(1)))
        limit.close(until: closedUntil)
    }

    mutating func setRules(_ new: SenderRules) {
        let isFull = rate >= Double(rules.messagesPerSecond)
        rules = new
        let full = Double(new.messagesPerSecond)
        setRate(isFull ? full : min(max(rate, Self.floor(new)), full))
    }

    private mutating func recover(_ now: Timestamp) {
        let full = Double(rules.messagesPerSecond)
        while rate < full, now >= rateChangedAt + Self.recoverEvery {
            rateChangedAt = rateChangedAt + Self.recoverEvery
            setRate(min(full, rate + full * Self.recoverShare))
        }
    }

    private mutating func setRate(_ new: Double) {
        rate = new
        limit = Self.limit(new, paidUntil: limit.paidUntil)
    }

    private static func limit(_ rate: Double, paidUntil: Timestamp) -> RateLimit {
        RateLimit(
            microseconds: Int64((1_000_000 / (rate * share)).rounded(.up)),
            burst: max(1, Int(rate * burstShare)), paidUntil: paidUntil)
    }

    private static func floor(_ rules: SenderRules) -> Double {
        let full = Double(rules.messagesPerSecond)
        return max(full * floorShare, min(full, 1) / 4)
    }
}
