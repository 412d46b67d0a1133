import Models
import Storage

/// Root causes as a list: what, where, how many, who acts, what to do, and the button that mends.
enum RootCauseSection {
    private static let businessesShownMax = 5

    static func list(_ causes: [RootCause]) -> HTML {
        if causes.isEmpty {
            return """
                <section class="panel"><h2>Root causes</h2>
                <div class="inside quiet">Nothing fails and nothing is held up.</div></section>
                """
        }
        let more = causes.count - RootCauses.shownMax
        let rest: HTML? = more > 0 ? "<div class=\"cause quiet\">and \(Panel.count(more, "smaller cause"))</div>" : nil
        let shown = causes.prefix(RootCauses.shownMax)
        return """
            <section class="panel"><h2>Root causes</h2>
            \(shown.map { item($0) })\(rest)
            </section>
            """
    }

    private static func item(_ cause: RootCause) -> HTML {
        let mark: HTML? = cause.isCritical ? "<span class=\"badge-state mark-critical\">Critical</span> " : nil
        let place: HTML? = cause.place.map { " at \($0)" }
        let who: HTML? = cause.who == .nobody ? nil : "<b>Who acts:</b> \(cause.who.words). "
        return """
            <div class="cause \(cause.isCritical ? "is-critical" : "")"><div>
            <div>\(mark)<b>\(cause.title)</b>\(place): \(cause.figures)</div>
            <div class="small quiet">\(cause.explanation)</div>
            <div class="small">\(who)<b>What to do:</b> \(cause.remedy)</div>
            \(businesses(cause))</div>
            <div class="buttons">\(buttons(cause))</div></div>
            """
    }

    private static func businesses(_ cause: RootCause) -> HTML? {
        guard cause.parts.count > 1 else { return nil }
        let more = cause.parts.count - businessesShownMax
        let names: [HTML] = cause.parts.prefix(businessesShownMax).map { part in
            let link = messages(cause, part.tenantID)
            let name: HTML = link.map { "<a href=\"\($0)\">\(part.business)</a>" } ?? "\(part.business)"
            return "<span class=\"badge-state\">\(name) \(Piece.number(part.messages))</span> "
        }
        let rest: HTML? = more > 0 ? "<span class=\"small quiet\">and \(Piece.number(more)) more</span>" : nil
        return "<div class=\"mt-1\">\(names)\(rest)</div>"
    }

    /// The messages behind it; nil where no filter finds them.
    private static func messages(_ cause: RootCause, _ tenantID: TenantID?) -> String? {
        let filter: [(name: String, value: String?)]? =
            switch cause.kind {
            case .gates: tenantID == nil ? nil : [("status", "held")]
            case .code(let code): [("status", "not_sent"), ("error_code", "\(code)")]
            case .noReason: [("status", "not_sent")]
            }
        return filter.map { FounderPages.path + QueryText.make($0 + [("business", tenantID?.description)]) }
    }

    private static func buttons(_ cause: RootCause) -> HTML {
        let see: HTML? = messages(cause, cause.tenantID).map { "<a class=\"btn btn-sm btn-plain\" href=\"\($0)\">See messages</a>" }
        let mend: (title: String, link: String) =
            switch cause.kind {
            case .gates(let reason, _):
                cause.gates.count == 1
                    ? ("Try or reopen…", "\(GatePages.path)/\(cause.gates[0])")
                    : ("Reopen all…", GatePages.path + "/reopen" + QueryText.make([
                        ("cause", reason.rawValue), ("business", cause.tenantID?.description),
                    ]))
            case .code(let code):
                ("Send again…", BulkRetryPages.path + QueryText.make([
                    ("error_code", "\(code)"), ("business", cause.tenantID?.description),
                ]))
            // Where receipts are lost, the provider still knows.
            case .noReason:
                ("Ask for statuses…", BulkRefreshPages.path + QueryText.make([("business", cause.tenantID?.description)]))
            }
        return "\(see)<a class=\"btn btn-sm btn-main\" href=\"\(mend.link)\">\(mend.title)</a>"
    }
}
