package import Models
package import Postgres

/// A task whose time has come, with everything that its message is made of.
package struct TakenTask: Sendable {
    package let tenantID: TenantID
    package let id: AutomationTaskID
    package let type: String
    package let origin: TaskOrigin
    package let ruleID: RuleID?
    package let eventID: BusinessEventID?
    package let facts: EventFacts
    /// Nil: it was deleted, or the task never had one.
    package let rule: StoredRule?
    package let own: JSONText?
    package let scheduledFor: Timestamp
    package let expiresAt: Timestamp
    /// This one included.
    package let tries: Int
    package let timeZone: String
}

/// How a try of a task ended.
package struct TaskResult: Sendable {
    package enum Ending: Sendable {
        case accepted(MessageID)
        case again(at: Timestamp, reason: String, detail: String)
        case skipped(reason: String, detail: String?)
        case failed(reason: String, detail: String?)
    }

    package let tenantID: TenantID
    package let id: AutomationTaskID
    package let ending: Ending

    package init(_ task: TakenTask, _ ending: Ending) {
        tenantID = task.tenantID
        id = task.id
        self.ending = ending
    }

    fileprivate var status: TaskStatus {
        switch ending {
        case .accepted: .done
        case .again: .pending
        case .skipped: .skipped
        case .failed: .failed
        }
    }

    fileprivate var messageID: MessageID? {
        switch ending {
        case .accepted(let id): id
        case .again, .skipped, .failed: nil
        }
    }

    fileprivate var dueAt: Timestamp? {
        switch ending {
        case .again(let time, _, _): time
        case .accepted, .skipped, .failed: nil
        }
    }

    fileprivate var why: (reason: String?, detail: String?) {
        switch ending {
        case .accepted: (nil, nil)
        case .again(_, let reason, let detail): (reason, detail)
        case .skipped(let reason, let detail), .failed(let reason, let detail): (reason, detail)
        }
    }
}

/// Tasks that are due, for whoever makes their messages.
package struct TaskRunStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Tasks of all tenants whose time has come. Whoever takes one and dies leaves it to the end of its lease.
    ///
    /// - Parameter prompt: those that are to be sent at once; otherwise those that were planned for a time.
    package func take(prompt: Bool, max: Int, lease: Duration) async throws(DatabaseError) -> [TakenTask] {
        let seconds = Int32(clamping: lease.microseconds / 1_000_000)
        var taken: [(TenantID, AutomationTaskID)] = []
        for row in try await database.rows(
            """
            SELECT tenant_id, id
            FROM take_automation_tasks(\(Int16(prompt ? 0 : 1)), \(Int32(clamping: max)), \(seconds))
            """)
        {
            taken.append((try row.value("tenant_id"), try row.value("id")))
        }
        if taken.isEmpty { return [] }
        let answers = try await database.pipeline([
            .actFor(taken.map(\.0)),
            """
            SELECT t.tenant_id, t.id, t.type, t.origin, t.rule_id AS task_rule_id, t.event_id, t.subject, t.recipient,
                   t.own, t.scheduled_for, t.expires_at, t.tries, t.created_at, n.time_zone,
                   e.type AS happened, e.occurred_at, e.data AS event_data, p.name AS recipient_name,
                   p.language AS recipient_language, p.data AS recipient_data, \(StoredRule.columns)
            FROM unnest(\(taken.map(\.0)), \(taken.map(\.1))) AS w (tenant_id, id)
            JOIN automation_tasks t ON t.tenant_id = w.tenant_id AND t.id = w.id
            JOIN tenants n ON n.id = t.tenant_id
            LEFT JOIN automation_rules r ON r.tenant_id = t.tenant_id AND r.id = t.rule_id
            LEFT JOIN business_events e ON e.tenant_id = t.tenant_id AND e.id = t.event_id
            LEFT JOIN business_event_recipients p
                ON p.tenant_id = t.tenant_id AND p.event_id = t.event_id AND p.position = t.position
            """,
        ])
        var tasks: [TakenTask] = []
        for row in answers.last ?? [] { tasks.append(try TakenTask(row)) }
        return tasks
    }

    package func finish(_ results: [TaskResult]) async throws(DatabaseError) {
        if results.isEmpty { return }
        let sorted = results.sorted { ($0.tenantID, $0.id) < ($1.tenantID, $1.id) }
        _ = try await database.pipeline([
            .actFor(sorted.map(\.tenantID)),
            """
            UPDATE automation_tasks t
            SET status = w.status, message_id = w.message_id, due_at = w.due_at, reason = w.reason, detail = w.detail,
                updated_at = now(), finished_at = CASE WHEN w.due_at IS NULL THEN now() END
            FROM unnest(
                \(sorted.map(\.tenantID)), \(sorted.map(\.id)), \(sorted.map(\.status.rawValue)), \(sorted.map(\.messageID)),
                \(sorted.map(\.dueAt)), \(sorted.map(\.why.reason)), \(sorted.map(\.why.detail))
            ) AS w (tenant_id, id, status, message_id, due_at, reason, detail)
            WHERE t.tenant_id = w.tenant_id AND t.id = w.id AND t.status = 'executing'
            """,
        ])
    }
}

extension TakenTask {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        guard let origin = TaskOrigin(rawValue: try row.value("origin")) else {
            throw .decoding("a task's origin that this program does not know")
        }
        self.origin = origin
        tenantID = try row.value("tenant_id")
        id = try row.value("id")
        type = try row.value("type")
        ruleID = try row.value("task_rule_id")
        eventID = try row.value("event_id")
        let ruleName: String? = try row.value("rule_name")
        rule = ruleName == nil ? nil : try StoredRule(row)
        own = try row.value("own")
        scheduledFor = try row.value("scheduled_for")
        expiresAt = try row.value("expires_at")
        tries = Int(try row.value("tries", as: Int16.self))
        timeZone = try row.value("time_zone")
        facts = try Self.facts(row, own)
    }

    /// The event as this recipient has it; a task without an event has what it was given itself.
    private static func facts(_ row: Row, _ own: JSONText?) throws(DatabaseError) -> EventFacts {
        var written: [String: DataValue] = [:]
        if let own { written = try DataValue(own).members ?? [:] }
        var data = DataValue.object([:])
        if let told: JSONText = try row.value("event_data") { data = try DataValue(told) }
        if let more: JSONText = try row.value("recipient_data") { data = try DataValue(more).over(data) }
        if let more = written["data"] { data = more.over(data) }
        let (happened, occurredAt): (String?, Timestamp?) = (try row.value("happened"), try row.value("occurred_at"))
        let createdAt: Timestamp = try row.value("created_at")
        let name: String? = try row.value("recipient_name")
        let language: String? = try row.value("recipient_language")
        return EventFacts(
            type: happened ?? "", occurredAt: occurredAt ?? createdAt, subject: try row.value("subject"),
            recipient: EventRecipient(
                number: try row.value("recipient"), name: name ?? written["name"]?.text,
                language: language ?? written["language"]?.text),
            data: data)
    }
}
