package import Models
package import Postgres

/// A sender whose token ends soon, or is known not to work.
package struct EndingToken: Sendable {
    package let tenantID: TenantID
    package let tenantName: String
    package let senderID: SenderID
    package let senderName: String
    /// Nil: the provider says that it does not work, whenever it was to end.
    package let expiresAt: Timestamp?
}

/// Alerts of access tokens: one at each stage before the end, all resolved when the token was renewed.
extension AlertStore {
    package static let tokensMax = 1_000
    /// Begins the cause in such an alert's key.
    package static let tokenCausePrefix = "token:"

    /// Raises and resolves in one transaction, from one picture of the senders.
    ///
    /// - Parameter draft: what to tell about a token at a moment of the database's clock; nil for one with time left.
    /// - Returns: what to tell others after the commit; nothing when another monitor is at it.
    package func alertEndingTokens(
        draft: @escaping @Sendable (EndingToken, Timestamp) -> AlertDraft?
    ) async throws(DatabaseError) -> [AlertNews] {
        let ids = ids
        return try await database.transaction { connection in
            let lock = try connection.rows(
                "SELECT pg_try_advisory_xact_lock(hashtext('alert ending tokens')) AS is_ours, now() AS now")
            guard let moment = lock.first, try moment.value("is_ours", as: Bool.self) else { return [] }
            let now = try moment.value("now", as: Timestamp.self)
            let drafts = try connection.rows(Self.endingTokens).compactMap { row in draft(try EndingToken(row), now) }
            let open = Set(
                try connection.rows(
                    "SELECT key FROM alerts WHERE resolved_at IS NULL AND key LIKE \("%/" + Self.tokenCausePrefix + "%")"
                ).map { try $0.value(0, as: String.self) })
            var news: [AlertNews] = []
            let known = open.union(
                try Self.resolvedEarly(
                    like: "%/" + Self.tokenCausePrefix + "%", standing: drafts.map(\.key.description), on: connection))
            for draft in drafts where !known.contains(draft.key.description) {
                news.append(try Self.open(draft, ids: ids, on: connection))
            }
            let standing = Set(drafts.map(\.key.description))
            let troubled = Set(drafts.map { Self.senderOf($0.key.description) })
            let over = open.subtracting(standing).sorted()
            let resolved = try Self.resolve(over, on: connection)
            // A stage that gave way to the next is no good news.
            news += resolved.filter { !troubled.contains(Self.senderOf($0.key)) }
            return try Self.grouped(news, on: connection)
        }
    }

    /// `…/token:<sender>:<stage>` without its stage.
    private static func senderOf(_ key: String) -> String {
        key.lastIndex(of: ":").map { String(key[..<$0].split(separator: "/").last ?? "") } ?? key
    }

    /// A token whose gate is closed has that gate's alert.
    private static var endingTokens: SQL {
        """
        SELECT s.tenant_id, t.name AS tenant_name, s.id, s.name,
               CASE WHEN s.verification_problem IS DISTINCT FROM 'token_invalid' THEN s.token_expires_at END AS expires_at
        FROM senders s JOIN tenants t ON t.id = s.tenant_id AND t.status = 'active'
        WHERE s.status <> 'disabled'
          AND (s.token_expires_at <= now() + \(TokenExpiry.horizon.microseconds) * interval '1 microsecond'
               OR s.verification_problem = 'token_invalid')
          AND NOT EXISTS (
              SELECT FROM gates g WHERE g.opened_at IS NULL AND g.cause = 'token_invalid'
                AND (g.scope = 'sender' AND g.subject = s.id::text OR g.scope = 'account' AND g.subject = s.waba_id))
        ORDER BY s.token_expires_at, s.id LIMIT \(tokensMax)
        """
    }
}

extension EndingToken {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        tenantID = try row.value("tenant_id")
        tenantName = try row.value("tenant_name")
        senderID = try row.value("id")
        senderName = try row.value("name")
        expiresAt = try row.value("expires_at")
    }
}
