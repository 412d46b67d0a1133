import Models
import Runtime
import Storage

/// The list of alerts.
enum AlertListPieces {
    static func filters(_ query: AlertQuery, _ side: AlertSide, _ businesses: [(id: TenantID, name: String)]) -> HTML {
        let states: [(AlertFilter.State, String)] = [(.open, "Open"), (.resolved, "Over"), (.all, "All")]
        let severities: [AlertSeverity] = [.critical, .warning, .info]
        let codes = AlertCode.allCases.map(\.rawValue).sorted()
        let clear: HTML? = query.isFiltered ? "<a class=\"btn btn-plain\" href=\"\(side.path)\">Show open ones</a>" : nil
        let business: HTML? =
            side == .founders
            ? select(
                "business", "Business",
                [("", "All")] + businesses.sorted { $0.name < $1.name }.map { ("\($0.id)", $0.name) }, query.business)
            : nil
        return """
            <form class="panel" method="get" action="\(side.path)" role="search"><div class="inside filters">
            \(select("status", "State", states.map { ($0.0.rawValue, $0.1) }, query.filter.state.rawValue))
            \(select("severity", "Severity", [("", "All")] + severities.map { ($0.rawValue, AlertWords.severity($0)) }, query.severity))
            \(select("code", "Kind", [("", "All")] + codes.map { ($0, $0) }, query.code))
            \(business)
            <div class="buttons"><button class="btn btn-main">Filter</button>\(clear)</div>
            </div></form>
            """
    }

    private static func select(_ name: String, _ title: String, _ options: [(String, String)], _ chosen: String) -> HTML {
        """
        <div><label class="form-label" for="\(name)">\(title)</label>
        <select class="form-select" id="\(name)" name="\(name)" data-submits>
        \(options.map { Piece.option($0.0, $0.1, chosen: chosen) })</select></div>
        """
    }

    static func list(_ alerts: [StoredAlert], _ query: AlertQuery, _ viewer: AlertVisitor) -> HTML {
        if alerts.isEmpty {
            let words = query.isFiltered ? "No alert matches." : "No alert is open. All is well."
            return "<section class=\"panel\"><div class=\"empty\"><p class=\"mb-0\">\(words)</p></div></section>"
        }
        // What one alert explains stands under it, as far as both are on the page.
        let shown = Set(alerts.map(\.id))
        let children = Dictionary(grouping: alerts.filter { $0.parentID.map(shown.contains) ?? false }) { $0.parentID }
        let items = alerts.filter { !($0.parentID.map(shown.contains) ?? false) }.map { alert in
            item(alert, viewer) + "\((children[alert.id] ?? []).map { item($0, viewer, isUnder: true) })"
        }
        return "<section class=\"panel\" aria-label=\"Alerts\">\(items)</section>"
    }

    private static func item(_ alert: StoredAlert, _ viewer: AlertVisitor, isUnder: Bool = false) -> HTML {
        let business: HTML? =
            viewer.side == .founders ? " · \(alert.business ?? "Platform")" as HTML : nil
        let end: HTML? = alert.resolvedAt.map { " · over \(Piece.time($0))" }
        let times: HTML? = alert.occurrences > 1 ? " · \(Piece.number(alert.occurrences)) times" : nil
        let quick: HTML? =
            alert.isOpen && alert.acknowledged == nil && viewer.mayAct
            ? """
            <form method="post" action="\(viewer.side.path)/\(alert.id.description)/acknowledge">\(FormToken.input(viewer.visitor))\
            <button class="btn btn-sm btn-plain">Acknowledge</button></form>
            """ : nil
        let kind = (alert.severity == .critical && alert.isOpen ? "is-critical" : "") + (isUnder ? " is-under" : "")
            + (alert.isOpen ? "" : " is-over")
        return """
            <div class="alert-item alert-row \(kind)"><div>
            <a class="row-link" href="\(viewer.side.path)/\(alert.id.description)">\(alert.title)</a>
            <div class="quiet small">\(badges(alert)) \(alert.code)\(business) · since \(Piece.time(alert.openedAt))\(end)\(times)</div>
            </div>\(quick)</div>
            """
    }

    /// In words as well as in colour.
    static func badges(_ alert: StoredAlert) -> HTML {
        var badges: [HTML] = [
            "<span class=\"badge-state is-state-\(alert.isOpen ? AlertWords.colour(alert.severity) : "grey")\">\(AlertWords.severity(alert.severity))</span>"
        ]
        if !alert.isOpen { badges.append(" <span class=\"badge-state is-state-green\">Over</span>") }
        if alert.isOpen, let mark = alert.acknowledged {
            badges.append(" <span class=\"badge-state is-state-blue\">\(mark.who) is at it</span>")
        }
        if alert.isOpen, let until = alert.silencedUntil, until > SystemClock.now() {
            badges.append(" <span class=\"badge-state\">Silent until \(Piece.time(until))</span>")
        }
        if alert.isOpen, alert.parentID != nil { badges.append(" <span class=\"badge-state\">Explained</span>") }
        return "\(badges)"
    }

    static func pages(_ query: AlertQuery, _ next: AlertPlace?, _ side: AlertSide) -> HTML {
        guard next != nil || query.place != nil else { return .nothing }
        let first: HTML = query.place == nil ? "<span></span>" : "<a class=\"btn btn-plain\" href=\"\(side.path)?status=\(query.status)\">← First</a>"
        let older: HTML? = next.map { "<a class=\"btn btn-plain\" rel=\"next\" href=\"\(query.link(side.path, after: $0))\">Next →</a>" }
        return "<nav class=\"pages\" aria-label=\"Pages\">\(first)\(older)</nav>"
    }
}
