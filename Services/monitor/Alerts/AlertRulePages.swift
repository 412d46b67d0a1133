import APIKit
import HTTPServer
import Models
import Storage

/// The rules, one rule's form, and what it would have done.
struct AlertRulePages: Sendable {
    let parts: AlertParts

    init(_ site: SiteParts) {
        parts = AlertParts(site)
    }

    func addRoutes(to router: inout Router) {
        for side in AlertSide.allCases {
            router.on(.get, side.rulesPath, Page.handler { try await list($0, side) })
            router.on(.get, side.rulesPath + "/{metric}", Page.handler { try await detail($0, side) })
            router.on(.post, side.rulesPath + "/{metric}", Page.handler { try await change($0, side) })
        }
    }

    private func list(_ request: Request, _ side: AlertSide) async throws -> Response {
        let viewer = try await parts.visitor(
            of: request, side, for: Scope(.settings, isReadOnly: true), "alert_rules.viewed")
        let rules = try await parts.shownRules(viewer.caller)
        return Page.response(
            "Alert rules", visitor: viewer.visitor, section: side.alerts, AlertRulePieces.list(rules, viewer))
    }

    private func detail(_ request: Request, _ side: AlertSide) async throws -> Response {
        let viewer = try await parts.visitor(
            of: request, side, for: Scope(.settings, isReadOnly: true), "alert_rules.viewed")
        let metric = try parts.metric(of: request, viewer.caller)
        let shown = try await parts.shownRule(metric, Self.subject(request.query("subject")), viewer.caller)
        return Self.page(shown, AlertRuleForm(shown.rule), viewer)
    }

    /// Three buttons: save, try, and back to what holds otherwise.
    private func change(_ request: Request, _ side: AlertSide) async throws -> Response {
        let viewer = try await parts.visitor(of: request, side, for: Scope(.settings), "alert_rules.viewed")
        let fields = try parts.people.form(request)
        let caller = viewer.caller
        let metric = try parts.metric(of: request, caller)
        let subject = Self.subject(fields["subject"])
        let shown = try await parts.shownRule(metric, subject, caller)
        let here = "\(side.rulesPath)/\(metric.rawValue)" + QueryText.make([("subject", subject)])
        if fields["do"] == "reset" {
            _ = try await parts.rules(caller).remove(metric, subject: subject, by: caller.source)
            return .redirect(to: here)
        }
        var form = AlertRuleForm(fields, metric)
        var problems = FieldProblems()
        let rule = form.rule(over: shown.rule, &problems)
        form.problems = problems.all
        guard problems.isEmpty else { return Self.page(shown, form, viewer, status: 422) }
        if fields["do"] == "try" {
            form.outcome = try await parts.rehearsals(caller).rehearse(rule, tenantID: caller.tenantID, subject: subject)
            return Self.page(shown, form, viewer)
        }
        guard try await parts.rules(caller).put(rule, subject: subject, by: caller.source) != nil else {
            throw Problem.tooManyAlertRules
        }
        return .redirect(to: here)
    }

    private static func subject(_ written: String?) -> String {
        written.flatMap { RuleReading.isUsable(subject: $0) ? $0 : nil } ?? ""
    }

    private static func page(
        _ shown: ShownRule, _ form: AlertRuleForm, _ viewer: AlertVisitor, status: Int = 200
    ) -> Response {
        Page.response(
            "Rule: \(shown.rule.metric.words.name)", visitor: viewer.visitor, section: viewer.side.alerts, status: status,
            AlertRulePieces.detail(shown, form, viewer))
    }
}

/// A rule as it stands in the form: people read and write shares per cent.
struct AlertRuleForm: Sendable {
    var texts: [String: String]
    let isEnabled: Bool
    let severity: String
    var problems: [FieldProblem] = []
    var outcome: AlertRehearsalStore.Outcome?

    init(_ rule: AlertRule) {
        let scale = Self.scale(rule.metric)
        texts = [
            "raise_at": Self.text(rule.raiseAt * scale), "clear_at": Self.text(rule.clearAt * scale),
            "cycles": "\(rule.cycles)", "lasting_seconds": "\(rule.lasting.components.seconds)",
            "sample_min": "\(rule.sampleMin)",
        ]
        isEnabled = rule.isEnabled
        severity = rule.severity.rawValue
    }

    init(_ fields: [String: String], _ metric: Metric) {
        texts = fields
        isEnabled = fields["enabled"] == "yes"
        severity = fields["severity"] ?? ""
    }

    func rule(over before: AlertRule, _ problems: inout FieldProblems) -> AlertRule {
        var rule = before
        let scale = Self.scale(before.metric)
        rule.raiseAt = number("raise_at", &problems).map { $0 / scale } ?? before.raiseAt
        rule.clearAt = number("clear_at", &problems).map { $0 / scale } ?? before.clearAt
        rule.cycles = whole("cycles", AlertRule.cyclesRange, &problems) ?? before.cycles
        rule.lasting = whole("lasting_seconds", AlertRule.lastingSecondsRange, &problems).map { .seconds($0) } ?? before.lasting
        rule.sampleMin = whole("sample_min", AlertRule.sampleRange, &problems).map(Int64.init) ?? before.sampleMin
        rule.severity = AlertSeverity(rawValue: severity) ?? before.severity
        rule.isEnabled = isEnabled
        RuleReading.checkBand(rule, &problems)
        return rule
    }

    private func number(_ name: String, _ problems: inout FieldProblems) -> Double? {
        let text = (texts[name] ?? "").trimmed.replacing(",", with: ".")
        if let number = Double(text), number.isFinite, number.magnitude <= 1e12 { return number }
        problems.note("field_wrong_type", name, "This must be a number.")
        return nil
    }

    private func whole(_ name: String, _ range: ClosedRange<Int>, _ problems: inout FieldProblems) -> Int? {
        if let number = Int((texts[name] ?? "").trimmed), range.contains(number) { return number }
        problems.note(
            "\(name)_out_of_range", name, "This must be a whole number between \(range.lowerBound) and \(range.upperBound).")
        return nil
    }

    static func scale(_ metric: Metric) -> Double { metric.unit == .share ? 100 : 1 }

    /// Without what binary fractions add: 5 and not 5.000000000000001.
    private static func text(_ value: Double) -> String {
        let rounded = (value * 1_000_000).rounded() / 1_000_000
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
