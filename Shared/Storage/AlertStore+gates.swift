package import Models
package import Postgres

/// Alerts of closed gates follow the gates: whatever is closed has an alert, and what has opened has none.
extension AlertStore {
    package static let gatesMax = 1_000
    /// How often an open alert's text and time follow the gate's.
    static let gateTextEvery = Duration.seconds(15)
    /// What opens and closes every few seconds is one trouble until it has been open this long.
    static let flutterMax = Duration.seconds(60)
    /// Begins the cause in such an alert's key.
    package static let gateCausePrefix = "gate:"

    /// Raises, rewrites and resolves in one transaction, from one picture of the gates.
    ///
    /// - Parameter drafts: what to tell about the closed gates at a moment of the database's clock.
    /// - Returns: what to tell others after the commit; nothing when another monitor is at it.
    package func alertClosedGates(
        drafts: @escaping @Sendable ([ShownGate], Timestamp) -> [AlertDraft]
    ) async throws(DatabaseError) -> [AlertNews] {
        let ids = ids
        return try await database.transaction { connection in
            let lock = try connection.rows(
                "SELECT pg_try_advisory_xact_lock(hashtext('alert closed gates')) AS is_ours, now() AS now"
            )
            guard let moment = lock.first, try moment.value("is_ours", as: Bool.self) else { return [] }
            let now = try moment.value("now", as: Timestamp.self)
            let gates = try connection.rows(ShownGate.query(max: Self.gatesMax)).map(ShownGate.init)
            let open = try connection.rows(
                """
                SELECT id, tenant_id, key, code, severity, title, detail, occurrences, opened_at, updated_at
                FROM alerts WHERE resolved_at IS NULL AND key LIKE \("%/" + Self.gateCausePrefix + "%") ORDER BY key
                """
            ).map { row in try StoredAlert(row) }
            var standing = Dictionary(open.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
            var news: [AlertNews] = []
            for draft in drafts(gates, now).sorted(by: { $0.key.description < $1.key.description }) {
                guard let alert = standing.removeValue(forKey: draft.key.description) else {
                    news.append(try Self.open(draft, ids: ids, on: connection))
                    continue
                }
                if now - alert.updatedAt >= Self.gateTextEvery {
                    _ = try connection.execute(
                        """
                        UPDATE alerts SET title = \(draft.title), detail = \(draft.detail), updated_at = now()
                        WHERE id = \(alert.id) AND resolved_at IS NULL
                        """
                    )
                }
            }
            let over = standing.values.filter { alert in
                !Self.mayFlutter(alert.code) || now - alert.updatedAt >= Self.flutterMax
            }
            return news + (try Self.resolve(over.map(\.key).sorted(), on: connection))
        }
    }

    private static func mayFlutter(_ code: String) -> Bool {
        [AlertCode.apiEndpointDown, .backlogGrowing].contains { $0.rawValue == code }
    }

    /// Resolves the open alerts of these keys, inside the caller's transaction.
    static func resolve(_ keys: [String], on connection: Connection) throws -> [AlertNews] {
        if keys.isEmpty { return [] }
        return try connection.rows(
            """
            UPDATE alerts SET resolved_at = now() WHERE resolved_at IS NULL AND key = ANY (\(keys))
            RETURNING id, key, tenant_id
            """
        ).map { row in
            AlertNews(
                alertID: try row.value("id"),
                key: try row.value("key"),
                kind: .resolved,
                tenantID: try row.value("tenant_id")
            )
        }
    }
}
