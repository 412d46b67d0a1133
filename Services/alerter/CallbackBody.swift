import JSON
import Models
import Postgres
import Storage

/// The body of a callback: `{"id":…,"type":…,"timestamp":…,"data":{…}}`. Names are those of the API.
enum CallbackBody {
    static func json(of event: CallbackEvent) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field("id", event.id.description)
            writer.field("type", event.type)
            writer.field("timestamp", event.occurredAt.rfc3339)
            writer.field("data", object: { data(of: event, into: &$0) })
        }
        return writer.bytes
    }

    private static func data(of event: CallbackEvent, into writer: inout JSONWriter) {
        writer.field("id", event.objectID.description)
        switch event.subject {
        case .message(let message): write(message, event, into: &writer)
        case .inbound(let inbound): write(inbound, into: &writer)
        case .template(let template):
            writer.field("name", template?.name)
            writer.field("language", template?.language)
            copy(["status", "previous_status", "category"], of: event, into: &writer)
        case .contact(let contact):
            writer.field("phone", contact?.phone)
            writer.field("user_id", contact?.userID)
            writer.field("external_id", contact?.externalID)
            copy(["category", "source"], of: event, into: &writer)
        case .callback:
            copy(["reason"], of: event, into: &writer)
        }
    }

    private static func write(
        _ message: CallbackEvent.Message?, _ event: CallbackEvent, into writer: inout JSONWriter
    ) {
        writer.field("status", status(of: event, message))
        writer.field("attempt", event.attempt)
        if let code = event.errorCode {
            writer.field("error", object: { writer in
                let meaning = meaning(of: code, from: message?.provider)
                writer.field("code", code)
                writer.field("title", meaning.title)
                writer.field("explanation", meaning.explanation)
                writer.field("remedy", meaning.remedy)
                writer.field("who_acts", meaning.who.rawValue)
                writer.field("class", meaning.class.rawValue)
                writer.field("provider_details", message?.errorDetails)
            })
        }
        copy(["reason", "pricing", "as"], of: event, into: &writer)
        guard let message else { return }
        writer.field("to", message.recipient)
        writer.field("type", message.type)
        writer.field("kind", message.kind)
        writer.field("sender_id", message.senderID.description)
        if let template = message.template {
            writer.field("template", object: { writer in
                writer.field("id", message.templateID?.description)
                writer.field("name", template.name)
                writer.field("language", template.language)
            })
        }
        writer.field("batch_id", message.batchID?.description)
        writer.field("parent_message_id", message.parentID?.description)
        writer.field("reference", message.reference)
        writer.field("metadata", raw: message.metadata?.bytes)
        writer.field("created_at", message.createdAt.rfc3339)
    }

    /// The state that the event led to.
    private static func status(of event: CallbackEvent, _ message: CallbackEvent.Message?) -> String? {
        switch CallbackEventType(rawValue: event.type) {
        case .messageAccepted: message?.scheduledFor == nil ? "queued" : "scheduled"
        case .messageScheduled, .messageQueued, .messageSending, .messageUnanswered, .messageWaiting, .messageHeld,
            .messageSent, .messageDelivered, .messageRead, .messageFailed, .messageUndelivered, .messageExpired,
            .messageCancelled:
            String(event.type.drop { $0 != "." }.dropFirst())
        // The failed message stays what it was, and the others are no states.
        case .messageRepeated, .messageReceived, .templateStatusChanged, .contactOptedIn, .contactOptedOut,
            .callbackDisabled, .callbackTest, nil:
            nil
        }
    }

    private static func meaning(of code: Int, from provider: Provider?) -> ErrorClassification {
        guard let provider else { return ProviderErrors.describe(code: code) }
        return ProviderErrors.classify(code: code, from: provider)
    }

    private static func write(_ inbound: CallbackEvent.Inbound?, into writer: inout JSONWriter) {
        guard let inbound else { return }
        writer.field("sender_id", inbound.senderID.description)
        writer.field("from", inbound.fromNumber)
        writer.field("from_user_id", inbound.fromUserID)
        writer.field("contact_id", inbound.contactID?.description)
        writer.field("conversation_id", inbound.conversationID?.description)
        writer.field("type", inbound.type)
        writer.field("content", raw: inbound.content.bytes)
        writer.field("sent_at", inbound.sentAt.rfc3339)
        writer.field("received_at", inbound.receivedAt.rfc3339)
    }

    /// Facts that were written down with the event.
    private static func copy(_ names: [String], of event: CallbackEvent, into writer: inout JSONWriter) {
        guard let detail = event.detail, let document = try? JSONDocument(parsing: detail.bytes) else { return }
        for name in names {
            guard let value = document.root[name], !value.isNull else { continue }
            writer.key(name)
            writer.raw(value.serialized())
        }
    }
}
