import APIKit
import JSON
import Models
import Storage

/// What is answered after a commit.
enum AcceptedJSON {
    static func body(of reading: MessageReader.Reading) -> [UInt8] {
        let message = reading.message
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("id", message.id.description)
            writer.field("status", message.state.name)
            writer.field("to", message.recipient)
            writer.field("type", message.type.rawValue)
            writer.field("kind", message.kind)
            writer.field("priority", message.priority)
            writer.field("sender_id", message.senderID.description)
            writer.field("reference", message.reference)
            writer.field("scheduled_for", message.scheduledFor?.rfc3339)
            writer.field("expires_at", message.expiresAt.rfc3339)
            writer.field("created_at", message.createdAt.rfc3339)
            writeWarnings(of: reading, into: &writer)
        }
        return writer.bytes
    }

    static func body(of items: [BatchReader.Item], batchID: BatchID) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + items.count * 96)
        writer.object { writer in
            writer.field("batch_id", batchID.description)
            for (name, json) in members(of: items) {
                writer.key(name)
                writer.raw(json)
            }
        }
        return writer.bytes
    }

    static func members(of items: [BatchReader.Item]) -> [(name: String, json: [UInt8])] {
        let accepted = items.count { $0.message != nil }
        var data = JSONWriter(capacity: 64 + items.count * 96)
        data.array { list in
            for (index, item) in items.enumerated() { list.object { write(item, at: index, into: &$0) } }
        }
        return [
            ("accepted", Array("\(accepted)".utf8)), ("refused", Array("\(items.count - accepted)".utf8)),
            ("data", data.bytes),
        ]
    }

    private static func write(_ item: BatchReader.Item, at index: Int, into writer: inout JSONWriter) {
        writer.field("index", index)
        switch item {
        case .accepted(let reading):
            writer.field("id", reading.message.id.description)
            writer.field("status", reading.message.state.name)
            writeWarnings(of: reading, into: &writer)
        case .refused(let problems):
            if let first = problems.first { writer.field("error", object: { write(first, into: &$0) }) }
            if problems.count > 1 {
                writer.field(
                    "errors",
                    array: { list in
                        for problem in problems { list.object { write(problem, into: &$0) } }
                    }
                )
            }
        }
    }

    private static func write(_ problem: FieldProblem, into writer: inout JSONWriter) {
        writer.field("code", problem.code)
        writer.field("field", problem.field)
        writer.field("detail", problem.detail)
    }

    private static func writeWarnings(of reading: MessageReader.Reading, into writer: inout JSONWriter) {
        guard reading.recipient.isDoubtful || reading.isFallback else { return }
        writer.field(
            "warnings",
            array: { list in
                if reading.recipient.isDoubtful {
                    list.object { writer in
                        writer.field("code", "to_doubtful")
                        writer.field("field", "to")
                        writer.field(
                            "detail", "The number is possible, but no known range of its country holds it.")
                    }
                }
                if reading.isFallback {
                    list.object { writer in
                        writer.field("code", "sent_as_template")
                        writer.field("field", "text")
                        writer.field(
                            "detail",
                            "This person has not written within the last 24 hours, so your fallback template goes out "
                                + "instead of the text.")
                    }
                }
            }
        )
    }
}
