import APIKit
import Models
import Storage

/// The rules as a list, and the form of one.
enum AlertRulePieces {
    private static let firingsShown = 20

    static func list(_ rules: [ShownRule], _ viewer: AlertVisitor) -> HTML {
        let words =
            viewer.side == .founders
            ? "These hold for every business that has none of its own." : "When a figure of yours raises an alert."
        return """
            <div class="head"><h1>Alert rules</h1><a class="btn btn-sm btn-plain end" href="\(viewer.side.path)">Alerts</a></div>
            <p class="quiet">\(words)</p>
            <section class="panel"><table class="list"><thead><tr><th scope="col">Figure</th><th scope="col">Raises</th>\
            <th scope="col">Severity</th><th scope="col">From</th></tr></thead><tbody>
            \(rules.map { row($0, viewer) })
            </tbody></table></section>
            """
    }

    private static func row(_ shown: ShownRule, _ viewer: AlertVisitor) -> HTML {
        let rule = shown.rule
        let link = "\(viewer.side.rulesPath)/\(rule.metric.rawValue)" + QueryText.make([("subject", shown.subject)])
        let of: HTML? = shown.subject.isEmpty ? nil : "<div class=\"quiet small break\">\(shown.subject)</div>"
        let severity: HTML =
            rule.isEnabled
            ? "<span class=\"badge-state is-state-\(AlertWords.colour(rule.severity))\">\(AlertWords.severity(rule.severity))</span>"
            : "<span class=\"badge-state\">Off</span>"
        return """
            <tr><td><a class="row-link" href="\(link)">\(rule.metric.words.title)</a>\(of)</td>
            <td class="whole">\(AlertWords.condition(rule))</td><td class="end">\(severity)</td>
            <td class="quiet">\(source(shown, viewer))</td></tr>
            """
    }

    private static func source(_ shown: ShownRule, _ viewer: AlertVisitor) -> String {
        shown.source == .platform && viewer.side == .founders ? "Changed" : AlertWords.source(shown.source)
    }

    static func detail(_ shown: ShownRule, _ form: AlertRuleForm, _ viewer: AlertVisitor) -> HTML {
        let metric = shown.rule.metric
        let changed: HTML? = shown.stored.map { stored in
            """
            <p class="quiet small">Version \(stored.version), changed \(Piece.time(stored.updatedAt)) by \(stored.updatedBy).</p>
            """
        }
        let of: HTML? = shown.subject.isEmpty ? nil : "<p>Only for <b class=\"break\">\(shown.subject)</b>.</p>"
        return """
            <div class="head"><h1>\(metric.words.title)</h1>\
            <a class="btn btn-sm btn-plain end" href="\(viewer.side.rulesPath)">All rules</a></div>
            <p class="quiet">\(metric.words.meaning) \(source(shown, viewer)): \(AlertWords.condition(shown.rule)).</p>
            \(of)\(changed)
            \(form.outcome.map { rehearsal($0, metric) })
            \(editor(shown, form, viewer))
            """
    }

