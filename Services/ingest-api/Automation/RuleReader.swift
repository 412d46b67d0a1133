import APIKit
import JSON
import Models
import Postgres
import Storage

/// Reads a rule, or what is to change of one.
struct RuleReader {
    static let fields = [
        "name", "description", "event_type", "enabled", "task_type", "template", "variables", "recipient_filter",
        "timing", "expires_after_seconds", "on_repeat", "cancelled_by", "sender_id", "kind", "priority",
    ]
    static let bodyBytesMax = 64 << 10
    static let nameCharactersMax = 100
    static let descriptionCharactersMax = 500
    static let taskTypeStandard = "send_message"
    static let cancellingTypesMax = 20

    let catalog: TenantCatalog

    /// Nil when there were problems; then they have been noted.
    func newRule(_ root: JSONValue, _ problems: inout FieldProblems) -> RuleContent? {
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        for name in ["name", "event_type"] { _ = reader.required(name, &problems) }
        let template = reader.template(isRequired: true, &problems)
        guard let name = reader["name"]?.string, let type = reader["event_type"]?.string, let template else {
            // The rest of it is checked all the same, so that it is repaired in one go.
            _ = changed(.blank, reader, &problems)
            return nil
        }
        let blank = RuleContent(
            name: name, eventType: type, taskType: Self.taskTypeStandard, templateName: template.name,
            templateLanguage: template.language)
        let content = changed(blank, reader, &problems)
        return problems.isEmpty ? content : nil
    }

    func changed(_ content: RuleContent, _ root: JSONValue, _ problems: inout FieldProblems) -> RuleContent {
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        for name in ["name", "event_type", "template", "enabled", "task_type", "on_repeat", "kind", "priority"]
        where reader.isNull(name) {
            problems.note("field_missing", name, "`\(name)` cannot be taken away.")
        }
        return changed(content, reader, &problems)
    }

    private func changed(
        _ content: RuleContent, _ reader: FieldReader, _ problems: inout FieldProblems
    ) -> RuleContent {
        var content = content
        if let name = reader.text("name", charactersMax: Self.nameCharactersMax, &problems) { content.name = name }
        if let text = reader.text("description", charactersMax: Self.descriptionCharactersMax, &problems) {
            content.description = text
        } else if reader.isNull("description") {
            content.description = nil
        }
        if let type = reader.eventType("event_type", isRequired: false, &problems) { content.eventType = type }
        if let isEnabled = reader.boolean("enabled", &problems) { content.isEnabled = isEnabled }
        if let type = reader.ownWord("task_type", &problems) { content.taskType = type }
        if let template = reader.template(isRequired: false, &problems) {
            (content.templateName, content.templateLanguage) = template
        }
        readDecisions(reader, into: &content, &problems)
        readMessage(reader, into: &content, &problems)
        return content
    }

    private func readDecisions(
        _ reader: FieldReader, into content: inout RuleContent, _ problems: inout FieldProblems
    ) {
        func part(_ name: String, _ problems: inout FieldProblems, _ check: (DataValue) -> [RuleProblem]) -> JSONText? {
            if reader.isNull(name) { return JSONText("{}") }
            guard let value = reader[name] else { return nil }
            problems.note(check(DataValue(value)))
            return value.jsonText
        }
        let variables = part("variables", &problems) { value in
            var found: [RuleProblem] = []
            _ = VariableMap(value, problems: &found)
            return found
        }
        let filter = part("recipient_filter", &problems) { value in
            var found: [RuleProblem] = []
            _ = RecipientFilter(value, problems: &found)
            return found
        }
        let timing = part("timing", &problems) { value in
            var found: [RuleProblem] = []
            _ = RuleTiming(value, problems: &found)
            return found
        }
        if let variables { content.variables = variables }
        if let filter { content.filter = filter }
        if let timing { content.timing = timing }
        if let onRepeat = reader.word("on_repeat", as: AutomationRule.OnRepeat.self, &problems) {
            content.onRepeat = onRepeat
        }
        if reader.isNull("cancelled_by") {
            content.cancelledBy = []
        } else if let types = cancellingTypes(reader, &problems) {
            content.cancelledBy = types
        }
    }

    private func cancellingTypes(_ reader: FieldReader, _ problems: inout FieldProblems) -> [String]? {
        guard let value = reader["cancelled_by"] else { return nil }
        let types = value.elements?.map(\.string) ?? [nil]
        if types.count <= Self.cancellingTypesMax, types.allSatisfy({ $0.map(FieldReader.isEventType) ?? false }) {
            return types.compactMap { $0 }
        }
        problems.note(
            "cancelled_by_invalid", "cancelled_by",
            "`cancelled_by` must be a list of at most \(Self.cancellingTypesMax) types of events.")
        return nil
    }

    private func readMessage(
        _ reader: FieldReader, into content: inout RuleContent, _ problems: inout FieldProblems
    ) {
        if let seconds = reader.integer("expires_after_seconds", in: 1...2_592_000, &problems) {
            content.expiresAfterSeconds = seconds
        } else if reader.isNull("expires_after_seconds") {
            content.expiresAfterSeconds = nil
        }
        if let senderID = reader.sender(catalog, &problems) {
            content.senderID = senderID
        } else if reader.isNull("sender_id") {
            content.senderID = nil
        }
        if let kind = reader.ownWord("kind", &problems) { content.kind = kind }
        if let priority = reader.integer("priority", in: Priority.range, &problems) { content.priority = priority }
    }
}

extension RuleContent {
    static let blank = RuleContent(
        name: "", eventType: "", taskType: RuleReader.taskTypeStandard, templateName: "", templateLanguage: "")
}

/// What would hinder a rule's messages as things are now: no reason to refuse the rule, its template may come later.
enum RuleWarnings {
    static func of(_ rule: StoredRule, in catalog: TenantCatalog) -> [FieldProblem] {
        let content = rule.content
        let translations = catalog.templates(named: content.templateName)
        guard let template = translations.first(where: { $0.definition.language == content.templateLanguage }) else {
            return [
                FieldProblem(
                    "template_not_found", "template",
                    "You have no template `\(content.templateName)` in `\(content.templateLanguage)` yet: until you do, "
                        + "nothing is sent.")
            ]
        }
        let definition = template.definition
        var warnings: [FieldProblem] = []
        if !definition.status.maySend {
            warnings.append(
                FieldProblem(
                    "template_not_approved", "template",
                    "The template has the status \(definition.status.rawValue): its messages wait until it is approved."))
        }
        let given = Dictionary(uniqueKeysWithValues: rule.variables.sources.keys.map { ($0, TemplateValue.text("x")) })
        for problem in definition.check(variables: .byName(given)) {
            switch problem {
            case .missing(let name):
                warnings.append(
                    FieldProblem(
                        "template_variable_missing", "variables.\(name)", "The template needs a value for `\(name)`."))
            case .unexpected(let name):
                warnings.append(
                    FieldProblem(
                        "template_variable_unknown", "variables.\(name)", "The template has no variable `\(name)`."))
            case .tooMany, .wrongKind, .empty, .forbiddenWhitespace, .couponTooLong, .payloadTooLong, .mediaInvalid,
                .headerTooLong, .bodyTooLong:
                continue
            }
        }
        return warnings
    }
}
