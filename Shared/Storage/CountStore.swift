package import Models
package import Postgres
internal import Runtime

/// The figures people see. Every move of messages appends a change in its own transaction; folding adds the changes
/// up per minute and for ever. What is not folded yet is added when somebody asks, in the same statement, so an
/// answer is always exact.
package struct CountStore: Sendable {
    package static let foldedMax = 5_000

    private let database: Database

    /// - Parameter database: the platform's role to fold; the service's role is enough to ask for one tenant.
    package init(_ database: Database) {
        self.database = database
    }

    /// Moves a portion of the changes into the minutes, the hours and the totals, in one transaction.
    ///
    /// - Returns: how many changes were folded; 0 also when another monitor is at it.
    package func fold(max: Int = foldedMax) async throws(DatabaseError) -> Int {
        try await database.transaction { connection in
            // Two that fold at once would only wait for each other's rows.
            let lock = try connection.rows(
                "SELECT pg_try_advisory_xact_lock(hashtext('fold message counts')) AS is_ours"
            )
            guard try lock.first?.value("is_ours", as: Bool.self) == true else { return 0 }
            let rows = try connection.rows(Self.folding(max: max))
            let folded = Int(try rows.first?.value("folded", as: Int64.self) ?? 0)
            if folded > 0 { FaultPoint.reach(.monitorBeforeFold) }
            return folded
        }
    }

    private static func folding(max: Int) -> SQL {
        """
        WITH portion AS MATERIALIZED (
            DELETE FROM message_count_changes
            WHERE ctid = ANY (ARRAY(SELECT ctid FROM message_count_changes LIMIT \(max)))
            RETURNING tenant_id, date_trunc('minute', at, 'UTC') AS minute, sender_id, template_id, from_state, to_state,
                      messages
        ), summed AS MATERIALIZED (
            SELECT tenant_id, minute, sender_id, template_id, state, sum(entered) AS entered,
                   sum(left_state) AS left_state, sum(accepted) AS accepted
            FROM (
                SELECT tenant_id, minute, sender_id, template_id, to_state AS state, messages AS entered,
                       0 AS left_state, CASE WHEN from_state = -1 THEN messages ELSE 0 END AS accepted
                FROM portion
                UNION ALL
                SELECT tenant_id, minute, sender_id, template_id, from_state, 0, messages, 0
                FROM portion WHERE from_state >= 0
            ) AS sides
            GROUP BY tenant_id, minute, sender_id, template_id, state
        ), minutes AS (
            INSERT INTO message_counts AS c
                (tenant_id, minute, sender_id, template_id, state, entered, left_state, accepted)
            SELECT * FROM summed ORDER BY tenant_id, minute, sender_id, template_id, state
            ON CONFLICT (tenant_id, minute, sender_id, template_id, state) DO UPDATE
            SET entered = c.entered + excluded.entered, left_state = c.left_state + excluded.left_state,
                accepted = c.accepted + excluded.accepted
        ), hours AS (
            INSERT INTO message_hours AS h (tenant_id, hour, sender_id, state, entered, left_state, accepted)
            SELECT tenant_id, date_trunc('hour', minute, 'UTC'), sender_id, state, sum(entered), sum(left_state),
                   sum(accepted)
            FROM summed GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
            ON CONFLICT (tenant_id, hour, sender_id, state) DO UPDATE
            SET entered = h.entered + excluded.entered, left_state = h.left_state + excluded.left_state,
                accepted = h.accepted + excluded.accepted
        ), totals AS (
            INSERT INTO message_totals AS t (tenant_id, sender_id, template_id, state, entered, left_state, accepted)
            SELECT tenant_id, sender_id, template_id, state, sum(entered), sum(left_state), sum(accepted)
            FROM summed GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
            ON CONFLICT (tenant_id, sender_id, template_id, state) DO UPDATE
            SET entered = t.entered + excluded.entered, left_state = t.left_state + excluded.left_state,
                accepted = t.accepted + excluded.accepted
        ), settled AS (
            INSERT INTO unanswered_days AS u (tenant_id, day, resent, proven, ended)
            SELECT tenant_id, (minute AT TIME ZONE 'UTC')::date,
                   coalesce(sum(messages) FILTER (WHERE to_state = \(MessageState.queued.rawValue)), 0),
                   coalesce(sum(messages) FILTER (WHERE to_state BETWEEN \(MessageState.sent.rawValue)
                                                                     AND \(MessageState.read.rawValue)), 0),
                   coalesce(sum(messages) FILTER (WHERE to_state >= \(MessageState.failed.rawValue)), 0)
            FROM portion WHERE from_state = \(MessageState.unanswered.rawValue) GROUP BY 1, 2 ORDER BY 1, 2
            ON CONFLICT (tenant_id, day) DO UPDATE
            SET resent = u.resent + excluded.resent, proven = u.proven + excluded.proven,
                ended = u.ended + excluded.ended
        )
        SELECT count(*) AS folded FROM portion
        """
    }

    /// Messages in each state over all tenants, as far as folded: for the gauges, where a second does not matter.
    package func messagesInStates() async throws(DatabaseError) -> [MessageState: Int64] {
        let rows = try await database.rows(
            "SELECT state, sum(entered - left_state)::bigint AS messages FROM message_totals GROUP BY state"
        )
        return try Self.byState(rows)
    }

    /// Messages of one tenant in each state, now.
    package func messagesInStates(of tenantID: TenantID) async throws(DatabaseError) -> [MessageState: Int64]
    {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT state, sum(messages)::bigint AS messages FROM (
                SELECT state, entered - left_state AS messages FROM message_totals WHERE tenant_id = \(tenantID)
                UNION ALL
                SELECT to_state, messages FROM message_count_changes WHERE tenant_id = \(tenantID)
                UNION ALL
                SELECT from_state, -messages FROM message_count_changes
                WHERE tenant_id = \(tenantID) AND from_state >= 0
            ) AS counted GROUP BY state
            """,
        ])
        return try Self.byState(answers.last ?? [])
    }

    /// What happened in a span, in groups. `from` is counted from its minute on, `to` up to its minute.
    ///
    /// - Parameter template: nil: whatever was sent.
    package func flows(
        of tenantID: TenantID,
        from: Timestamp,
        to: Timestamp,
        by grouping: CountGrouping,
        template: TemplateID? = nil
    ) async throws(DatabaseError) -> [CountedFlow] {
        let key: SQL =
            switch grouping {
            case .total: "NULL::timestamptz AS at, NULL::uuid AS subject"
            case .minute: "minute AS at, NULL::uuid AS subject"
            case .hour: "date_trunc('hour', minute, 'UTC') AS at, NULL::uuid AS subject"
            case .day: "date_trunc('day', minute, 'UTC') AS at, NULL::uuid AS subject"
            case .template: "NULL::timestamptz AS at, template_id AS subject"
            case .sender: "NULL::timestamptz AS at, sender_id AS subject"
            }
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT at, subject, state, sum(net)::bigint AS net, sum(accepted)::bigint AS accepted FROM (
                SELECT \(key), state, net, accepted
                FROM (\(Self.counted(where: "tenant_id = \(tenantID)"))) AS counted
                WHERE minute >= date_trunc('minute', \(from), 'UTC') AND minute < \(to)
                  AND (\(template as TemplateID?)::uuid IS NULL OR template_id = \(template as TemplateID?))
            ) AS keyed GROUP BY at, subject, state ORDER BY at, subject
            """,
        ])
        return try CountedFlow.gather(answers.last ?? [])
    }

    /// The same for every tenant at once; platform role.
    package func flowsOfAllTenants(from: Timestamp, to: Timestamp) async throws(DatabaseError)
        -> [CountedFlow]
    {
        let rows = try await database.rows(
            """
            SELECT NULL::timestamptz AS at, tenant_id AS subject, state, sum(net)::bigint AS net,
                   sum(accepted)::bigint AS accepted
            FROM (\(Self.counted(where: "true"))) AS counted
            WHERE minute >= date_trunc('minute', \(from), 'UTC') AND minute < \(to)
            GROUP BY tenant_id, state ORDER BY tenant_id
            """
        )
        return try CountedFlow.gather(rows)
    }

    /// Folded and not yet folded, in one snapshot. Conditions on `minute` from outside reach `message_counts`' key.
    private static func counted(where tenant: SQL) -> SQL {
        """
        SELECT tenant_id, minute, sender_id, template_id, state, entered - left_state AS net, accepted
        FROM message_counts WHERE \(tenant)
        UNION ALL
        SELECT tenant_id, date_trunc('minute', at, 'UTC'), sender_id, template_id, to_state, messages,
               CASE WHEN from_state = -1 THEN messages ELSE 0 END
        FROM message_count_changes WHERE \(tenant)
        UNION ALL
        SELECT tenant_id, date_trunc('minute', at, 'UTC'), sender_id, template_id, from_state, -messages, 0
        FROM message_count_changes WHERE \(tenant) AND from_state >= 0
        """
    }

    private static func byState(_ rows: [Row]) throws(DatabaseError) -> [MessageState: Int64] {
        var counts: [MessageState: Int64] = [:]
        for row in rows {
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            counts[state] = try row.value("messages", as: Int64.self)
        }
        return counts
    }
}

