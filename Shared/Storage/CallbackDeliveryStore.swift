package import Models
package import Postgres
package import Runtime

/// An endpoint that is ours to deliver to until the lease ends.
package struct LeasedCallback: Hashable, Sendable {
    package let tenantID: TenantID
    package let callbackID: CallbackID
}

/// What an endpoint is, read again for every round: it may be paused, moved or deleted meanwhile.
package struct CallbackTarget: Sendable {
    package let url: String
    package let isActive: Bool
    package let sealedSecret: [UInt8]
    /// Signs too, for a while after it was replaced.
    package let sealedPreviousSecret: [UInt8]?
    package let sealedDataKey: [UInt8]
    package let health: CallbackHealth
}

/// How one try of one delivery went.
package struct CallbackOutcome: Sendable {
    package let id: UUIDValue
    package let decision: CallbackDecision
    /// One entry of the history, as JSON.
    package let entry: JSONText

    package init(id: UUIDValue, decision: CallbackDecision, entry: JSONText) {
        self.id = id
        self.decision = decision
        self.entry = entry
    }
}

/// The delivering side of callbacks; platform role. One alerter at a time delivers to an endpoint, by a lease on its row:
/// that keeps the order, and whoever dies leaves everything where it was.
package struct CallbackDeliveryStore: Sendable {
    let database: Database
    let ids: IDSource
    /// Who holds leases.
    private let holder: String
    private let lease: Duration

    /// - Parameters:
    ///   - holder: no other process has this name.
    ///   - lease: longer than one round of tries.
    package init(_ database: Database, ids: IDSource, holder: String, lease: Duration) {
        self.database = database
        self.ids = ids
        self.holder = holder
        self.lease = lease
    }

    // MARK: Leases

    /// Endpoints with something due that nobody delivers to, those that waited longest first.
    package func takeEndpoints(max: Int) async throws(DatabaseError) -> [LeasedCallback] {
        let rows = try await database.rows(
            """
            WITH RECURSIVE waiting AS (
                (SELECT tenant_id, callback_id FROM callback_queue ORDER BY tenant_id, callback_id LIMIT 1)
                UNION ALL
                SELECT n.tenant_id, n.callback_id FROM waiting w CROSS JOIN LATERAL (
                    SELECT q.tenant_id, q.callback_id FROM callback_queue q
                    WHERE (q.tenant_id, q.callback_id) > (w.tenant_id, w.callback_id)
                    ORDER BY q.tenant_id, q.callback_id LIMIT 1) AS n
            ), free AS MATERIALIZED (
                SELECT s.tenant_id, s.callback_id
                FROM waiting w
                JOIN callbacks c ON c.tenant_id = w.tenant_id AND c.id = w.callback_id
                JOIN tenants t ON t.id = w.tenant_id AND t.status = 'active'
                JOIN callback_states s ON s.tenant_id = w.tenant_id AND s.callback_id = w.callback_id
                WHERE (s.lease_until IS NULL OR s.lease_until < now())
                  AND (c.status = 'active' AND (s.rest_until IS NULL OR s.rest_until <= now()) AND EXISTS (
                           SELECT FROM callback_queue q WHERE q.tenant_id = w.tenant_id
                             AND q.callback_id = w.callback_id AND q.due_at <= now())
                       OR EXISTS (
                           SELECT FROM callback_queue q WHERE q.tenant_id = w.tenant_id
                             AND q.callback_id = w.callback_id AND q.type = 'callback.test'))
                ORDER BY s.served_at LIMIT \(max) FOR UPDATE OF s SKIP LOCKED
            )
            UPDATE callback_states s
            SET leased_by = \(holder), lease_until = now() + \(lease.microseconds) * interval '1 microsecond',
                served_at = now()
            FROM free f WHERE s.tenant_id = f.tenant_id AND s.callback_id = f.callback_id
            RETURNING s.tenant_id, s.callback_id
            """)
        return try Connection.decoded {
            try rows.map { LeasedCallback(tenantID: try $0.value(0), callbackID: try $0.value(1)) }
        }
    }

    package func giveBack(_ endpoint: LeasedCallback) async throws(DatabaseError) {
        _ = try await database.execute(
            """
            UPDATE callback_states SET leased_by = NULL, lease_until = NULL
            WHERE tenant_id = \(endpoint.tenantID) AND callback_id = \(endpoint.callbackID) AND leased_by = \(holder)
            """)
    }

    // MARK: A round

    /// What is due, at most one event of each subject: the next of it waits until this one is through.
    ///
    /// - Returns: nil when the endpoint is gone or no longer ours.
    package func take(
        of endpoint: LeasedCallback, max: Int
    ) async throws(DatabaseError) -> (target: CallbackTarget, events: [CallbackEvent])? {
        let (tenantID, callbackID) = (endpoint.tenantID, endpoint.callbackID)
        let answers = try await database.pipeline([
            """
            SELECT c.url, c.status = 'active' AS is_active, c.secret_sealed,
                   CASE WHEN c.previous_secret_until > now() THEN c.previous_secret_sealed END AS previous_secret_sealed,
                   t.data_key_sealed, s.failures, s.failing_since
            FROM callbacks c
            JOIN callback_states s ON s.tenant_id = c.tenant_id AND s.callback_id = c.id AND s.leased_by = \(holder)
            JOIN tenants t ON t.id = c.tenant_id AND t.data_key_sealed IS NOT NULL
            WHERE c.tenant_id = \(tenantID) AND c.id = \(callbackID)
            """,
            CallbackEvent.query(
                """
                SELECT q.* FROM callback_queue q
                JOIN callbacks c ON c.tenant_id = q.tenant_id AND c.id = q.callback_id
                WHERE q.tenant_id = \(tenantID) AND q.callback_id = \(callbackID) AND q.due_at <= now()
                  AND (c.status = 'active' OR q.type = 'callback.test')
                  AND NOT EXISTS (
                      SELECT FROM callback_queue e
                      WHERE e.tenant_id = q.tenant_id AND e.callback_id = q.callback_id
                        AND e.subject_id = q.subject_id AND e.sequence < q.sequence)
                ORDER BY q.due_at, q.sequence LIMIT \(max)
                """),
        ])
        guard answers.count == 2, let row = answers[0].first else { return nil }
        let target = try Connection.decoded { try CallbackTarget(row) }
        return (target, try Connection.decoded { try answers[1].map { try CallbackEvent($0) } })
    }

    /// Events that came due behind one that waits for its next try: they wait with it.
    package func putBehind(_ endpoint: LeasedCallback) async throws(DatabaseError) {
        _ = try await database.execute(
            """
            UPDATE callback_queue q SET due_at = h.due_at
            FROM callback_queue h
            WHERE q.tenant_id = \(endpoint.tenantID) AND q.callback_id = \(endpoint.callbackID) AND q.due_at <= now()
              AND h.tenant_id = q.tenant_id AND h.callback_id = q.callback_id AND h.subject_id = q.subject_id
              AND h.sequence < q.sequence AND h.due_at > now()
            """)
    }

    /// Everything that a round brought, in one transaction.
    ///
    /// - Parameter health: after the round; nil when only tests were made, which say nothing about it.
    /// - Returns: false when the lease was lost; what was found out is written all the same.
    package func record(
        _ outcomes: [CallbackOutcome], of endpoint: LeasedCallback, health: CallbackHealth?, problem: String?
    ) async throws(DatabaseError) -> Bool {
        let ended = outcomes.filter { $0.isEnded }
        let again = outcomes.filter { !$0.isEnded }
        return try await database.transaction { connection in
            var statements: [SQL] = []
            if !ended.isEmpty { statements.append(Self.end(ended, of: endpoint)) }
            if !again.isEmpty { statements.append(Self.putOff(again, of: endpoint)) }
            if health?.verdict == .recovered { statements.append(Self.hurry(endpoint)) }
            statements.append(self.keep(health, of: endpoint, hasDelivered: health?.failures == 0, problem: problem))
            return try connection.pipelineResults(statements).last?.affected == 1
        }
    }

    private static func end(_ outcomes: [CallbackOutcome], of endpoint: LeasedCallback) -> SQL {
        """
        WITH gone AS (
            DELETE FROM callback_queue q
            USING unnest(\(outcomes.map(\.id)), \(outcomes.map { $0.decision == .delivered ? "delivered" : "failed" }),
                         \(outcomes.map(\.entry))) AS o (id, outcome, entry)
            WHERE q.tenant_id = \(endpoint.tenantID) AND q.callback_id = \(endpoint.callbackID) AND q.id = o.id
            RETURNING q.*, o.outcome, o.entry
        )
        INSERT INTO callback_deliveries (\(CallbackStatements.logColumns))
        SELECT tenant_id, callback_id, id, type, subject_id, object_id, occurred_at, recorded_at, attempt, error_code,
               detail, tries + 1, \(raw: CallbackStatements.appended(to: "history", "entry")), outcome, now()
        FROM gone
        \(CallbackStatements.onceMore)
        """
    }

    private static func putOff(_ outcomes: [CallbackOutcome], of endpoint: LeasedCallback) -> SQL {
        """
        WITH later AS (
            UPDATE callback_queue q
            SET tries = q.tries + 1, due_at = now() + o.wait * interval '1 microsecond',
                history = \(raw: CallbackStatements.appended(to: "q.history", "o.entry"))
            FROM unnest(\(outcomes.map(\.id)), \(outcomes.map(\.waitMicroseconds)), \(outcomes.map(\.entry)))
                AS o (id, wait, entry)
            WHERE q.tenant_id = \(endpoint.tenantID) AND q.callback_id = \(endpoint.callbackID) AND q.id = o.id
            RETURNING q.subject_id, q.sequence, q.due_at
        )
        UPDATE callback_queue q SET due_at = l.due_at FROM later l
        WHERE q.tenant_id = \(endpoint.tenantID) AND q.callback_id = \(endpoint.callbackID)
          AND q.subject_id = l.subject_id AND q.sequence > l.sequence AND q.due_at < l.due_at
        """
    }

    /// The endpoint is back: nobody goes on waiting.
    private static func hurry(_ endpoint: LeasedCallback) -> SQL {
        """
        UPDATE callback_queue SET due_at = now()
        WHERE tenant_id = \(endpoint.tenantID) AND callback_id = \(endpoint.callbackID) AND due_at > now()
        """
    }

    private func keep(
        _ health: CallbackHealth?, of endpoint: LeasedCallback, hasDelivered: Bool, problem: String?
    ) -> SQL {
        guard let health else {
            return """
                UPDATE callback_states SET lease_until = now() + \(lease.microseconds) * interval '1 microsecond'
                WHERE tenant_id = \(endpoint.tenantID) AND callback_id = \(endpoint.callbackID) AND leased_by = \(holder)
                """
        }
        return """
            UPDATE callback_states
            SET failures = \(Int32(clamping: health.failures)), failing_since = \(health.failingSince as Timestamp?),
                rest_until = now() + \(health.rest?.microseconds as Int64?) * interval '1 microsecond',
                last_delivered_at = CASE WHEN \(hasDelivered) THEN now() ELSE last_delivered_at END,
                last_failed_at = CASE WHEN \(problem as String?) IS NOT NULL THEN now() ELSE last_failed_at END,
                last_problem = coalesce(\(problem as String?), last_problem),
                lease_until = now() + \(lease.microseconds) * interval '1 microsecond'
            WHERE tenant_id = \(endpoint.tenantID) AND callback_id = \(endpoint.callbackID) AND leased_by = \(holder)
            """
    }
}

extension CallbackOutcome {
    fileprivate var isEnded: Bool {
        switch decision {
        case .delivered, .giveUp: true
        case .again: false
        }
    }

    fileprivate var waitMicroseconds: Int64 {
        switch decision {
        case .again(let wait): wait.microseconds
        case .delivered, .giveUp: 0
        }
    }
}

extension CallbackTarget {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        url = try row.value("url")
        isActive = try row.value("is_active")
        sealedSecret = try row.value("secret_sealed", as: Bytes.self).bytes
        sealedPreviousSecret = try row.value("previous_secret_sealed", as: Bytes?.self)?.bytes
        sealedDataKey = try row.value("data_key_sealed", as: Bytes.self).bytes
        health = CallbackHealth(
            failures: Int(try row.value("failures", as: Int32.self)),
            failingSince: try row.value("failing_since"))
    }
}
