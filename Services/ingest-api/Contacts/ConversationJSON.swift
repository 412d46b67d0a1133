import APIKit
import JSON
import Models
import Postgres
import Storage

extension Conversation {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("sender_id", senderID.description)
        writer.field("contact_id", contactID.description)
        writer.field("phone", orNull: phone)
        writer.field("user_id", orNull: userID)
        writer.field("name", orNull: name)
        writer.field("status", status.rawValue)
        writer.field("assigned_to", orNull: assignedTo)
        writer.field("last_inbound_at", lastInboundAt.rfc3339)
        writer.field("read_until", orNull: readUntil?.rfc3339)
        writer.field("unread", unread)
        writer.field("window_open_until", orNull: windowOpenUntil?.rfc3339)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
    }
}

extension ReceivedMessage {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("sender_id", senderID.description)
        writer.field("contact_id", orNull: contactID?.description)
        writer.field("conversation_id", orNull: conversationID?.description)
        writer.field("provider_message_id", providerMessageID)
        writer.field("from", orNull: fromNumber)
        writer.field("from_user_id", orNull: fromUserID)
        writer.field("type", type)
        writer.field("text", orNull: text)
        writer.field("content", raw: content.bytes)
        writer.field("sent_at", sentAt.rfc3339)
        writer.field("received_at", receivedAt.rfc3339)
    }
}

extension Interaction {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("agent", agent)
        writer.field("agent_kind", agentKind.rawValue)
        writer.field("type", type)
        writer.field("text", orNull: text)
        writer.key("data")
        if let data { writer.raw(data.bytes) } else { writer.null() }
        writer.field("message_id", orNull: messageID?.description)
        writer.field("inbound_message_id", orNull: inboundMessageID?.description)
        writer.field("at", at.rfc3339)
    }
}

/// Reads what an agent says that it did.
enum InteractionReader {
    static let bodyBytesMax = 64 << 10
    static let agentCharactersMax = 255
    static let textCharactersMax = 10_000
    static let dataBytesMax = 16_384
    static let typeBytesMax = 50
    private static let fields = [
        "agent", "agent_kind", "type", "text", "data", "message_id", "inbound_message_id", "at",
    ]

    static func interaction(
        from root: JSONValue, id: UUIDValue, now: Timestamp, _ problems: inout FieldProblems
    ) -> Interaction? {
        let reader = FieldReader(root, known: fields, problems: &problems)
        guard root.kind == .object else { return nil }
        let agent = reader.requiredText("agent", &problems)
        if let agent, !(1...agentCharactersMax).contains(agent.unicodeScalars.count) {
            problems.note("agent_invalid", "agent", "`agent` must have 1 to \(agentCharactersMax) characters.")
        }
        let kind = reader.text("agent_kind", &problems).flatMap { word -> Interaction.AgentKind? in
            if let kind = Interaction.AgentKind(rawValue: word) { return kind }
            problems.note("agent_kind_unknown", "agent_kind", "`agent_kind` must be human, ai or system.")
            return nil
        }
        let type = reader.requiredText("type", &problems)
        if let type, !isWord(type) {
            problems.note(
                "interaction_type_invalid", "type", "`type` must be 1 to \(typeBytesMax) of a-z, 0-9 and _: note, reply, hand_over.")
        }
        let text = reader.text("text", &problems)
        if let text, text.unicodeScalars.count > textCharactersMax {
            problems.note("text_too_long", "text", "`text` may have \(textCharactersMax) characters.")
        }
        let data = data(reader, &problems)
        let messageID: MessageID? = identifier("message_id", reader, &problems)
        let inboundID: MessageID? = identifier("inbound_message_id", reader, &problems)
        let at = reader.time("at", &problems) ?? now
        guard let agent, let type else { return nil }
        return Interaction(
            id: id, agent: agent, agentKind: kind ?? .human, type: type, text: text, data: data, messageID: messageID,
            inboundMessageID: inboundID?.value, at: at)
    }

    private static func isWord(_ text: String) -> Bool {
        (1...typeBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
            }
    }

    private static func data(_ reader: FieldReader, _ problems: inout FieldProblems) -> JSONText? {
        guard let value = reader["data"] else { return nil }
        let bytes = value.serialized()
        if value.kind == .object, bytes.count <= dataBytesMax { return JSONText(bytes) }
        problems.note("data_invalid", "data", "`data` must be a JSON object of at most \(dataBytesMax) bytes.")
        return nil
    }

    private static func identifier<Kind>(
        _ key: String, _ reader: FieldReader, _ problems: inout FieldProblems
    ) -> Identifier<Kind>? {
        guard let written = reader.text(key, &problems) else { return nil }
        if let id = Identifier<Kind>(written) { return id }
        problems.note("\(key)_invalid", key, "`\(key)` must be a UUID.")
        return nil
    }
}
