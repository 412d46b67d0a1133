package import Models
package import Postgres
package import Runtime

/// Critical failures of one tenant with one cause, taken in one turn.
package struct CriticalGroup: Sendable {
    package let tenantID: TenantID
    package let tenantName: String
    /// Nil when WhatsApp never answered.
    package let errorCode: Int?
    package let messages: Int
    package let lastMessageID: MessageID
    /// In full; whoever writes a text masks it.
    package let lastRecipient: String?
}

/// What an alert should say; its key decides whether it is a new one.
package struct AlertDraft: Sendable {
    package let key: AlertKey
    package let title: String
    package let detail: String
    package let occurrences: Int

    package init(key: AlertKey, title: String, detail: String, occurrences: Int) {
        self.key = key
        self.title = title
        self.detail = detail
        self.occurrences = occurrences
    }
}

package struct StoredAlert: Sendable {
    package let id: AlertID
    package let tenantID: TenantID?
    package let key: String
    package let code: String
    package let severity: String
    package let title: String
    package let detail: String
    package let occurrences: Int64
    package let openedAt: Timestamp
    package let updatedAt: Timestamp
}

/// Alerts, and the critical failures that owe one. Platform role.
package struct AlertStore: Sendable {
    package static let takenMax = 500
    /// An alert that was resolved this recently is opened again instead of a new one, unless people were told that it
    /// is over: then they must be told of a new one.
    static let reopenedWithin = Duration.seconds(3_600)

    let database: Database
    let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// Takes critical failures nobody has been alerted to, and opens or updates their alerts in the same transaction.
    ///
    /// - Parameter draft: says what to tell about a group; its alert is noted with the failures.
    /// - Returns: what to tell others after the commit, and whether there may be more.
    package func alertCriticalFailures(
        max: Int = takenMax,
        draft: @escaping @Sendable (CriticalGroup) -> AlertDraft
    ) async throws(DatabaseError) -> (news: [AlertNews], hasMore: Bool) {
        let ids = ids
        return try await database.transaction { connection in
            let taken = try connection.rows(
                """
                SELECT f.tenant_id, f.message_id, f.error_code, t.name
                FROM critical_failures f LEFT JOIN tenants t ON t.id = f.tenant_id
                WHERE f.alert_id IS NULL ORDER BY f.failed_at LIMIT \(max) FOR UPDATE OF f SKIP LOCKED
                """
            ).map(Failure.init)
            var news: [AlertNews] = []
            let groups = Dictionary(grouping: taken) { Cause(tenantID: $0.tenantID, errorCode: $0.errorCode) }
            // In one order, so that two monitors never wait for each other crosswise.
            for (cause, failures) in groups.sorted(by: { $0.key < $1.key }) {
                guard let last = failures.last else { continue }
                let recipient = try connection.rows(
                    "SELECT recipient FROM messages WHERE tenant_id = \(last.tenantID) AND id = \(last.messageID)"
                ).first.map { row in try row.value(0, as: String.self) }
                let group = CriticalGroup(
                    tenantID: cause.tenantID,
                    tenantName: last.tenantName ?? "",
                    errorCode: cause.errorCode,
                    messages: failures.count,
                    lastMessageID: last.messageID,
                    lastRecipient: recipient
                )
                let told = try Self.open(draft(group), ids: ids, on: connection)
                _ = try connection.execute(
                    """
                    UPDATE critical_failures SET alert_id = \(told.alertID)
                    WHERE tenant_id = \(cause.tenantID) AND message_id = ANY (\(failures.map(\.messageID)))
                    """
                )
                news.append(told)
            }
            return (news, taken.count == max)
        }
    }

    /// Opens, reopens or updates the one alert of a key.
    package func open(_ draft: AlertDraft) async throws(DatabaseError) -> AlertNews {
        let ids = ids
        return try await database.transaction { try Self.open(draft, ids: ids, on: $0) }
    }

    /// Inside the caller's transaction, so that the alert and what it was raised for are one.
    static func open(_ draft: AlertDraft, ids: IDSource, on connection: Connection) throws -> AlertNews {
        let key = draft.key.description
        let reopened = try connection.rows(
            """
            UPDATE alerts SET resolved_at = NULL, updated_at = now(), title = \(draft.title), detail = \(draft.detail),
                   occurrences = occurrences + \(draft.occurrences)
            WHERE id = (SELECT a.id FROM alerts a
                        WHERE a.key = \(key)
                          AND a.resolved_at > now() - \(reopenedWithin.microseconds) * interval '1 microsecond'
                          AND NOT EXISTS (SELECT FROM alerts o WHERE o.key = \(key) AND o.resolved_at IS NULL)
                          AND NOT EXISTS (SELECT FROM notifications n
                                          WHERE n.alert_id = a.id AND n.dedupe_key LIKE '%:resolved')
                        ORDER BY a.resolved_at DESC LIMIT 1)
            RETURNING id
            """
        )
        if let row = reopened.first {
            return AlertNews(
                alertID: try row.value("id"),
                key: key,
                kind: .raised,
                tenantID: draft.key.tenantID
            )
        }
        let rows = try connection.rows(
            """
            INSERT INTO alerts AS a (id, tenant_id, key, code, severity, title, detail, occurrences, opened_at, updated_at)
            VALUES (\(ids.uuid()), \(draft.key.tenantID as TenantID?), \(key), \(draft.key.code.rawValue),
                    \(draft.key.code.severity.rawValue), \(draft.title), \(draft.detail), \(draft.occurrences), now(), now())
            ON CONFLICT (key) WHERE resolved_at IS NULL DO UPDATE
            SET occurrences = a.occurrences + excluded.occurrences, updated_at = now(), title = excluded.title,
                detail = excluded.detail
            RETURNING id, xmax = 0 AS is_new
            """
        )
        guard let row = rows.first else {
            throw DatabaseError.decoding("an alert that was neither made nor found")
        }
        return AlertNews(
            alertID: try row.value("id"),
            key: key,
            kind: try row.value("is_new") ? .raised : .updated,
            tenantID: draft.key.tenantID
        )
    }

    /// Closes alerts of a kind that have not occurred for a while.
    package func resolveQuiet(_ codes: [AlertCode], for span: Duration) async throws(DatabaseError)
        -> [AlertNews]
    {
        let rows = try await database.rows(
            """
            UPDATE alerts SET resolved_at = now()
            WHERE resolved_at IS NULL AND code = ANY (\(codes.map(\.rawValue)))
              AND updated_at < now() - \(span.microseconds) * interval '1 microsecond'
            RETURNING id, key, tenant_id
            """
        )
        var news: [AlertNews] = []
        for row in rows {
            news.append(
                AlertNews(
                    alertID: try row.value("id"),
                    key: try row.value("key"),
                    kind: .resolved,
                    tenantID: try row.value("tenant_id")
                )
            )
        }
        return news
    }

    /// Critical first, then the latest.
    package func openAlerts(max: Int) async throws(DatabaseError) -> [StoredAlert] {
        let rows = try await database.rows(
            """
            SELECT id, tenant_id, key, code, severity, title, detail, occurrences, opened_at, updated_at
            FROM alerts WHERE resolved_at IS NULL
            ORDER BY array_position(ARRAY['critical', 'warning', 'info'], severity), updated_at DESC LIMIT \(max)
            """
        )
        var alerts: [StoredAlert] = []
        for row in rows { alerts.append(try StoredAlert(row)) }
        return alerts
    }

    private struct Cause: Hashable, Comparable {
        let tenantID: TenantID
        let errorCode: Int?

        static func < (left: Cause, right: Cause) -> Bool {
            (left.tenantID, left.errorCode ?? .min) < (right.tenantID, right.errorCode ?? .min)
        }
    }

    private struct Failure {
        let tenantID: TenantID
        let messageID: MessageID
        let errorCode: Int?
        let tenantName: String?

        init(_ row: Row) throws {
            tenantID = try row.value("tenant_id")
            messageID = try row.value("message_id")
            errorCode = try row.value("error_code")
            tenantName = try row.value("name")
        }
    }
}

extension StoredAlert {
    init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        tenantID = try row.value("tenant_id")
        key = try row.value("key")
        code = try row.value("code")
        severity = try row.value("severity")
        title = try row.value("title")
        detail = try row.value("detail")
        occurrences = try row.value("occurrences")
        openedAt = try row.value("opened_at")
        updatedAt = try row.value("updated_at")
    }
}
