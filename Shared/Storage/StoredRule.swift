package import Models
package import Postgres

/// Everything a tenant says of a rule.
package struct RuleContent: Sendable, Equatable {
    package var name: String
    package var description: String?
    package var eventType: String
    package var isEnabled = true
    /// A word for what its messages are: `send_reminder`.
    package var taskType: String
    package var templateName: String
    package var templateLanguage: String
    /// As the tenant wrote them; Models reads them.
    package var variables: JSONText
    package var filter: JSONText
    package var timing: JSONText
    package var expiresAfterSeconds: Int?
    package var onRepeat: AutomationRule.OnRepeat = .add
    package var cancelledBy: [String] = []
    package var senderID: SenderID?
    package var kind = "general"
    package var priority = Priority.standard

    package init(
        name: String, eventType: String, taskType: String, templateName: String, templateLanguage: String,
        variables: JSONText = JSONText("{}"), filter: JSONText = JSONText("{}"), timing: JSONText = JSONText("{}")
    ) {
        self.name = name
        self.eventType = eventType
        self.taskType = taskType
        self.templateName = templateName
        self.templateLanguage = templateLanguage
        self.variables = variables
        self.filter = filter
        self.timing = timing
    }
}

package struct StoredRule: Sendable {
    package let id: RuleID
    package let content: RuleContent
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    /// What decides.
    package let rule: AutomationRule
    package let variables: VariableMap

    package init(
        id: RuleID, content: RuleContent, createdAt: Timestamp, updatedAt: Timestamp
    ) throws(DatabaseError) {
        self.id = id
        self.content = content
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        // What an older program wrote and this one reads otherwise is left out, not refused.
        var problems: [RuleProblem] = []
        variables = VariableMap(try DataValue(content.variables), problems: &problems)
        rule = AutomationRule(
            id: id,
            eventType: content.eventType,
            isEnabled: content.isEnabled,
            filter: RecipientFilter(try DataValue(content.filter), problems: &problems),
            timing: RuleTiming(try DataValue(content.timing), problems: &problems),
            expiresAfter: content.expiresAfterSeconds.map { .seconds($0) },
            onRepeat: content.onRepeat
        )
    }

    /// Of `automation_rules r`; `init(_:)` reads them.
    static let columns: SQL = """
        r.id AS rule_id, r.name AS rule_name, r.description, r.event_type, r.is_enabled, r.task_type, r.template_name,
        r.template_language, r.variables, r.recipient_filter, r.timing, r.expires_after_seconds, r.on_repeat,
        r.cancelled_by, r.sender_id AS rule_sender_id, r.kind, r.priority, r.created_at AS rule_created_at,
        r.updated_at AS rule_updated_at
        """

    init(_ row: Row) throws(DatabaseError) {
        var content = RuleContent(
            name: try row.value("rule_name"), eventType: try row.value("event_type"),
            taskType: try row.value("task_type"), templateName: try row.value("template_name"),
            templateLanguage: try row.value("template_language"), variables: try row.value("variables"),
            filter: try row.value("recipient_filter"), timing: try row.value("timing"))
        content.description = try row.value("description")
        content.isEnabled = try row.value("is_enabled")
        content.expiresAfterSeconds = try row.value("expires_after_seconds", as: Int32?.self).map { Int($0) }
        guard let onRepeat = AutomationRule.OnRepeat(rawValue: try row.value("on_repeat")) else {
            throw .decoding("automation_rules.on_repeat")
        }
        content.onRepeat = onRepeat
        content.cancelledBy = try row.value("cancelled_by")
        content.senderID = try row.value("rule_sender_id")
        content.kind = try row.value("kind")
        content.priority = Int(try row.value("priority", as: Int16.self))
        try self.init(
            id: try row.value("rule_id"), content: content, createdAt: try row.value("rule_created_at"),
            updatedAt: try row.value("rule_updated_at"))
    }
}
