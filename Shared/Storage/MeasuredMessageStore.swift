package import Models
package import Postgres

/// What became of the messages of a window, read row by row along their key: all of a small business, an even part of a
/// large one (`ReadingPlan`), so that the work of a cycle is bounded. Platform role, `pinnedToIndexPlans`.
package struct MeasuredMessageStore: Sendable {
    package typealias Place = MeasuredFlowStore.Place

    /// Stretches that one statement reads.
    static let stretchesMax = 500
    /// Queue times are those of a business's last messages of an hour, at most so many.
    package static let queuedMax = 200
    package static let queueWindow = Duration.seconds(3_600)

    /// How long messages waited from when they could go until their first attempt began; seconds.
    package struct QueueTime: Hashable, Sendable {
        package let median: Double
        package let p99: Double
        package let sample: Int64
    }

    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Accepted messages by hour, for those businesses that accepted any.
    package func accepted(from: Timestamp, to: Timestamp) async throws(DatabaseError)
        -> [TenantID: [(hour: Timestamp, accepted: Int64)]]
    {
        let rows = try await database.rows(
            """
            SELECT t.id AS tenant_id, h.hour, h.accepted
            FROM tenants t CROSS JOIN LATERAL (
                SELECT hour, sum(accepted)::bigint AS accepted FROM message_hours h
                WHERE h.tenant_id = t.id AND h.hour >= date_trunc('hour', \(from), 'UTC') AND h.hour < \(to)
                GROUP BY hour HAVING sum(accepted) > 0) AS h
            ORDER BY t.id, h.hour
            """)
        var accepted: [TenantID: [(hour: Timestamp, accepted: Int64)]] = [:]
        for row in rows {
            accepted[try row.value("tenant_id"), default: []].append((try row.value("hour"), try row.value("accepted")))
        }
        return accepted
    }

    /// What was read, by sender, and how many messages that were.
    package func figures(_ plans: [TenantID: ReadingPlan]) async throws(DatabaseError)
        -> (bySender: [Place: MessageFigures], read: [TenantID: Int64])
    {
        var bySender: [Place: MessageFigures] = [:]
        var read: [TenantID: Int64] = [:]
        var waiting: [(TenantID, ReadingPlan.Stretch)] = plans.sorted { $0.key < $1.key }.flatMap { tenant, plan in
            plan.stretches.map { (tenant, $0) }
        }
        while !waiting.isEmpty {
            for row in try await database.rows(Self.reading(Array(waiting.prefix(Self.stretchesMax)))) {
                let place = try Place(row)
                bySender[place, default: MessageFigures()].add(try MessageFigures(row))
                read[place.tenantID, default: 0] += try row.value("messages", as: Int64.self)
            }
            waiting.removeFirst(min(Self.stretchesMax, waiting.count))
        }
        return (bySender, read)
    }

    /// Read counts as delivered; sent messages are left out until their time to live is over.
    private static func reading(_ stretches: [(TenantID, ReadingPlan.Stretch)]) -> SQL {
        """
        SELECT w.tenant_id, r.sender_id, sum(r.messages)::bigint AS messages, sum(r.delivered)::bigint AS delivered,
               sum(r.read)::bigint AS read, sum(r.lost)::bigint AS lost, sum(r.overdue)::bigint AS overdue,
               sum(r.open)::bigint AS open, sum(r.retried)::bigint AS retried,
               sum(r.retried_through)::bigint AS retried_through, sum(r.retries_through)::bigint AS retries_through
        FROM unnest(
            \(stretches.map(\.0)), \(stretches.map { UUIDValue.floor(of: $0.1.from) }),
            \(stretches.map { UUIDValue.floor(of: $0.1.to) }), \(stretches.map { Int64($0.1.most) })
        ) AS w (tenant_id, floor, ceiling, most)
        CROSS JOIN LATERAL (
            SELECT sender_id, count(*) AS messages,
                   count(*) FILTER (WHERE state IN (7, 8)) AS delivered,
                   count(*) FILTER (WHERE state = 8) AS read,
                   count(*) FILTER (WHERE state IN (9, 10, 11) AND sent_at IS NOT NULL) AS lost,
                   count(*) FILTER (WHERE state = 6 AND expires_at <= now()) AS overdue,
                   count(*) FILTER (WHERE state = 6 AND expires_at > now()) AS open,
                   count(*) FILTER (WHERE made > 0 AND state BETWEEN 6 AND 11) AS retried,
                   count(*) FILTER (WHERE made > 0 AND state BETWEEN 6 AND 8) AS retried_through,
                   coalesce(sum(made) FILTER (WHERE made > 0 AND state BETWEEN 6 AND 8), 0) AS retries_through
            FROM (
                SELECT m.sender_id, s.state, s.sent_at, m.expires_at, retries_made(s.retries, s.attempts) AS made
                FROM messages m JOIN message_states s ON s.tenant_id = m.tenant_id AND s.id = m.id
                WHERE m.tenant_id = w.tenant_id AND m.id >= w.floor AND m.id < w.ceiling
                  AND s.id >= w.floor AND s.id < w.ceiling
                ORDER BY m.id LIMIT w.most) AS few
            GROUP BY sender_id) AS r
        GROUP BY w.tenant_id, r.sender_id
        """
    }

    /// By sender, by business (sender nil) and of all (both nil): of the last messages of these businesses that were
    /// accepted alone. Those of batches wait for their turn by design.
    package func queueTimes(of tenants: [TenantID], now: Timestamp) async throws(DatabaseError)
        -> [(tenantID: TenantID?, senderID: SenderID?, time: QueueTime)]
    {
        let floor = UUIDValue.floor(of: now + (.zero - Self.queueWindow))
        let rows = try await database.rows(
            """
            SELECT tenant_id, sender_id, percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY waited) AS waited,
                   count(*) AS sample
            FROM unnest(\(tenants)) AS w (tenant)
            CROSS JOIN LATERAL (
                SELECT m.tenant_id, m.sender_id, greatest(0, extract(epoch FROM
                           a.started_at - greatest(m.created_at, m.scheduled_for)))::double precision AS waited
                FROM (
                    SELECT l.tenant_id, l.id, l.sender_id, l.batch_id, l.created_at, l.scheduled_for FROM messages l
                    WHERE l.tenant_id = w.tenant AND l.id >= \(floor)
                    ORDER BY l.id DESC LIMIT \(Int64(Self.queuedMax))) AS m
                JOIN attempts a ON a.tenant_id = m.tenant_id AND a.message_id = m.id AND a.message_id >= \(floor)
                                AND a.number = 1
                WHERE m.batch_id IS NULL) AS q
            GROUP BY GROUPING SETS ((tenant_id, sender_id), (tenant_id), ())
            HAVING count(*) > 0
            """)
        var times: [(tenantID: TenantID?, senderID: SenderID?, time: QueueTime)] = []
        for row in rows {
            let waited: [Double] = try row.value("waited")
            guard waited.count == 2 else { continue }
            times.append(
                (
                    try row.value("tenant_id", as: TenantID?.self), try row.value("sender_id", as: SenderID?.self),
                    QueueTime(median: waited[0], p99: waited[1], sample: try row.value("sample"))
                ))
        }
        return times
    }
}

extension MessageFigures {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        self.init()
        func count(_ name: String) throws(DatabaseError) -> Double { Double(try row.value(name, as: Int64.self)) }
        delivered = try count("delivered")
        read = try count("read")
        lost = try count("lost")
        overdue = try count("overdue")
        open = try count("open")
        retried = try count("retried")
        retriedThrough = try count("retried_through")
        retriesThrough = try count("retries_through")
        sample = Int64(delivered + lost + overdue)
        retrySample = Int64(retried)
    }
}
