internal import JSON
package import Models
package import Postgres
package import Runtime

/// What is to be done with templates at their providers, of all tenants. Platform role.
package struct TemplateTaskStore: Sendable {
    /// Whoever takes an order has this long; after it another takes the order. Longer than all calls of one order.
    package static let lease: Duration = .seconds(180)

    /// An order that was taken, and what carrying it out needs.
    package struct Task: Sendable {
        package let tenantID: TenantID
        package let id: UUIDValue
        package let action: TemplateAction
        /// This one included.
        package let tries: Int
        package let template: StoredTemplate
        /// Whose token opens the account; nil when no sender uses it any more.
        package let senderID: SenderID?
        package let createdBy: String
    }

    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource = IDSource()) {
        self.database = database
        self.ids = ids
    }

    package func take(max: Int) async throws(DatabaseError) -> [Task] {
        let rows = try await database.rows(
            """
            WITH taken AS (
                UPDATE template_tasks k
                SET tries = k.tries + 1, due_at = now() + \(Self.lease.microseconds) * interval '1 microsecond'
                FROM (SELECT d.tenant_id, d.id FROM template_tasks d JOIN tenants o ON o.id = d.tenant_id
                      WHERE d.done_at IS NULL AND d.due_at <= now() AND o.status = 'active'
                      ORDER BY d.due_at LIMIT \(max) FOR UPDATE OF d SKIP LOCKED) AS due
                WHERE k.tenant_id = due.tenant_id AND k.id = due.id
                RETURNING k.tenant_id, k.id, k.template_id, k.action, k.tries, k.created_by
            )
            SELECT k.tenant_id, k.id AS task_id, k.action, k.tries, k.created_by AS ordered_by,
                   (SELECT s.id FROM senders s WHERE s.tenant_id = k.tenant_id AND s.waba_id = t.account_id
                    ORDER BY s.status = 'active' DESC, s.is_default DESC, s.created_at, s.id LIMIT 1) AS sender_id,
                   \(StoredTemplate.columns)
            FROM taken k JOIN templates t ON t.tenant_id = k.tenant_id AND t.id = k.template_id
            """)
        var tasks: [Task] = []
        for row in rows {
            guard let action = TemplateAction(rawValue: try row.value("action")) else { continue }
            tasks.append(
                Task(
                    tenantID: try row.value("tenant_id"), id: try row.value("task_id"), action: action,
                    tries: Int(try row.value("tries", as: Int16.self)), template: try StoredTemplate(row),
                    senderID: try row.value("sender_id"), createdBy: try row.value("ordered_by")))
        }
        return tasks
    }

    /// Templates that were created in an account within the last hour, whoever's they are.
    package func creationsOfLastHour(in accountID: String) async throws(DatabaseError) -> Int {
        let rows = try await database.rows(
            """
            SELECT count(*) AS created FROM templates
            WHERE account_id = \(accountID) AND submitted_at > now() - interval '1 hour'
            """)
        return try Connection.decoded { try rows.first?.value("created", as: Int.self) ?? 0 }
    }

    /// Nobody could be asked: the order waits.
    package func putOff(_ task: Task, by wait: Duration, keepsTry: Bool = true) async throws(DatabaseError) {
        _ = try await database.execute(
            """
            UPDATE template_tasks
            SET due_at = now() + \(wait.microseconds) * interval '1 microsecond',
                tries = CASE WHEN \(keepsTry) THEN tries ELSE greatest(tries - 1, 0) END
            WHERE tenant_id = \(task.tenantID) AND id = \(task.id) AND done_at IS NULL
            """)
    }

    /// Twilio's content exists before its approval is asked for: a second try must not make a second one.
    package func note(providerTemplateID id: String, of task: Task) async throws(DatabaseError) {
        _ = try await database.execute(
            """
            UPDATE templates SET provider_template_id = \(id), updated_at = now()
            WHERE tenant_id = \(task.tenantID) AND id = \(task.template.id)
            """)
    }

    /// How an order ended.
    package enum Ending: Sendable {
        /// New at the provider.
        case created(providerID: String, status: String, category: String?)
        /// The provider has the changes; what it says of the template now, if it said anything.
        case edited(status: String?)
        /// The account had a template of this name and language: its author's content waits as a change of that one.
        case adopted(providerID: String, status: String, category: String, components: JSONText)
        case deleted
        case unpaused
        case refused(TemplateTrouble)
        /// Tried again and again without an answer.
        case givenUp(TemplateTrouble)

        fileprivate var result: String {
            switch self {
            case .created, .edited, .adopted, .deleted, .unpaused: "done"
            case .refused: "refused"
            case .givenUp: "given_up"
            }
        }
    }

    package func finish(_ task: Task, _ ending: Ending, now: Timestamp) async throws(DatabaseError) {
        let audit = AuditEntry(
            id: ids.uuid(), tenantID: task.tenantID, actor: .system("retry-scheduler"),
            action: "template.\(task.action.rawValue)_\(ending.result)", target: "template \(task.template.id)")
        _ = try await database.transaction { connection in
            let isOurs = try connection.execute(
                """
                UPDATE template_tasks SET done_at = now(), result = \(ending.result)
                WHERE tenant_id = \(task.tenantID) AND id = \(task.id) AND done_at IS NULL
                """)
            if isOurs == 0 { return }
            _ = try connection.execute(Self.change(task, ending, now))
            _ = try connection.execute(audit.insert)
        }
    }

    private static func change(_ task: Task, _ ending: Ending, _ now: Timestamp) -> SQL {
        let template = task.template
        let changes: SQL =
            switch ending {
            case .created(let providerID, let status, let category):
                """
                provider_template_id = \(providerID), submitted_at = coalesce(submitted_at, \(now)), listed_at = NULL,
                category = coalesce(\(known(category: category) as String?), category), problem = NULL,
                -- A notice may have been quicker than the answer.
                status = CASE WHEN status = 'DRAFT' THEN \(known(status: status) ?? "PENDING") ELSE status END,
                status_at = coalesce(status_at, \(now))
                """
            case .edited(let status): edited(template, status, now)
            case .adopted(let providerID, let status, let category, let components):
                """
                provider_template_id = \(providerID), submitted_at = coalesce(submitted_at, \(now)), listed_at = \(now),
                changes = \(TemplateChanges(
                    category: template.category, content: template.content, sendTTLSeconds: template.sendTTLSeconds).jsonText),
                category = coalesce(\(known(category: category) as String?), category), components = \(components),
                status = coalesce(\(known(status: status) as String?), 'PENDING'), status_at = \(now),
                problem = \(TemplateTrouble(
                    action: task.action, code: nil,
                    detail: "The account had a template of this name and language. It was taken over, and what you wrote "
                        + "waits as a change of it: submit it again to hand that in.", at: now).jsonText)
                """
            case .deleted: "status = 'DELETED', status_at = \(now), changes = NULL, problem = NULL"
            case .unpaused: "status = 'APPROVED', status_at = \(now), problem = NULL"
            case .refused(let trouble), .givenUp(let trouble): "problem = \(trouble.jsonText)"
            }
        return """
            UPDATE templates SET \(changes), updated_at = now()
            WHERE tenant_id = \(task.tenantID) AND id = \(template.id)
            """
    }

    private static func edited(_ template: StoredTemplate, _ status: String?, _ now: Timestamp) -> SQL {
        guard let changes = template.changes else { return "problem = NULL" }
        let counts = template.status == .approved
        return """
            components = \(JSONText(changes.content.componentsJSON)), changes = NULL, problem = NULL,
            category = \(changes.category.rawValue.uppercased()),
            send_ttl_seconds = \(changes.sendTTLSeconds.map { Int32(clamping: $0) } as Int32?),
            edited_at = CASE WHEN \(counts) THEN
                ARRAY(SELECT e FROM unnest(edited_at) AS e WHERE e > now() - interval '30 days') || \(now) ELSE edited_at END,
            status = coalesce(\(status.flatMap(known(status:)) as String?), 'PENDING'), status_at = \(now),
            rejection_reason = NULL
            """
    }

    /// What `templates.status` may hold.
    static func known(status: String) -> String? {
        let words: Set<String> = [
            "APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "PENDING_DELETION", "LIMIT_EXCEEDED",
            "ARCHIVED",
        ]
        return words.contains(status) ? status : nil
    }

    static func known(category: String?) -> String? {
        guard let category, TemplateCategory(rawValue: category.lowercased()) != nil else { return nil }
        return category
    }
}

/// Why the provider did not do what was asked, for the tenant to read.
package struct TemplateTrouble: Sendable, Hashable {
    package let action: TemplateAction
    /// The provider's; nil when it did not answer, or it is our own finding.
    package let code: Int?
    package let subcode: Int?
    package let detail: String
    package let at: Timestamp

    package init(action: TemplateAction, code: Int?, subcode: Int? = nil, detail: String, at: Timestamp) {
        self.action = action
        self.code = code
        self.subcode = subcode
        self.detail = detail
        self.at = at
    }

    var jsonText: JSONText {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("action", action.rawValue)
            writer.field("code", code)
            writer.field("subcode", subcode)
            writer.field("detail", detail)
            writer.field("at", at.rfc3339)
        }
        return JSONText(writer.bytes)
    }
}
