package import Models
package import Postgres

/// What a customer wrote, as its tenant reads it.
package struct ReceivedMessage: Sendable {
    package let id: UUIDValue
    package let senderID: SenderID
    package let contactID: ContactID?
    package let conversationID: ConversationID?
    package let providerMessageID: String
    package let fromNumber: String?
    package let fromUserID: String?
    package let type: String
    /// What was written, or the label of what was chosen.
    package let text: String?
    /// As the provider brought it.
    package let content: JSONText
    package let sentAt: Timestamp
    package let receivedAt: Timestamp

    static let columns: SQL = """
        i.id, i.sender_id, i.contact_id, i.conversation_id, i.provider_message_id, i.from_number, i.from_user_id, i.type,
        coalesce(i.content #>> '{text,body}', i.content #>> '{button,text}',
                 i.content #>> '{interactive,button_reply,title}', i.content #>> '{interactive,list_reply,title}',
                 i.content #>> '{image,caption}', i.content #>> '{video,caption}', i.content #>> '{document,caption}',
                 NULLIF(i.content ->> 'Body', '')) AS text,
        i.content, i.sent_at, i.received_at
        """

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        senderID = try row.value("sender_id")
        contactID = try row.value("contact_id")
        conversationID = try row.value("conversation_id")
        providerMessageID = try row.value("provider_message_id")
        fromNumber = try row.value("from_number", as: String?.self).map { $0.hasPrefix("+") ? $0 : "+" + $0 }
        fromUserID = try row.value("from_user_id")
        type = try row.value("type")
        text = try row.value("text")
        content = try row.value("content")
        sentAt = try row.value("sent_at")
        receivedAt = try row.value("received_at")
    }
}

/// One turn of a conversation, from either side.
package enum ConversationTurn: Sendable {
    case received(ReceivedMessage)
    case sent(MessageSummary)

    package var id: UUIDValue {
        switch self {
        case .received(let message): message.id
        case .sent(let message): message.id.value
        }
    }
}

extension ConversationStore {
    package struct InboundFilter: Sendable {
        package var senderID: SenderID?
        package var contactID: ContactID?
        /// E.164, "+" included.
        package var number: String?
        package var receivedFrom: Timestamp?

        package init() {}
    }

    /// Newest first.
    package func received(
        of tenantID: TenantID, _ filter: InboundFilter, before: UUIDValue?, limit: Int
    ) async throws(DatabaseError) -> (messages: [ReceivedMessage], hasMore: Bool) {
        let count = max(1, min(limit, Self.pageMax))
        var conditions: [SQL] = ["i.tenant_id = \(tenantID)"]
        if let before { conditions.append("i.id < \(before)") }
        if let senderID = filter.senderID { conditions.append("i.sender_id = \(senderID)") }
        if let contactID = filter.contactID { conditions.append("i.contact_id = \(contactID)") }
        if let number = filter.number {
            conditions.append("i.from_number IN (\(number), \(String(number.dropFirst())))")
        }
        if let from = filter.receivedFrom { conditions.append("i.received_at >= \(from)") }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(ReceivedMessage.columns) FROM inbound_messages i
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY i.id DESC LIMIT \(count + 1)
            """,
        ])
        return try Connection.decoded {
            let messages = try (answers.last ?? []).map { try ReceivedMessage($0) }
            return (Array(messages.prefix(count)), messages.count > count)
        }
    }

    /// Nil for an id the tenant does not own.
    package func received(_ id: UUIDValue, of tenantID: TenantID) async throws(DatabaseError) -> ReceivedMessage? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(ReceivedMessage.columns) FROM inbound_messages i
            WHERE i.tenant_id = \(tenantID) AND i.id = \(id)
            """,
        ])
        return try answers.last?.first.map { row throws(DatabaseError) in try ReceivedMessage(row) }
    }

    /// What both sides wrote, newest first.
    package func turns(
        of conversation: Conversation, tenantID: TenantID, before: UUIDValue?, limit: Int
    ) async throws(DatabaseError) -> (turns: [ConversationTurn], hasMore: Bool) {
        let count = max(1, min(limit, Self.pageMax))
        let addresses = [conversation.phone, conversation.userID].compactMap { $0 }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(ReceivedMessage.columns) FROM inbound_messages i
            WHERE i.tenant_id = \(tenantID) AND i.conversation_id = \(conversation.id)
              AND (\(before as UUIDValue?)::uuid IS NULL OR i.id < \(before as UUIDValue?))
            ORDER BY i.id DESC LIMIT \(count + 1)
            """,
            """
            \(MessageQueryStore.summaryColumns)
            WHERE m.tenant_id = \(tenantID) AND m.recipient = ANY (\(addresses))
              AND m.sender_id = \(conversation.senderID)
              AND (\(before as UUIDValue?)::uuid IS NULL OR m.id < \(before as UUIDValue?))
            ORDER BY m.id DESC LIMIT \(count + 1)
            """,
        ])
        guard answers.count == 3 else { return ([], false) }
        return try Connection.decoded {
            let received = try answers[1].map { ConversationTurn.received(try ReceivedMessage($0)) }
            let sent = try answers[2].map { ConversationTurn.sent(try MessageSummary($0)) }
            let turns = (received + sent).sorted { $0.id > $1.id }
            return (Array(turns.prefix(count)), turns.count > count)
        }
    }
}
