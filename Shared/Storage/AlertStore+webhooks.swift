package import Models
package import Postgres
internal import Runtime

/// Calls at one provider's webhooks that proved no origin.
package struct RefusedWebhooks: Sendable {
    /// Of `AlertStore.refusalWindow`.
    package let refused: Int
    package let provider: String
}

/// Receipts for messages nobody knows.
package struct ParkedGroup: Sendable {
    /// Nil: not even the sender is known.
    package let tenantID: TenantID?
    package let tenantName: String?
    /// Of `AlertStore.parkedWindow`.
    package let receipts: Int
}

/// What comes in at the webhooks and should not.
extension AlertStore {
    package static let refusalWindow = Duration.seconds(600)
    /// A scanner passes by now and then; a wrong app secret refuses every receipt there is.
    static let refusals = (raise: 20, clear: 5)
    package static let parkedWindow = Duration.seconds(3_600)
    /// A receipt may come before the answer to its send: that is settled in seconds.
    private static let parkedAfter = Duration.seconds(300)
    static let parked = (raise: 50, clear: 10)
    private static let parkedCountedMax = 100_000

    package func alertRefusedWebhooks(
        draft: @escaping @Sendable (RefusedWebhooks) -> AlertDraft
    ) async throws(DatabaseError) -> [AlertNews] {
        let ids = ids
        return try await database.transaction { connection in
            let found = try connection.rows(
                """
                SELECT provider, sum(refused)::bigint AS refused FROM webhook_refusals
                WHERE minute > now() - \(Self.refusalWindow.microseconds) * interval '1 microsecond' GROUP BY provider
                """
            ).map { RefusedWebhooks(refused: try $0.value("refused"), provider: try $0.value("provider")) }
            return try Self.follow(
                .webhookRejected, found.map { (draft($0), $0.refused) }, Self.refusals, ids: ids, on: connection)
        }
    }

    package func alertParkedReceipts(
        draft: @escaping @Sendable (ParkedGroup) -> AlertDraft
    ) async throws(DatabaseError) -> [AlertNews] {
        let ids = ids
        return try await database.transaction { connection in
            let found = try connection.rows(
                """
                SELECT p.tenant_id, t.name, p.receipts FROM (
                    SELECT tenant_id, count(*) AS receipts FROM (
                        SELECT tenant_id FROM parked_receipts
                        WHERE parked_at > now() - \(Self.parkedWindow.microseconds) * interval '1 microsecond'
                          AND parked_at <= now() - \(Self.parkedAfter.microseconds) * interval '1 microsecond'
                        LIMIT \(Self.parkedCountedMax)
                    ) AS found GROUP BY tenant_id
                ) AS p LEFT JOIN tenants t ON t.id = p.tenant_id
                """
            ).map { row in
                ParkedGroup(
                    tenantID: try row.value("tenant_id"), tenantName: try row.value("name"),
                    receipts: try row.value("receipts"))
            }
            return try Self.follow(
                .receiptsParked, found.map { (draft($0), $0.receipts) }, Self.parked, ids: ids, on: connection)
        }
    }

    /// Raises what is above one bound, rewrites what is open, and resolves what is below the other.
    ///
    /// - Parameters:
    ///   - code: whose alerts are all followed here.
    ///   - found: everything that there is now, with its figure.
    private static func follow(
        _ code: AlertCode, _ found: [(draft: AlertDraft, figure: Int)], _ bounds: (raise: Int, clear: Int),
        ids: IDSource, on connection: Connection
    ) throws -> [AlertNews] {
        let lock = try connection.rows("SELECT pg_try_advisory_xact_lock(hashtext('follow'), hashtext(\(code.rawValue))) AS is_ours")
        guard try lock.first?.value("is_ours", as: Bool.self) == true else { return [] }
        let standing = found.filter { $0.figure > bounds.clear }.map(\.draft.key.description)
        let known = try resolvedEarly(like: code.rawValue + "/%", standing: standing, on: connection)
        let open = Set(
            try connection.rows("SELECT key FROM alerts WHERE code = \(code.rawValue) AND resolved_at IS NULL").map {
                try $0.value("key", as: String.self)
            })
        var news: [AlertNews] = []
        for (draft, figure) in found where !known.contains(draft.key.description) {
            let isOpen = open.contains(draft.key.description)
            if figure >= bounds.raise && !isOpen { news.append(try Self.open(draft, ids: ids, on: connection)) }
            guard isOpen, figure > bounds.clear else { continue }
            _ = try connection.execute(
                """
                UPDATE alerts SET title = \(draft.title), detail = \(draft.detail), updated_at = now()
                WHERE key = \(draft.key.description) AND resolved_at IS NULL AND detail <> \(draft.detail)
                """)
        }
        news += try resolve(open.subtracting(standing).sorted(), on: connection)
        return try grouped(news, on: connection)
    }
}
