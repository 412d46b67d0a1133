import JSON
import Models
import Postgres
import Storage

/// One message: where it is, why, and everything that happened to it.
enum MessageDetailPage {
    /// - Parameter holds: what the message waits for; nil where nothing is known of it.
    static func content(_ detail: LogDetail, _ holds: Explanation?) -> HTML {
        let row = detail.row
        return """
            <p class="mb-2"><a href="\(TenantPages.path)">← All messages</a></p>
            <div class="head"><h1 class="number">\(row.recipient)</h1>\
            <span class="live-sign end" data-live-sign role="status" hidden></span></div>
            <div data-live><div data-piece="message" data-version="\(version(of: detail, holds))">
            <div class="head">\(Piece.badge(row.state))\(row.isCritical ? criticalMark : HTML.nothing)</div>
            \(notice(row))
            \(HoldSection.markup(holds))
            <section class="panel"><h2>Message</h2><div class="inside">\(facts(detail))</div></section>
            <section class="panel"><h2>What happened</h2><div class="inside"><ol class="steps">
            \(detail.timeline.map(step))
            </ol></div></section>
            \(AttemptTable.markup(detail))
            </div></div>
            """
    }

    private static let criticalMark: HTML = "<span class=\"badge-state mark-critical\">Critical</span>"

    private static func version(of detail: LogDetail, _ holds: Explanation?) -> String {
        let held = holds?.holds.map(\.reason.rawValue).joined(separator: "-") ?? ""
        return
            "\(MessageList.version(of: detail.row)).\(detail.timeline.count).\(detail.attempts.count).\(held)"
    }

    private static func notice(_ row: LogRow) -> HTML {
        guard let words = RowWords(row) else { return .nothing }
        let kind = Piece.colour(of: row.state) == "red" ? "is-bad" : ""
        return """
            <div class="notice \(kind)"><b>\(words.title)</b><p>\(words.explanation)</p>\
            \(RowText.remedy(words, isOwner: true))</div>
            """
    }

    private static func facts(_ detail: LogDetail) -> HTML {
        let row = detail.row
        func fact(_ title: String, _ value: HTML?) -> HTML {
            guard let value else { return .nothing }
            return "<div><dt>\(title)</dt><dd>\(value)</dd></div>"
        }
        func text(_ value: String?) -> HTML? { value.map { "\($0)" } }
        return """
            <dl class="facts">
            \(fact("Template", text(row.template.map { $0 + (row.language.map { " (\($0))" } ?? "") })))
            \(fact("Text", text(row.template == nil ? row.preview : nil)))
            \(fact("Type", text(row.type)))
            \(fact("Kind", text(row.kind)))
            \(fact("Reference", text(row.reference)))
            \(fact("Accepted", Piece.time(row.createdAt)))
            \(fact("Planned for", row.scheduledFor.map(Piece.time)))
            \(fact("Sent", row.sentAt.map(Piece.time)))
            \(fact("Delivered", row.deliveredAt.map(Piece.time)))
            \(fact("Read", row.readAt.map(Piece.time)))
            \(fact("Valid until", Piece.time(row.expiresAt)))
            \(fact("Retries", text("\(row.retries) of \(row.retriesMax)")))
            \(fact("Priority", text("\(row.priority) of 10")))
            \(fact("Repeats", detail.parent.map(link)))
            \(fact("Repeated by", detail.child.map(link)))
            \(fact("Status asked for", detail.lastStatusCheck.map(Piece.time)))
            \(fact("Id", text(row.id.description)))
            </dl>
            """
    }

    private static func link(_ id: MessageID) -> HTML {
        "<a href=\"\(TenantPages.path)/\(id.description)\">\(id.description)</a>"
    }

    private static func step(_ event: RecordedEvent) -> HTML {
        let state = MessageState(name: event.type)
        let title =
            state.map(Piece.words)
            ?? (event.type.prefix(1).uppercased() + words(String(event.type.dropFirst())))
        let attempt: HTML? = event.attempt.map { "<span class=\"quiet small\">attempt \($0)</span>" }
        var notes: [String] = []
        if let code = event.errorCode {
            notes.append("\(ProviderErrors.describe(code: code).title) (\(code))")
        }
        let detail = event.detail.flatMap { try? JSONDocument(parsing: $0.bytes) }
        if let ignored = detail?.root["ignored"]?.string {
            notes.append("changed nothing: \(words(ignored))")
        }
        if let reason = detail?.root["reason"]?.string { notes.append(words(reason)) }
        return """
            <li class="is-\(state.map(Piece.colour) ?? "grey")"><b>\(title)</b> \(attempt)
            <div class="quiet small">\(Piece.time(event.at))\(notes.map { " · \($0)" } as [HTML])</div></li>
            """
    }

    private static func words(_ word: String) -> String { word.replacing("_", with: " ") }
}
