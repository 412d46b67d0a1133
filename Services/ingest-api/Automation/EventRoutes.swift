import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// What happens in a business, told to us: recorded, and made into tasks by the tenant's rules.
struct EventRoutes: Sendable {
    private let parts: RouteParts
    private let planner: EventPlanner
    private let store: BusinessEventStore
    private let tasks: TaskStore
    private let metrics: AutomationMetrics

    init(parts: RouteParts, metrics: AutomationMetrics = AutomationMetrics()) {
        self.parts = parts
        self.metrics = metrics
        store = BusinessEventStore(parts.database)
        tasks = TaskStore(parts.database)
        planner = EventPlanner(
            catalogs: parts.catalogs, clocks: ZoneClocks(ZoneClockStore(parts.database)), store: store, ids: parts.ids)
    }

    /// Answered 202 whenever the event could be read: what hinders its messages is said in the answer and on the tasks.
    func post(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let key = try IdempotencyKey(of: request)
        let (incoming, now) = try read(request)
        let plan = try await planner.plan(incoming, of: caller.tenantID, now: now)
        let outcome = try await withStorage {
            try await store.record(
                plan.event, key: key.map { RequestKey(keyHash: $0.keyHash, requestHash: $0.requestHash) }
            ) { recorded in StoredAnswer(status: 202, body: recorded.body(plan.rules, plan.warnings)) }
        }
        switch outcome {
        case .recorded(let recorded):
            metrics.events.increment()
            if recorded.tasks.contains(where: { $0.isPrompt && $0.skipped == nil }) { parts.wakeAutomation() }
            var response = Response.json(202, recorded.body(plan.rules, plan.warnings))
            response.setHeader("Location", "/v1/events/\(recorded.event.id)")
            return response
        case .repeated(let answer): return .repeated(answer)
        case .keyReused: throw Problem.keyReused
        }
    }

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        var query = QueryReader(request, known: ["type", "subject", "limit", "cursor"])
        let limit = query.limit()
        let before: BusinessEventID? = query.cursor()
        try query.requireNoProblems()
        let page = try await withStorage {
            try await store.list(
                of: caller.tenantID, type: request.query("type"), subject: request.query("subject"), before: before,
                limit: limit)
        }
        var writer = JSONWriter(capacity: 256 + page.events.count * 320)
        writer.page(page.events, hasMore: page.hasMore, id: \.id) { $0.writeFields(isWhole: false, into: &$1) }
        return .json(200, writer.bytes)
    }

    func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        return .json(200, try await body(of: try Self.id(of: request), caller))
    }

    /// Calls off what the event has planned and is not yet made.
    func cancel(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let audit = AuditEntry.automation("event.cancelled", "event \(id)", caller, request, id: parts.ids.uuid())
        let cancelled = try await withStorage {
            try await tasks.cancel(event: id, of: caller.tenantID, audit: audit)
        }
        guard let cancelled else { throw Problem.notFound("event") }
        return .json(200, try await body(of: id, caller, cancelledNow: cancelled))
    }

    private func body(
        of id: BusinessEventID, _ caller: Caller, cancelledNow: Int? = nil
    ) async throws -> [UInt8] {
        let event = try await withStorage { try await store.event(id, of: caller.tenantID) }
        guard let event else { throw Problem.notFound("event") }
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            event.writeFields(isWhole: true, into: &writer)
            writer.field("cancelled_now", cancelledNow)
        }
        return writer.bytes
    }

    private func read(_ request: Request) throws -> (IncomingEvent, Timestamp) {
        let now = SystemClock.now()
        let root = try RequestBody.document(of: request, bytesMax: EventReader.bodyBytesMax)
        var problems = FieldProblems()
        guard let incoming = EventReader(now: now).event(root, &problems) else { throw Problem.refused(problems.all) }
        return (incoming, now)
    }

    private static func id(of request: Request) throws -> BusinessEventID {
        guard let id = request.pathParameter("id").flatMap({ BusinessEventID($0) }) else {
            throw Problem.notFound("event")
        }
        return id
    }

    // MARK: Trying out

    /// What an event would do now; nothing is recorded.
    func preview(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, with: Scope(.automation, isReadOnly: true))
        try request.refuseParameters()
        let (incoming, now) = try read(request)
        let plan = try await planner.plan(incoming, of: caller.tenantID, now: now)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        let previews = plan.event.tasks.prefix(RecordedBusinessEvent.tasksShownMax).map { task in
            TaskPreview(task, plan, catalog: catalog, now: now)
        }
        var writer = JSONWriter(capacity: 512 + previews.count * 512)
        writer.object { writer in
            writer.field("planned", plan.event.tasks.count { $0.skipped == nil })
            writer.field("skipped", plan.event.tasks.count { $0.skipped != nil })
            writer.field("filtered", plan.event.filtered)
            writer.field("warnings", problems: plan.warnings)
            writer.field(
                "tasks",
                array: { list in
                    for preview in previews { list.object { preview.writeFields(into: &$0) } }
                })
            writer.field("tasks_left_out", max(0, plan.event.tasks.count - previews.count))
        }
        return .json(200, writer.bytes)
    }
}

