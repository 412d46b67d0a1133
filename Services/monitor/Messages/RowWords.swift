import Models
import Runtime
import Storage

/// Why a message is where it is, for somebody who does not know WhatsApp's codes.
struct RowWords {
    let title: String
    let explanation: String
    let remedy: String?
    /// Who must act; nil where nothing has to be done or the remedy says it all.
    let who: ErrorOwner?
    /// What happens next by itself, and when.
    let next: (what: String, at: Timestamp)?

    /// Nil where nothing went wrong and nothing holds the message.
    init?(_ row: LogRow, now: Timestamp = SystemClock.now()) {
        switch row.state {
        case .sent, .delivered, .read, .sending: return nil
        case .scheduled:
            guard let at = row.scheduledFor ?? row.dueAt else { return nil }
            self.init("Scheduled", "It is kept until its time comes.", next: ("goes out", at))
        case .queued:
            guard row.isPaced, let at = row.dueAt, at > now else { return nil }
            self.init(
                "In line",
                "The pace of its number, a limit or quiet hours let it go out a little later.",
                next: ("its turn", at)
            )
        case .cancelled:
            self.init("Cancelled", "It was called off before it was sent.")
        case .unanswered:
            self.init(
                "No answer yet",
                "WhatsApp did not answer in time. The message may have been taken, so it is not sent again at once.",
                next: row.dueAt.map { ("settled by the business's policy if no receipt comes", $0) }
            )
        case .held: self.init(held: row)
        case .expired:
            guard let code = row.errorCode else {
                self.init(
                    "Expired",
                    "Its time ran out before it could be sent.",
                    "Send it again with more time.",
                    .tenant
                )
                return
            }
            self.init(code, row)
        case .waiting:
            guard let code = row.errorCode else {
                self.init(
                    "Retrying",
                    "It could not be sent just now and will be tried again.",
                    next: row.dueAt.map { ("next try", $0) }
                )
                return
            }
            self.init(code, row)
        case .failed, .undelivered:
            guard let code = row.errorCode else {
                self.init(
                    "Never answered",
                    "WhatsApp gave no answer and no receipt; the message may or may not have arrived.",
                    "Ask the recipient before sending it again.",
                    .tenant
                )
                return
            }
            self.init(code, row)
        }
    }

    private init(held row: LogRow) {
        guard let gate = row.gate else {
            self.init(
                "On hold",
                "What held it is over; it goes out as soon as its number's pace allows.",
                next: row.dueAt.map { ("next look", $0) }
            )
            return
        }
        let words = gate.cause.words
        let next = gate.opensAt.map { ("opens by itself", $0) } ?? gate.probeAt.map { ("next try", $0) }
        self.init("On hold: \(words.title)", words.explanation, words.remedy, words.who, next: next)
    }

    private init(_ code: Int, _ row: LogRow) {
        let error = ProviderErrors.describe(code: code)
        // What would have healed did not in time: the table's "nothing, it is tried again" is no longer true.
        let isGivenUp = row.state.isFinal && error.fate == .resend
        let tries = row.attempts == 1 ? "once" : "\(row.attempts) times"
        self.init(
            "\(error.title) (\(code))",
            error.explanation,
            isGivenUp ? "Send it again later. Tidings tried \(tries) and has given up." : error.remedy,
            isGivenUp ? .tenant : error.who,
            next: row.state == .waiting ? row.dueAt.map { ("next try", $0) } : nil
        )
    }

    private init(
        _ title: String,
        _ explanation: String,
        _ remedy: String? = nil,
        _ who: ErrorOwner? = nil,
        next: (what: String, at: Timestamp)? = nil
    ) {
        self.title = title
        self.explanation = explanation
        self.remedy = remedy
        self.who = who
        self.next = next
    }
}

/// These words as markup.
enum RowText {
    /// - Parameter isOwner: the reader is the business itself.
    static func who(_ owner: ErrorOwner, isOwner: Bool) -> String {
        isOwner && owner == .tenant ? "you" : owner.words
    }

    static func remedy(_ words: RowWords, isOwner: Bool) -> HTML {
        let remedy: HTML? = words.remedy.map { "<div class=\"small\"><b>What to do:</b> \($0)</div>" }
        let who: HTML? = words.who.map { owner in
            owner == .nobody
                ? .nothing
                : "<div class=\"small\"><b>Who acts:</b> \(Self.who(owner, isOwner: isOwner))</div>"
        }
        let next: HTML? = words.next.map { what, at in
            "<div class=\"small\"><b>Next:</b> \(what), \(Piece.time(at))</div>"
        }
        return "\(remedy)\(who)\(next)"
    }
}
