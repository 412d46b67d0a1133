import Models

/// What was sent through us, attempt by attempt: the oracle that tests believe.
///
/// Memory: about 100 bytes for each of the last `kept` sends and 60 for each message among them; the counts
/// go on beyond them.
struct SendLog: Sendable {
    struct Entry: Sendable {
        /// Which message, as far as the callback data tells; zero when it tells nothing.
        var message: UUIDValue
        var attempt: Int32
        /// Callback data of another shape than ours.
        var foreign: String?
        var recipient: UInt64
        var account: PhoneAccount
        var at: Timestamp
        var isAccepted: Bool
    }

    struct Totals: Sendable {
        var sends = 0
        var accepted = 0
        var distinctMessages = 0
        /// Messages accepted more than once.
        var sentTwice = 0
    }

    private struct Tally {
        var seen: UInt32 = 0
        var accepted: UInt32 = 0
    }

    static let none = UUIDValue(high: 0, low: 0)

    private let kept: Int
    private var entries: [Entry] = []
    /// Where the next entry goes once the log is full.
    private var oldest = 0
    private var tallies: [UUIDValue: Tally] = [:]
    private(set) var totals = Totals()

    init(kept: Int) {
        self.kept = kept
    }

    mutating func append(_ entry: Entry) {
        totals.sends += 1
        if entry.isAccepted { totals.accepted += 1 }
        if entries.count < kept {
            entries.append(entry)
        } else {
            forget(entries[oldest])
            entries[oldest] = entry
            oldest = (oldest + 1) % kept
        }
        guard entry.message != Self.none else { return }
        var tally = tallies[entry.message] ?? Tally()
        if tally.seen == 0 { totals.distinctMessages += 1 }
        tally.seen += 1
        if entry.isAccepted {
            tally.accepted += 1
            if tally.accepted == 2 { totals.sentTwice += 1 }
        }
        tallies[entry.message] = tally
    }

    /// How often a message has been sent so far.
    func timesSeen(_ message: UUIDValue) -> Int { Int(tallies[message]?.seen ?? 0) }

    func entries(where isWanted: (Entry) -> Bool, max: Int) -> [(entry: Entry, timesSeen: Int)] {
        var seen: [AttemptKey: Int] = [:]
        var wanted: [Entry] = []
        for offset in entries.indices {
            let entry = entries[(oldest + offset) % entries.count]
            guard isWanted(entry) else { continue }
            seen[AttemptKey(entry), default: 0] += 1
            wanted.append(entry)
        }
        return wanted.suffix(max).map { ($0, seen[AttemptKey($0)] ?? 1) }
    }

    private struct AttemptKey: Hashable {
        let message: UUIDValue
        let attempt: Int32

        init(_ entry: Entry) {
            message = entry.message
            attempt = entry.attempt
        }
    }

    private mutating func forget(_ entry: Entry) {
        guard var tally = tallies[entry.message] else { return }
        tally.seen -= 1
        tallies[entry.message] = tally.seen == 0 ? nil : tally
    }
}

/// The callback data of a send: `v1.<message id>.<attempt>` when Tidings wrote it, anything otherwise.
struct CallbackData: Sendable {
    let message: UUIDValue
    let attempt: Int32
    let foreign: String?

    init(_ text: String?) {
        guard let text else {
            (message, attempt, foreign) = (SendLog.none, 0, nil)
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 3, let message = UUIDValue(parts[1]), let attempt = Int32(parts[2]) {
            (self.message, self.attempt, foreign) = (message, attempt, nil)
            return
        }
        var high = Hasher()
        high.combine(text)
        var low = Hasher()
        low.combine(text)
        low.combine(1)
        message = UUIDValue(
            high: UInt64(bitPattern: Int64(high.finalize())),
            low: UInt64(bitPattern: Int64(low.finalize()))
        )
        (attempt, foreign) = (0, text)
    }
}
