internal import JSON
package import Models
package import Postgres
package import Runtime

/// A tenant's endpoints. Every change is in the audit log.
package struct CallbackStore: Sendable {
    /// Each event is written once for each of them.
    package static let callbacksMax = 20

    package enum Creation: Sendable {
        case created(Callback)
        case tooMany(max: Int)
    }

    private let database: Database
    private let ids: IDSource

    /// - Parameter database: as the service's role.
    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// Newest first. `before` is the last id of the page before.
    package func list(
        of tenantID: TenantID, before: CallbackID?, limit: Int
    ) async throws(DatabaseError) -> (callbacks: [Callback], hasMore: Bool) {
        var condition: SQL = "c.tenant_id = \(tenantID)"
        if let before { condition.append(" AND c.id < \(before)") }
        let answers = try await database.pipeline([
            .actFor(tenantID), "\(Self.selection) WHERE \(condition) ORDER BY c.id DESC LIMIT \(limit + 1)",
        ])
        var callbacks: [Callback] = []
        for row in answers.last ?? [] { callbacks.append(try Callback(row)) }
        return (Array(callbacks.prefix(limit)), callbacks.count > limit)
    }

    package func callback(_ id: CallbackID, of tenantID: TenantID) async throws(DatabaseError) -> Callback? {
        let answers = try await database.pipeline([.actFor(tenantID), Self.one(id, tenantID)])
        guard let row = answers.last?.first else { return nil }
        return try Callback(row)
    }

    /// Throws `PlanExceeded` inside.
    ///
    /// - Parameter sealedSecret: sealed for `.callbackSecret(id)`.
    package func create(
        _ id: CallbackID, of tenantID: TenantID, url: String, description: String, events: [String],
        sealedSecret: [UInt8], by actor: Actor
    ) async throws(DatabaseError) -> Creation {
        let audit = entry("callback.created", id, tenantID, actor, Self.detail(["events": events.joined(separator: " ")]))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let own: SQL = "SELECT FROM callbacks WHERE tenant_id = \(tenantID)"
            try PlanLimits.require(.callbacks, of: tenantID, counting: own, on: connection)
            // Two creations at once must not both see room for one.
            _ = try connection.rows("SELECT pg_advisory_xact_lock(hashtext(\("callbacks of \(tenantID)")))")
            let made = try connection.rows("SELECT count(*) AS made FROM (\(own)) AS counted")
            if try made.first?.value("made", as: Int.self) ?? 0 >= Self.callbacksMax { return .tooMany(max: Self.callbacksMax) }
            _ = try connection.pipeline([
                """
                INSERT INTO callbacks (tenant_id, id, url, description, events, secret_sealed, created_by)
                VALUES (\(tenantID), \(id), \(url), \(description), \(events), \(Bytes(sealedSecret)), \(actor.name))
                """,
                "INSERT INTO callback_states (tenant_id, callback_id) VALUES (\(tenantID), \(id))",
                audit.insert,
            ])
            guard let row = try connection.rows(Self.one(id, tenantID)).first else {
                throw DatabaseError.decoding("a callback that was made and is not there")
            }
            return .created(try Callback(row))
        }
    }

    /// - Returns: nil when there is no such endpoint.
    package func change(
        _ id: CallbackID, of tenantID: TenantID, _ changes: CallbackChanges, by actor: Actor
    ) async throws(DatabaseError) -> Callback? {
        let audit = entry(
            "callback.changed", id, tenantID, actor,
            Self.detail(["fields": changes.names.joined(separator: " "), "status": changes.status?.rawValue]))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let before = try connection.rows(
                "SELECT status FROM callbacks WHERE tenant_id = \(tenantID) AND id = \(id) FOR UPDATE")
            guard let was = try before.first?.value("status", as: String.self) else { return nil }
            _ = try connection.execute(
                """
                UPDATE callbacks SET
                    url = coalesce(\(changes.url as String?), url),
                    description = coalesce(\(changes.description as String?), description),
                    events = coalesce(\(changes.events as [String]?), events),
                    status = coalesce(\(changes.status?.rawValue as String?), status),
                    status_reason = CASE WHEN coalesce(\(changes.status?.rawValue as String?), status) = status
                                         THEN status_reason END,
                    status_changed_at = CASE WHEN coalesce(\(changes.status?.rawValue as String?), status) = status
                                             THEN status_changed_at ELSE now() END,
                    updated_at = now()
                WHERE tenant_id = \(tenantID) AND id = \(id)
                """)
            if changes.status == .active, was != CallbackStatus.active.rawValue || changes.url != nil {
                try Self.beginAnew(id, tenantID, on: connection)
            }
            _ = try connection.execute(audit.insert)
            return try connection.rows(Self.one(id, tenantID)).first.map { row in try Callback(row) }
        }
    }

    /// What failed before says nothing about an endpoint that was switched on again.
    private static func beginAnew(_ id: CallbackID, _ tenantID: TenantID, on connection: Connection) throws {
        _ = try connection.pipeline([
            """
            UPDATE callback_states SET failures = 0, failing_since = NULL, rest_until = NULL
            WHERE tenant_id = \(tenantID) AND callback_id = \(id)
            """,
            """
            UPDATE callback_queue SET due_at = now(), tries = 0
            WHERE tenant_id = \(tenantID) AND callback_id = \(id) AND due_at > now()
            """,
        ])
    }

    /// The endpoint with everything that waits for it; its log goes with age.
    ///
    /// - Returns: whether there was one.
    package func delete(_ id: CallbackID, of tenantID: TenantID, by actor: Actor) async throws(DatabaseError) -> Bool {
        let audit = entry("callback.deleted", id, tenantID, actor, JSONText("{}"))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let gone = try connection.execute("DELETE FROM callbacks WHERE tenant_id = \(tenantID) AND id = \(id)")
            if gone == 0 { return false }
            _ = try connection.pipeline([
                "DELETE FROM callback_queue WHERE tenant_id = \(tenantID) AND callback_id = \(id)", audit.insert,
            ])
            return true
        }
    }

    /// The present secret goes on signing for `overlap`, beside the new one.
    ///
    /// - Returns: nil when there is no such endpoint.
    package func rotateSecret(
        of id: CallbackID, of tenantID: TenantID, sealedSecret: [UInt8], overlap: Duration, by actor: Actor
    ) async throws(DatabaseError) -> Callback? {
        let audit = entry(
            "callback.secret_rotated", id, tenantID, actor,
            Self.detail(["overlap_hours": "\(overlap.components.seconds / 3_600)"]))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            let changed = try connection.execute(
                """
                UPDATE callbacks
                SET previous_secret_sealed = CASE WHEN \(overlap > .zero) THEN secret_sealed END,
                    previous_secret_until = CASE WHEN \(overlap > .zero)
                        THEN now() + \(overlap.microseconds) * interval '1 microsecond' END,
                    secret_sealed = \(Bytes(sealedSecret)), updated_at = now()
                WHERE tenant_id = \(tenantID) AND id = \(id)
                """)
            if changed == 0 { return nil }
            _ = try connection.execute(audit.insert)
            return try connection.rows(Self.one(id, tenantID)).first.map { row in try Callback(row) }
        }
    }

    // MARK: Pieces

    private static let selection: SQL = """
        SELECT \(Callback.columns)
        FROM callbacks c JOIN callback_states s ON s.tenant_id = c.tenant_id AND s.callback_id = c.id
        """

    private static func one(_ id: CallbackID, _ tenantID: TenantID) -> SQL {
        "\(selection) WHERE c.tenant_id = \(tenantID) AND c.id = \(id)"
    }

    private func entry(
        _ action: String, _ id: CallbackID, _ tenantID: TenantID, _ actor: Actor, _ detail: JSONText
    ) -> AuditEntry {
        AuditEntry(
            id: ids.uuid(), tenantID: tenantID, actor: actor, action: action, target: "callback \(id)", detail: detail)
    }

    private static func detail(_ facts: KeyValuePairs<StaticString, String?>) -> JSONText {
        var writer = JSONWriter(capacity: 128)
        writer.object { writer in
            for (name, value) in facts { writer.field(name, value) }
        }
        return JSONText(writer.bytes)
    }
}
