package import Models
package import Postgres

/// Who planned a task.
package enum TaskOrigin: String, CaseIterable, Hashable, Sendable {
    case rule
    case api
    /// A program that plans by itself what a person would.
    case ai
    /// A timetable of the tenant's own.
    case schedule
}

/// A message that is to be made when its time has come, as it is written.
package struct NewTask: Sendable {
    package var id: AutomationTaskID
    package var type: String
    package var origin: TaskOrigin
    package var ruleID: RuleID?
    package var eventID: BusinessEventID?
    /// Which of the event's recipients.
    package var position: Int?
    package var subject: String?
    package var recipient: String?
    /// Of a task without a rule.
    package var own: JSONText?
    package var metadata: JSONText?
    package var scheduledFor: Timestamp
    package var expiresAt: Timestamp
    /// Why it is recorded and not sent.
    package var skipped: TaskReason?
    /// To be sent at once: it never stands behind what was planned for this hour.
    package var isPrompt: Bool

    package init(
        id: AutomationTaskID, type: String, origin: TaskOrigin, scheduledFor: Timestamp, expiresAt: Timestamp,
        skipped: TaskReason? = nil, isPrompt: Bool = false
    ) {
        self.id = id
        self.type = type
        self.origin = origin
        self.scheduledFor = scheduledFor
        self.expiresAt = expiresAt
        self.skipped = skipped
        self.isPrompt = isPrompt
    }

    static func insert(_ tasks: [NewTask], of tenantID: TenantID, on connection: Connection) throws {
        var first = 0
        while first < tasks.count {
            let portion = Array(tasks[first..<min(first + BusinessEventStore.portionMax, tasks.count)])
            first += portion.count
            try connection.execute(statement(portion, tenantID))
        }
    }

    private static func statement(_ tasks: [NewTask], _ tenantID: TenantID) -> SQL {
        """
        INSERT INTO automation_tasks
            (tenant_id, id, type, origin, status, rule_id, event_id, position, subject, recipient, own, metadata,
             scheduled_for, expires_at, due_at, lane, reason, finished_at)
        SELECT \(tenantID), w.id, w.type, w.origin, CASE WHEN w.reason IS NULL THEN 'pending' ELSE 'skipped' END,
               w.rule_id, w.event_id, w.position, w.subject, w.recipient, w.own, w.metadata, w.scheduled_for,
               w.expires_at, CASE WHEN w.reason IS NULL THEN w.scheduled_for END, w.lane, w.reason,
               CASE WHEN w.reason IS NOT NULL THEN now() END
        FROM unnest(
            \(tasks.map(\.id)), \(tasks.map(\.type)), \(tasks.map(\.origin.rawValue)), \(tasks.map(\.ruleID)),
            \(tasks.map(\.eventID)), \(tasks.map { $0.position.map { Int32(clamping: $0) } }), \(tasks.map(\.subject)),
            \(tasks.map(\.recipient)), \(tasks.map(\.own)), \(tasks.map(\.metadata)), \(tasks.map(\.scheduledFor)),
            \(tasks.map(\.expiresAt)), \(tasks.map { $0.skipped?.rawValue }), \(tasks.map { Int16($0.isPrompt ? 0 : 1) })
        ) AS w (id, type, origin, rule_id, event_id, position, subject, recipient, own, metadata, scheduled_for,
                expires_at, reason, lane)
        """
    }
}
