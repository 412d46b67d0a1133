import JSON
import Models

/// One template on its page.
struct TemplateDetail: Sendable {
    /// Values for the preview come as parameters of the address, each under the name of its variable.
    static let valuePrefix = "v."

    let template: JSONValue
    let preview: TenantAPI.Answer
    let usage: TenantAPI.Answer
    let owner: Owner

    private var status: TemplateStatus { TemplateStatus(rawValue: template.text("status")) ?? .unknown }
    private var own: String { TemplatePages.link(template) }
    private var isBusy: Bool { template["pending_action"] != nil }

    /// What the status and the person allow.
    var actions: [HTML] {
        guard owner.may(.templates), !isBusy else { return [] }
        var buttons: [HTML] = []
        let isOver = [.deleted, .pendingDeletion, .archived].contains(status)
        if !isOver { buttons.append(Link("Change", own + "/edit").button) }
        if status == .paused { buttons.append(Form.button("Lift the pause", own + "/unpause", owner.visitor)) }
        if status == .draft || template["changes"] != nil || status == .rejected {
            buttons.append(Form.button("Hand in for review", own + "/submit", owner.visitor, kind: "btn-main"))
        }
        if !isOver { buttons.append(Link("Delete", own + "/delete").button) }
        return buttons
    }

    var markup: HTML {
        """
        <div class="head">\(TemplateWords.badge(template))\(TemplateWords.quality(template).map { "<span>Quality \($0)</span>" })</div>
        \(trouble)
        <div class="split"><div>
        \(Piece.panel("Template", facts))
        \(figures)
        \(history)
        </div><div class="aside">
        <section class="panel"><h2>Preview</h2><div class="inside"><div data-preview="bubble">
        \(preview.root.map { Bubble(preview: $0).markup })
        \(problems)</div>
        \(values)
        </div></section>
        </div></div>
        """
    }

    private var trouble: HTML {
        var notices: [HTML] = []
        if status == .rejected {
            let words = TemplateWords.rejection(template.text("rejected_reason"))
            notices.append(Piece.notice("Rejected: \(words.title)", "What to do: \(words.remedy)", isBad: true))
        } else if let meaning = TemplateWords.meaning(of: status) {
            let isBad = status == .disabled || status == .limitExceeded
            notices.append(Piece.notice(TemplateWords.title(of: status), "\(meaning)", isBad: isBad))
        }
        if let problem = template["problem"] {
            notices.append(
                Piece.notice(
                    "WhatsApp refused the last order (\(problem.text("action")))", "\(problem.text("detail"))", isBad: true))
        }
        if let category = template["next_category"]?.string {
            let at: HTML? = template.time("next_category_at").map { " at \($0)" }
            notices.append(
                Piece.notice(
                    "The category will be \(category)", "WhatsApp changes it\(at); the price changes with it."))
        }
        if template["changes"] != nil {
            notices.append(
                Piece.notice(
                    "There are changes that are not handed in",
                    "Messages carry the approved text until WhatsApp has approved the new one."))
        }
        return "\(notices)"
    }

    private var facts: HTML {
        let defaults = template.texts("variable_defaults")
        let variables = template.list("variables").map { variable -> HTML in
            let name = variable.text("name")
            let fallback: HTML? = defaults[name].map { " <span class=\"quiet small\">or “\($0)”</span>" }
            return "<div>\(Piece.code(name))\(fallback)</div>"
        }
        return Piece.facts([
            ("Language", template.shown("language")), ("Category", "\(Piece.sentence(template.text("category")))"),
            ("Account", "\(Piece.sentence(template.text("provider"))) \(template.text("account_id"))"),
            ("Variables", variables.isEmpty ? "none" : "\(variables)"),
            ("Written", template.time("created_at")), ("Handed in", template.time("submitted_at")),
            ("Status since", template.time("status_changed_at")),
            ("Id at the provider", template.shown("provider_template_id")), ("Id", template.shown("id")),
        ])
    }

