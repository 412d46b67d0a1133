import APIKit
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Reads `{"name":…,"message":{…},"scheduled_for":…}`.
struct BroadcastReader {
    static let nameCharactersMax = 100
    /// What each recipient has of its own, or the broadcast itself.
    static let notShared = ["to", "reference", "scheduled_for", "metadata"]

    let now: Timestamp

    struct Reading {
        var name: String?
        var message: JSONText?
        /// Nil: not spoken of; `.some(nil)`: taken away.
        var scheduledFor: Timestamp??
    }

    func read(_ root: JSONValue, isNew: Bool, _ problems: inout FieldProblems) -> Reading {
        let reader = FieldReader(root, known: ["name", "message", "scheduled_for"], problems: &problems)
        var reading = Reading()
        if isNew || reader.has("name") { reading.name = name(reader, &problems) }
        if isNew || reader.has("message") { reading.message = message(reader, &problems) }
        if reader.isNull("scheduled_for") { reading.scheduledFor = .some(nil) }
        if let time = reader.time("scheduled_for", &problems) {
            if time > now + BroadcastRoutes.scheduleMax {
                problems.note("scheduled_for_too_late", "scheduled_for", "`scheduled_for` may lie 90 days ahead.")
            }
            reading.scheduledFor = .some(time)
        }
        return reading
    }

    private func name(_ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let name = reader.requiredText("name", &problems) else { return nil }
        if (1...Self.nameCharactersMax).contains(name.unicodeScalars.count) { return name }
        problems.note("name_invalid", "name", "`name` must have 1 to \(Self.nameCharactersMax) characters.")
        return nil
    }

    /// Only its shape: templates and senders are looked at when it starts, since they may change until then.
    private func message(_ reader: FieldReader, _ problems: inout FieldProblems) -> JSONText? {
        guard let value = reader.required("message", &problems) else { return nil }
        let known = MessageReader.fields.filter { !Self.notShared.contains($0) }
        let message = FieldReader(value, path: "message.", known: known, problems: &problems)
        guard value.kind == .object else { return nil }
        if let type = message.requiredText("type", &problems) {
            if MessageType(rawValue: type) == nil {
                let words = MessageType.allCases.map(\.rawValue).joined(separator: ", ")
                problems.note("type_unknown", "message.type", "`message.type` must be one of \(words).")
            } else if let part = message.required(type, &problems), part.kind != .object {
                problems.note("field_wrong_type", "message.\(type)", "`message.\(type)` must be a JSON object.")
            }
        }
        return JSONText(storable: value.serialized())
    }
}
