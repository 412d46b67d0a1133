internal import Models
internal import Postgres

/// One inbound message in the conversation that it belongs to.
struct InboundTurn: Sendable {
    struct Key: Hashable, Sendable {
        let senderID: SenderID
        let contactID: ContactID
    }

    let message: InboundMessage
    let contactID: ContactID

    var key: Key { Key(senderID: message.owner.senderID, contactID: contactID) }

    /// Opens the conversations of these messages; one that was closed opens again with something new.
    ///
    /// Answers `id, sender_id, contact_id`.
    static func open(_ turns: [InboundTurn]) -> SQL {
        var latest: [Key: InboundTurn] = [:]
        for turn in turns {
            if let known = latest[turn.key], known.message.sentAt >= turn.message.sentAt { continue }
            latest[turn.key] = turn
        }
        let turns = latest.values.sorted {
            ($0.message.owner.tenantID, $0.key.senderID, $0.contactID)
                < ($1.message.owner.tenantID, $1.key.senderID, $1.contactID)
        }
        return """
            INSERT INTO conversations AS v (tenant_id, id, sender_id, contact_id, last_inbound_at, last_inbound_id)
            SELECT tenant_id, new_uuid(), sender_id, contact_id, at, inbound_id
            FROM unnest(
                \(turns.map(\.message.owner.tenantID)), \(turns.map(\.key.senderID)), \(turns.map(\.contactID)),
                \(turns.map(\.message.sentAt)), \(turns.map(\.message.id))
            ) AS w (tenant_id, sender_id, contact_id, at, inbound_id)
            ON CONFLICT (tenant_id, sender_id, contact_id) DO UPDATE
            SET status = CASE WHEN excluded.last_inbound_at > v.last_inbound_at THEN 'open' ELSE v.status END,
                last_inbound_id = CASE WHEN excluded.last_inbound_at > v.last_inbound_at
                    THEN excluded.last_inbound_id ELSE v.last_inbound_id END,
                last_inbound_at = greatest(v.last_inbound_at, excluded.last_inbound_at),
                updated_at = CASE WHEN excluded.last_inbound_at > v.last_inbound_at THEN now() ELSE v.updated_at END
            RETURNING v.id, v.sender_id, v.contact_id
            """
    }

    static func assign(_ turns: [InboundTurn], _ conversations: [Key: ConversationID]) -> SQL {
        let turns = turns.sorted {
            ($0.message.owner.tenantID, $0.message.id) < ($1.message.owner.tenantID, $1.message.id)
        }
        return """
            UPDATE inbound_messages i SET contact_id = w.contact_id, conversation_id = w.conversation_id
            FROM unnest(
                \(turns.map(\.message.owner.tenantID)), \(turns.map(\.message.id)), \(turns.map(\.contactID)),
                \(turns.map { conversations[$0.key] })
            ) AS w (tenant_id, id, contact_id, conversation_id)
            WHERE i.tenant_id = w.tenant_id AND i.id = w.id AND i.conversation_id IS DISTINCT FROM w.conversation_id
            """
    }
}
