import APIKit
import JSON
import Models
import Postgres
import Storage

/// A task that somebody plans without a rule: a person, a timetable, or a program that plans as a person would.
struct TaskOrder {
    var type: String
    var origin: TaskOrigin
    var eventID: BusinessEventID?
    var recipients: [IncomingEvent.Recipient]
    var values: DataValue
    var filter: RecipientFilter
    var subject: String?
    var scheduledFor: Timestamp
    var expiresAt: Timestamp
    var metadata: JSONText?
    /// `{"template": …, "variables": …, …}`: what all of its tasks have alike.
    var root: JSONValue
    var templateName: String
    var templateLanguage: String
}

struct TaskReader {
    static let fields = [
        "type", "origin", "event_id", "recipient", "recipients", "data", "recipient_filter", "subject", "template",
        "variables", "scheduled_for", "expires_after_seconds", "sender_id", "kind", "priority", "metadata",
    ]
    static let metadataBytesMax = 4_096
    static let expiresAfterStandard = 86_400
    static let aheadMax: Duration = .seconds(86_400 * 730)

    let catalog: TenantCatalog
    let now: Timestamp

    /// Nil when there were problems; then they have been noted.
    func order(_ root: JSONValue, _ problems: inout FieldProblems) -> TaskOrder? {
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        let type = reader.ownWord("type", &problems)
        let origin = reader.word("origin", as: TaskOrigin.self, &problems) ?? .api
        if origin == .rule {
            problems.note("origin_unknown", "origin", "`origin` must be one of api, ai, schedule.")
        }
        let eventID: BusinessEventID? = reader.identifier("event_id", &problems)
        let recipients = EventReader.recipients(reader, &problems)
        if reader.has("event_id"), reader.has("recipient") || reader.has("recipients") {
            problems.note(
                "recipients_twice", "event_id",
                "Give either `event_id`, whose recipients the tasks are for, or recipients of their own.")
        } else if !reader.has("event_id"), !reader.has("recipient"), !reader.has("recipients") {
            problems.note("field_missing", "recipient", "`recipient`, `recipients` or `event_id` is required.")
        }
        let data = reader.object("data", bytesMax: EventReader.dataBytesMax, &problems)
        let filter = filter(reader, &problems)
        let template = reader.template(isRequired: true, &problems)
        checkMessage(reader, &problems)
        let subject = reader.text("subject", charactersMax: FieldReader.subjectCharactersMax, &problems)
        let metadata = reader.object(
            "metadata", bytesMax: Self.metadataBytesMax, tooLarge: "metadata_too_large", &problems)
        let seconds =
            reader.integer("expires_after_seconds", in: 1...2_592_000, &problems) ?? Self.expiresAfterStandard
        let scheduledFor = time(reader, &problems)
        guard problems.isEmpty, let template else { return nil }
        return TaskOrder(
            type: type ?? RuleReader.taskTypeStandard, origin: origin, eventID: eventID, recipients: recipients,
            values: data.map { DataValue($0) } ?? .object([:]), filter: filter, subject: subject,
            scheduledFor: scheduledFor, expiresAt: scheduledFor + .seconds(seconds), metadata: metadata?.jsonText,
            root: root, templateName: template.name, templateLanguage: template.language)
    }

    /// What should have gone out already goes out now.
    private func time(_ reader: FieldReader, _ problems: inout FieldProblems) -> Timestamp {
        guard let time = reader.time("scheduled_for", &problems), time > now else { return now }
        if time > now + Self.aheadMax {
            problems.note("scheduled_for_too_late", "scheduled_for", "`scheduled_for` may lie at most 730 days ahead.")
        }
        return time
    }

    private func filter(_ reader: FieldReader, _ problems: inout FieldProblems) -> RecipientFilter {
        guard let value = reader["recipient_filter"] else { return .everybody }
        var found: [RuleProblem] = []
        defer { problems.note(found) }
        return RecipientFilter(DataValue(value), problems: &found)
    }

    private func checkMessage(_ reader: FieldReader, _ problems: inout FieldProblems) {
        if let value = reader["variables"] {
            var found: [RuleProblem] = []
            _ = VariableMap(DataValue(value), problems: &found)
            problems.note(found)
        }
        _ = reader.sender(catalog, &problems)
        _ = reader.ownWord("kind", &problems)
        _ = reader.integer("priority", in: Priority.range, &problems)
    }
}

extension TaskOrder {
    /// What a task keeps for the time when its message is made.
    func own(name: String?, language: String?, data: JSONText?) -> JSONText {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.field(
                "template",
                object: { writer in
                    writer.field("name", templateName)
                    writer.field("language", templateLanguage)
                })
            writer.field("variables", raw: root["variables"].flatMap { $0.isNull ? nil : $0.serialized() })
            writer.field("sender_id", root["sender_id"]?.string)
            writer.field("kind", root["kind"]?.string)
            writer.field("priority", root["priority"]?.integer)
            writer.field("name", name)
            writer.field("language", language)
            writer.field("data", raw: data?.bytes)
        }
        return JSONText(writer.bytes)
    }
}

extension DataValue {
    /// As JSON: for what was put together of several parts.
    func write(into writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .boolean(let boolean): writer.boolean(boolean)
        case .number(let number):
            if let whole = Int64(exactly: number) { writer.integer(whole) } else { writer.double(number) }
        case .text(let text): writer.string(text)
        case .list(let elements): writer.array { list in for element in elements { element.write(into: &list) } }
        case .object(let members):
            writer.object { writer in
                for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                    writer.key(name)
                    value.write(into: &writer)
                }
            }
        }
    }

    var jsonText: JSONText {
        var writer = JSONWriter()
        write(into: &writer)
        return JSONText(writer.bytes)
    }
}
