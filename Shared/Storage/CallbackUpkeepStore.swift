package import Models
package import Postgres
internal import Runtime

/// Switching endpoints off, telling of it, and what is too old; platform role.
extension CallbackDeliveryStore {
    /// How long anything waits for an endpoint that is paused, disabled or down.
    package static let waitMax = Duration.seconds(14 * 86_400)
    private static let portionMax = 1_000

    /// Switches an endpoint off, with its alert, its audit line, the event for the tenant's other endpoints, and a mail to
    /// the owners. What waits for it goes on waiting.
    ///
    /// - Parameters:
    ///   - draft: what to tell people; gets the business's name and the endpoint's host.
    ///   - mailsOwners: there is a mail server to tell them through.
    /// - Returns: what to tell others after the commit; nil when it was not active any more.
    package func disable(
        _ endpoint: LeasedCallback, for reason: CallbackDisableReason, mailsOwners: Bool,
        draft: @escaping @Sendable (_ business: String, _ host: String) -> AlertDraft
    ) async throws(DatabaseError) -> AlertNews? {
        let (tenantID, callbackID) = (endpoint.tenantID, endpoint.callbackID)
        let ids = ids
        let audit = AuditEntry(
            id: ids.uuid(), tenantID: tenantID, actor: .system("alerter"), action: "callback.disabled",
            target: "callback \(callbackID)", detail: JSONText(#"{"reason":"\#(reason.rawValue)"}"#))
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                UPDATE callbacks c
                SET status = 'disabled', status_reason = \(reason.words), status_changed_at = now(), updated_at = now()
                FROM tenants t
                WHERE c.tenant_id = \(tenantID) AND c.id = \(callbackID) AND c.status = 'active' AND t.id = c.tenant_id
                RETURNING t.name, substring(c.url from '^https?://([^/?#]+)') AS host
                """)
            guard let row = rows.first else { return nil }
            let told = draft(try row.value("name"), try row.value("host", as: String?.self) ?? "")
            let news = try AlertStore.open(told, ids: ids, on: connection)
            _ = try connection.pipeline([
                audit.insert,
                """
                SELECT queue_callback_event(\(tenantID), \(CallbackEventType.callbackDisabled.rawValue), \(callbackID),
                                            \(callbackID), now(), jsonb_build_object('reason', \(reason.rawValue)))
                """,
            ])
            if mailsOwners { _ = try connection.execute(Self.mailToOwners(of: tenantID, callbackID, told)) }
            return news
        }
    }

    private static func mailToOwners(of tenantID: TenantID, _ callbackID: CallbackID, _ draft: AlertDraft) -> SQL {
        """
        INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, state, due_at, created_at)
        SELECT gen_random_uuid(), 'callback-disabled:' || \(callbackID) || ':' || u.email || ':' || now(), 'email',
               u.email, \(draft.title), \(draft.detail), 'due', now(), now()
        FROM users u
        WHERE u.tenant_id = \(tenantID) AND u.role = 'owner' AND u.status = 'active'
        ON CONFLICT (dedupe_key) DO NOTHING
        """
    }

    /// Ends the alerts of endpoints that are on again, or gone.
    package func resolveMended() async throws(DatabaseError) -> [AlertNews] {
        let code = AlertCode.callbackDisabled.rawValue
        return try await database.transaction { connection in
            try AlertStore.resolve(
                where: """
                    a.code = \(code) AND NOT EXISTS (
                        SELECT FROM callbacks c
                        WHERE c.tenant_id = a.tenant_id AND c.status = 'disabled'
                          AND a.key = \(code) || '/' || c.tenant_id || '/' || c.id)
                    """, on: connection)
        }
    }

    /// Gives up what waited too long, and forgets what waits for endpoints that were deleted.
    ///
    /// - Returns: whether there may be more.
    package func clearQueue() async throws(DatabaseError) -> Bool {
        let orphans = try await database.execute(
            """
            DELETE FROM callback_queue WHERE ctid = ANY (ARRAY(
                SELECT q.ctid FROM callback_queue q
                WHERE NOT EXISTS (SELECT FROM callbacks c WHERE c.tenant_id = q.tenant_id AND c.id = q.callback_id)
                LIMIT \(Self.portionMax)))
            """)
        let late = try await database.execute(
            CallbackStatements.giveUp(
                """
                SELECT q.ctid FROM callback_queue q
                WHERE q.queued_at < now() - \(Self.waitMax.microseconds) * interval '1 microsecond'
                LIMIT \(Self.portionMax)
                """, problem: "waited too long"))
        return orphans == Self.portionMax || late == Self.portionMax
    }
}
