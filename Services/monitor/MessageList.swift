import Models
import Storage

/// A list of messages, as a table that becomes cards on a phone.
enum MessageList {
    static func table(_ page: LogPage, isAcrossTenants: Bool) -> HTML {
        guard !page.rows.isEmpty else {
            return
                "<div class=\"panel\" data-piece=\"list\" data-version=\"empty\"><p class=\"empty\">No messages here.</p></div>"
        }
        return """
            <div class="panel" data-piece="list" data-version="table">
            <table class="list">
            <thead><tr><th scope="col">Recipient</th><th scope="col">Status</th><th scope="col">Message</th>\
            <th scope="col">Retries</th><th scope="col">What happened</th><th scope="col">Time</th></tr></thead>
            <tbody data-piece="rows" data-rows>
            \(page.rows.map { row($0, isAcrossTenants: isAcrossTenants) })
            </tbody>
            </table></div>
            """
    }

    private static func row(_ row: LogRow, isAcrossTenants: Bool) -> HTML {
        """
        <tr id="m-\(row.id.description)" class="\(row.isCritical ? "is-critical" : "")" data-version="\(version(of: row))">
        <td>\(recipient(row, isAcrossTenants: isAcrossTenants))</td>
        <td class="end">\(Piece.badge(row.state))</td>
        <td class="whole">\(subject(row, isAcrossTenants: isAcrossTenants))</td>
        <td data-label="Retries" class="number\(row.retries > 0 ? "" : " quiet")">\(row.retries)/\(row.retriesMax)</td>
        <td class="error">\(problem(row))</td>
        <td class="end quiet small">\(Piece.time(row.createdAt))</td>
        </tr>
        """
    }

    static func version(of row: LogRow) -> String { "\(row.changedAt.microseconds).\(row.state.rawValue)" }

    /// A business sees its customer's number; founders see that it is the same one.
    private static func recipient(_ row: LogRow, isAcrossTenants: Bool) -> HTML {
        if isAcrossTenants {
            return """
                <span class="number">\(maskedPhone(row.recipient))</span><div class="small break">\(row.business)</div>
                """
        }
        return """
            <a class="row-link number" href="/dashboard/whatsapp-logs/\(row.id.description)">\(row.recipient)</a>
            """
    }

    /// What a business writes to its customers, and by which reference it knows them, is its own: founders see the
    /// template.
    private static func subject(_ row: LogRow, isAcrossTenants: Bool) -> HTML {
        let what = row.template ?? (isAcrossTenants ? nil : row.preview) ?? row.type
        let reference: HTML? = isAcrossTenants ? nil : row.reference.map { " · \($0)" }
        return """
            <span class="break">\(String(what.prefix(120)))</span>\
            <div class="quiet small break">\(row.kind)\(reference)</div>
            """
    }

    /// What went wrong and what to do about it, in plain words; nothing where nothing went wrong.
    static func problem(_ row: LogRow) -> HTML {
        let critical: HTML =
            row.isCritical ? "<span class=\"badge-state mark-critical mb-1\">Critical</span> " : .nothing
        guard let words = Explanation(row) else { return critical }
        let remedy: HTML? = words.remedy.map { "<div class=\"small\"><b>What to do:</b> \($0)</div>" }
        return """
            \(critical)<div><b>\(words.title)</b></div><div class="quiet small">\(words.explanation)</div>\(remedy)
            """
    }
}

/// Why a message is where it is, for somebody who does not know WhatsApp's codes.
struct Explanation {
    let title: String
    let explanation: String
    let remedy: String?

    init?(_ row: LogRow) {
        switch row.state {
        case .sent, .delivered, .read, .sending, .queued, .scheduled: return nil
        case .cancelled:
            self.init("Cancelled", "It was called off before it was sent.")
            return
        case .expired:
            if row.errorCode == nil {
                self.init(
                    "Expired",
                    "Its time ran out before it could be sent.",
                    "Send it again with more time."
                )
                return
            }
        case .unanswered:
            self.init(
                "No answer yet",
                "WhatsApp did not answer in time. The message may have been taken, so it is not sent again at once."
            )
            return
        case .failed, .undelivered, .waiting, .held: break
        }
        guard let code = row.errorCode else {
            switch row.state {
            case .failed, .undelivered:
                self.init(
                    "Never answered",
                    "WhatsApp gave no answer and no receipt; the message may or may not have arrived.",
                    "Ask the recipient before sending it again."
                )
            case .waiting: self.init("Retrying", "It could not be sent just now and will be tried again.")
            case .held:
                self.init("On hold", "Sending is paused; it goes on by itself when the pause is over.")
            case .scheduled, .queued, .sending, .unanswered, .sent, .delivered, .read, .expired, .cancelled:
                return nil
            }
            return
        }
        let error = ProviderErrors.describe(code: code)
        // What would have healed did not in time: the table's "nothing, it is tried again" is no longer true.
        let isGivenUp = row.state.isFinal && error.fate == .resend
        self.init(
            "\(error.title) (\(code))",
            error.explanation,
            isGivenUp
                ? "Send it again later. Tidings tried \(row.attempts == 1 ? "once" : "\(row.attempts) times") and has given up."
                : error.remedy
        )
    }

    private init(_ title: String, _ explanation: String, _ remedy: String? = nil) {
        self.title = title
        self.explanation = explanation
        self.remedy = remedy
    }
}
