package import Models
package import Postgres

/// Somebody who must not be written to, and why.
package struct Suppression: Sendable {
    package let id: UUIDValue
    /// E.164, or a business-scoped user id.
    package let recipient: String
    package let category: SuppressionCategory
    package let reason: SuppressionReason
    package let source: String
    package let note: String?
    package let createdAt: Timestamp
    /// Nil: until it is taken away.
    package let until: Timestamp?

    static let columns: SQL = "s.id, s.recipient, s.category, s.reason, s.source, s.note, s.created_at, s.until"

    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        recipient = try row.value("recipient")
        guard let category = SuppressionCategory(try row.value("category", as: String.self).lowercased()) else {
            throw .decoding("a category that this program does not know")
        }
        self.category = category
        reason = try SuppressionReason(stored: try row.value("reason"))
        source = try row.value("source")
        note = try row.value("note")
        createdAt = try row.value("created_at")
        until = try row.value("until")
    }
}

extension SuppressionReason {
    init(stored word: String) throws(DatabaseError) {
        guard let reason = SuppressionReason(rawValue: word) else {
            throw .decoding("a reason that this program does not know")
        }
        self = reason
    }
}

/// An entry that a tenant makes.
package struct SuppressionDraft: Sendable {
    package var recipient: String
    package var category: SuppressionCategory
    package var reason: SuppressionReason
    package var note: String?
    package var until: Timestamp?

    package init(
        recipient: String, category: SuppressionCategory = .all, reason: SuppressionReason = .manual,
        note: String? = nil, until: Timestamp? = nil
    ) {
        self.recipient = recipient
        self.category = category
        self.reason = reason
        self.note = note
        self.until = until
    }
}

package struct SuppressionStore: Sendable {
    package static let pageMax = 200

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Newest first; entries that are over are not shown.
    package func list(
        of tenantID: TenantID, _ filter: SuppressionFilter, before: UUIDValue?, limit: Int
    ) async throws(DatabaseError) -> (entries: [Suppression], hasMore: Bool) {
        try await portion(of: tenantID, filter, before: before, max: max(1, min(limit, Self.pageMax)))
    }

    /// The same without a limit of its own, for files.
    package func portion(
        of tenantID: TenantID, _ filter: SuppressionFilter, before: UUIDValue?, max: Int
    ) async throws(DatabaseError) -> (entries: [Suppression], hasMore: Bool) {
        var conditions: [SQL] = ["s.tenant_id = \(tenantID)", "(s.until IS NULL OR s.until > now())"]
        if let before { conditions.append("s.id < \(before)") }
        if let recipient = filter.recipient { conditions.append("s.recipient = \(recipient)") }
        if let category = filter.category { conditions.append("s.category = \(category.stored)") }
        if let reason = filter.reason { conditions.append("s.reason = \(reason.rawValue)") }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT \(Suppression.columns) FROM suppressions s WHERE \(conditions.joined(separator: " AND "))
            ORDER BY s.id DESC LIMIT \(max + 1)
            """,
        ])
        return try Connection.decoded {
            let entries = try (answers.last ?? []).map { try Suppression($0) }
            return (Array(entries.prefix(max)), entries.count > max)
        }
    }

    /// Nil for an id the tenant does not own.
    package func entry(_ id: UUIDValue, of tenantID: TenantID) async throws(DatabaseError) -> Suppression? {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            "SELECT \(Suppression.columns) FROM suppressions s WHERE s.tenant_id = \(tenantID) AND s.id = \(id)",
        ])
        return try answers.last?.first.map { row throws(DatabaseError) in try Suppression(row) }
    }

    /// What is on the list already for the same reason is renewed.
    ///
    /// - Returns: the entries as they are now, in the order of the drafts.
    package func add(
        _ drafts: [SuppressionDraft], of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> [Suppression] {
        struct Key: Hashable {
            let recipient: String
            let category: SuppressionCategory
            let reason: SuppressionReason
        }
        var unique: [Key: SuppressionDraft] = [:]
        for draft in drafts {
            unique[Key(recipient: draft.recipient, category: draft.category, reason: draft.reason)] = draft
        }
        let writing = unique.values.sorted { ($0.recipient, $0.category.stored) < ($1.recipient, $1.category.stored) }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            INSERT INTO suppressions AS s (tenant_id, id, recipient, category, reason, source, note, until)
            SELECT \(tenantID), new_uuid(), w.recipient, w.category, w.reason, 'api', w.note, w.until
            FROM unnest(
                \(writing.map(\.recipient)), \(writing.map(\.category.stored)), \(writing.map(\.reason.rawValue)),
                \(writing.map(\.note)), \(writing.map(\.until))
            ) AS w (recipient, category, reason, note, until)
            ON CONFLICT (tenant_id, recipient, category, reason) DO UPDATE
            SET note = coalesce(excluded.note, s.note), until = excluded.until
            RETURNING \(Suppression.columns)
            """,
            audit.insert,
        ])
        return try Connection.decoded {
            var written: [Key: Suppression] = [:]
            for row in answers[1] {
                let entry = try Suppression(row)
                written[Key(recipient: entry.recipient, category: entry.category, reason: entry.reason)] = entry
            }
            return drafts.compactMap {
                written[Key(recipient: $0.recipient, category: $0.category, reason: $0.reason)]
            }
        }
    }

    /// - Returns: false for an id the tenant does not own.
    package func remove(
        _ id: UUIDValue, of tenantID: TenantID, audit: AuditEntry
    ) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let removed = try connection.execute(
                "DELETE FROM suppressions WHERE tenant_id = \(tenantID) AND id = \(id)")
            if removed > 0 { try connection.execute(audit.insert) }
            return removed > 0
        }
    }

    /// What providers' refusals ask for: of the recipients of these messages, for as long as the error says.
    static func suppress(_ refusals: [ReceiptRefusal]) -> SQL? {
        let asked: [(refusal: ReceiptRefusal, category: SuppressionCategory)] = refusals.compactMap { refusal in
            guard refusal.error.class == .suppress else { return nil }
            switch refusal.error.scope {
            case .recipient: return (refusal, .all)
            case .recipientMarketing: return (refusal, .only(.marketing))
            case .message, .pair, .country, .template, .flow, .sender, .account, .accountManagement, .app, .calls:
                return nil
            }
        }
        if asked.isEmpty { return nil }
        return """
            INSERT INTO suppressions AS s (tenant_id, id, recipient, category, reason, source, note, until)
            SELECT DISTINCT ON (m.tenant_id, m.recipient, w.category)
                   m.tenant_id, new_uuid(), m.recipient, w.category, 'provider', 'receipt', 'error ' || w.code,
                   now() + w.lasts * interval '1 microsecond'
            FROM unnest(
                \(asked.map(\.refusal.tenantID)), \(asked.map(\.refusal.messageID)), \(asked.map(\.category.stored)),
                \(asked.map { Int32(clamping: $0.refusal.error.code) }), \(asked.map { $0.refusal.error.wait?.microseconds })
            ) AS w (tenant_id, id, category, code, lasts)
            JOIN messages m ON m.tenant_id = w.tenant_id AND m.id = w.id
            ORDER BY m.tenant_id, m.recipient, w.category, w.lasts DESC NULLS FIRST
            ON CONFLICT (tenant_id, recipient, category, reason) DO UPDATE
            SET until = CASE WHEN s.until IS NULL OR excluded.until IS NULL THEN NULL
                             ELSE greatest(s.until, excluded.until) END,
                note = excluded.note
            """
    }
}

extension SuppressionCategory {
    var stored: String { word.uppercased() }
}
