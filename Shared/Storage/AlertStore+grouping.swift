internal import Models
package import Postgres

/// Alerts that one cause explains are told together.
extension AlertStore {
    static let groupedMax = 5_000

    /// Puts alerts that were just raised under what explains them, inside the caller's transaction: nobody is told of them
    /// alone for as long as a second.
    static func grouped(_ news: [AlertNews], on connection: Connection) throws -> [AlertNews] {
        let raised = Set(news.filter { $0.kind == .raised }.map(\.alertID))
        if raised.isEmpty { return news }
        let (items, now) = try groupable(on: connection)
        let groups = RootCause.groups(of: items.map(\.item), now: now)
        try put(groups.filter { raised.contains($0.key) }, on: connection)
        return news
    }

    /// Groups all open alerts anew: a cause may come after what it explains, and be over before.
    package func regroup() async throws(DatabaseError) {
        try await database.transaction { connection in
            let lock = try connection.rows("SELECT pg_try_advisory_xact_lock(hashtext('group alerts')) AS is_ours")
            guard try lock.first?.value("is_ours", as: Bool.self) == true else { return }
            let (items, now) = try Self.groupable(on: connection)
            let groups = RootCause.groups(of: items.map(\.item), now: now)
            var changed: [AlertID: RootCause.Group?] = [:]
            for (item, before) in items where item.resolvedAt == nil && groups[item.id] != before {
                changed[item.id] = .some(groups[item.id])
            }
            if changed.isEmpty { return }
            // Whoever else changes one of them just now is waited for by nobody: the next round comes soon.
            let free = try connection.rows(
                "SELECT id FROM alerts WHERE id = ANY (\(changed.keys.sorted())) ORDER BY id FOR UPDATE SKIP LOCKED"
            ).map { try $0.value("id", as: AlertID.self) }
            try Self.put(changed.filter { free.contains($0.key) }, on: connection)
        }
    }

    private static func put(_ groups: [AlertID: RootCause.Group?], on connection: Connection) throws {
        if groups.isEmpty { return }
        let sorted = groups.sorted { $0.key < $1.key }
        _ = try connection.execute(
            """
            WITH put AS (
                UPDATE alerts a SET root_cause = g.cause, parent_id = g.parent_id
                FROM unnest(\(sorted.map(\.key)), \(sorted.map(\.value?.cause)), \(sorted.map(\.value?.parentID)))
                    AS g (id, cause, parent_id)
                WHERE a.id = g.id
                RETURNING a.id, a.parent_id
            )
            INSERT INTO alert_history (alert_id, what, who, note)
            SELECT put.id, 'grouped', \(itself), p.title FROM put JOIN alerts p ON p.id = put.parent_id
            """)
    }

    /// What is open or was over only just now, with how each is grouped; the causes first, so that none is left out.
    private static func groupable(
        on connection: Connection
    ) throws -> (items: [(item: RootCause.Item, before: RootCause.Group?)], now: Timestamp) {
        let rows = try connection.rows(
            """
            SELECT a.id, a.code, a.tenant_id, a.subject, a.severity, a.opened_at, a.resolved_at, a.root_cause, a.parent_id,
                   now() AS now,
                   ARRAY(SELECT DISTINCT s.provider FROM senders s
                         WHERE s.tenant_id = a.tenant_id AND s.status <> 'disabled') AS providers
            FROM alerts a
            WHERE a.resolved_at IS NULL
               OR a.resolved_at > now() - \(RootCause.afterwards.microseconds) * interval '1 microsecond'
            ORDER BY array_position(\(RootCause.causes.map(\.rawValue)), a.code), a.subject <> '', a.resolved_at IS NOT NULL,
                     a.opened_at DESC
            LIMIT \(groupedMax)
            """)
        var items: [(RootCause.Item, RootCause.Group?)] = []
        for row in rows {
            guard let code = AlertCode(rawValue: try row.value("code")),
                let severity = AlertSeverity(rawValue: try row.value("severity"))
            else { continue }
            let subject: String = try row.value("subject")
            let providers: [String] = try row.value("providers")
            let item = RootCause.Item(
                id: try row.value("id"), code: code, tenantID: try row.value("tenant_id"), subject: subject,
                severity: severity, openedAt: try row.value("opened_at"), resolvedAt: try row.value("resolved_at"),
                providers: Set(code == .apiEndpointDown ? [Metric.provider(checked: subject)] : providers))
            let cause: String? = try row.value("root_cause")
            let parentID: AlertID? = try row.value("parent_id")
            items.append((item, cause.map { RootCause.Group(cause: $0, parentID: parentID) }))
        }
        return (items, try rows.first?.value("now") ?? Timestamp(microseconds: 0))
    }
}
