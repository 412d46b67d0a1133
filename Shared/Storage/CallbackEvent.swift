package import Models
package import Postgres

/// One event that is due at an endpoint, with everything its body is made of, as it stands now.
package struct CallbackEvent: Sendable {
    package let id: UUIDValue
    package let type: String
    package let objectID: UUIDValue
    package let occurredAt: Timestamp
    package let attempt: Int?
    package let errorCode: Int?
    package let detail: JSONText?
    /// Before this one.
    package let tries: Int
    package let subject: Subject

    /// What the event is about. The row may be gone by age: then there are only ids.
    package enum Subject: Sendable {
        case message(Message?)
        case inbound(Inbound?)
        case template(Template?)
        case contact(Contact?)
        case callback(CallbackID)
    }

    package struct Message: Sendable {
        package let recipient: String
        package let type: String
        package let kind: String
        package let senderID: SenderID
        package let provider: Provider?
        package let templateID: TemplateID?
        package let template: Template?
        package let batchID: BatchID?
        package let parentID: MessageID?
        package let reference: String?
        package let metadata: JSONText?
        package let scheduledFor: Timestamp?
        package let createdAt: Timestamp
        /// The provider's own words about the attempt's failure.
        package let errorDetails: String?
    }

    package struct Inbound: Sendable {
        package let senderID: SenderID
        package let fromNumber: String?
        package let fromUserID: String?
        package let contactID: ContactID?
        package let conversationID: ConversationID?
        package let type: String
        /// As the provider wrote it.
        package let content: JSONText
        package let sentAt: Timestamp
        package let receivedAt: Timestamp
    }

    package struct Template: Sendable {
        package let name: String
        package let language: String
    }

    package struct Contact: Sendable {
        package let phone: String?
        package let userID: String?
        package let externalID: String?
    }

    /// - Parameter due: rows of `callback_queue`.
    static func query(_ due: SQL) -> SQL {
        """
        WITH due AS MATERIALIZED (\(due))
        SELECT d.id, d.type, d.object_id, d.occurred_at, d.attempt, d.error_code, d.detail, d.tries, d.callback_id,
               m.id AS message_id, m.recipient, m.type AS message_type, m.kind, m.sender_id, n.provider, m.template_id,
               t.name AS template_name, t.language AS template_language, m.batch_id, m.parent_message_id, m.reference,
               m.metadata, m.scheduled_for, m.created_at, a.error_details,
               i.id AS inbound_id, i.sender_id AS inbound_sender_id, i.from_number, i.from_user_id, i.contact_id,
               i.conversation_id, i.type AS inbound_type, i.content, i.sent_at, i.received_at,
               k.id AS known_contact_id, k.phone, k.user_id, k.external_id
        FROM due d
        LEFT JOIN messages m ON d.type LIKE 'message.%' AND d.type <> 'message.received'
            AND m.tenant_id = d.tenant_id AND m.id = d.object_id
        LEFT JOIN senders n ON n.tenant_id = m.tenant_id AND n.id = m.sender_id
        LEFT JOIN attempts a ON d.error_code IS NOT NULL AND a.tenant_id = m.tenant_id AND a.message_id = m.id
            AND a.number = d.attempt
        LEFT JOIN templates t ON t.tenant_id = d.tenant_id
            AND t.id = CASE WHEN d.type LIKE 'template.%' THEN d.object_id ELSE m.template_id END
        LEFT JOIN inbound_messages i ON d.type = 'message.received' AND i.tenant_id = d.tenant_id AND i.id = d.object_id
        LEFT JOIN contacts k ON d.type LIKE 'contact.%' AND k.tenant_id = d.tenant_id AND k.id = d.object_id
        ORDER BY d.due_at, d.sequence
        """
    }

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        type = try row.value("type")
        objectID = try row.value("object_id")
        occurredAt = try row.value("occurred_at")
        attempt = try row.value("attempt", as: Int16?.self).map { Int($0) }
        errorCode = try row.value("error_code", as: Int32?.self).map { Int($0) }
        detail = try row.value("detail")
        tries = Int(try row.value("tries", as: Int16.self))
        subject = try Self.subject(of: type, row)
    }

    private static func subject(of type: String, _ row: Row) throws(DatabaseError) -> Subject {
        switch CallbackEventType(rawValue: type) {
        case .messageReceived:
            return .inbound(try row.value("inbound_id", as: UUIDValue?.self) == nil ? nil : try Inbound(row))
        case .templateStatusChanged:
            return .template(try Template(row))
        case .contactOptedIn, .contactOptedOut:
            return .contact(try row.value("known_contact_id", as: UUIDValue?.self) == nil ? nil : try Contact(row))
        case .callbackDisabled, .callbackTest:
            return .callback(try row.value("object_id"))
        case .messageAccepted, .messageScheduled, .messageQueued, .messageSending, .messageUnanswered, .messageWaiting,
            .messageHeld, .messageSent, .messageDelivered, .messageRead, .messageFailed, .messageUndelivered,
            .messageExpired, .messageCancelled, .messageRepeated, nil:
            return .message(try row.value("message_id", as: UUIDValue?.self) == nil ? nil : try Message(row))
        }
    }
}

extension CallbackEvent.Message {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        recipient = try row.value("recipient")
        type = try row.value("message_type")
        kind = try row.value("kind")
        senderID = try row.value("sender_id")
        provider = try row.value("provider", as: String?.self).flatMap { Provider(rawValue: $0) }
        templateID = try row.value("template_id")
        template = try CallbackEvent.Template(row)
        batchID = try row.value("batch_id")
        parentID = try row.value("parent_message_id")
        reference = try row.value("reference")
        metadata = try row.value("metadata")
        scheduledFor = try row.value("scheduled_for")
        createdAt = try row.value("created_at")
        errorDetails = try row.value("error_details")
    }
}

extension CallbackEvent.Inbound {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        senderID = try row.value("inbound_sender_id")
        fromNumber = try row.value("from_number")
        fromUserID = try row.value("from_user_id")
        contactID = try row.value("contact_id")
        conversationID = try row.value("conversation_id")
        type = try row.value("inbound_type")
        content = try row.value("content")
        sentAt = try row.value("sent_at")
        receivedAt = try row.value("received_at")
    }
}

extension CallbackEvent.Template {
    /// Nil when there is none.
    fileprivate init?(_ row: Row) throws(DatabaseError) {
        guard let name = try row.value("template_name", as: String?.self),
            let language = try row.value("template_language", as: String?.self)
        else { return nil }
        self.name = name
        self.language = language
    }
}

extension CallbackEvent.Contact {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        phone = try row.value("phone")
        userID = try row.value("user_id")
        externalID = try row.value("external_id")
    }
}
