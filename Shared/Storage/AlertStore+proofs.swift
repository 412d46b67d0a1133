package import Models
package import Postgres

/// A code that no table of ours lists, and how often it came since people were told.
package struct UnknownCode: Sendable {
    package let provider: String
    package let code: Int
    package let seen: Int
    package let firstSeenAt: Timestamp
}

/// Messages of one tenant that were accepted twice, nobody told of them yet.
package struct DuplicateGroup: Sendable {
    package let tenantID: TenantID
    package let tenantName: String
    package let messages: [MessageID]
}

/// Sends of one tenant that were repeated by its policy, nobody told of them yet.
package struct ResentGroup: Sendable {
    package let tenantID: TenantID
    package let tenantName: String
    package let messages: Int
}

extension AlertStore {
    package static let duplicatesMax = 500
    /// A code that keeps coming makes its alert's figure grow this often.
    static let unknownCodeEvery = Duration.seconds(60)

    package func alertUnknownCodes(
        draft: @escaping @Sendable (UnknownCode) -> AlertDraft
    ) async throws(DatabaseError) -> [AlertNews] {
        let ids = ids
        return try await database.transaction { connection in
            let codes = try connection.rows(
                """
                SELECT u.provider, u.code, u.seen, u.first_seen_at
                FROM unknown_codes u LEFT JOIN alerts a ON a.id = u.alert_id
                WHERE a.id IS NULL
                   OR u.last_seen_at > coalesce(
                       a.resolved_at, a.updated_at + \(Self.unknownCodeEvery.microseconds) * interval '1 microsecond')
                ORDER BY u.provider, u.code LIMIT 100 FOR UPDATE OF u SKIP LOCKED
                """
            ).map { row in
                UnknownCode(
                    provider: try row.value("provider"),
                    code: try row.value("code"),
                    seen: try row.value("seen"),
                    firstSeenAt: try row.value("first_seen_at")
                )
            }
            var news: [AlertNews] = []
            for code in codes {
                let whole = draft(code)
                // What earlier alerts of the code counted is told already.
                let told = try connection.rows(
                    "SELECT coalesce(sum(occurrences), 0)::bigint AS told FROM alerts WHERE key = \(whole.key.description)"
                ).first?.value("told", as: Int.self)
                let item = try Self.open(
                    AlertDraft(
                        key: whole.key,
                        title: whole.title,
                        detail: whole.detail,
                        occurrences: max(1, code.seen - (told ?? 0))
                    ),
                    ids: ids,
                    on: connection
                )
                _ = try connection.execute(
                    """
                    UPDATE unknown_codes SET alert_id = \(item.alertID)
                    WHERE provider = \(code.provider) AND code = \(Int32(clamping: code.code))
                    """
                )
                news.append(item)
            }
            return news
        }
    }

    package func alertDuplicates(
        max: Int = duplicatesMax,
        draft: @escaping @Sendable (DuplicateGroup) -> AlertDraft
    ) async throws(DatabaseError) -> (news: [AlertNews], hasMore: Bool) {
        let ids = ids
        return try await database.transaction { connection in
            let taken = try connection.rows(
                """
                SELECT c.tenant_id, c.message_id, coalesce(t.name, '') AS name
                FROM confirmed_duplicates c LEFT JOIN tenants t ON t.id = c.tenant_id
                WHERE c.alert_id IS NULL ORDER BY c.found_at LIMIT \(max) FOR UPDATE OF c SKIP LOCKED
                """
            ).map { row in
                (
                    tenantID: try row.value("tenant_id", as: TenantID.self),
                    messageID: try row.value("message_id", as: MessageID.self),
                    name: try row.value("name", as: String.self)
                )
            }
            var news: [AlertNews] = []
            for (tenantID, rows) in Dictionary(grouping: taken, by: \.tenantID).sorted(by: { $0.key < $1.key }
            ) {
                let group = DuplicateGroup(
                    tenantID: tenantID,
                    tenantName: rows.first?.name ?? "",
                    messages: rows.map(\.messageID)
                )
                let item = try Self.open(draft(group), ids: ids, on: connection)
                _ = try connection.execute(
                    """
                    UPDATE confirmed_duplicates SET alert_id = \(item.alertID)
                    WHERE tenant_id = \(tenantID) AND message_id = ANY (\(group.messages))
                    """
                )
                news.append(item)
            }
            return (news, taken.count == max)
        }
    }

    package func alertResentUnanswered(
        draft: @escaping @Sendable (ResentGroup) -> AlertDraft
    ) async throws(DatabaseError) -> [AlertNews] {
        let ids = ids
        return try await database.transaction { connection in
            let groups = try connection.rows(
                """
                WITH owed AS MATERIALIZED (
                    SELECT tenant_id, day, resent - resent_told AS messages FROM unanswered_days
                    WHERE resent > resent_told ORDER BY tenant_id, day LIMIT 500 FOR UPDATE SKIP LOCKED
                ), told AS (
                    UPDATE unanswered_days u SET resent_told = u.resent
                    FROM owed o WHERE u.tenant_id = o.tenant_id AND u.day = o.day
                )
                SELECT o.tenant_id, coalesce(t.name, '') AS name, sum(o.messages)::bigint AS messages
                FROM owed o LEFT JOIN tenants t ON t.id = o.tenant_id GROUP BY 1, 2 ORDER BY 1
                """
            ).map { row in
                ResentGroup(
                    tenantID: try row.value("tenant_id"),
                    tenantName: try row.value("name"),
                    messages: try row.value("messages")
                )
            }
            return try Self.grouped(groups.map { try Self.open(draft($0), ids: ids, on: connection) }, on: connection)
        }
    }
}
