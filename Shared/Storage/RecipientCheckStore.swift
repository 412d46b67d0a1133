package import Models
package import Postgres

/// One message that somebody wants to send, as far as its recipient's consent goes.
package struct RecipientWish: Sendable {
    package var recipient: String
    package var senderID: SenderID
    /// Nil for what is no template.
    package var category: TemplateCategory?
    package var needsOptIn: Bool
    /// When it is to go; nil: now.
    package var at: Timestamp?

    package init(
        recipient: String, senderID: SenderID, category: TemplateCategory?, needsOptIn: Bool, at: Timestamp? = nil
    ) {
        self.recipient = recipient
        self.senderID = senderID
        self.category = category
        self.needsOptIn = needsOptIn
        self.at = at
    }
}

/// Asks, for all messages of a request at once, whether their recipients may be written to.
package struct RecipientCheckStore: Sendable {
    private let database: Database

    /// - Parameter database: a pool of the service role whose sessions are pinned to index plans.
    package init(_ database: Database) {
        self.database = database
    }

    /// - Returns: what stands in the way, by the wishes' positions; what is missing may go.
    package func blocks(
        of wishes: [RecipientWish], tenantID: TenantID
    ) async throws(DatabaseError) -> [Int: SendingBlock] {
        if wishes.isEmpty { return [:] }
        let answers = try await database.pipeline([.actFor(tenantID), Self.query(wishes, tenantID)])
        return try Connection.decoded {
            var blocks: [Int: SendingBlock] = [:]
            for row in answers.last ?? [] {
                let place = Int(try row.value("place", as: Int32.self))
                if let reason: String = try row.value("reason") {
                    blocks[place] = .suppressed(try SuppressionReason(stored: reason))
                } else if try row.value("is_window_closed", as: Bool.self) {
                    blocks[place] = .windowClosed
                } else if let category = wishes[place].category {
                    blocks[place] = .optInMissing(category)
                }
            }
            return blocks
        }
    }

    /// The entries `s` that stand in the way of the messages of a table: its `tenant_id`, `recipient` and `category`,
    /// which is NONE for what is no template.
    static func suppressions(of table: StaticString) -> SQL {
        """
        SELECT s.reason FROM suppressions s
        WHERE s.tenant_id = \(raw: "\(table)").tenant_id AND s.recipient = \(raw: "\(table)").recipient
          AND s.category IN ('ALL', \(raw: "\(table)").category) AND (s.until IS NULL OR s.until > now())
        """
    }

    private static func query(_ wishes: [RecipientWish], _ tenantID: TenantID) -> SQL {
        """
        SELECT * FROM (
            SELECT w.place,
                   -- Of several the one that the person asked for is named.
                   (\(suppressions(of: "w"))
                    ORDER BY array_position(
                        ARRAY['opted_out', 'user_preferences', 'legal', 'complaint', 'manual'], s.reason)
                    LIMIT 1) AS reason,
                   w.category = 'NONE' AND NOT EXISTS (
                       SELECT FROM service_windows o
                       WHERE o.tenant_id = \(tenantID) AND o.sender_id = w.sender_id AND o.recipient = w.recipient
                         AND o.open_until > coalesce(w.at, now())) AS is_window_closed,
                   w.needs_opt_in AND NOT EXISTS (
                       SELECT FROM contacts c JOIN consents k ON k.tenant_id = c.tenant_id AND k.contact_id = c.id
                       WHERE c.tenant_id = \(tenantID) AND c.phone = w.recipient
                         AND k.category = w.category AND k.status = 'opted_in')
                   AND NOT EXISTS (
                       SELECT FROM contacts c JOIN consents k ON k.tenant_id = c.tenant_id AND k.contact_id = c.id
                       WHERE c.tenant_id = \(tenantID) AND c.user_id = w.recipient
                         AND k.category = w.category AND k.status = 'opted_in') AS is_opt_in_missing
            FROM (SELECT \(tenantID) AS tenant_id, u.* FROM unnest(
                \(wishes.indices.map { Int32(clamping: $0) }), \(wishes.map(\.recipient)), \(wishes.map(\.senderID)),
                \(wishes.map { $0.category?.stored ?? "NONE" }), \(wishes.map(\.needsOptIn)), \(wishes.map(\.at))
            ) AS u (place, recipient, sender_id, category, needs_opt_in, at)) AS w
        ) AS b
        WHERE b.reason IS NOT NULL OR b.is_window_closed OR b.is_opt_in_missing
        """
    }
}
