package import Models
package import Postgres

/// The scheduler's side of gates: it opens those whose time has come, lets out what was held, and sends probes.
/// Platform role.
package struct GateReleaseStore: Sendable {
    /// How long a probe has before another message may try: longer than a hand-over, a send and its record.
    package static let probeWait = Duration.seconds(120)
    /// A portfolio that is full is looked at again after this long at the earliest.
    package static let portfolioWaitMin = Duration.seconds(60)

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Opens the gates whose time has come. Those of a portfolio's limit are opened by their own turn.
    package func openDue() async throws(DatabaseError) -> [ClosedGate] {
        let rows = try await database.rows(
            """
            UPDATE gates SET opened_at = now(), opened_by = 'time'
            WHERE opened_at IS NULL AND opens_at <= now() AND cause <> 'portfolio_limit' RETURNING *
            """)
        return try Connection.decoded { try rows.map { try ClosedGate($0) } }
    }

    /// Lets out what opened gates still hold, the oldest gates and messages first: their due time is now, so that
    /// they get their turns at their senders' pace like any other message.
    ///
    /// - Returns: how many were let out; `max` means there may be more.
    package func release(max: Int) async throws -> Int {
        try await database.transaction { connection in
            let gates = try connection.rows(
                """
                SELECT id FROM gates WHERE opened_at IS NOT NULL AND released_at IS NULL
                ORDER BY opened_at LIMIT 20 FOR UPDATE SKIP LOCKED
                """
            ).map { try $0.value("id", as: GateID.self) }
            var released = 0
            for gate in gates where released < max {
                released += try Self.letOut(of: gate, max: max - released, on: connection)
                if released >= max { break }
                // Nobody holds behind an opened gate any more; a row that was skipped because somebody looks at it now
                // is found next time.
                try connection.execute(
                    """
                    UPDATE gates g SET released_at = now() WHERE g.id = \(gate)
                      AND NOT EXISTS (SELECT FROM due_messages d WHERE d.gate_id = \(gate))
                    """)
            }
            return released
        }
    }

    /// Chooses a message for each gate that wants to be tried now, and makes it due: it comes out like any other, because
    /// the gate holds its probe no longer; the dispatcher lets exactly this one pass.
    package func takeProbes(max: Int = 20) async throws -> [(gate: ClosedGate, tenantID: TenantID, message: MessageID)] {
        let rows = try await database.rows(
            """
            WITH wanting AS MATERIALIZED (
                SELECT id FROM gates WHERE opened_at IS NULL AND probe_at <= now()
                ORDER BY probe_at LIMIT \(max) FOR UPDATE SKIP LOCKED
            ), chosen AS MATERIALIZED (
                SELECT w.id, d.tenant_id, d.message_id FROM wanting w LEFT JOIN LATERAL (
                    SELECT tenant_id, message_id FROM due_messages
                    WHERE gate_id = w.id ORDER BY message_id LIMIT 1) d ON true
            ), hurried AS (
                UPDATE due_messages d SET due_at = now(), paced = true, to_pace = false FROM chosen c
                WHERE d.tenant_id = c.tenant_id AND d.message_id = c.message_id
            )
            UPDATE gates g
            SET probe_message_id = c.message_id,
                probes = least(g.probes + CASE WHEN c.message_id IS NULL THEN 0 ELSE 1 END, 32000),
                -- With nobody held behind it there is nobody to try; the next one held must not wait long for a probe.
                probe_at = now() + CASE WHEN c.message_id IS NULL THEN 5 ELSE \(Self.probeWait.components.seconds) END
                    * interval '1 second'
            FROM chosen c WHERE g.id = c.id
            RETURNING g.*, c.tenant_id AS probe_tenant_id
            """)
        return try rows.compactMap { row in
            let gate = try ClosedGate(row)
            guard let message = gate.probe, let tenantID = try row.value("probe_tenant_id", as: TenantID?.self)
            else { return nil }
            return (gate, tenantID, message)
        }
    }

    /// One turn of each portfolio's gate whose time has come: as many messages are let out as recipients are free, the
    /// oldest first; the gate opens when it holds nobody any more.
    ///
    /// - Returns: how many messages were let out, and whether there may be more to do at once.
    package func portfolioTurn(max: Int) async throws -> (released: Int, hasMore: Bool) {
        try await database.transaction { connection in
            let rows = try connection.rows(
                """
                SELECT g.id, p.recipients_max, p.id IS NOT NULL AS is_known,
                       coalesce((SELECT sum(m.recipients) FROM portfolio_minutes m
                                 WHERE m.portfolio_id = g.subject
                                   AND m.minute > now() - \(raw: ReservationStore.keptFor)), 0)::integer AS used,
                       (SELECT min(m.minute) FROM portfolio_minutes m
                        WHERE m.portfolio_id = g.subject AND m.recipients > 0
                          AND m.minute > now() - \(raw: ReservationStore.keptFor))
                           + \(raw: ReservationStore.keptFor) AS next_free_at
                FROM gates g LEFT JOIN portfolios p ON p.id = g.subject
                WHERE g.opened_at IS NULL AND g.cause = 'portfolio_limit' AND g.opens_at <= now()
                ORDER BY g.opens_at LIMIT 20 FOR UPDATE OF g SKIP LOCKED
                """)
            var released = 0
            var hasMore = false
            for row in rows {
                let gate: GateID = try row.value("id")
                let recipientsMax = try row.value("recipients_max", as: Int32?.self).map { Int($0) } ?? max
                let free = Swift.max(0, recipientsMax - Int(try row.value("used", as: Int32.self)))
                let count = try Self.letOut(of: gate, max: min(free, max), on: connection)
                released += count
                let nextFreeAt: Timestamp? = try row.value("next_free_at")
                let again = count == max && free > count
                hasMore = hasMore || again
                try connection.execute(Self.afterPortfolioTurn(of: gate, nextFreeAt: nextFreeAt, again: again))
            }
            return (released, hasMore)
        }
    }

    private static func afterPortfolioTurn(of gate: GateID, nextFreeAt: Timestamp?, again: Bool) -> SQL {
        """
        WITH held AS MATERIALIZED (
            SELECT EXISTS (SELECT FROM due_messages d WHERE d.gate_id = \(gate)) AS any_left
        )
        UPDATE gates g
        SET opened_at = CASE WHEN NOT held.any_left THEN now() END,
            opened_by = CASE WHEN NOT held.any_left THEN 'time' END,
            opens_at = CASE
                WHEN \(again) THEN now()
                ELSE greatest(\(nextFreeAt as Timestamp?), now() + \(portfolioWaitMin.microseconds) * interval '1 microsecond') END
        FROM held WHERE g.id = \(gate)
        """
    }

    /// Where two turns meet, each takes other rows.
    private static func letOut(of gate: GateID, max: Int, on connection: Connection) throws(DatabaseError) -> Int {
        guard max > 0 else { return 0 }
        return try connection.execute(
            """
            WITH held AS MATERIALIZED (
                SELECT tenant_id, message_id FROM due_messages WHERE gate_id = \(gate)
                ORDER BY message_id LIMIT \(max) FOR UPDATE SKIP LOCKED
            )
            UPDATE due_messages d SET gate_id = NULL, due_at = now(), told = 0, paced = false, to_pace = true
            FROM held h WHERE d.tenant_id = h.tenant_id AND d.message_id = h.message_id
            """)
    }
}
