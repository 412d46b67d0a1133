import JSON
import Models

/// How far a broadcast is, as a bar and as numbers that move.
enum BroadcastProgress {
    private static let groups: [(title: String, kind: String, states: [MessageState])] = [
        ("read", "green", [.read]), ("delivered", "teal", [.delivered]), ("sent", "blue", [.sent]),
        ("on the way", "grey", [.scheduled, .queued, .sending, .unanswered, .waiting]), ("on hold", "amber", [.held]),
        ("not delivered", "red", [.failed, .undelivered, .expired]), ("called back", "none", [.cancelled]),
    ]

    /// - Parameter actions: what can be done now: they change with the state.
    static func markup(_ broadcast: JSONValue, _ actions: [HTML]) -> HTML {
        let messages = broadcast["messages"]
        let recipients = broadcast.count("recipients")
        let counts = groups.map { group in group.states.reduce(Int64(0)) { $0 + (messages?.count($1.name) ?? 0) } }
        let refused = broadcast.count("refused") + broadcast.count("unusable")
        let figures = counts + [recipients, refused, broadcast.count("released_upto")]
        let version = broadcast.text("status") + figures.map { ".\($0)" }.joined()
        let trouble = broadcast["problem"].flatMap { problem in
            problem.isNull ? nil : Piece.notice("It paused by itself", "\(problem.text("detail"))", isBad: true)
        }
        return """
            <div data-piece="progress" data-version="\(version)">
            <div class="head">\(BroadcastWords.badge(broadcast))\
            <div class="end actions">\(actions)</div></div>
            \(trouble)
            \(broadcast.text("status") == "draft" ? .nothing : bar(counts, recipients, refused))
            <section class="tiles" aria-label="How far it is">
            \(Piece.tile("recipients", Piece.number(recipients)))
            \(broadcast.text("status") == "draft" ? .nothing : tiles(counts))
            \(refused > 0 ? Piece.tile("refused", Piece.number(refused), "is-bad") : .nothing)
            </section></div>
            """
    }

    private static func tiles(_ counts: [Int64]) -> HTML {
        let shown = zip(groups, counts).map { group, count -> HTML in
            let isAlways = ["read", "delivered", "sent", "on the way"].contains(group.title)
            if count == 0, !isAlways { return .nothing }
            return Piece.tile(group.title, Piece.number(count), group.kind == "red" ? "is-bad" : "")
        }
        return "\(shown)"
    }

    /// Drawn with attributes of SVG: our policy allows no styles in markup.
    private static func bar(_ counts: [Int64], _ recipients: Int64, _ refused: Int64) -> HTML {
        let whole = Double(max(1, recipients))
        var start = 0.0
        let parts = zip(groups.map(\.kind) + ["red"], counts + [refused]).map { kind, count -> HTML in
            let width = Double(count) / whole * 1_000
            defer { start += width }
            return count == 0
                ? .nothing
                : "<rect class=\"part-\(kind)\" x=\"\(Int(start.rounded()))\" y=\"0\" width=\"\(max(2, Int(width.rounded())))\" height=\"20\"/>"
        }
        let done = counts[0] + counts[1] + counts[2] + counts[5] + counts[6] + refused
        let percent = Piece.percent(Double(done) / whole)
        return """
            <div class="progress-line"><svg class="progress-bar-svg" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" \
            aria-label="\(percent) settled">\(parts)</svg><b class="number">\(percent)</b></div>
            """
    }
}

/// What a broadcast would do.
enum BroadcastForecastSection {
    static func markup(_ forecast: JSONValue) -> HTML {
        let cost = forecast["cost"]
        let duration = forecast["duration"]
        let refused = forecast.list("refused")
        let refusedCount = forecast.count("would_refuse")
        let lines = refused.map { entry -> HTML in
            "<li>\(entry.number("count")) \(entry["detail"]?.string ?? Piece.sentence(entry.text("code")))</li>"
        }
        let withoutPrice = cost?.count("without_price") ?? 0
        let isPriced = withoutPrice < forecast.count("would_send")
        let price = cost.flatMap { isPriced ? "\($0.text("amount")) \($0.text("currency"))" : nil } ?? "–"
        let putOff = (duration?["put_off"]?.members ?? []).reduce(Int64(0)) { $0 + ($1.value.integer ?? 0) }
        let limits: HTML? =
            putOff > 0
            ? "<p class=\"mb-0\">A limit per day puts \(Piece.number(putOff)) messages off to the days after.</p>" : nil
        let unknown: HTML? =
            withoutPrice > 0 ? "<p class=\"quiet small mb-0\">\(Piece.number(withoutPrice)) of them have no price in the list.</p>" : nil
        return """
            <section class="panel"><h2>What would happen</h2><div class="inside">
            <div class="tiles mb-2">
            \(Piece.tile("would be sent", Piece.number(forecast.count("would_send")), "is-good"))
            \(Piece.tile("would be refused", Piece.number(refusedCount), refusedCount > 0 ? "is-bad" : ""))
            \(Piece.tile("at list price, at most", price))
            \(Piece.tile(limitWords(duration), length(duration)))
            </div>
            \(lines.isEmpty ? .nothing : "<ul class=\"errors\">\(lines)</ul>")\(limits)\(unknown)
            </div></section>
            """
    }

    private static func limitWords(_ duration: JSONValue?) -> String {
        switch LimitName(rawValue: duration?.text("limited_by") ?? "") {
        case nil: "to hand over"
        case .senderRate: "to hand over, at your sender's pace"
        case .pairRate: "to hand over, at WhatsApp's pace for one recipient"
        case .portfolioRecipients: "to hand over, within WhatsApp's limit a day"
        case .accountCalls: "to hand over, within the account's calls"
        case .messageDelay: "to hand over, with your pause between messages"
        case .dailyQuota: "to hand over, within your own limit a day"
        case .quietHours: "to hand over, outside quiet hours"
        }
    }

    private static func length(_ duration: JSONValue?) -> String {
        guard let seconds = duration?["seconds"]?.integer else { return "–" }
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7_200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) days"
        }
    }
}
