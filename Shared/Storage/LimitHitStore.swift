package import Models
package import Postgres

/// Limits that made messages wait, by the minute.
package struct LimitHitStore: Sendable {
    private struct Key: Hashable, Comparable {
        let tenantID: TenantID
        let minute: Int64
        let name: String
        let subject: String
        let byProvider: Bool

        init(_ hit: LimitHit) {
            tenantID = hit.tenantID
            minute = hit.lastAt.microseconds / 60_000_000
            name = hit.name.rawValue
            subject = hit.subject
            byProvider = hit.byProvider
        }

        static func < (left: Key, right: Key) -> Bool {
            (left.tenantID, left.minute, left.name, left.subject, left.byProvider ? 1 : 0)
                < (right.tenantID, right.minute, right.name, right.subject, right.byProvider ? 1 : 0)
        }
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    package func add(_ hits: [LimitHit]) async throws(DatabaseError) {
        if hits.isEmpty { return }
        // Several senders may share an account or a portfolio; one row takes one change a statement.
        let groups = Dictionary(grouping: hits, by: Key.init).sorted { $0.key < $1.key }
        func column<Value>(_ value: ([LimitHit]) -> Value) -> [Value] { groups.map { value($0.value) } }
        _ = try await database.pipeline([
            .actFor(hits.map(\.tenantID)),
            """
            INSERT INTO limit_hits AS l
                (tenant_id, minute, limit_name, subject, by_provider, sender_id, hits, first_at, last_at)
            SELECT tenant_id, date_trunc('minute', last_at), limit_name, subject, by_provider, sender_id, hits,
                   first_at, last_at
            FROM unnest(
                \(groups.map(\.key.tenantID)), \(groups.map(\.key.name)), \(groups.map(\.key.subject)),
                \(groups.map(\.key.byProvider)), \(column { $0[0].senderID }),
                \(column { Int64($0.reduce(0) { $0 + $1.hits }) }),
                \(column { $0.map(\.firstAt).min() ?? $0[0].firstAt }),
                \(column { $0.map(\.lastAt).max() ?? $0[0].lastAt })
            ) AS w (tenant_id, limit_name, subject, by_provider, sender_id, hits, first_at, last_at)
            ON CONFLICT (tenant_id, minute, limit_name, subject, by_provider) DO UPDATE
            SET hits = l.hits + excluded.hits, first_at = least(l.first_at, excluded.first_at),
                last_at = greatest(l.last_at, excluded.last_at)
            """,
        ])
    }
}
