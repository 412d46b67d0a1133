import Models
import Storage

/// A list of messages, as a table that becomes cards on a phone.
enum MessageList {
    /// - Parameter visitor: who sees it, and may do something about a message; nil: nothing is to be done here.
    static func table(_ page: LogPage, for visitor: Visitor? = nil, isAcrossTenants: Bool) -> HTML {
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
            \(page.rows.map { row($0, visitor, isAcrossTenants: isAcrossTenants) })
            </tbody>
            </table></div>
            """
    }

    private static func row(_ row: LogRow, _ visitor: Visitor?, isAcrossTenants: Bool) -> HTML {
        """
        <tr id="m-\(row.id.description)" class="\(row.isCritical ? "is-critical" : "")" data-version="\(version(of: row))">
        <td>\(recipient(row, isAcrossTenants: isAcrossTenants))</td>
        <td class="end">\(Piece.badge(row.state))</td>
        <td class="whole">\(subject(row, isAcrossTenants: isAcrossTenants))</td>
        <td data-label="Retries" class="number\(row.retries > 0 ? "" : " quiet")">\(row.retries)/\(row.retriesMax)</td>
        <td class="error">\(problem(row, isOwner: !isAcrossTenants))\
        \(MessageAction.forms(MessageAction.offered(for: row), row.id, visitor, isSmall: true))</td>
        <td class="end quiet small">\(Piece.time(row.createdAt))</td>
        </tr>
        """
    }

    static func version(of row: LogRow) -> String {
        "\(row.changedAt.microseconds).\(row.state.rawValue).\(row.dueAt?.microseconds ?? 0).\(row.gate == nil ? 0 : 1)"
    }

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

    /// What went wrong or holds it, what to do about it and what comes next, in plain words.
    private static func problem(_ row: LogRow, isOwner: Bool) -> HTML {
        let critical: HTML =
            row.isCritical ? "<span class=\"badge-state mark-critical mb-1\">Critical</span> " : .nothing
        guard let words = RowWords(row) else { return critical }
        return """
            \(critical)<div><b>\(words.title)</b></div><div class="quiet small">\(words.explanation)</div>\
            \(RowText.remedy(words, isOwner: isOwner))
            """
    }
}
