package import Models
package import Postgres
internal import Runtime

/// Closing a business, opening it again, and taking it away for good. What holds its messages is a gate that a trigger
/// of the database closes and opens with the status.
extension TenantAdminStore {
    /// Nothing is sent and nobody gets in until it is resumed. Suspending twice changes the reason.
    package func suspend(
        _ id: TenantID, reason: String?, by source: AuditSource
    ) async throws(DatabaseError) -> TenantChangeOutcome {
        let entry = source.entry("tenant.suspended", "tenant \(id)", of: id, id: ids.uuid())
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                UPDATE tenants t
                SET status = 'suspended', status_reason = \(reason as String?),
                    status_changed_at = CASE WHEN t.status = 'active' THEN now() ELSE t.status_changed_at END,
                    updated_at = now()
                WHERE t.id = \(id) AND t.status <> 'deleted' RETURNING \(Self.columns)
                """)
            guard let row = rows.first else { return try Self.whyNot(id, on: connection) }
            try connection.execute("DELETE FROM sessions WHERE tenant_id = \(id)")
            try connection.execute(entry)
            return .done(try AdministeredTenant(row))
        }
    }

    /// Its keys work again, and what was held goes on at once, at its senders' pace.
    package func resume(_ id: TenantID, by source: AuditSource) async throws(DatabaseError) -> TenantChangeOutcome {
        let entry = source.entry("tenant.resumed", "tenant \(id)", of: id, id: ids.uuid())
        return try await database.transaction { connection in
            let rows = try connection.rows(
                """
                UPDATE tenants t
                SET status = 'active', status_reason = NULL,
                    status_changed_at = CASE WHEN t.status = 'active' THEN t.status_changed_at ELSE now() END,
                    updated_at = now()
                WHERE t.id = \(id) AND t.status <> 'deleted' RETURNING \(Self.columns)
                """)
            guard let row = rows.first else { return try Self.whyNot(id, on: connection) }
            try connection.execute(entry)
            return .done(try AdministeredTenant(row))
        }
    }

    /// For good: without the data key nothing that the tenant sealed opens any more, in no backup of these rows either.
    /// Its slug and its phone numbers are free for others; its messages stay until their retention ends, and those that
    /// were not sent are cancelled by `CancelStore.cancelOfDeletedTenants`.
    ///
    /// - Parameter slug: the tenant's slug once more, so that nobody deletes the wrong one.
    package func delete(
        _ id: TenantID, confirmedBy slug: String, reason: String?, by source: AuditSource
    ) async throws(DatabaseError) -> TenantChangeOutcome {
        let entry = source.entry("tenant.deleted", "tenant \(id)", of: id, id: ids.uuid())
        return try await database.transaction { connection in
            let found = try connection.rows("SELECT slug, status FROM tenants WHERE id = \(id) FOR UPDATE")
            guard let tenant = found.first else { return .unknown }
            if try tenant.value("status", as: String.self) == "deleted" { return .refused(.deleted) }
            if try tenant.value("slug", as: String.self) != slug { return .refused(.notConfirmed) }
            let answers = try connection.pipeline(Self.deletion(of: id, reason: reason) + [entry])
            guard let row = answers.first?.first else { return .unknown }
            return .done(try AdministeredTenant(row))
        }
    }

    private static func deletion(of id: TenantID, reason: String?) -> [SQL] {
        [
            """
            UPDATE tenants t
            SET status = 'deleted', status_reason = \(reason as String?), status_changed_at = now(), updated_at = now(),
                slug = 'deleted-' || t.id, data_key_sealed = NULL, allowed_origins = '{}', fallback_template = NULL
            WHERE t.id = \(id) RETURNING \(columns)
            """,
            // A number belongs to one sender only, and may come back with another business.
            """
            UPDATE senders
            SET status = 'disabled', is_default = false, access_token_sealed = '', app_secret_sealed = NULL,
                previous_app_secret_sealed = NULL, verify_token_sealed = NULL, phone_number_id = 'deleted ' || id, updated_at = now()
            WHERE tenant_id = \(id)
            """,
            // Nobody is to be told any more, and nothing is to be planned.
            "UPDATE notifications SET state = 'dropped', body = '' WHERE tenant_id = \(id) AND state IN ('due', 'sending')",
            "DELETE FROM alert_destinations WHERE tenant_id = \(id)",
            "DELETE FROM callback_queue WHERE tenant_id = \(id)",
            "DELETE FROM callbacks WHERE tenant_id = \(id)",
            "UPDATE automation_rules SET is_enabled = false WHERE tenant_id = \(id)",
            """
            UPDATE automation_tasks
            SET status = 'cancelled', due_at = NULL, reason = 'tenant_deleted', finished_at = now(), updated_at = now()
            WHERE tenant_id = \(id) AND status IN ('pending', 'executing')
            """,
            """
            UPDATE broadcasts SET status = 'cancelled', due_at = NULL, finished_at = now(), updated_at = now()
            WHERE tenant_id = \(id) AND status IN ('draft', 'scheduled', 'running', 'paused')
            """,
            "DELETE FROM sessions WHERE tenant_id = \(id)",
            "DELETE FROM users WHERE tenant_id = \(id)",
            "UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE tenant_id = \(id)",
        ]
    }
}
