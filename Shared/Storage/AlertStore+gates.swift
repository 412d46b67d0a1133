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
                SELECT \(StoredAlert.columns) FROM \(StoredAlert.source)
                WHERE a.resolved_at IS NULL AND a.key LIKE \("%/" + Self.gateCausePrefix + "%") ORDER BY a.key
                """
            ).map { row in try StoredAlert(row) }
            let drafts = drafts(gates, now).sorted { $0.key.description < $1.key.description }
            let known = try Self.resolvedEarly(
                like: "%/" + Self.gateCausePrefix + "%", standing: drafts.map(\.key.description), on: connection)
            var standing = Dictionary(open.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
            var news: [AlertNews] = []
            for draft in drafts where !known.contains(draft.key.description) {
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
            news += try Self.resolve(over.map(\.key), on: connection)
            return try Self.grouped(news, on: connection)
        }
    }

    private static func mayFlutter(_ code: String) -> Bool {
        [AlertCode.apiEndpointDown, .backlogGrowing].contains { $0.rawValue == code }
    }
}
