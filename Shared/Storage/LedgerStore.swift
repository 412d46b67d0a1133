package import Models
package import Postgres

/// A tenant's messages as an account: what was there, what came, where it went.
package struct Ledger: Sendable {
    package struct Figures: Sendable, Equatable {
        package var opening: Int64 = 0
        package var entered: Int64 = 0
        package var left: Int64 = 0
        package var closing: Int64 { opening + entered - left }

        package init() {}
    }

    /// The last comparison of all counts with the rows themselves.
    package struct Check: Sendable {
        package let at: Timestamp
        package let messages: Int64
        /// `{}` when all is well.
        package let differences: JSONText
        package var isBalanced: Bool { differences.bytes == Array("{}".utf8) }
    }

    /// Whole minutes.
    package var from: Timestamp
    package var to: Timestamp
    package var accepted: Int64 = 0
    package var states: [MessageState: Figures] = [:]
    /// Since the first message.
    package var everAccepted: Int64 = 0
    package var inStatesNow: Int64 = 0
    package var check: Check?

    package var opening: Int64 { states.values.reduce(0) { $0 + $1.opening } }
    package var closing: Int64 { states.values.reduce(0) { $0 + $1.closing } }

    /// Every message is in exactly one state: what was there and what came is what is there, over the span and for ever,
    /// and no state holds less than nothing.
    package var isBalanced: Bool {
        opening + accepted == closing && everAccepted == inStatesNow
            && states.values.allSatisfy { $0.opening >= 0 && $0.closing >= 0 }
    }
}

package struct LedgerStore: Sendable {
    private let database: Database

    /// - Parameter database: the service's role is enough.
    package init(_ database: Database) {
        self.database = database
    }

    /// - Parameters:
    ///   - from: counted from its minute on; nil: since midnight of the tenant's day.
    ///   - to: counted up to its minute; nil: up to now.
    package func ledger(
        of tenantID: TenantID, from: Timestamp?, to: Timestamp?
    ) async throws(DatabaseError) -> Ledger {
        let answers = try await database.pipeline([
            .actFor(tenantID),
            """
            SELECT date_trunc('minute', coalesce(\(from as Timestamp?),
                       date_trunc('day', now() AT TIME ZONE t.time_zone) AT TIME ZONE t.time_zone), 'UTC') AS from_minute,
                   date_trunc('minute', coalesce(\(to as Timestamp?), now() + interval '1 minute'), 'UTC') AS to_minute
            FROM tenants t WHERE t.id = \(tenantID)
            """,
            "SELECT checked_at, messages, differences FROM ledger_checks WHERE tenant_id = \(tenantID)",
        ])
        guard answers.count == 3, let span = answers[1].first else { throw .decoding("a tenant that is not there") }
        var ledger = Ledger(from: try span.value("from_minute"), to: try span.value("to_minute"))
        if let row = answers[2].first {
            ledger.check = Ledger.Check(
                at: try row.value("checked_at"),
                messages: try row.value("messages"),
                differences: try row.value("differences")
            )
        }
        let figures = try await database.pipeline([
            .actFor(tenantID), Self.figures(tenantID, from: ledger.from, to: ledger.to),
        ])
        for row in figures.last ?? [] {
            guard let state = MessageState(rawValue: try row.value("state")) else { continue }
            let now: Int64 = try row.value("now_in")
            var figures = Ledger.Figures()
            figures.opening = now - (try row.value("since", as: Int64.self))
            figures.entered = try row.value("entered")
            figures.left = try row.value("left_state")
            ledger.states[state] = figures
            ledger.accepted += try row.value("accepted", as: Int64.self)
            ledger.everAccepted += try row.value("ever", as: Int64.self)
            ledger.inStatesNow += now
        }
        return ledger
    }

    /// Folded and not yet folded in one snapshot. What was there at the beginning is what is there now less what came
    /// since: so nobody sums over all minutes there ever were.
    private static func figures(_ tenantID: TenantID, from: Timestamp, to: Timestamp) -> SQL {
        """
        WITH changes AS MATERIALIZED (
            SELECT date_trunc('minute', at, 'UTC') AS minute, from_state, to_state, messages
            FROM message_count_changes WHERE tenant_id = \(tenantID)
        ), sides AS (
            SELECT minute, to_state AS state, messages AS entered, 0 AS left_state,
                   CASE WHEN from_state = -1 THEN messages ELSE 0 END AS accepted
            FROM changes
            UNION ALL
            SELECT minute, from_state, 0, messages, 0 FROM changes WHERE from_state >= 0
        ), minutes AS (
            SELECT minute, state, entered, left_state, accepted FROM message_counts
            WHERE tenant_id = \(tenantID) AND minute >= \(from)
            UNION ALL
            SELECT minute, state, entered, left_state, accepted FROM sides WHERE minute >= \(from)
        ), parts AS (
            SELECT state, entered - left_state AS now_in, accepted AS ever, 0 AS since, 0 AS entered, 0 AS left_state,
                   0 AS accepted
            FROM message_totals WHERE tenant_id = \(tenantID)
            UNION ALL
            SELECT state, entered - left_state, accepted, 0, 0, 0, 0 FROM sides
            UNION ALL
            SELECT state, 0, 0, entered - left_state, CASE WHEN minute < \(to) THEN entered ELSE 0 END,
                   CASE WHEN minute < \(to) THEN left_state ELSE 0 END,
                   CASE WHEN minute < \(to) THEN accepted ELSE 0 END
            FROM minutes
        )
        SELECT state, sum(now_in)::bigint AS now_in, sum(ever)::bigint AS ever, sum(since)::bigint AS since,
               sum(entered)::bigint AS entered, sum(left_state)::bigint AS left_state, sum(accepted)::bigint AS accepted
        FROM parts GROUP BY state ORDER BY state
        """
    }
}
