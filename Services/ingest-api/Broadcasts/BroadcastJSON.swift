import APIKit
import JSON
import Models
import Postgres
import Storage

enum BroadcastJSON {
    static func problem(_ problem: FieldProblem) -> JSONText {
        var writer = JSONWriter()
        writer.object { object in
            object.field("code", problem.code)
            object.field("field", problem.field)
            object.field("detail", problem.detail)
        }
        return JSONText(writer.bytes)
    }

    /// What `POST /v1/messages/batch` would be sent for these recipients.
    static func batch(_ message: JSONText, _ recipients: [BroadcastRecipient]) throws -> JSONValue {
        let shared = try JSONDocument(parsing: message.bytes).root
        var writer = JSONWriter(capacity: 256 + recipients.count * 128)
        writer.object { batch in
            for (key, value) in shared.members ?? [] {
                batch.key(key)
                batch.raw(value.serialized())
            }
            batch.field(
                "recipients",
                array: { list in
                    for recipient in recipients {
                        list.object { entry in
                            entry.field("to", recipient.recipient ?? recipient.written)
                            entry.field("variables", raw: recipient.variables?.bytes)
                            entry.field("reference", recipient.reference)
                        }
                    }
                })
        }
        return try JSONDocument(parsing: writer.bytes).root
    }
}

extension Broadcast {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("status", status.rawValue)
        writer.field("message", raw: message.bytes)
        writer.field("scheduled_for", orNull: scheduledFor?.rfc3339)
        writer.key("problem")
        if let problem { writer.raw(problem.bytes) } else { writer.null() }
        writer.field("recipients", recipients)
        writer.field("unusable", unusable)
        writer.field("released_upto", releasedUpto)
        writer.field("accepted", accepted)
        writer.field("refused", refused)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.field("started_at", orNull: startedAt?.rfc3339)
        writer.field("finished_at", orNull: finishedAt?.rfc3339)
    }
}

extension BroadcastResult {
    func line() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            entry.field("position", position)
            entry.field("to", written)
            entry.field("reference", orNull: reference)
            entry.field("message_id", orNull: messageID?.description)
            entry.field("status", state?.name ?? (problem == nil ? "pending" : "refused"))
            entry.key("problem")
            if let problem { entry.raw(problem.bytes) } else { entry.null() }
            entry.key("error_code")
            if let errorCode { entry.integer(errorCode) } else { entry.null() }
        }
        return writer.bytes + [0x0A]
    }
}
