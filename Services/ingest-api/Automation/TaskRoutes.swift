import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// What is planned: to be seen, added to, moved, called off, or run now.
struct TaskRoutes: Sendable {
    private static let parameters = [
        "status", "type", "rule_id", "event_id", "subject", "to", "scheduled_from", "scheduled_to", "limit", "cursor",
    ]

    private let parts: RouteParts
    private let store: TaskStore
    private let events: BusinessEventStore

    init(parts: RouteParts) {
        self.parts = parts
        store = TaskStore(parts.database)
        events = BusinessEventStore(parts.database)
    }

    func list(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        var query = QueryReader(request, known: Self.parameters)
        var filter = TaskFilter()
        filter.status = query.word("status")
        filter.type = query.text("type")
        filter.ruleID = query.value("rule_id", "rule_id_invalid", "`rule_id` must be a UUID.") { RuleID($0) }
        filter.eventID = query.value("event_id", "event_id_invalid", "`event_id` must be a UUID.") {
            BusinessEventID($0)
        }
        filter.subject = query.text("subject")
        filter.recipient = query.value("to", "to_invalid", "`to` must be a telephone number (a + is %2B in an address).") {
            EventPlanner.number($0, catalog)
        }
        filter.scheduledFrom = query.time("scheduled_from")
        filter.scheduledTo = query.time("scheduled_to")
        let limit = query.limit()
        let before: AutomationTaskID? = query.cursor()
        try query.requireNoProblems()
        let page = try await withStorage {
            try await store.list(of: caller.tenantID, filter, before: before, limit: limit)
        }
        var writer = JSONWriter(capacity: 256 + page.tasks.count * 640)
        writer.page(page.tasks, hasMore: page.hasMore, id: \.id) { $0.writeFields(into: &$1) }
        return .json(200, writer.bytes)
    }

    func detail(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let task = try await withStorage { try await store.task(id, of: caller.tenantID) }
        guard let task else { throw Problem.notFound("task") }
        return .json(200, Self.body(of: task))
    }

    // MARK: Planning without a rule

    func create(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let key = try IdempotencyKey(of: request)
        let root = try RequestBody.document(of: request, bytesMax: EventReader.bodyBytesMax)
        let catalog = try await parts.catalogs.catalog(of: caller.tenantID)
        let now = SystemClock.now()
        var problems = FieldProblems()
        guard let order = TaskReader(catalog: catalog, now: now).order(root, &problems) else {
            throw Problem.refused(problems.all)
        }
        let (tasks, filtered) = try await tasks(of: order, caller, catalog, now: now)
        let answer = StoredAnswer(status: 201, body: NewTask.body(of: tasks, filtered: filtered))
        let audit = AuditEntry.automation(
            "tasks.created", order.eventID.map { "event \($0)" } ?? "tasks", caller, request, id: parts.ids.uuid())
        let outcome = try await withStorage {
            try await events.add(
                tasks, of: caller.tenantID,
                key: key.map { RequestKey(keyHash: $0.keyHash, requestHash: $0.requestHash) }, audit: audit,
                answer: answer)
        }
        switch outcome {
        case .accepted:
            if tasks.contains(where: \.isPrompt) { parts.wakeAutomation() }
            return .json(201, answer.body)
        case .repeated(let answer): return .repeated(answer)
        case .keyReused: throw Problem.keyReused
        }
    }

    private func tasks(
        of order: TaskOrder, _ caller: Caller, _ catalog: TenantCatalog, now: Timestamp
    ) async throws -> (tasks: [NewTask], filtered: Int) {
        guard let eventID = order.eventID else { return try await own(order, caller, catalog, now: now) }
        let found = try await withStorage { try await events.recipients(of: eventID, tenantID: caller.tenantID) }
        guard let found else {
            throw Problem.refused("event_not_found", "event_id", "You have no event with this id.")
        }
        var tasks: [NewTask] = []
        for recipient in found.recipients {
            let facts = EventFacts(
                type: found.event.type, occurredAt: found.event.occurredAt, subject: found.event.subject,
                recipient: recipient.recipient, data: order.values.over(recipient.data))
            guard order.filter.matches(facts) else { continue }
            var task = task(order, recipient.recipient.number, isNumberGiven: recipient.isNumberGiven, now: now)
            task.eventID = eventID
            task.position = recipient.position
            task.subject = order.subject ?? found.event.subject
            task.own = order.own(
                name: nil, language: nil, data: order.values == .object([:]) ? nil : order.values.jsonText)
            tasks.append(task)
        }
        return (tasks, found.recipients.count - tasks.count)
    }

