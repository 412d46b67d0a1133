import APIKit
import JSON
import Models
import Postgres
import Storage

extension RuleContent {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("name", name)
        writer.field("description", orNull: description)
        writer.field("event_type", eventType)
        writer.field("enabled", isEnabled)
        writer.field("task_type", taskType)
        writer.field(
            "template",
            object: { writer in
                writer.field("name", templateName)
                writer.field("language", templateLanguage)
            })
        writer.field("variables", raw: variables.bytes)
        writer.field("recipient_filter", raw: filter.bytes)
        writer.field("timing", raw: timing.bytes)
        writer.key("expires_after_seconds")
        if let expiresAfterSeconds { writer.integer(expiresAfterSeconds) } else { writer.null() }
        writer.field("on_repeat", onRepeat.rawValue)
        writer.field("cancelled_by", cancelledBy)
        writer.field("sender_id", orNull: senderID?.description)
        writer.field("kind", kind)
        writer.field("priority", priority)
    }
}

extension StoredRule {
    func writeFields(_ warnings: [FieldProblem], into writer: inout JSONWriter) {
        writer.field("id", id.description)
        content.writeFields(into: &writer)
        writer.field("warnings", problems: warnings)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
    }
}

extension StoredTask {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("type", type)
        writer.field("origin", origin.rawValue)
        writer.field("status", status.rawValue)
        writer.field("rule_id", orNull: ruleID?.description)
        writer.field("rule_name", orNull: ruleName)
        writer.field("event_id", orNull: eventID?.description)
        writer.field("subject", orNull: subject)
        writer.field("to", orNull: recipient)
        writer.key("template")
        if let templateName, let templateLanguage {
            writer.object { writer in
                writer.field("name", templateName)
                writer.field("language", templateLanguage)
            }
        } else {
            writer.null()
        }
        writer.field("scheduled_for", scheduledFor.rfc3339)
        writer.field("expires_at", expiresAt.rfc3339)
        writer.field("next_try_at", orNull: nextTryAt?.rfc3339)
        writer.field("tries", tries)
        writer.field("message_id", orNull: messageID?.description)
        writer.field("reason", orNull: reason)
        writer.field("explanation", orNull: detail ?? reason.flatMap(TaskReason.init(rawValue:))?.explanation)
        writer.key("metadata")
        if let metadata { writer.raw(metadata.bytes) } else { writer.null() }
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.field("finished_at", orNull: finishedAt?.rfc3339)
    }
}

extension StoredBusinessEvent {
    /// - Parameter isWhole: with its data and where its tasks are.
    func writeFields(isWhole: Bool, into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("type", type)
        writer.field("subject", orNull: subject)
        writer.field("occurred_at", occurredAt.rfc3339)
        writer.field("received_at", receivedAt.rfc3339)
        writer.field("recipients", recipients)
        writer.field("planned", planned)
        writer.field("skipped", skipped)
        writer.field("filtered", filtered)
        guard isWhole else { return }
        writer.field("data", raw: data.bytes)
        writer.field(
            "tasks",
            object: { writer in
                for status in TaskStatus.allCases {
                    writer.key(status.rawValue)
                    writer.integer(tasks[status] ?? 0)
                }
            })
    }
}

extension RecordedBusinessEvent {
    /// Tasks that the answer lists; the rest is counted, and GET /v1/tasks?event_id= has all.
    static let tasksShownMax = 100

    func body(_ rules: [StoredRule], _ warnings: [FieldProblem]) -> [UInt8] {
        let names = Dictionary(rules.map { ($0.id, $0.content.name) }) { first, _ in first }
        var writer = JSONWriter(capacity: 1_024 + min(tasks.count, Self.tasksShownMax) * 320)
        writer.object { writer in
            writer.field("id", event.id.description)
            writer.field("type", event.type)
            writer.field("subject", orNull: event.subject)
            writer.field("occurred_at", event.occurredAt.rfc3339)
            writer.field("recipients", event.recipients.count)
            writer.field("planned", planned)
            writer.field("skipped", skipped)
            writer.field("filtered", filtered)
            writer.field("cancelled", cancelled)
            writer.field("warnings", problems: warnings)
            writer.field(
                "tasks",
                array: { list in
                    for task in tasks.prefix(Self.tasksShownMax) {
                        list.object { writer in
                            task.writeFields(task.ruleID.flatMap { names[$0] }, into: &writer)
                        }
                    }
                })
            writer.field("tasks_left_out", max(0, tasks.count - Self.tasksShownMax))
        }
        return writer.bytes
    }

    private var filtered: Int { event.filtered }
}

extension NewTask {
    fileprivate func writeFields(_ ruleName: String?, into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("type", type)
        writer.field("rule_id", orNull: ruleID?.description)
        writer.field("rule_name", orNull: ruleName)
        writer.key("index")
        if let position { writer.integer(position) } else { writer.null() }
        writer.field("status", (skipped == nil ? TaskStatus.pending : .skipped).rawValue)
        writer.field("scheduled_for", scheduledFor.rfc3339)
        writer.field("reason", orNull: skipped?.rawValue)
        writer.field("explanation", orNull: skipped?.explanation)
    }

    static func body(of tasks: [NewTask], filtered: Int) -> [UInt8] {
        let planned = tasks.count { $0.skipped == nil }
        var writer = JSONWriter(capacity: 256 + min(tasks.count, RecordedBusinessEvent.tasksShownMax) * 320)
        writer.object { writer in
            writer.field("planned", planned)
            writer.field("skipped", tasks.count - planned)
            writer.field("filtered", filtered)
            writer.field(
                "data",
                array: { list in
                    for task in tasks.prefix(RecordedBusinessEvent.tasksShownMax) {
                        list.object { task.writeFields(nil, into: &$0) }
                    }
                })
            writer.field("tasks_left_out", max(0, tasks.count - RecordedBusinessEvent.tasksShownMax))
        }
        return writer.bytes
    }
}

extension JSONWriter {
    mutating func field(_ name: StaticString, problems: [FieldProblem]) {
        field(
            name,
            array: { list in
                for problem in problems {
                    list.object { writer in
                        writer.field("code", problem.code)
                        writer.field("field", problem.field)
                        writer.field("detail", problem.detail)
                    }
                }
            })
    }

    /// A page of a list, as all of them are.
    mutating func page<Entry, Kind>(
        _ entries: [Entry], hasMore: Bool, id: (Entry) -> Identifier<Kind>, _ write: (Entry, inout JSONWriter) -> Void
    ) {
        object { writer in
            writer.field(
                "data",
                array: { list in
                    for entry in entries { list.object { write(entry, &$0) } }
                })
            writer.field("next_cursor", orNull: hasMore ? entries.last.map { Cursor.encode(id($0)) } : nil)
        }
    }
}
