import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Makes the messages of tasks whose time has come. Each has a key made of the task's id, so that a process that dies
/// between the message's commit and the task's leaves nothing to be sent twice.
struct TaskRunner: Sendable {
    static let tasksMax = 200
    static let explanationCharactersMax = 500

    let acceptor: Acceptor
    let clocks: ZoneClocks
    let store: TaskRunStore
    let lease: Duration
    let metrics: AutomationMetrics

    /// One turn; true when there is more to do at once.
    func turn() async throws -> Bool {
        let prompt = try await store.take(prompt: true, max: Self.tasksMax, lease: lease)
        let planned = try await store.take(prompt: false, max: Self.tasksMax, lease: lease)
        // Together: their messages share commits.
        let results = await withTaskGroup(of: TaskResult.self) { group in
            for task in prompt + planned { group.addTask { TaskResult(task, await end(of: task)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        try await store.finish(results)
        for result in results { metrics.count(result.ending) }
        return prompt.count == Self.tasksMax || planned.count == Self.tasksMax
    }

    private func end(of task: TakenTask) async -> TaskResult.Ending {
        do {
            return try await send(task)
        } catch let problem as Problem where problem.status == 503 {
            // Whether the message was accepted or not: the key knows when it is tried again.
            return .again(at: SystemClock.now() + TaskRefusal.waitMin, reason: problem.code, detail: problem.detail)
        } catch {
            Log.warning(
                "a task could not be run",
                ["tenant": "\(task.tenantID)", "task": "\(task.id)", "reason": "\(error)"])
            return .again(
                at: SystemClock.now() + TaskRefusal.waitMax, reason: "internal_error",
                detail: "Something went wrong on our side. It is tried again.")
        }
    }

    private func send(_ task: TakenTask) async throws -> TaskResult.Ending {
        let key = IdempotencyKey(ofOwnWork: "automation task \(task.id)")
        // Somebody may have died after the message was accepted: then it counts, whatever holds by now.
        if task.tries > 1, let sent = try await acceptedBefore(task, key) { return .accepted(sent) }
        let now = SystemClock.now()
        if now >= task.expiresAt { return .skipped(reason: TaskReason.tooLate.rawValue, detail: nil) }
        if let rule = task.rule, !rule.content.isEnabled {
            return .skipped(reason: TaskReason.ruleDisabled.rawValue, detail: nil)
        }
        guard let instruction = task.rule.map(TaskInstruction.init) ?? task.own.flatMap(TaskInstruction.init) else {
            return .skipped(reason: TaskReason.ruleDeleted.rawValue, detail: nil)
        }
        guard task.facts.recipient.number != nil else {
            return .skipped(reason: TaskReason.recipientMissing.rawValue, detail: nil)
        }
        let clock = try await clocks.clock(of: task.timeZone)
        let catalog = try await acceptor.catalogs.catalog(of: task.tenantID)
        var unreadable: [String] = []
        guard
            var message = instruction.message(task.facts, clock: clock, catalog: catalog, unreadable: &unreadable)
        else {
            return .failed(
                reason: TaskReason.variableUnreadable.rawValue,
                detail: "The event's values of \(unreadable.joined(separator: ", ")) cannot be shown in their formats.")
        }
        message.expiresAt = task.expiresAt
        message.metadata = Self.metadata(of: task)
        var writer = JSONWriter(capacity: 1_024)
        message.write(into: &writer)
        let root = try JSONDocument(parsing: writer.bytes).root
        switch try await acceptor.acceptMessage(root, of: task.tenantID, key: key) {
        case .accepted(_, let items):
            guard let id = items.first?.message?.id else { throw Unreadable() }
            return .accepted(id)
        case .repeated(let answer): return .accepted(try Self.messageID(in: answer))
        case .refused(let problems, _): return Self.ending(of: task, problems, now: now)
        }
    }

    private struct Unreadable: Error {}

    private func acceptedBefore(_ task: TakenTask, _ key: IdempotencyKey) async throws -> MessageID? {
        let given = try await withStorage {
            try await acceptor.queries.answer(
                tenantID: task.tenantID, keyHash: key.keyHash, requestHash: key.requestHash)
        }
        switch given {
        case .repeated(let answer): return try Self.messageID(in: answer)
        case .accepted, .keyReused, nil: return nil
        }
    }

    private static func messageID(in answer: StoredAnswer) throws -> MessageID {
        let root = try JSONDocument(parsing: answer.body).root
        guard let id = root["id"]?.string.flatMap({ MessageID($0) }) else { throw Unreadable() }
        return id
    }

    private static func metadata(of task: TakenTask) -> [(name: String, value: String)] {
        var metadata = [("task_id", task.id.description), ("task_type", task.type)]
        if let id = task.eventID { metadata += [("event_id", id.description), ("event_type", task.facts.type)] }
        if let id = task.ruleID { metadata.append(("rule_id", id.description)) }
        return metadata
    }

    private static func ending(of task: TakenTask, _ problems: [FieldProblem], now: Timestamp) -> TaskResult.Ending {
        guard let first = problems.first else { return .failed(reason: "internal_error", detail: nil) }
        let detail = String(first.detail.prefix(explanationCharactersMax))
        let decision = TaskRefusal.decide(
            code: first.code, isAboutRecipient: first.field == "to", tries: task.tries, now: now,
            expiresAt: task.expiresAt)
        switch decision {
        case .again(let time): return .again(at: time, reason: first.code, detail: detail)
        case .skip: return .skipped(reason: first.code, detail: detail)
        case .fail: return .failed(reason: first.code, detail: detail)
        }
    }
}

/// What automation counts.
struct AutomationMetrics: Sendable {
    let events: Counter
    private let done: Counter
    private let again: Counter
    private let skipped: Counter
    private let failed: Counter

    init(_ registry: MetricsRegistry = .shared) {
        events = registry.counter("tidings_automation_events_total", help: "Events of businesses that were recorded.")
        func tasks(_ outcome: String) -> Counter {
            registry.counter(
                "tidings_automation_tasks_total", help: "Tries of tasks, by how they ended.",
                labels: [("outcome", outcome)])
        }
        (done, again, skipped, failed) = (tasks("done"), tasks("again"), tasks("skipped"), tasks("failed"))
    }

    func count(_ ending: TaskResult.Ending) {
        switch ending {
        case .accepted: done.increment()
        case .again: again.increment()
        case .skipped: skipped.increment()
        case .failed: failed.increment()
        }
    }
}