    // MARK: Usage

    private var figures: HTML {
        guard let total = usage["total"], total.count("accepted") > 0 else {
            return Piece.panel("The last 30 days", "<p class=\"quiet mb-0\">No message has used it.</p>")
        }
        let days = usage.data.filter { $0.count("accepted") > 0 }
        let most = days.map { $0.count("accepted") }.max() ?? 0
        let table = Table<JSONValue>(
            "Usage by day",
            [
                .init("Day", .lead) { "<span class=\"number\">\(String($0.text("at").prefix(10)))</span>" },
                .init("Accepted") { day in
                    "\(Piece.bar(day.count("accepted"), of: most, "accepted")) \(day.number("accepted"))"
                },
                .init("Delivered") { $0.number("delivered") },
                .init("Read") { $0.number("read") },
                .init("Not delivered") { day in
                    Self.lost(day) > 0 ? "<span class=\"number\">\(Piece.number(Self.lost(day)))</span>" : .nothing
                },
            ])
        return """
            <section class="tiles" aria-label="The last 30 days">
            \(Piece.tile("accepted, 30 days", Piece.number(total.count("accepted"))))
            \(Piece.tile("delivered", total.percent("delivery_rate")))
            \(Piece.tile("read", total.percent("read_rate")))
            \(Piece.tile("not delivered", Piece.number(Self.lost(total)), Self.lost(total) > 0 ? "is-bad" : ""))
            </section>
            \(Piece.tablePanel("By day", table.bare(days)))
            """
    }

    private static func lost(_ figures: JSONValue) -> Int64 {
        figures.count("failed") + figures.count("undelivered") + figures.count("expired")
    }

    // MARK: History

    private var history: HTML {
        let steps = template.list("history").map { event -> HTML in
            let to = event.text("to")
            let colour = TemplateStatus(rawValue: to).map(TemplateWords.colour) ?? "grey"
            let title =
                event.text("kind") == "status"
                ? TemplateStatus(rawValue: to).map(TemplateWords.title) ?? Piece.sentence(to)
                : "\(Piece.sentence(event.text("kind"))): \(Piece.sentence(to))"
            let reason: HTML? =
                to == TemplateStatus.rejected.rawValue
                ? "<div class=\"small\">\(TemplateWords.rejection(event.text("reason")).title)</div>" : nil
            let before: HTML? = event.shown("from").map { "<span class=\"quiet small\">before: \($0)</span>" }
            return """
                <li class="is-\(colour)"><b>\(title)</b> \(before)<div class="quiet small">\(event.time("at"))</div>\(reason)</li>
                """
        }
        return steps.isEmpty
            ? .nothing : Piece.panel("What became of it", "<ol class=\"steps\">\(steps)</ol>")
    }

    // MARK: Preview

    private var problems: HTML {
        // A file or a place cannot be typed in here; messages name it.
        let problems = (preview["problems"]?.elements ?? []).filter { $0.text("field") != "variables.header" }
        return problems.isEmpty
            ? .nothing
            : "<ul class=\"errors small\">\(problems.map { "<li>\($0.text("detail"))</li>" as HTML })</ul>"
    }

    private var values: HTML {
        let variables = template.list("variables").filter { $0.text("kind") == "text" || $0.text("kind") == "coupon_code" }
        if variables.isEmpty { return .nothing }
        let examples = template.texts("examples")
        let fields = variables.map { variable -> HTML in
            let name = variable.text("name")
            let asked = owner.asked(Self.valuePrefix + name)
            return Field.line(Self.valuePrefix + name, name, isRequired: true).quietMarkup(
                asked.isEmpty ? examples[name] ?? "" : asked)
        }
        return """
            <form class="mt-3" method="get" action="\(own)" data-previews="\(own)"><div class="fields is-narrow">\(fields)</div>
            <div class="buttons"><button class="btn btn-plain">Show with these</button></div></form>
            """
    }
}
