package import Models
package import Postgres

/// One person with one sender.
package struct Conversation: Sendable {
    package enum Status: String, CaseIterable, Hashable, Sendable {
        case open
        case closed
    }

    package let id: ConversationID
    package let senderID: SenderID
    package let contactID: ContactID
    package let status: Status
    package let assignedTo: String?
    package let lastInboundAt: Timestamp
    package let readUntil: Timestamp?
    /// Counted up to `ConversationStore.unreadCountedMax`.
    package let unread: Int
    /// Until then the person may be answered freely; nil: only with templates.
    package let windowOpenUntil: Timestamp?
    package let phone: String?
    package let userID: String?
    /// The tenant's own name for the person, else WhatsApp's.
    package let name: String?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        senderID = try row.value("sender_id")
        contactID = try row.value("contact_id")
        guard let status = Status(rawValue: try row.value("status")) else {
            throw .decoding("a status that this program does not know")
        }
        self.status = status
        assignedTo = try row.value("assigned_to")
        lastInboundAt = try row.value("last_inbound_at")
        readUntil = try row.value("read_until")
        unread = try row.value("unread")
        windowOpenUntil = try row.value("window_open_until")
        phone = try row.value("phone")
        userID = try row.value("user_id")
        name = try row.value("name")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
    }
}

package struct ConversationPatch: Sendable {
    package var status: Conversation.Status?
    package var assignedTo = FieldChange<String>.keep
    package var readUntil: Timestamp?

    package init() {}
}

/// What an agent did about a conversation.
package struct Interaction: Sendable {
    package enum AgentKind: String, CaseIterable, Hashable, Sendable {
        case human
        case ai
        case system
    }

    package var id: UUIDValue
    package var agent: String
    package var agentKind: AgentKind
    package var type: String
    package var text: String?
    /// A JSON object of the tenant's own.
    package var data: JSONText?
    package var messageID: MessageID?
    package var inboundMessageID: UUIDValue?
    package var at: Timestamp

    package init(
        id: UUIDValue, agent: String, agentKind: AgentKind, type: String, text: String? = nil, data: JSONText? = nil,
        messageID: MessageID? = nil, inboundMessageID: UUIDValue? = nil, at: Timestamp
    ) {
        self.id = id
        self.agent = agent
        self.agentKind = agentKind
        self.type = type
        self.text = text
        self.data = data
        self.messageID = messageID
        self.inboundMessageID = inboundMessageID
        self.at = at
    }

    init(_ row: Row) throws(DatabaseError) {
        guard let kind = AgentKind(rawValue: try row.value("agent_kind")) else {
            throw .decoding("an agent that this program does not know")
        }
        self.init(
            id: try row.value("id"), agent: try row.value("agent"), agentKind: kind, type: try row.value("type"),
            text: try row.value("text"), data: try row.value("data"), messageID: try row.value("message_id"),
            inboundMessageID: try row.value("inbound_message_id"), at: try row.value("at"))
    }
}

