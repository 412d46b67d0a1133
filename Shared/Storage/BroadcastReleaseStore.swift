package import Models
package import Postgres

/// Letting a broadcast's messages out, portion by portion, by whoever takes it.
extension BroadcastStore {
    /// As many as a batch may hold.
    package static let portionMax = 1_000
    package static let leaseSeconds = 30

    /// The next broadcast of any tenant that is due, for a while.
    package func takeDue() async throws(DatabaseError) -> (tenantID: TenantID, id: BroadcastID)? {
        let rows = try await database.rows(
            "SELECT tenant_id, id FROM take_broadcast(\(Int32(Self.leaseSeconds)))")
        guard let row = rows.first else { return nil }
        return (try row.value("tenant_id"), try row.value("id"))
    }

    /// Nil when it is not running any more.
    package func nextPortion(
        of id: BroadcastID, _ tenantID: TenantID
    ) async throws(DatabaseError) -> BroadcastPortion? {
        guard let broadcast = try await broadcast(id, of: tenantID), broadcast.status == .running else { return nil }
        let recipients = try await recipients(
            of: id, tenantID, after: broadcast.releasedUpto, limit: Self.portionMax)
        return BroadcastPortion(broadcast: broadcast, recipients: recipients)
    }

    package struct Released: Sendable {
        package var positions: [Int] = []
        package var messages: [MessageID] = []
        package var refusedPositions: [Int] = []
        /// `{"code":…,"field":…,"detail":…}`, one for each refused position.
        package var problems: [JSONText] = []

        package init() {}
    }

    /// Writes down what became of a portion; the same portion again changes nothing.
    ///
    /// - Parameters:
    ///   - batchID: nil when none of them was accepted.
    ///   - before: `releasedUpto` of the portion.
    package func record(
        _ released: Released, batchID: BatchID?, of id: BroadcastID, _ tenantID: TenantID, before: Int, upto: Int
    ) async throws(DatabaseError) {
        try await database.transaction { connection in
            try connection.execute(.actFor(tenantID))
            let moved = try connection.execute(
                """
                UPDATE broadcasts
                SET released_upto = \(Int32(clamping: upto)), accepted = accepted + \(Int32(released.positions.count)),
                    refused = refused + \(Int32(released.refusedPositions.count)), updated_at = now(),
                    due_at = CASE WHEN status = 'running' THEN now() END
                WHERE tenant_id = \(tenantID) AND id = \(id) AND released_upto = \(Int32(clamping: before))
                """)
            guard moved > 0 else { return }
            if let batchID {
                _ = try connection.execute(
                    """
                    INSERT INTO broadcast_batches (tenant_id, broadcast_id, batch_id, upto)
                    VALUES (\(tenantID), \(id), \(batchID), \(Int32(clamping: upto))) ON CONFLICT DO NOTHING
                    """)
            }
            _ = try connection.execute(
                """
                UPDATE broadcast_recipients r SET message_id = w.message_id
                FROM unnest(\(released.positions.map { Int32($0) }), \(released.messages)) AS w (position, message_id)
                WHERE r.tenant_id = \(tenantID) AND r.broadcast_id = \(id) AND r.position = w.position
                """)
            _ = try connection.execute(
                """
                UPDATE broadcast_recipients r SET problem = w.problem
                FROM unnest(\(released.refusedPositions.map { Int32($0) }), \(released.problems)) AS w (position, problem)
                WHERE r.tenant_id = \(tenantID) AND r.broadcast_id = \(id) AND r.position = w.position
                """)
        }
    }

    /// All recipients have had their turn.
    package func finish(_ id: BroadcastID, of tenantID: TenantID) async throws(DatabaseError) {
        _ = try await database.pipeline([
            .actFor(tenantID),
            """
            UPDATE broadcasts SET status = 'done', due_at = NULL, finished_at = now(), updated_at = now()
            WHERE tenant_id = \(tenantID) AND id = \(id) AND status = 'running'
            """,
        ])
    }

    /// Stops by itself where going on would refuse everybody.
    package func stop(
        _ id: BroadcastID, of tenantID: TenantID, problem: JSONText
    ) async throws(DatabaseError) {
        _ = try await database.pipeline([
            .actFor(tenantID),
            """
            UPDATE broadcasts SET status = 'paused', due_at = NULL, problem = \(problem), updated_at = now()
            WHERE tenant_id = \(tenantID) AND id = \(id) AND status = 'running'
            """,
            audit(id, tenantID, .system("ingest-api"), "stopped").insert,
        ])
    }
}