    private func own(
        _ order: TaskOrder, _ caller: Caller, _ catalog: TenantCatalog, now: Timestamp
    ) async throws -> (tasks: [NewTask], filtered: Int) {
        let wanted = order.recipients.compactMap(\.contactID)
        let contacts =
            wanted.isEmpty ? [:] : try await withStorage { try await events.contacts(wanted, of: caller.tenantID) }
        var tasks: [NewTask] = []
        for recipient in order.recipients {
            let contact = recipient.contactID.flatMap { contacts[$0] }
            let written = recipient.written.flatMap { $0.isEmpty ? nil : $0 } ?? contact?.number
            let data = recipient.values.over(order.values)
            let who = EventRecipient(
                number: written.flatMap { EventPlanner.number($0, catalog) }, name: recipient.name ?? contact?.name,
                language: recipient.language ?? contact?.language)
            let facts = EventFacts(type: "", occurredAt: now, subject: order.subject, recipient: who, data: data)
            guard order.filter.matches(facts) else { continue }
            var task = task(order, who.number, isNumberGiven: written != nil, now: now)
            task.own = order.own(name: who.name, language: who.language, data: data.jsonText)
            task.subject = order.subject
            tasks.append(task)
        }
        return (tasks, order.recipients.count - tasks.count)
    }

    private func task(_ order: TaskOrder, _ number: String?, isNumberGiven: Bool, now: Timestamp) -> NewTask {
        var task = NewTask(
            id: AutomationTaskID(parts.ids.uuid(at: now)), type: order.type, origin: order.origin,
            scheduledFor: order.scheduledFor, expiresAt: order.expiresAt,
            skipped: number == nil ? (isNumberGiven ? .recipientInvalid : .recipientMissing) : nil,
            isPrompt: order.scheduledFor <= now && order.recipients.count <= EventPlanner.promptRecipientsMax)
        task.recipient = number
        task.metadata = order.metadata
        return task
    }

    // MARK: Changing

    /// `{"scheduled_for": …}`
    func move(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let id = try Self.id(of: request)
        let root = try RequestBody.document(of: request, bytesMax: 8 << 10)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["scheduled_for"], problems: &problems)
        _ = reader.required("scheduled_for", &problems)
        let time = reader.time("scheduled_for", &problems)
        if let time, time > SystemClock.now() + TaskReader.aheadMax {
            problems.note("scheduled_for_too_late", "scheduled_for", "`scheduled_for` may lie at most 730 days ahead.")
        } else if let time, time < SystemClock.now() {
            problems.note(
                "scheduled_for_too_early", "scheduled_for",
                "`scheduled_for` must lie ahead. POST /v1/tasks/{id}/run sends it now.")
        }
        guard problems.isEmpty, let time else { throw Problem.refused(problems.all) }
        return try await change(id, .move(to: time), "task.moved", caller, request)
    }

    /// Cancelling twice is no mistake.
    func cancel(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        return try await change(try Self.id(of: request), .cancel, "task.cancelled", caller, request)
    }

    func run(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .automation)
        try request.refuseParameters()
        let response = try await change(try Self.id(of: request), .runNow, "task.run", caller, request)
        parts.wakeAutomation()
        return response
    }

    private func change(
        _ id: AutomationTaskID, _ change: TaskStore.Change, _ action: String, _ caller: Caller, _ request: Request
    ) async throws -> Response {
        let audit = AuditEntry.automation(action, "task \(id)", caller, request, id: parts.ids.uuid())
        let outcome = try await withStorage {
            try await store.change(id, of: caller.tenantID, change, audit: audit)
        }
        switch outcome {
        case .changed(let task): return .json(200, Self.body(of: task))
        case .notFound: throw Problem.notFound("task")
        case .refused(let status):
            if status == .cancelled, change.request == .cancel {
                let task = try await withStorage { try await store.task(id, of: caller.tenantID) }
                if let task { return .json(200, Self.body(of: task)) }
            }
            throw Self.notPossible(status)
        }
    }

    private static func notPossible(_ status: TaskStatus) -> Problem {
        let detail =
            switch status {
            case .done: "Its message was accepted already: look at the message, and cancel that one if it still waits."
            case .executing: "Its message is being made at this moment. Look again in a second."
            case .cancelled: "It was cancelled. Plan it anew with POST /v1/tasks."
            case .skipped, .failed, .pending: "It is \(status.rawValue): there is nothing to cancel."
            }
        var writer = JSONWriter(capacity: 16)
        writer.string(status.rawValue)
        return Problem(
            status: 409, code: "task_\(status.rawValue)", title: "Not possible in this status", detail: detail,
            extra: [("task_status", writer.bytes)])
    }

    private static func body(of task: StoredTask) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { task.writeFields(into: &$0) }
        return writer.bytes
    }

    private static func id(of request: Request) throws -> AutomationTaskID {
        guard let id = request.pathParameter("id").flatMap({ AutomationTaskID($0) }) else {
            throw Problem.notFound("task")
        }
        return id
    }
}
