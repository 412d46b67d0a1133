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

/// Alerts, and the critical failures that owe one. Platform role.
package struct AlertStore: Sendable {
    package static let takenMax = 500

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

    /// Critical first, then the latest.
    package func openAlerts(max: Int) async throws(DatabaseError) -> [StoredAlert] {
        let rows = try await database.rows(
            """
            SELECT \(StoredAlert.columns) FROM \(StoredAlert.source) WHERE a.resolved_at IS NULL
            ORDER BY \(StoredAlert.rank), a.updated_at DESC LIMIT \(max)
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
