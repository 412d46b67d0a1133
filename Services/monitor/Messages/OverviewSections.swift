import Models
import Postgres
import Storage

/// The parts of the overview.
enum OverviewSections {
    private static let templatesShown = 10

    static func choice(_ span: OverviewSpan) -> HTML {
        let links: [HTML] = OverviewSpan.presets.map { preset in
            let mark: HTML = span.preset == preset.word ? " aria-current=\"true\"" : .nothing
            return "<a class=\"btn btn-sm btn-plain\" href=\"\(Section.overview.path)?span=\(preset.word)\"\(mark)>\(preset.title)</a>"
        }
        let isOpen = span.preset == nil
        return """
            <div class="choice"><nav aria-label="Span">\(links)</nav>
            <details\(isOpen ? " open" : "" as HTML)><summary>Dates</summary>
            <form method="get" action="\(Section.overview.path)" class="dates">
            \(Piece.textField("from", "From day", isOpen ? span.firstDay : "", type: "date"))
            \(Piece.textField("to", "To day", isOpen ? span.lastDay : "", type: "date"))
            <button class="btn btn-main">Show</button></form></details></div>
            <p class="quiet small">\(span.firstDay) to \(span.lastDay), days in UTC. Changes are against the \
            \(span.days == 1 ? "day" : "\(span.days) days") before.</p>
            """
    }

    // MARK: Figures

    static func tiles(_ figures: OverviewFigures, _ span: OverviewSpan) -> HTML {
        let (now, before) = (figures.now, figures.before)
        let tiles: [HTML] = [
            tile("accepted", Piece.number(now.accepted), Change(now.accepted, before.accepted)),
            tile("delivered", Piece.number(now.delivered), Change(now.delivered, before.delivered, isGoodUp: true)),
            tile("read", Piece.number(now.read), Change(now.read, before.read, isGoodUp: true)),
            tile(
                "success rate", Piece.percent(now.successRate), Change(now.successRate, before.successRate),
                (now.successRate ?? 1) < 0.95 ? "is-bad" : ""),
            tile(
                "not sent", Piece.number(now.notSent), Change(now.notSent, before.notSent, isGoodUp: false),
                now.notSent > 0 ? "is-bad" : ""),
            tile("cost", cost(figures.costs), .words("before: \(cost(figures.costsBefore))")),
        ]
        let version = [now.accepted, now.sent, now.delivered, now.read, now.notSent].map(\.description)
        return """
            <section class="tiles" aria-label="Figures of the span" data-piece="figures" \
            data-version="\(version.joined(separator: ".")).\(cost(figures.costs))">\(tiles)</section>
            """
    }

    private static func cost(_ groups: [CostStore.Group]) -> String {
        let shown = groups.filter { $0.billable > 0 }.map { "\(cents($0.amount)) \($0.currency)" }
        return shown.isEmpty ? "–" : shown.joined(separator: " + ")
    }

    /// "12.35": what matters of a sum.
    private static func cents(_ amount: Amount) -> String {
        let cents = (amount.micros + 5_000) / 10_000
        let rest = cents % 100
        return "\(Piece.number(cents / 100)).\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func tile(_ title: String, _ value: String, _ change: Change, _ kind: String = "") -> HTML {
        """
        <div class="tile \(kind)"><b>\(value)</b><span class="quiet small">\(title)</span>\
        <div class="small change \(change.kind)">\(change.text)</div></div>
        """
    }

    // MARK: What needs somebody

    static func attention(_ attention: OverviewStore.Attention, _ states: [MessageState: Int64]) -> HTML {
        let held = states[.held] ?? 0
        let unanswered = states[.unanswered] ?? 0
        var items: [HTML] = attention.alerts.map(alert) + attention.gates.map(gate) + attention.tokens.map(token)
        if held > 0 {
            items.append(item("amber", "\(count(held, "message is", "messages are")) on hold", link("held", "Show them")))
        }
        if unanswered > 0 {
            items.append(
                item("amber", "\(count(unanswered, "send waits", "sends wait")) for an answer of WhatsApp", link("unanswered", "Show them")))
        }
        if items.isEmpty {
            items = ["<li class=\"is-green\"><b>Nothing needs you</b><div class=\"quiet small\">No alert is open, nothing is held.</div></li>"]
        }
        return """
            <section class="panel" data-piece="attention"><h2>What needs attention</h2><div class="inside">
            <ul class="steps">\(items)</ul></div></section>
            """
    }

    private static func alert(_ alert: OverviewStore.OpenAlert) -> HTML {
        let seen: HTML = alert.isAcknowledged ? " · somebody is at it" : .nothing
        return item(
            alert.severity == "critical" ? "red" : "amber", alert.title,
            "since \(Piece.time(alert.openedAt))\(seen) · <a href=\"\(Section.alerts.path)\">Alerts</a>")
    }

    private static func gate(_ shown: ShownGate) -> HTML {
        let words = shown.gate.cause.words
        return item(
            shown.gate.cause == .paused ? "grey" : "amber",
            "\(GateText.subject(of: shown)): \(words.title)", "\(GateText.count(shown.held)) held. \(words.remedy)")
    }

    private static func token(_ token: OverviewStore.Token) -> HTML {
        item(
            "amber", "The access token of \(token.sender) ends",
            "\(Piece.time(token.endsAt)). Make a new one with the provider and set it in the <a href=\"\(Section.settings.path)\">settings</a>.")
    }

