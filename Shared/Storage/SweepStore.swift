package import Models
package import Postgres
internal import Runtime

/// What one run of the sweep found and did.
package struct SweepReport: Sendable, Hashable {
    package let id: UUIDValue
    package let startedAt: Timestamp
    package var endedAt: Timestamp
    package var found = 0
    package var retried = 0
    package var skipped: [RetrySkip: Int] = [:]
    /// Not everything could be looked at within one run.
    package var hasMore = false

    init(id: UUIDValue, startedAt: Timestamp) {
        self.id = id
        self.startedAt = startedAt
        endedAt = startedAt
    }
}

/// Finds messages that failed and may be tried again, and repeats them. Platform role.
///
/// Candidates stand in `failed_messages`, written in the transaction that failed them. One that is repeated, or never
/// can be, leaves the table; one whose tenant has switched automatic retries off stays until it expires.
package struct SweepStore: Sendable {
    /// Candidates of one look; their tenants' transactions follow each other.
    static let portionMax = 500
    /// A run ends here, and the next one goes on.
    package static let candidatesMax = 100_000

    private let database: Database

    /// - Parameter database: a pool of two connections at least, for the sweep alone: one works, the other finds out that
    ///   a sweep runs.
    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameters:
    ///   - origin: interval or demand.
    ///   - repeated: told after each commit what it made; on a thread of the database's, so it must not wait.
    /// - Returns: nil when a sweep runs already, in this or another process. The lock ends with its connection, so a
    ///   sweeper that dies stops nobody.
    package func run(
        origin: String, repeated: @escaping @Sendable ([RetryResult]) -> Void
    ) async throws(DatabaseError) -> SweepReport? {
        try await database.run { connection in
            let lock = try connection.rows("SELECT pg_try_advisory_lock(hashtext('sweep')) AS is_ours").first
            guard try lock?.value("is_ours", as: Bool.self) == true else { return nil }
            defer { _ = try? connection.rows("SELECT pg_advisory_unlock(hashtext('sweep'))") }
            return try Self.sweep(origin, on: connection, repeated)
        }
    }

    private static func sweep(
        _ origin: String, on connection: Connection, _ repeated: ([RetryResult]) -> Void
    ) throws -> SweepReport {
        let id = IDSource().uuid()
        let begun = try connection.rows(
            "INSERT INTO sweeps (id, started_at, origin) VALUES (\(id), now(), \(origin)) RETURNING started_at")
        guard let startedAt: Timestamp = try begun.first?.value("started_at") else {
            throw DatabaseError.decoding("a sweep that began is not there")
        }
        var report = SweepReport(id: id, startedAt: startedAt)
        var last: (at: Timestamp, id: MessageID) = (Timestamp(microseconds: 0), MessageID(UUIDValue(high: 0, low: 0)))
        while report.found < candidatesMax {
            let rows = try connection.rows(
                """
                SELECT tenant_id, message_id, failed_at FROM failed_messages
                WHERE (failed_at, message_id) > (\(last.at), \(last.id)) AND failed_at <= \(startedAt)
                ORDER BY failed_at, message_id LIMIT \(portionMax)
                """)
            guard let end = rows.last else { break }
            last = (try end.value("failed_at"), try end.value("message_id"))
            var tenants: [TenantID: [MessageID]] = [:]
            for row in rows { tenants[try row.value("tenant_id"), default: []].append(try row.value("message_id")) }
            for (tenantID, messages) in tenants.sorted(by: { $0.key < $1.key }) {
                let results = try connection.transaction { try settle(messages, of: tenantID, on: connection) }
                report.add(results)
                repeated(results)
            }
            report.hasMore = rows.count == portionMax
            if !report.hasMore { break }
        }
        report.endedAt = try end(report, on: connection)
        return report
    }

    private static func settle(
        _ messages: [MessageID], of tenantID: TenantID, on connection: Connection
    ) throws -> [RetryResult] {
        let demand = RetryStore.Demand(
            tenantID: tenantID, isPlatform: true, origin: .sweep, planID: nil, isForced: false,
            areMany: messages.count > Campaign.min)
        let known = try RetryStore.write(messages.sorted(), demand, on: connection)
        let missing = Set(messages).subtracting(known.map(\.messageID))
        let results = known + missing.map { RetryResult(messageID: $0, outcome: .skipped(.notFound)) }
        let settled = results.filter { !($0.skip?.mayChange ?? false) }.map(\.messageID)
        try connection.execute(
            "DELETE FROM failed_messages WHERE tenant_id = \(tenantID) AND message_id = ANY (\(settled))")
        return results
    }

    private static func end(_ report: SweepReport, on connection: Connection) throws -> Timestamp {
        let skipped = report.skipped.sorted { $0.key.rawValue < $1.key.rawValue }
        let rows = try connection.rows(
            """
            UPDATE sweeps SET ended_at = now(), found = \(Int32(clamping: report.found)),
                   retried = \(Int32(clamping: report.retried)),
                   skipped = coalesce((SELECT jsonb_object_agg(reason, messages)
                                       FROM unnest(\(skipped.map(\.key.rawValue)), \(skipped.map(\.value)))
                                           AS s (reason, messages)), '{}')
            WHERE id = \(report.id) RETURNING ended_at
            """)
        return try rows.first?.value("ended_at") ?? report.startedAt
    }
}

extension SweepReport {
    fileprivate mutating func add(_ results: [RetryResult]) {
        found += results.count
        for result in results {
            switch result.outcome {
            case .repeated: retried += 1
            case .skipped(let reason): skipped[reason, default: 0] += 1
            }
        }
    }
}
