package import Models
package import Postgres

extension CancelStore {
    /// Cancels a portion of what deleted tenants have not sent yet. What is being sent at the moment is left to its
    /// answer. Platform role.
    ///
    /// - Returns: news of the messages, for Kafka; `portionMax` of them mean there may be more.
    package func cancelOfDeletedTenants() async throws(DatabaseError) -> [LifecycleEvent] {
        try await database.transaction { connection in
            let rows = try connection.rows(
                """
                SELECT t.id AS tenant_id, d.message_id
                FROM (SELECT id FROM tenants WHERE status = 'deleted' OFFSET 0) t
                CROSS JOIN LATERAL (
                    SELECT d.message_id FROM due_messages d
                    JOIN message_states s ON s.tenant_id = d.tenant_id AND s.id = d.message_id
                    WHERE d.tenant_id = t.id AND s.state = ANY (\(Self.cancellable.map(\.rawValue)))
                    ORDER BY d.message_id LIMIT \(Self.portionMax)) d
                LIMIT \(Self.portionMax)
                """)
            let found: [(TenantID, MessageID)] = try rows.map { (try $0.value(0), try $0.value(1)) }
            if found.isEmpty { return [] }
            let locked = try MoveWriter.lock(found, on: connection).values
                .filter { $0.state.applying(.cancelRequested) == .moved(.cancelled) }
                .sorted { $0.messageID < $1.messageID }
            return locked.isEmpty ? [] : try Self.write(locked, to: .cancelled, by: "deletion", on: connection)
        }
    }
}
