/// How much each recipient has had of one sender lately. A recipient that is rested is forgotten.
struct PairLimits: Sendable {
    /// One message in 6 s (Meta, throughput page), and 3 % more, as for the sender's rate.
    static let interval: Int64 = 6_186_000

    private struct Debt: Sendable {
        var paidUntil: Timestamp
        /// When the turns promised to messages that wait elsewhere are over.
        var promisedUntil: Timestamp
        /// By the provider, in a row.
        var refusals = 0

        func isRested(_ now: Timestamp) -> Bool { paidUntil <= now && promisedUntil <= now }
    }

    private var burst: Int
    /// What a recipient is taken to owe that the former owner did not write down.
    private let assumedUntil: Timestamp
    private var debts: [String: Debt] = [:]
    /// Every key of `debts` once: looked at in turn, so that forgetting costs each send the same.
    private var round = Ring<String>()
    /// When none of them owes anything any more.
    private var allRestedAt = Timestamp(microseconds: .min)

    init(burst: Int, resume: SenderResume) {
        self.burst = burst
        assumedUntil =
            resume.isTakeOver
            ? Timestamp(microseconds: resume.paidUntil.microseconds + Self.threshold(burst) * Self.interval)
            : Timestamp(microseconds: .min)
        for (recipient, paidUntil) in resume.pairDebts { put(recipient, paidUntil: max(paidUntil, assumedUntil)) }
    }

    var count: Int { debts.count }

    mutating func setBurst(_ new: Int) { burst = new }

    func freeAt(_ recipient: String) -> Timestamp {
        limit(debts[recipient]?.paidUntil ?? assumedUntil).freeAt
    }

    /// - Parameter slot: at least `freeAt`.
    /// - Returns: what is owed now, when the next owner must be told.
    mutating func take(_ recipient: String, at slot: Timestamp) -> Timestamp? {
        forgetRested(slot, atMost: 2)
        var limit = limit(debts[recipient]?.paidUntil ?? assumedUntil)
        guard limit.take(at: slot) == .granted else { preconditionFailure("a recipient before its time") }
        put(recipient, paidUntil: limit.paidUntil)
        let owed = limit.paidUntil.microseconds - slot.microseconds
        return owed > Self.threshold(burst) * Self.interval ? limit.paidUntil : nil
    }

    /// What was taken is used later than planned, and owed as much longer.
    mutating func postpone(_ recipient: String, by span: Duration) {
        guard span > .zero, let paidUntil = debts[recipient]?.paidUntil else { return }
        put(recipient, paidUntil: paidUntil + span)
    }

    /// For one that has to wait: its likely turn, each after the one promised before.
    mutating func promise(_ recipient: String, from free: Timestamp) -> Timestamp {
        if debts[recipient] == nil { put(recipient, paidUntil: assumedUntil) }
        let until = max(free, debts[recipient]?.promisedUntil ?? free)
        let promised = Timestamp(microseconds: until.microseconds + Self.interval)
        debts[recipient]?.promisedUntil = promised
        allRestedAt = max(allRestedAt, promised)
        return until
    }

    /// The provider counts otherwise than we do: its waits grow as it asks (Meta: 4^X seconds).
    mutating func refused(_ recipient: String, _ error: ErrorClassification, now: Timestamp) {
        if debts[recipient] == nil { put(recipient, paidUntil: assumedUntil) }
        guard var debt = debts[recipient] else { return }
        var limit = limit(debt.paidUntil)
        limit.close(until: now + (error.wait(afterRepeats: debt.refusals) ?? .seconds(1)))
        debt.paidUntil = limit.paidUntil
        debt.refusals += 1
        debts[recipient] = debt
        allRestedAt = max(allRestedAt, debt.paidUntil)
    }

    mutating func accepted(_ recipient: String) {
        guard let debt = debts[recipient], debt.refusals > 0 else { return }
        debts[recipient]?.refusals = 0
    }

    mutating func forgetRested(_ now: Timestamp, atMost max: Int) {
        if debts.isEmpty { return }
        if allRestedAt <= now {
            debts = [:]
            round = Ring()
            return
        }
        for _ in 0..<min(max, round.count) {
            guard let recipient = round.popFirst(), let debt = debts[recipient] else { continue }
            if debt.isRested(now) { debts[recipient] = nil } else { round.append(recipient) }
        }
    }

    private mutating func put(_ recipient: String, paidUntil: Timestamp) {
        allRestedAt = max(allRestedAt, paidUntil)
        if debts[recipient]?.paidUntil != nil {
            debts[recipient]?.paidUntil = paidUntil
        } else {
            debts[recipient] = Debt(paidUntil: paidUntil, promisedUntil: Timestamp(microseconds: .min))
            round.append(recipient)
        }
    }

    private func limit(_ paidUntil: Timestamp) -> RateLimit {
        // An instant long past, so that no sum runs over.
        RateLimit(
            microseconds: Self.interval, burst: burst, paidUntil: max(paidUntil, Timestamp(microseconds: 0)))
    }

    /// In sends: what is owed up to here is not written down.
    private static func threshold(_ burst: Int) -> Int64 { Int64(max(1, burst / 4)) }
}