package enum CountGrouping: Sendable {
    case total
    case minute
    case hour
    case day
    case template
    case sender
}

/// What one group of messages did in a span: accepted, and how each state grew or shrank.
///
/// For messages that began and ended inside the span the nets are simply where they are.
package struct CountedFlow: Sendable {
    package var at: Timestamp?
    /// A template, sender or tenant, by the grouping; the nil UUID for messages without a template.
    package var subject: UUIDValue?
    package var accepted: Int64 = 0
    package var net: [MessageState: Int64] = [:]

    package init() {}

    /// Several groups as one.
    package init(sumOf flows: [CountedFlow]) {
        accepted = flows.reduce(0) { $0 + $1.accepted }
        for flow in flows { net.merge(flow.net, uniquingKeysWith: +) }
    }

    private func sum(_ states: MessageState...) -> Int64 { states.reduce(0) { $0 + (net[$1] ?? 0) } }

    /// WhatsApp has taken them.
    package var sent: Int64 { sum(.sent, .delivered, .read) }
    /// Read counts as delivered.
    package var delivered: Int64 { sum(.delivered, .read) }
    package var read: Int64 { sum(.read) }
    package var failed: Int64 { sum(.failed) }
    package var undelivered: Int64 { sum(.undelivered) }
    package var expired: Int64 { sum(.expired) }
    package var cancelled: Int64 { sum(.cancelled) }
    /// Still ours to do.
    package var pending: Int64 { sum(.scheduled, .queued, .sending, .unanswered, .waiting, .held) }
    /// No longer pending: what rates are about.
    package var settled: Int64 { accepted - pending }

    /// Of the settled, how many WhatsApp took and did not give back. Nil when nothing is settled.
    package var successRate: Double? { rate(sent) }
    package var deliveryRate: Double? { rate(delivered) }

    private func rate(_ part: Int64) -> Double? {
        guard settled > 0 else { return nil }
        return min(1, max(0, Double(part) / Double(settled)))
    }

    fileprivate static func gather(_ rows: [Row]) throws(DatabaseError) -> [CountedFlow] {
        var flows: [CountedFlow] = []
        for row in rows {
            let at = try row.value("at", as: Timestamp?.self)
            let subject = try row.value("subject", as: UUIDValue?.self)
            if flows.isEmpty || flows[flows.count - 1].at != at || flows[flows.count - 1].subject != subject {
                var flow = CountedFlow()
                flow.at = at
                flow.subject = subject
                flows.append(flow)
            }
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            flows[flows.count - 1].net[state] = try row.value("net", as: Int64.self)
            flows[flows.count - 1].accepted += try row.value("accepted", as: Int64.self)
        }
        return flows
    }
}
