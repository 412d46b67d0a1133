import JSON
import Models
import Postgres
import Storage

/// One message: where it is, why, and everything that happened to it.
struct MessageDetailPage {
    private let detail: LogDetail
    /// What the message waits for; nil where nothing is known of it.
    private let holds: Explanation?
    private let costs: [CostStore.MessageCost]
    private let visitor: Visitor

    init(_ detail: LogDetail, _ holds: Explanation?, _ costs: [CostStore.MessageCost], _ visitor: Visitor) {
        self.detail = detail
        self.holds = holds
        self.costs = costs
        self.visitor = visitor
    }

    func content(_ notice: ActionNotice?) -> HTML {
        let row = detail.row
        return """
            <p class="mb-2"><a href="\(TenantPages.path)">← All messages</a></p>
            <div class="head"><h1 class="number">\(row.recipient)</h1>\
            <span class="live-sign end" data-live-sign role="status" hidden></span></div>
            \(notice?.markup)
            <div data-live="\(TenantPages.path)/\(row.id.description)"><div data-piece="message" data-version="\(version)">
            <div class="head">\(Piece.badge(row.state))\(row.isCritical ? Self.criticalMark : HTML.nothing)\
            \(MessageAction.forms(MessageAction.offered(for: detail), row.id, visitor))</div>
            \(why)
            \(HoldSection.markup(holds))
            <section class="panel"><h2>Message</h2><div class="inside">\(facts)</div></section>
            \(costSection)
            <section class="panel"><h2>What happened</h2><div class="inside"><ol class="steps">
            \(detail.timeline.map(Self.step))
            </ol></div></section>
            \(AttemptTable.markup(detail, isForOperators: isOperator))
            <p class="small"><a href="\(TenantPages.path)/\(row.id.description)/proof">Proof of what happened, to show to others</a></p>
            </div></div>
            """
    }

    private static let criticalMark: HTML = "<span class=\"badge-state mark-critical\">Critical</span>"

    /// Whoever may change something about messages may see what the provider said word for word.
    private var isOperator: Bool { visitor.who.access.allows(Scope(.messages, isReadOnly: false)) }

    private var version: String {
        let held = holds?.holds.map(\.reason.rawValue).joined(separator: "-") ?? ""
        return """
            \(MessageList.version(of: detail.row)).\(detail.timeline.count).\(detail.attempts.count).\(costs.count).\
            \(detail.child == nil ? 0 : 1).\(held)
            """
    }

    private var why: HTML {
        guard let words = RowWords(detail.row) else { return .nothing }
        let kind = Piece.colour(of: detail.row.state) == "red" ? "is-bad" : ""
        let repeated: HTML? = detail.child.map { "<div class=\"small\"><b>Sent again:</b> \(Self.link($0, "the new message"))</div>" }
        return """
            <div class="notice \(kind)"><b>\(words.title)</b><p>\(words.explanation)</p>\
            \(RowText.remedy(words, isOwner: true))\(repeated)</div>
            """
    }

    private var facts: HTML {
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
            \(fact("Sender", text(detail.sender.words)))
            \(fact("Contact", detail.contactID.map { "<a href=\"\(Section.contacts.path)/\($0.description)\">Who it is</a>" }))
            \(fact("Conversation", detail.conversationID.map { "<a href=\"\(Section.conversations.path)/\($0.description)\">What was written</a>" }))
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
            \(fact("Repeats", detail.parent.map { Self.link($0, $0.description) }))
            \(fact("Repeated by", detail.child.map { Self.link($0, $0.description) }))
            \(fact("Status asked for", detail.lastStatusCheck.map(Piece.time)))
            \(fact("Id", text(row.id.description)))
            </dl>
            """
    }

    static func link(_ id: MessageID, _ text: String) -> HTML {
        "<a href=\"\(TenantPages.path)/\(id.description)\">\(text)</a>"
    }

    /// What it costs by the price list, or by the provider's own word.
    private var costSection: HTML {
        if costs.isEmpty { return .nothing }
        let rows: [HTML] = costs.map { cost in
            let charge = cost.charge
            let amount =
                charge.isBillable ? charge.amount.map { "\($0.decimal) \(charge.currency)" } ?? "no price known" : "free"
            let from = charge.source == .provider ? "as the provider billed it" : "by Meta's price list"
            let segments = charge.segments.map { $0 == 1 ? " · 1 segment" : " · \($0) segments" } ?? ""
            return """
                <tr><td>Attempt \(cost.attempt)</td><td class="end number"><b>\(amount)</b></td>
                <td class="whole">\(charge.category.replacing("_", with: " ")) · \(charge.pricingType.replacing("_", with: " "))\
                \(cost.country.isEmpty ? "" : " · \(cost.country)")\(segments)</td>
                <td class="whole quiet small">\(charge.isBillable ? from : "")</td></tr>
                """
        }
        return """
            <section class="panel"><h2>Price</h2><table class="list"><thead><tr><th scope="col">For</th><th scope="col">Amount</th>\
            <th scope="col">As</th><th scope="col">Source</th></tr></thead><tbody>\(rows)</tbody></table></section>
            """
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
