import Models
import Storage

/// One message: where it is, why, and everything that happened to it.
enum MessageDetailPage {
    static func content(_ detail: LogDetail) -> HTML {
        let row = detail.row
        return """
            <p class="mb-2"><a href="\(TenantPages.path)">← All messages</a></p>
            <div class="head"><h1 class="number">\(row.recipient)</h1>\
            <span class="live-sign end" data-live-sign role="status" hidden></span></div>
            <div data-live><div data-piece="message" data-version="\(version(of: detail))">
            <div class="head">\(Piece.badge(row.state))\(row.isCritical ? criticalMark : HTML.nothing)</div>
            \(notice(row))
            <section class="panel"><h2>Message</h2><div class="inside">\(facts(row))</div></section>
            <section class="panel"><h2>What happened</h2><div class="inside"><ol class="steps">
            \(detail.timeline.map(step))
            </ol></div></section>
            \(attempts(detail.attempts))
            </div></div>
            """
    }

    private static let criticalMark: HTML = "<span class=\"badge-state mark-critical\">Critical</span>"

    private static func version(of detail: LogDetail) -> String {
        "\(MessageList.version(of: detail.row)).\(detail.timeline.count).\(detail.attempts.count)"
    }

    private static func notice(_ row: LogRow) -> HTML {
        guard let words = Explanation(row) else { return .nothing }
        let remedy: HTML? = words.remedy.map { "<p><b>What to do:</b> \($0)</p>" }
        let kind = Piece.colour(of: row.state) == "red" ? "is-bad" : ""
        return """
            <div class="notice \(kind)"><b>\(words.title)</b><p>\(words.explanation)</p>\(remedy)</div>
            """
    }

    private static func facts(_ row: LogRow) -> HTML {
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
            \(fact("Id", text(row.id.description)))
            </dl>
            """
    }

    private static func step(_ event: LogEvent) -> HTML {
        let state = MessageState(name: event.type)
        let title = state.map(Piece.words) ?? (event.type.prefix(1).uppercased() + event.type.dropFirst())
        let attempt: HTML? = event.attempt.map { "<span class=\"quiet small\">attempt \($0)</span>" }
        var notes: [String] = []
        if let code = event.errorCode { notes.append("\(ProviderErrors.describe(code: code).title) (\(code))") }
        if let ignored = event.ignored { notes.append("changed nothing: \(words(ignored))") }
        if let reason = event.reason { notes.append(words(reason)) }
        return """
            <li class="is-\(state.map(Piece.colour) ?? "grey")"><b>\(title)</b> \(attempt)
            <div class="quiet small">\(Piece.time(event.at))\(notes.map { " · \($0)" } as [HTML])</div></li>
            """
    }

    private static func words(_ word: String) -> String { word.replacing("_", with: " ") }

    private static func attempts(_ attempts: [LogAttempt]) -> HTML {
        if attempts.isEmpty { return .nothing }
        return """
            <section class="panel"><h2>Attempts</h2>
            <table class="list"><thead><tr><th scope="col">Attempt</th><th scope="col">Outcome</th>\
            <th scope="col">Error</th><th scope="col">WhatsApp's id</th><th scope="col">Begun</th></tr></thead><tbody>
            \(attempts.map(attempt))
            </tbody></table></section>
            """
    }

    private static func attempt(_ attempt: LogAttempt) -> HTML {
        let (outcome, colour) = words(for: attempt.outcome)
        let error: HTML? = attempt.errorCode.map { code in
            "<b>\(ProviderErrors.describe(code: code).title) (\(code))</b>"
        }
        let details: HTML? = attempt.errorDetails.map {
            "<div class=\"quiet small break\">\(String($0.prefix(500)))</div>"
        }
        let status: HTML? = attempt.httpStatus.map { " <span class=\"quiet small\">HTTP \($0)</span>" }
        let span: HTML? = attempt.endedAt.map { end in
            "<div class=\"quiet small\">took \((end - attempt.startedAt).microseconds / 1_000) ms</div>"
        }
        return """
            <tr><td><b>\(attempt.number)</b></td>
            <td class="end"><span class="badge-state is-state-\(colour)">\(outcome)</span>\(status)</td>
            <td class="whole">\(error)\(details)</td>
            <td class="whole break small quiet">\(attempt.providerMessageID ?? "")</td>
            <td class="whole">\(Piece.time(attempt.startedAt))\(span)</td></tr>
            """
    }

    private static func words(for outcome: Int) -> (String, String) {
        switch outcome {
        case 0: ("In flight", "blue")
        case 1: ("Accepted", "green")
        case 2: ("Refused", "red")
        case 3: ("Not sent", "amber")
        case 4: ("No answer", "amber")
        default: ("Unknown", "grey")
        }
    }
}
