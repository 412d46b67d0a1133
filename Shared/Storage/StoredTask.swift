package import Models
package import Postgres

/// A task as its tenant sees it.
package struct StoredTask: Sendable {
    package let id: AutomationTaskID
    package let type: String
    package let origin: TaskOrigin
    package let status: TaskStatus
    package let ruleID: RuleID?
    package let ruleName: String?
    package let eventID: BusinessEventID?
    package let subject: String?
    package let recipient: String?
    /// Of the rule, or the task's own.
    package let templateName: String?
    package let templateLanguage: String?
    package let metadata: JSONText?
    package let scheduledFor: Timestamp
    package let expiresAt: Timestamp
    /// When it is tried again, where that is later than its time.
    package let nextTryAt: Timestamp?
    package let tries: Int
    package let messageID: MessageID?
    /// A word of ours or the code of a refusal.
    package let reason: String?
    package let detail: String?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    package let finishedAt: Timestamp?

    /// Of `automation_tasks t LEFT JOIN automation_rules r`.
    static let columns: SQL = """
        t.id, t.type, t.origin, t.status, t.rule_id, r.name AS rule_name, t.event_id, t.subject, t.recipient,
        coalesce(r.template_name, t.own -> 'template' ->> 'name') AS template_name,
        coalesce(r.template_language, t.own -> 'template' ->> 'language') AS template_language,
        t.metadata, t.scheduled_for, t.expires_at, t.due_at, t.tries, t.message_id, t.reason, t.detail, t.created_at,
        t.updated_at, t.finished_at
        """
    static let tables: SQL = """
        automation_tasks t LEFT JOIN automation_rules r ON r.tenant_id = t.tenant_id AND r.id = t.rule_id
        """

    init(_ row: Row) throws(DatabaseError) {
        guard let origin = TaskOrigin(rawValue: try row.value("origin")),
            let status = TaskStatus(rawValue: try row.value("status"))
        else { throw .decoding("a task's origin or status that this program does not know") }
        self.origin = origin
        self.status = status
        id = try row.value("id")
        type = try row.value("type")
        ruleID = try row.value("rule_id")
        ruleName = try row.value("rule_name")
        eventID = try row.value("event_id")
        subject = try row.value("subject")
        recipient = try row.value("recipient")
        templateName = try row.value("template_name")
        templateLanguage = try row.value("template_language")
        metadata = try row.value("metadata")
        scheduledFor = try row.value("scheduled_for")
        expiresAt = try row.value("expires_at")
        let dueAt: Timestamp? = try row.value("due_at")
        nextTryAt = dueAt.flatMap { [scheduledFor] in status == .pending && $0 > scheduledFor ? $0 : nil }
        tries = Int(try row.value("tries", as: Int16.self))
        messageID = try row.value("message_id")
        reason = try row.value("reason")
        detail = try row.value("detail")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
        finishedAt = try row.value("finished_at")
    }
}

/// Which tasks to list; nothing set means all.
package struct TaskFilter: Sendable {
    package var status: TaskStatus?
    package var type: String?
    package var ruleID: RuleID?
    package var eventID: BusinessEventID?
    package var subject: String?
    /// E.164.
    package var recipient: String?
    package var scheduledFrom: Timestamp?
    /// Not itself included.
    package var scheduledTo: Timestamp?

    package init() {}

    var conditions: [SQL] {
        var conditions: [SQL] = []
        if let status { conditions.append("t.status = \(status.rawValue)") }
        if let type { conditions.append("t.type = \(type)") }
        if let ruleID { conditions.append("t.rule_id = \(ruleID)") }
        if let eventID { conditions.append("t.event_id = \(eventID)") }
        if let subject { conditions.append("t.subject = \(subject)") }
        if let recipient { conditions.append("t.recipient = \(recipient)") }
        if let scheduledFrom { conditions.append("t.scheduled_for >= \(scheduledFrom)") }
        if let scheduledTo { conditions.append("t.scheduled_for < \(scheduledTo)") }
        return conditions
    }
}
