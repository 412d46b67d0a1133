package import Models
package import Postgres

/// One message with everything that happened to it.
package struct LogDetail: Sendable {
    package let row: LogRow
    package let timeline: [RecordedEvent]
    package let attempts: [RecordedAttempt]
    /// The message it repeats.
    package let parent: MessageID?
    /// The message that repeats it.
    package let child: MessageID?
    /// When the provider was last asked for its status.
    package let lastStatusCheck: Timestamp?
    package let sender: LogSender
    /// Who it was sent to, where that is a contact, and where one talks with them.
    package let contactID: ContactID?
    package let conversationID: ConversationID?
}

/// The number a message went out from.
package struct LogSender: Sendable {
    package let id: SenderID
    package let name: String
    package let number: String
    package let provider: Provider

    init(_ row: Row) throws(DatabaseError) {
        guard let provider = Provider(rawValue: try row.value("provider")) else {
            throw .decoding("a provider that this program does not know")
        }
        self.provider = provider
        id = try row.value("sender_id")
        name = try row.value("sender_name")
        number = try row.value("display_phone_number")
    }

    /// "Front desk (+39 06 1234)"
    package var words: String { "\(name) (\(number))" }
}

extension LogPageStore {
    /// The tenant's message that a provider knows by this id; nil when there is none.
    package func messageID(
        ofProviderID providerID: String, tenantID: TenantID
    ) async throws(DatabaseError) -> MessageID? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT message_id FROM attempts WHERE provider_message_id = \(providerID) AND tenant_id = \(tenantID)
            ORDER BY message_id DESC LIMIT 1
            """,
        ])
        return try answers.last?.first?.value("message_id", as: MessageID.self)
    }

    /// Nil for an id that is not the tenant's: whether somebody else has it is nobody's business.
    package func detail(of messageID: MessageID, tenantID: TenantID) async throws(DatabaseError) -> LogDetail?
    {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(Self.columns) FROM messages m \(Self.joins) WHERE m.tenant_id = \(tenantID) AND s.tenant_id = \(tenantID)
              AND m.id = \(messageID) AND s.id = \(messageID)
            """,
            RecordedEvent.query(messageID, tenantID, max: Self.timelineMax),
            RecordedAttempt.query(messageID, tenantID),
            """
            SELECT m.parent_message_id, s.last_status_check,
                   (SELECT r.child_message_id FROM message_retries r
                    WHERE r.tenant_id = m.tenant_id AND r.parent_message_id = m.id) AS child_message_id,
                   n.id AS sender_id, n.name AS sender_name, n.display_phone_number, n.provider,
                   c.id AS contact_id, v.id AS conversation_id
            FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
            JOIN senders n ON n.tenant_id = m.tenant_id AND n.id = m.sender_id
            LEFT JOIN contacts c ON c.tenant_id = m.tenant_id AND (c.phone = m.recipient OR c.user_id = m.recipient)
            LEFT JOIN conversations v ON v.tenant_id = m.tenant_id AND v.sender_id = m.sender_id AND v.contact_id = c.id
            WHERE m.tenant_id = \(tenantID) AND s.tenant_id = \(tenantID) AND m.id = \(messageID) AND s.id = \(messageID)
            """,
        ])
        guard answers.count == 5, let row = answers[1].first, let kin = answers[4].first else { return nil }
        var timeline: [RecordedEvent] = []
        for row in answers[2] { timeline.append(try RecordedEvent(row)) }
        var attempts: [RecordedAttempt] = []
        for row in answers[3] { attempts.append(try RecordedAttempt(row)) }
        return LogDetail(
            row: try LogRow(row),
            timeline: timeline,
            attempts: attempts,
            parent: try kin.value("parent_message_id"),
            child: try kin.value("child_message_id"),
            lastStatusCheck: try kin.value("last_status_check"),
            sender: try LogSender(kin),
            contactID: try kin.value("contact_id"),
            conversationID: try kin.value("conversation_id")
        )
    }
}