    private static func editor(_ shown: ShownRule, _ form: AlertRuleForm, _ viewer: AlertVisitor) -> HTML {
        let metric = shown.rule.metric
        let (raises, clears) =
            switch shown.rule.comparison {
            case .above: ("Raise above", "Over at or below")
            case .below: ("Raise below", "Over at or above")
            }
        let severities: [AlertSeverity] = [.critical, .warning, .info]
        let options = severities.map { Piece.option($0.rawValue, AlertWords.severity($0), chosen: form.severity) }
        let reset: HTML? =
            shown.stored == nil ? nil : "<button class=\"btn btn-plain\" name=\"do\" value=\"reset\" formnovalidate>Back to the standard</button>"
        let buttons: HTML =
            viewer.mayChangeRules
            ? """
            <div class="acts mt-3"><button class="btn btn-main" name="do" value="save">Save</button>
            <button class="btn btn-plain" name="do" value="try">Try over the last 30 days</button>\(reset)</div>
            """ : "<p class=\"quiet small mt-3 mb-0\">Your role lets you look at rules.</p>"
        return """
            <form class="panel" method="post" action="\(viewer.side.rulesPath)/\(metric.rawValue)">\(FormToken.input(viewer.visitor))
            <input type="hidden" name="subject" value="\(shown.subject)"><div class="inside"><div class="rule-fields">
            \(field("raise_at", "\(raises) (\(unit(metric)))", form))
            \(field("clear_at", "\(clears) (\(unit(metric)))", form))
            \(field("cycles", "Times in a row", form, mode: "numeric"))
            \(field("lasting_seconds", "For at least (seconds)", form, mode: "numeric"))
            \(field("sample_min", "Smallest sample", form, mode: "numeric"))
            <div><label class="form-label" for="severity">Severity</label>
            <select class="form-select" id="severity" name="severity">\(options)</select></div>
            </div>
            <label class="mt-3"><input class="form-check-input" type="checkbox" name="enabled" value="yes"\
            \(form.isEnabled ? " checked" : "" as HTML)> This rule raises alerts</label>
            \(buttons)</div></form>
            """
    }

    private static func field(_ name: String, _ title: String, _ form: AlertRuleForm, mode: String = "decimal") -> HTML {
        let problem = form.problems.first { $0.field == name }
        let mark: HTML = problem == nil ? .nothing : " aria-invalid=\"true\" aria-describedby=\"\(name)-problem\""
        return """
            <div><label class="form-label" for="\(name)">\(title)</label>
            <input class="form-control\(problem == nil ? "" : " is-invalid")" id="\(name)" name="\(name)" inputmode="\(mode)" \
            value="\(form.texts[name] ?? "")" autocomplete="off"\(mark)>
            \(problem.map { "<div class=\"small is-wrong\" id=\"\(name)-problem\">\(words($0.detail))</div>" as HTML })</div>
            """
    }

    /// The detail names fields as programs do; people read what stands above them.
    private static func words(_ detail: String) -> String {
        detail.replacing("`clear_at`", with: "“Over”").replacing("`raise_at`", with: "“Raise”").replacing("`", with: "")
    }

    private static func unit(_ metric: Metric) -> String {
        switch metric.unit {
        case .share: "%"
        case .seconds: "seconds"
        case .hours: "hours"
        case .days: "days"
        case .count: "number"
        case .ratio: "times"
        }
    }

    private static func rehearsal(_ outcome: AlertRehearsalStore.Outcome, _ metric: Metric) -> HTML {
        let firings = outcome.rehearsal.firings
        let rows: [HTML] = firings.suffix(firingsShown).reversed().map { firing in
            let name = firing.scope.tenantID.map { outcome.businesses[$0] ?? "A business" } ?? "Platform"
            let of: HTML? = firing.scope.subject.isEmpty ? nil : "<div class=\"quiet small break\">\(firing.scope.subject)</div>"
            let length = firing.to.map { AlertWords.span($0 - firing.from) } ?? "open still"
            return """
                <tr><td>\(Piece.time(firing.from))</td><td class="end">\(length)</td>
                <td>\(name)\(of)</td><td class="number end" data-label="Worst">\(metric.text(firing.worst))</td></tr>
                """
        }
        let table: HTML? =
            rows.isEmpty
            ? nil
            : """
            <table class="list"><thead><tr><th scope="col">From</th><th scope="col">For</th><th scope="col">Of</th>\
            <th scope="col">Worst</th></tr></thead><tbody>\(rows)</tbody></table>
            """
        let cut = outcome.isCut ? " Not everything was looked at: there are too many figures." : ""
        return """
            <section class="panel" role="status"><h2>\(AlertWords.rehearsal(outcome))</h2>\(table)
            <div class="inside"><p class="quiet small mb-0">Over \(Piece.number(outcome.rehearsal.measurements)) measurements. \
            Nothing was changed.\(cut)</p></div></section>
            """
    }
}