package struct ConversationStore: Sendable {
    package static let pageMax = 200
    package static let unreadCountedMax = 100

    let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package struct Filter: Sendable {
        package var status: Conversation.Status?
        package var senderID: SenderID?
        package var contactID: ContactID?
        package var assignedTo: String?

        package init() {}
    }

    /// Where a page ended: the last one's time and id.
    package struct Place: Sendable {
        package let at: Timestamp
        package let id: ConversationID

        package init(at: Timestamp, id: ConversationID) {
            self.at = at
            self.id = id
        }
    }

    /// Those whose person wrote last first.
    package func list(
        of tenantID: TenantID, _ filter: Filter, before: Place?, limit: Int
    ) async throws(DatabaseError) -> (conversations: [Conversation], hasMore: Bool) {
        let count = max(1, min(limit, Self.pageMax))
        var conditions: [SQL] = ["v.tenant_id = \(tenantID)"]
        if let before { conditions.append("(v.last_inbound_at, v.id) < (\(before.at), \(before.id))") }
        if let status = filter.status { conditions.append("v.status = \(status.rawValue)") }
        if let senderID = filter.senderID { conditions.append("v.sender_id = \(senderID)") }
        if let contactID = filter.contactID { conditions.append("v.contact_id = \(contactID)") }
        if let assignedTo = filter.assignedTo { conditions.append("v.assigned_to = \(assignedTo)") }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            \(Self.select(conditions.joined(separator: " AND ")))
            ORDER BY v.last_inbound_at DESC, v.id DESC LIMIT \(count + 1)
            """,
        ])
        return try Connection.decoded {
            let conversations = try (answers.last ?? []).map { try Conversation($0) }
            return (Array(conversations.prefix(count)), conversations.count > count)
        }
    }

    /// Nil for an id the tenant does not own.
    package func conversation(
        _ id: ConversationID, of tenantID: TenantID
    ) async throws(DatabaseError) -> Conversation? {
        let answers = try await database.pipeline([
            .actFor(tenantID), Self.select("v.tenant_id = \(tenantID) AND v.id = \(id)"),
        ])
        return try answers.last?.first.map { row throws(DatabaseError) in try Conversation(row) }
    }

    /// - Returns: false for an id the tenant does not own.
    package func change(
        _ id: ConversationID, of tenantID: TenantID, _ patch: ConversationPatch
    ) async throws(DatabaseError) -> Bool {
        var assignments: [SQL] = ["updated_at = now()"]
        if let status = patch.status { assignments.append("status = \(status.rawValue)") }
        if case .set(let value) = patch.assignedTo { assignments.append("assigned_to = \(value as String?)") }
        if let readUntil = patch.readUntil { assignments.append("read_until = greatest(read_until, \(readUntil))") }
        let changing = assignments
        return try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let changed = try connection.execute(
                """
                UPDATE conversations SET \(changing.joined(separator: ", "))
                WHERE tenant_id = \(tenantID) AND id = \(id)
                """)
            return changed > 0
        }
    }

    /// Oldest first, as a log is read.
    package func interactions(
        of id: ConversationID, tenantID: TenantID, after: UUIDValue?, limit: Int
    ) async throws(DatabaseError) -> (interactions: [Interaction], hasMore: Bool) {
        let count = max(1, min(limit, Self.pageMax))
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT n.id, n.agent, n.agent_kind, n.type, n.text, n.data, n.message_id, n.inbound_message_id, n.at
            FROM conversation_interactions n
            WHERE n.tenant_id = \(tenantID) AND n.conversation_id = \(id)
              AND (\(after as UUIDValue?)::uuid IS NULL OR n.id > \(after as UUIDValue?))
            ORDER BY n.id LIMIT \(count + 1)
            """,
        ])
        return try Connection.decoded {
            let interactions = try (answers.last ?? []).map { try Interaction($0) }
            return (Array(interactions.prefix(count)), interactions.count > count)
        }
    }

    /// - Returns: false for a conversation the tenant does not own.
    package func log(
        _ interaction: Interaction, in id: ConversationID, of tenantID: TenantID
    ) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let known = try connection.rows(
                "SELECT id FROM conversations WHERE tenant_id = \(tenantID) AND id = \(id) FOR SHARE")
            if known.isEmpty { return false }
            try connection.execute(
                """
                INSERT INTO conversation_interactions
                    (tenant_id, id, conversation_id, agent, agent_kind, type, text, data, message_id,
                     inbound_message_id, at)
                VALUES (\(tenantID), \(interaction.id), \(id), \(interaction.agent), \(interaction.agentKind.rawValue),
                        \(interaction.type), \(interaction.text as String?), \(interaction.data as JSONText?),
                        \(interaction.messageID as MessageID?), \(interaction.inboundMessageID as UUIDValue?),
                        \(interaction.at))
                """)
            return true
        }
    }

    private static func select(_ condition: SQL) -> SQL {
        """
        SELECT v.id, v.sender_id, v.contact_id, v.status, v.assigned_to, v.last_inbound_at, v.read_until,
               v.created_at, v.updated_at, c.phone, c.user_id, coalesce(NULLIF(c.name, ''), c.profile_name) AS name,
               (SELECT count(*) FROM (
                    SELECT FROM inbound_messages i
                    WHERE i.tenant_id = v.tenant_id AND i.conversation_id = v.id
                      AND i.sent_at > coalesce(v.read_until, '-infinity')
                    LIMIT \(unreadCountedMax)) AS u) AS unread,
               (SELECT max(o.open_until) FROM service_windows o
                WHERE o.tenant_id = v.tenant_id AND o.sender_id = v.sender_id
                  AND o.recipient IN (c.phone, c.user_id) AND o.open_until > now()) AS window_open_until
        FROM conversations v JOIN contacts c ON c.tenant_id = v.tenant_id AND c.id = v.contact_id
        WHERE \(condition)
        """
    }
}
