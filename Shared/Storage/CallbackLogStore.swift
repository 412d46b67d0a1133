package import Models
package import Postgres
package import Runtime

/// What was delivered to a tenant's endpoint, what waits, and doing it again. As the service's role.
package struct CallbackLogStore: Sendable {
    /// Deliveries that one request moves.
    package static let movedMax = 10_000

    package struct Filter: Sendable {
        package var status: CallbackDelivery.Status?
        package var type: String?
        /// The message, template or contact.
        package var objectID: UUIDValue?

        package init() {}
    }

    /// What a replay takes out of the log.
    package struct Replay: Sendable {
        /// When it was recorded; included.
        package var from: Timestamp
        /// Not included.
        package var to: Timestamp
        /// Nil: delivered and failed ones.
        package var status: CallbackDelivery.Status?
        package var type: String?

        package init(from: Timestamp, to: Timestamp, status: CallbackDelivery.Status? = .failed, type: String? = nil) {
            self.from = from
            self.to = to
            self.status = status
            self.type = type
        }
    }

    private let database: Database
    private let ids: IDSource

    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    // MARK: Reading

    /// Newest first; nil when there is no such endpoint.
    package func list(
        of callbackID: CallbackID, tenantID: TenantID, _ filter: Filter, before: UUIDValue?, limit: Int
    ) async throws(DatabaseError) -> (deliveries: [CallbackDelivery], hasMore: Bool)? {
        var parts: [SQL] = []
        if filter.status == nil || filter.status == .pending {
            parts.append(
                """
                (SELECT \(Self.queueColumns) FROM callback_queue
                 WHERE \(Self.conditions(callbackID, tenantID, filter, before: before).joined(separator: " AND "))
                 ORDER BY id DESC LIMIT \(limit + 1))
                """)
        }
        if filter.status != .pending {
            var conditions = Self.conditions(callbackID, tenantID, filter, before: before)
            if let status = filter.status { conditions.append("outcome = \(status.rawValue)") }
            parts.append(
                """
                (SELECT \(Self.logColumns) FROM callback_deliveries
                 WHERE \(conditions.joined(separator: " AND ")) ORDER BY id DESC LIMIT \(limit + 1))
                """)
        }
        let answers = try await database.pipeline([
            .actFor(tenantID), Self.exists(callbackID, tenantID),
            "SELECT * FROM (\(parts.joined(separator: " UNION ALL "))) AS d ORDER BY id DESC LIMIT \(limit + 1)",
        ])
        guard answers.count == 3, !answers[1].isEmpty else { return nil }
        var deliveries: [CallbackDelivery] = []
        for row in answers[2] { deliveries.append(try CallbackDelivery(row)) }
        return (Array(deliveries.prefix(limit)), deliveries.count > limit)
    }

    package func delivery(
        _ id: UUIDValue, to callbackID: CallbackID, tenantID: TenantID
    ) async throws(DatabaseError) -> CallbackDelivery? {
        let key: SQL = "tenant_id = \(tenantID) AND callback_id = \(callbackID) AND id = \(id)"
        let answers = try await database.pipeline([
            .actFor(tenantID),
            // An endpoint that was deleted takes its log with it, as far as anybody can see.
            """
            SELECT d.* FROM callbacks c CROSS JOIN LATERAL (
                SELECT \(Self.queueColumns) FROM callback_queue WHERE \(key)
                UNION ALL SELECT \(Self.logColumns) FROM callback_deliveries WHERE \(key)) AS d
            WHERE c.tenant_id = \(tenantID) AND c.id = \(callbackID) LIMIT 1
            """,
        ])
        guard let row = answers.last?.first else { return nil }
        return try CallbackDelivery(row)
    }

    private static let queueColumns: SQL = """
        id, callback_id, type, 'pending' AS status, object_id, occurred_at, tries, due_at, NULL::timestamptz AS ended_at,
        history
        """
    private static let logColumns: SQL = """
        id, callback_id, type, outcome AS status, object_id, occurred_at, tries, NULL::timestamptz AS due_at, ended_at,
        history
        """

    private static func conditions(
        _ callbackID: CallbackID, _ tenantID: TenantID, _ filter: Filter, before: UUIDValue?
    ) -> [SQL] {
        var conditions: [SQL] = ["tenant_id = \(tenantID)", "callback_id = \(callbackID)"]
        if let before { conditions.append("id < \(before)") }
        if let type = filter.type { conditions.append("type = \(type)") }
        if let object = filter.objectID { conditions.append("object_id = \(object)") }
        return conditions
    }

    private static func exists(_ callbackID: CallbackID, _ tenantID: TenantID) -> SQL {
        "SELECT 1 FROM callbacks WHERE tenant_id = \(tenantID) AND id = \(callbackID)"
    }

    // MARK: Doing

    /// A test goes to this endpoint alone, whatever it has chosen, and also while it is paused or disabled.
    ///
    /// - Returns: the delivery's id; nil when there is no such endpoint.
    package func test(
        _ callbackID: CallbackID, of tenantID: TenantID, by actor: Actor
    ) async throws(DatabaseError) -> UUIDValue? {
        let id = ids.uuid()
        let audit = entry("callback.tested", callbackID, tenantID, actor, JSONText("{}"))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            if try connection.rows(Self.exists(callbackID, tenantID)).isEmpty { return nil }
            _ = try connection.pipeline([
                """
                INSERT INTO callback_queue (tenant_id, callback_id, id, sequence, type, subject_id, object_id,
                                            occurred_at, recorded_at, due_at)
                VALUES (\(tenantID), \(callbackID), \(id), nextval('callback_sequence'),
                        \(CallbackEventType.callbackTest.rawValue), \(id), \(callbackID), now(), now(), now())
                """,
                audit.insert,
            ])
            return id
        }
    }

    /// Delivers one again that is over.
    ///
    /// - Returns: nil when the tenant has no such delivery; false when it is waiting anyway.
    package func replay(
        _ id: UUIDValue, to callbackID: CallbackID, of tenantID: TenantID, by actor: Actor
    ) async throws(DatabaseError) -> Bool? {
        let audit = entry(
            "callback.replayed", callbackID, tenantID, actor, JSONText(#"{"delivery":"\#(id)"}"#))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            if try connection.rows(Self.exists(callbackID, tenantID)).isEmpty { return nil }
            let key: SQL = "tenant_id = \(tenantID) AND callback_id = \(callbackID) AND id = \(id)"
            if try connection.rows("SELECT 1 FROM callback_queue WHERE \(key)").first != nil { return false }
            if try connection.execute(Self.requeue("SELECT id FROM callback_deliveries WHERE \(key)", callbackID, tenantID)) == 0 {
                return nil
            }
            _ = try connection.execute(audit.insert)
            return true
        }
    }

    /// Delivers many again, the oldest first.
    ///
    /// - Returns: how many wait now, and whether there are more; nil when there is no such endpoint.
    package func replay(
        _ wish: Replay, to callbackID: CallbackID, of tenantID: TenantID, by actor: Actor
    ) async throws(DatabaseError) -> (replayed: Int, isCapped: Bool)? {
        let audit = entry(
            "callback.replayed", callbackID, tenantID, actor,
            JSONText(#"{"from":"\#(wish.from.rfc3339)","to":"\#(wish.to.rfc3339)","status":"\#(wish.status?.rawValue ?? "all")"}"#))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            if try connection.rows(Self.exists(callbackID, tenantID)).isEmpty { return nil }
            var conditions: [SQL] = [
                "tenant_id = \(tenantID)", "callback_id = \(callbackID)", "type <> 'callback.test'",
                "id >= \(UUIDValue.floor(of: wish.from))", "id < \(UUIDValue.floor(of: wish.to))",
            ]
            if let status = wish.status { conditions.append("outcome = \(status.rawValue)") }
            if let type = wish.type { conditions.append("type = \(type)") }
            let moved = try connection.execute(
                Self.requeue(
                    """
                    SELECT id FROM callback_deliveries WHERE \(conditions.joined(separator: " AND "))
                    ORDER BY id LIMIT \(Self.movedMax)
                    """, callbackID, tenantID))
            _ = try connection.execute(audit.insert)
            return (moved, moved == Self.movedMax)
        }
    }

    /// Gives up what waits for this endpoint, the oldest first; a replay brings it back.
    ///
    /// - Returns: how many were given up, and whether there are more; nil when there is no such endpoint.
    package func skip(
        _ callbackID: CallbackID, of tenantID: TenantID, by actor: Actor
    ) async throws(DatabaseError) -> (skipped: Int, isCapped: Bool)? {
        let audit = entry("callback.skipped", callbackID, tenantID, actor, JSONText("{}"))
        return try await database.transaction { connection in
            _ = try connection.rows(.actFor(tenantID))
            if try connection.rows(Self.exists(callbackID, tenantID)).isEmpty { return nil }
            let skipped = try connection.execute(
                CallbackStatements.giveUp(
                    """
                    SELECT q.ctid FROM callback_queue q
                    WHERE q.tenant_id = \(tenantID) AND q.callback_id = \(callbackID)
                    ORDER BY q.sequence LIMIT \(Self.movedMax)
                    """, problem: "skipped on request"))
            _ = try connection.execute(audit.insert)
            return (skipped, skipped == Self.movedMax)
        }
    }

    /// Takes rows out of the log and queues them in their order, with all tries before them.
    private static func requeue(_ chosen: SQL, _ callbackID: CallbackID, _ tenantID: TenantID) -> SQL {
        """
        WITH taken AS (
            DELETE FROM callback_deliveries
            WHERE tenant_id = \(tenantID) AND callback_id = \(callbackID) AND id = ANY (ARRAY(\(chosen)))
            RETURNING *
        )
        INSERT INTO callback_queue (tenant_id, callback_id, id, sequence, type, subject_id, object_id, occurred_at,
                                    recorded_at, attempt, error_code, detail, due_at, history)
        SELECT tenant_id, callback_id, id, nextval('callback_sequence'), type, subject_id, object_id, occurred_at,
               recorded_at, attempt, error_code, detail, now(), history
        FROM (SELECT * FROM taken ORDER BY id) AS t
        ON CONFLICT DO NOTHING
        """
    }

    private func entry(
        _ action: String, _ id: CallbackID, _ tenantID: TenantID, _ actor: Actor, _ detail: JSONText
    ) -> AuditEntry {
        AuditEntry(
            id: ids.uuid(), tenantID: tenantID, actor: actor, action: action, target: "callback \(id)", detail: detail)
    }
}

/// What both sides of callbacks write alike.
enum CallbackStatements {
    /// Tries of one delivery that are remembered.
    static let historyMax = 40

    /// Moves rows of the queue into the log as given up.
    ///
    /// - Parameter chosen: a query for their `ctid`.
    static func giveUp(_ chosen: SQL, problem: String) -> SQL {
        """
        WITH gone AS (
            DELETE FROM callback_queue WHERE ctid = ANY (ARRAY(\(chosen))) RETURNING *
        )
        INSERT INTO callback_deliveries (\(logColumns))
        SELECT tenant_id, callback_id, id, type, subject_id, object_id, occurred_at, recorded_at, attempt, error_code,
               detail, tries, history || jsonb_build_object('at', to_jsonb(now()), 'problem', \(problem)), 'failed', now()
        FROM gone
        \(onceMore)
        """
    }

    static let logColumns: SQL = """
        tenant_id, callback_id, id, type, subject_id, object_id, occurred_at, recorded_at, attempt, error_code, detail,
        tries, history, outcome, ended_at
        """

    static let onceMore: SQL = """
        ON CONFLICT (tenant_id, callback_id, id) DO UPDATE
        SET tries = excluded.tries, history = excluded.history, outcome = excluded.outcome, ended_at = excluded.ended_at
        """

    /// `history` with one entry more, the oldest left out where there are too many.
    static func appended(to history: String, _ entry: String) -> String {
        """
        CASE WHEN jsonb_array_length(\(history)) >= \(historyMax) THEN \(history) - 0 ELSE \(history) END || \(entry)
        """
    }
}
