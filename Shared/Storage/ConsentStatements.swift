internal import Crypto
internal import Models
internal import Postgres

/// Something a person said, about to be written into the ledger.
struct ConsentEntry: Sendable {
    var tenantID: TenantID
    /// The same news read twice has the same id, and counts once.
    var id: UUIDValue
    var contactID: ContactID
    var consent: ConsentDraft
    var actor: Actor
    var inboundMessageID: UUIDValue?
}

/// The SQL of consent: the ledger, what holds, and the suppressions that follow, always together.
enum ConsentStatements {
    /// What a switch in WhatsApp itself is called; it is lifted there only.
    static let sourceOfPreferences = "user_preferences"

    /// Writes down what was said. What is older than what is known goes into the ledger and changes nothing else.
    ///
    /// Answers `contact_id, category, status` of what holds anew.
    static func record(_ entries: [ConsentEntry]) -> SQL {
        let entries = entries.sorted { ($0.tenantID, $0.contactID, $0.id) < ($1.tenantID, $1.contactID, $1.id) }
        return """
            WITH wanted AS MATERIALIZED (
                SELECT w.* FROM unnest(
                    \(entries.map(\.tenantID)), \(entries.map(\.id)), \(entries.map(\.contactID)),
                    \(entries.map(\.consent.category.stored)), \(entries.map(\.consent.status.rawValue)),
                    \(entries.map(\.consent.source)), \(entries.map(\.consent.at)), \(entries.map(\.consent.evidence)),
                    \(entries.map(\.actor.kind)), \(entries.map(\.actor.name)), \(entries.map(\.inboundMessageID))
                ) AS w (tenant_id, id, contact_id, category, status, source, at, evidence, actor_kind, actor,
                        inbound_message_id)
                JOIN contacts c ON c.tenant_id = w.tenant_id AND c.id = w.contact_id
                WHERE NOT EXISTS (
                    SELECT FROM consent_ledger l WHERE l.tenant_id = w.tenant_id AND l.id = w.id)
            ), latest AS (
                SELECT DISTINCT ON (tenant_id, contact_id, category) * FROM wanted
                ORDER BY tenant_id, contact_id, category, at DESC, id DESC
            ), applied AS (
                INSERT INTO consents AS k (tenant_id, contact_id, category, status, source, at)
                SELECT tenant_id, contact_id, category, status, source, at FROM latest
                ON CONFLICT (tenant_id, contact_id, category) DO UPDATE
                SET status = excluded.status, source = excluded.source, at = excluded.at
                WHERE k.at <= excluded.at
                RETURNING k.tenant_id, k.contact_id, k.category, k.status, k.source, k.at
            ), written AS (
                INSERT INTO consent_ledger (tenant_id, id, contact_id, category, status, source, at, actor_kind, actor,
                                            evidence, inbound_message_id, is_applied)
                SELECT w.tenant_id, w.id, w.contact_id, w.category, w.status, w.source, w.at, w.actor_kind, w.actor,
                       w.evidence, w.inbound_message_id,
                       EXISTS (SELECT FROM applied a JOIN latest l USING (tenant_id, contact_id, category)
                               WHERE l.tenant_id = w.tenant_id AND l.id = w.id)
                FROM wanted w
                ON CONFLICT DO NOTHING
            ), blocked AS (
                INSERT INTO suppressions (tenant_id, id, recipient, category, reason, source)
                SELECT a.tenant_id, new_uuid(), x.address, a.category,
                       CASE WHEN a.source = \(sourceOfPreferences) THEN 'user_preferences' ELSE 'opted_out' END,
                       a.source
                FROM applied a JOIN contacts c ON c.tenant_id = a.tenant_id AND c.id = a.contact_id
                CROSS JOIN LATERAL (VALUES (c.phone), (c.user_id)) AS x (address)
                WHERE a.status = 'opted_out' AND x.address IS NOT NULL
                ORDER BY 1, 3, 4
                ON CONFLICT (tenant_id, recipient, category, reason) DO UPDATE SET until = NULL
            ), freed AS (
                DELETE FROM suppressions s USING applied a
                JOIN contacts c ON c.tenant_id = a.tenant_id AND c.id = a.contact_id
                CROSS JOIN LATERAL (VALUES (c.phone), (c.user_id)) AS x (address)
                WHERE a.status = 'opted_in' AND s.tenant_id = a.tenant_id AND s.recipient = x.address
                  AND s.category = a.category
                  AND (s.reason = 'opted_out'
                       OR s.reason IN ('user_preferences', 'provider') AND a.source = \(sourceOfPreferences))
            )
            SELECT tenant_id, contact_id, category, status FROM applied
            """
    }

    /// An address that a contact has got since stands under what its contact has said before.
    static func followAddresses(of contacts: [ContactID], _ tenantID: TenantID) -> SQL {
        """
        INSERT INTO suppressions (tenant_id, id, recipient, category, reason, source)
        SELECT c.tenant_id, new_uuid(), x.address, k.category,
               CASE WHEN k.source = \(sourceOfPreferences) THEN 'user_preferences' ELSE 'opted_out' END, k.source
        FROM unnest(\(contacts)) AS w (id)
        JOIN contacts c ON c.tenant_id = \(tenantID) AND c.id = w.id
        JOIN consents k ON k.tenant_id = c.tenant_id AND k.contact_id = c.id AND k.status = 'opted_out'
        CROSS JOIN LATERAL (VALUES (c.phone), (c.user_id)) AS x (address)
        WHERE x.address IS NOT NULL
        ORDER BY 1, 3, 4
        ON CONFLICT DO NOTHING
        """
    }

    /// The id of what one piece of news said about one category.
    static func id(of news: String, _ category: TemplateCategory, at moment: Timestamp) -> UUIDValue {
        .version7(at: moment, hashing: "consent|\(news)|\(category.stored)")
    }
}
