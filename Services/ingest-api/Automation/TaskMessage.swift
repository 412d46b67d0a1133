import JSON
import Models
import Postgres
import Storage

/// The message of a task, written as `POST /v1/messages` takes it: what holds for a caller's message holds for it.
struct TaskMessage {
    var to: String
    var templateName: String
    var language: String
    var values: [String: String]
    var kind: String
    var priority: Int
    var senderID: SenderID?
    var reference: String?
    var expiresAt: Timestamp?
    var metadata: [(name: String, value: String)] = []

    func write(into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("to", to)
            writer.field("type", "template")
            writer.field(
                "template",
                object: { writer in
                    writer.field("name", templateName)
                    writer.field("language", language)
                    writer.field(
                        "variables",
                        object: { writer in
                            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                                writer.key(name)
                                writer.string(value)
                            }
                        })
                })
            writer.field("kind", kind)
            writer.field("priority", priority)
            writer.field("sender_id", senderID?.description)
            writer.field("reference", reference)
            writer.field("expires_at", expiresAt?.rfc3339)
            if metadata.isEmpty { return }
            writer.field(
                "metadata",
                object: { writer in
                    for (name, value) in metadata {
                        writer.key(name)
                        writer.string(value)
                    }
                })
        }
    }

    /// The template in the recipient's language where it is approved in it, else as the rule has it.
    static func language(
        _ wanted: String?, template: String, standard: String, in catalog: TenantCatalog
    ) -> String {
        guard let wanted else { return standard }
        let approved = catalog.templates(named: template).filter(\.definition.status.maySend).map(\.definition.language)
        if approved.contains(wanted) { return wanted }
        // pt for pt_BR, and the other way round; the rule's own wins where both are the same language.
        let spoken = wanted.prefix { $0 != "_" }
        if standard.prefix(while: { $0 != "_" }) == spoken { return standard }
        return approved.first { $0.prefix { $0 != "_" } == spoken } ?? standard
    }
}

/// What a task sends, whether a rule says so or the task itself.
struct TaskInstruction {
    var templateName: String
    var templateLanguage: String
    var variables: VariableMap
    var senderID: SenderID?
    var kind: String
    var priority: Int

    init(_ rule: StoredRule) {
        templateName = rule.content.templateName
        templateLanguage = rule.content.templateLanguage
        variables = rule.variables
        senderID = rule.content.senderID
        kind = rule.content.kind
        priority = rule.content.priority
    }

    /// As `TaskReader` wrote it; nil for what no program of ours has written.
    init?(_ own: JSONText) {
        guard let root = (try? JSONDocument(parsing: own.bytes))?.root,
            let name = root["template"]?["name"]?.string, let language = root["template"]?["language"]?.string
        else { return nil }
        templateName = name
        templateLanguage = language
        var problems: [RuleProblem] = []
        variables = VariableMap(root["variables"].map { DataValue($0) } ?? .object([:]), problems: &problems)
        senderID = root["sender_id"]?.string.flatMap { SenderID($0) }
        kind = root["kind"]?.string ?? MessageReader.kindStandard
        priority = root["priority"]?.integer.map { Int($0) } ?? Priority.standard
    }

    /// Nil where a value cannot be shown as the rule asks: the names of those are in `unreadable`.
    func message(
        _ facts: EventFacts, clock: LocalClock, catalog: TenantCatalog, unreadable: inout [String]
    ) -> TaskMessage? {
        guard let number = facts.recipient.number else { return nil }
        let language = TaskMessage.language(
            facts.recipient.language, template: templateName, standard: templateLanguage, in: catalog)
        let resolved = variables.resolve(facts, clock: clock, language: language)
        unreadable = resolved.unreadable
        guard resolved.unreadable.isEmpty else { return nil }
        return TaskMessage(
            to: number, templateName: templateName, language: language, values: resolved.values, kind: kind,
            priority: priority, senderID: senderID, reference: facts.subject)
    }
}