    private static func item(_ colour: String, _ title: String, _ more: HTML) -> HTML {
        "<li class=\"is-\(colour)\"><b>\(title)</b><div class=\"quiet small\">\(more)</div></li>"
    }

    private static func link(_ status: String, _ title: String) -> HTML {
        "<a href=\"\(TenantPages.path)?status=\(status)\">\(title)</a>"
    }

    private static func count(_ number: Int64, _ one: String, _ many: String) -> String {
        "\(Piece.number(number)) \(number == 1 ? one : many)"
    }

    // MARK: Why, and with which templates

    /// - Parameter notSent: the reasons are counted a moment after the messages.
    static func reasons(_ reasons: [OverviewStore.Reason], notSent: Int64, _ span: OverviewSpan) -> HTML {
        if reasons.isEmpty {
            let words =
                notSent == 0 ? "Nothing ended without delivery." : "The reasons are being counted and appear within a minute."
            return """
                <section class="panel" data-piece="reasons"><h2>Why messages were not sent</h2>\
                <div class="inside quiet">\(words)</div></section>
                """
        }
        return """
            <section class="panel" data-piece="reasons"><h2>Why messages were not sent</h2>
            <table class="list"><thead><tr><th scope="col">Reason</th><th scope="col">Messages</th>\
            <th scope="col">What to do</th></tr></thead><tbody>\(reasons.map { reason($0, span) })</tbody></table></section>
            """
    }

    private static func reason(_ reason: OverviewStore.Reason, _ span: OverviewSpan) -> HTML {
        let words = reason.code.map { ProviderErrors.describe(code: $0) }
        let title = words.map { "\($0.title) (\($0.code))" } ?? (reason.state == .expired ? "Its time ran out" : "Never answered")
        let list = TenantPages.path + QueryText.make([
            ("status", reason.state.name), ("from", span.firstDay), ("to", span.lastDay),
        ])
        let explanation: HTML? = words.map { "<div class=\"quiet small\">\($0.explanation)</div>" }
        return """
            <tr><td class="whole"><a href="\(list)"><b>\(title)</b></a> \(Piece.badge(reason.state))\(explanation)</td>
            <td data-label="Messages" class="number">\(Piece.number(reason.messages))</td>
            <td class="whole small">\(words?.remedy ?? "Ask the recipient before sending it again.")</td></tr>
            """
    }

    static func templates(_ used: [UsedTemplate]) -> HTML {
        if used.isEmpty { return .nothing }
        let rows: [HTML] = used.prefix(templatesShown).map { one in
            """
            <tr><td class="whole break"><a href="\(TenantPages.path)\(QueryText.make([("template", one.template.name)]))">\
            <b>\(one.template.name)</b></a> <span class="quiet small">\(one.template.language)</span></td>
            <td data-label="Status" class="small">\(one.template.status.lowercased())</td>
            <td data-label="Accepted" class="number">\(Piece.number(one.flow.accepted))</td>
            <td data-label="Delivered" class="number">\(Piece.percent(one.flow.deliveryRate))</td>
            <td data-label="Not sent" class="number">\(Piece.number(one.flow.notSent))</td></tr>
            """
        }
        return """
            <section class="panel" data-piece="templates"><h2>Templates in use</h2>
            <table class="list"><thead><tr><th scope="col">Template</th><th scope="col">Status</th><th scope="col">Accepted</th>\
            <th scope="col">Delivered</th><th scope="col">Not sent</th></tr></thead><tbody>\(rows)</tbody></table></section>
            """
    }
}

/// A figure against the same one before, in words and with the colour of what that means.
struct Change: Sendable {
    let text: String
    let kind: String

    static func words(_ text: String) -> Change { Change(text: text, kind: "quiet") }

    private init(text: String, kind: String) {
        self.text = text
        self.kind = kind
    }

    /// - Parameter isGoodUp: nil: neither way is better.
    init(_ now: Int64, _ before: Int64, isGoodUp: Bool? = nil) {
        guard before > 0 else {
            self.init(text: now > 0 ? "none before" : "as before", kind: "quiet")
            return
        }
        let percent = Int(((Double(now) / Double(before) - 1) * 100).rounded())
        self.init(sign: percent, "\(percent.magnitude) %", isGoodUp: isGoodUp)
    }

    /// Two rates, in points of a percent.
    init(_ now: Double?, _ before: Double?) {
        guard let now, let before else {
            self.init(text: "nothing to compare", kind: "quiet")
            return
        }
        let tenths = Int(((now - before) * 1_000).rounded())
        self.init(sign: tenths, "\(tenths.magnitude / 10).\(tenths.magnitude % 10) points", isGoodUp: true)
    }

    private init(sign: Int, _ size: String, isGoodUp: Bool?) {
        if sign == 0 {
            self.init(text: "as before", kind: "quiet")
            return
        }
        let isUp = sign > 0
        let kind = isGoodUp.map { $0 == isUp ? "is-better" : "is-worse" } ?? "quiet"
        self.init(text: "\(isUp ? "▲" : "▼") \(size)", kind: kind)
    }
}

extension CountedFlow {
    /// Whatever ended without delivery but what was called off.
    var notSent: Int64 { failed + undelivered + expired }
}