/// One task as it would be, with the text its recipient would read.
private struct TaskPreview {
    let task: NewTask
    let rule: StoredRule?
    var message: TaskMessage?
    var text: String?
    var problems: [FieldProblem] = []

    init(_ task: NewTask, _ plan: EventPlanner.Plan, catalog: TenantCatalog, now: Timestamp) {
        self.task = task
        rule = plan.rules.first { $0.id == task.ruleID }
        guard let rule, let position = task.position, plan.facts.indices.contains(position),
            plan.facts[position].recipient.number != nil
        else { return }
        var unreadable: [String] = []
        message = TaskInstruction(rule).message(
            plan.facts[position], clock: plan.clock, catalog: catalog, unreadable: &unreadable)
        problems = unreadable.map { name in
            FieldProblem(
                TaskReason.variableUnreadable.rawValue, "variables.\(name)", TaskReason.variableUnreadable.explanation)
        }
        guard let message else { return }
        check(message, catalog, now: now)
        let template = catalog.templates(named: message.templateName).first {
            $0.definition.language == message.language
        }
        text = template?.definition.renderedBody(.byName(message.values.mapValues { .text($0) }))
    }

    private mutating func check(_ message: TaskMessage, _ catalog: TenantCatalog, now: Timestamp) {
        var writer = JSONWriter()
        message.write(into: &writer)
        guard let root = try? JSONDocument(parsing: writer.bytes).root else { return }
        var found = FieldProblems()
        _ = MessageReader(catalog: catalog, now: now).message(
            from: root, id: MessageID(UUIDValue(high: 0, low: 0)), problems: &found)
        problems += found.all
    }

    func writeFields(into writer: inout JSONWriter) {
        writer.field("rule_id", orNull: task.ruleID?.description)
        writer.field("rule_name", orNull: rule?.content.name)
        writer.field("type", task.type)
        writer.key("index")
        if let position = task.position { writer.integer(position) } else { writer.null() }
        writer.field("to", orNull: task.recipient)
        writer.field("status", (task.skipped == nil ? TaskStatus.pending : .skipped).rawValue)
        writer.field("scheduled_for", task.scheduledFor.rfc3339)
        writer.field("expires_at", task.expiresAt.rfc3339)
        writer.field("reason", orNull: task.skipped?.rawValue)
        writer.field("explanation", orNull: task.skipped?.explanation)
        writer.key("template")
        if let message {
            writer.object { writer in
                writer.field("name", message.templateName)
                writer.field("language", message.language)
                writer.field(
                    "variables",
                    object: { writer in
                        for (name, value) in message.values.sorted(by: { $0.key < $1.key }) {
                            writer.key(name)
                            writer.string(value)
                        }
                    })
            }
        } else {
            writer.null()
        }
        writer.field("text", orNull: text)
        writer.field("problems", problems: problems)
    }
}
