import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Rules for programs: a business's own, and for founders' programs the platform's.
struct AlertRuleRoutes: Sendable {
    static let path = "/v1/alert-rules"
    static let founderPath = "/v1/admin/alert-rules"
    static let bodyBytesMax = 16 << 10

    let parts: AlertParts

    init(_ site: SiteParts) {
        parts = AlertParts(site)
    }

    func addRoutes(to router: inout Router) {
        add(Self.path, to: &router) { try await parts.tenant($0, .settings) }
        add(Self.founderPath, to: &router) { try await parts.founder($0, "alert_rules.viewed") }
    }

    private func add(
        _ path: String, to router: inout Router, caller: @escaping @Sendable (Request) async throws -> AlertCaller
    ) {
        router.on(.get, path, LogJSON.handler { try await list($0, caller($0)) })
        router.on(.get, path + "/{metric}", LogJSON.handler { try await detail($0, caller($0)) })
        router.on(.put, path + "/{metric}", LogJSON.handler { try await put($0, caller($0)) })
        router.on(.delete, path + "/{metric}", LogJSON.handler { try await remove($0, caller($0)) })
        router.on(.post, path + "/{metric}/dry-run", LogJSON.handler { try await rehearse($0, caller($0)) })
    }

    private func list(_ request: Request, _ caller: AlertCaller) async throws -> Response {
        try request.refuseParameters()
        let rules = try await parts.shownRules(caller)
        return AdminJSON.page(rules, limit: rules.count, cursor: { $0.subject }) { AlertJSON.write($0, into: &$1) }
    }

    private func detail(_ request: Request, _ caller: AlertCaller) async throws -> Response {
        let metric = try parts.metric(of: request, caller)
        let shown = try await parts.shownRule(metric, Self.subject(of: request), caller)
        return AdminJSON.answer { AlertJSON.write(shown, into: &$0) }
    }

    private func put(_ request: Request, _ caller: AlertCaller) async throws -> Response {
        let metric = try parts.metric(of: request, caller)
        let subject = try Self.subject(of: request)
        let before = try await parts.shownRule(metric, subject, caller).rule
        let rule = try Self.rule(in: request, over: before)
        guard try await parts.rules(caller).put(rule, subject: subject, by: caller.source) != nil else {
            throw Problem.tooManyAlertRules
        }
        let shown = try await parts.shownRule(metric, subject, caller)
        return AdminJSON.answer { AlertJSON.write(shown, into: &$0) }
    }

    private func remove(_ request: Request, _ caller: AlertCaller) async throws -> Response {
        let metric = try parts.metric(of: request, caller)
        let subject = try Self.subject(of: request)
        guard try await parts.rules(caller).remove(metric, subject: subject, by: caller.source) else {
            throw Problem.alertRuleNotFound
        }
        return .empty()
    }

    /// Changes nothing: the rule as it is in the body, over what was measured.
    private func rehearse(_ request: Request, _ caller: AlertCaller) async throws -> Response {
        let metric = try parts.metric(of: request, caller)
        let subject = try Self.subject(of: request)
        let before = try await parts.shownRule(metric, subject, caller).rule
        let rule = try Self.rule(in: request, over: before)
        let outcome = try await parts.rehearsals(caller).rehearse(rule, tenantID: caller.tenantID, subject: subject)
        return AdminJSON.answer { AlertJSON.write(outcome, into: &$0) }
    }

    /// `subject`: a sender's id, an endpoint's name; absent for all.
    private static func subject(of request: Request) throws -> String {
        var query = QueryReader(request, known: ["subject"])
        let subject = query.value(
            "subject", "subject_invalid", "`subject` must be the id of a sender or the name of an endpoint."
        ) { RuleReading.isUsable(subject: $0) ? $0 : nil }
        try query.requireNoProblems()
        return subject ?? ""
    }

    private static func rule(in request: Request, over before: AlertRule) throws -> AlertRule {
        var problems = FieldProblems()
        let root = try request.body.isEmpty
            ? JSONDocument(parsing: Array("{}".utf8)).root : RequestBody.document(of: request, bytesMax: bodyBytesMax)
        let rule = RuleReading.rule(FieldReader(root, known: RuleReading.fields, problems: &problems), over: before, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        return rule
    }
}

/// Rules as people and programs write them.
enum RuleReading {
    static let fields = [
        "raise_at", "clear_at", "cycles", "lasting_seconds", "sample_min", "severity", "enabled",
    ]
    private static let subjectBytesMax = 100

    static func isUsable(subject: String) -> Bool {
        (1...subjectBytesMax).contains(subject.utf8.count) && subject.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 }
    }

    /// What is absent stays as it is.
    static func rule(_ reader: FieldReader, over before: AlertRule, _ problems: inout FieldProblems) -> AlertRule {
        var rule = before
        rule.raiseAt = number("raise_at", reader, &problems) ?? before.raiseAt
        rule.clearAt = number("clear_at", reader, &problems) ?? before.clearAt
        rule.cycles = reader.integer("cycles", in: AlertRule.cyclesRange, &problems) ?? before.cycles
        if let seconds = reader.integer("lasting_seconds", in: AlertRule.lastingSecondsRange, &problems) {
            rule.lasting = .seconds(seconds)
        }
        if let sample = reader.integer("sample_min", in: AlertRule.sampleRange, &problems) { rule.sampleMin = Int64(sample) }
        if let word = reader.text("severity", &problems) {
            if let severity = AlertSeverity(rawValue: word) {
                rule.severity = severity
            } else {
                problems.note("severity_unknown", "severity", "`severity` must be one of info, warning, critical.")
            }
        }
        rule.isEnabled = reader.boolean("enabled", &problems) ?? before.isEnabled
        checkBand(rule, &problems)
        return rule
    }

    /// What would flap or never end.
    static func checkBand(_ rule: AlertRule, _ problems: inout FieldProblems) {
        if rule.isBandUsable { return }
        let side =
            switch rule.comparison {
            case .above: "at or below"
            case .below: "at or above"
            }
        problems.note("clear_at_invalid", "clear_at", "`clear_at` must be \(side) `raise_at`: there the alert is over.")
    }

    private static func number(_ key: String, _ reader: FieldReader, _ problems: inout FieldProblems) -> Double? {
        guard let value = reader[key] else { return nil }
        guard let number = value.double ?? value.integer.map(Double.init), number.isFinite, number.magnitude <= 1e12 else {
            problems.note("field_wrong_type", key, "`\(key)` must be a number.")
            return nil
        }
        return number
    }
}
