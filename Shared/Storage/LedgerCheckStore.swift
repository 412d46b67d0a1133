internal import JSON
package import Models
package import Postgres
package import Runtime

/// What a look at one tenant's ledger found: figures that people see against the rows themselves.
package struct LedgerFinding: Sendable {
    package struct Difference: Sendable, Equatable {
        /// A state's name, or `accepted`.
        package let figure: String
        package let counted: Int64
        package let rows: Int64

        package init(figure: String, counted: Int64, rows: Int64) {
            self.figure = figure
            self.counted = counted
            self.rows = rows
        }
    }

    /// Messages that ended without delivery for one reason.
    package struct Ended: Sendable, Equatable {
        package let state: MessageState
        /// Nil where no provider gave one: expired, cancelled, never answered.
        package let code: Int?
        package let messages: Int64

        package init(state: MessageState, code: Int?, messages: Int64) {
            self.state = state
            self.code = code
            self.messages = messages
        }
    }

    package let tenantID: TenantID
    package let tenantName: String
    package let messages: Int64
    package let differences: [Difference]
    package let ended: [Ended]
    package var isBalanced: Bool { differences.isEmpty }
}

/// The standing check: accepted is the sum over the states, and each state's figure is the number of its rows.
///
/// Reads every row of a tenant, so it has a connection of its own, one tenant at a time.
package struct LedgerCheckStore: Sendable {
    /// The figure beside those of the states.
    static let acceptedName = "accepted"

    /// Reasons that are kept of one tenant.
    static let endedMax = 200

    private let database: Database
    private let ids: IDSource

    /// - Parameter database: the platform's role, with `settings`.
    package init(_ database: Database, ids: IDSource) {
        self.database = database
        self.ids = ids
    }

    /// One connection that may take its time, takes one processor at most, and plans for what it finds: a small
    /// tenant by its key, one that owns most rows by reading them all.
    package static func settings(_ settings: DatabaseSettings) -> DatabaseSettings {
        var settings = settings.forUpkeep
        settings.sessionSetup += [
            "SET max_parallel_workers_per_gather = 0", "SET plan_cache_mode = force_custom_plan",
        ]
        return settings
    }

    /// Checks the tenant that was checked longest ago, and raises or resolves its alert with what was found.
    ///
    /// - Parameters:
    ///   - interval: a tenant that was checked less long ago is not due.
    ///   - draft: what to tell when something does not add up.
    /// - Returns: nil when none is due, or another monitor is at it.
    package func checkNext(
        every interval: Duration,
        draft: @escaping @Sendable (LedgerFinding) -> AlertDraft
    ) async throws(DatabaseError) -> (finding: LedgerFinding, news: [AlertNews])? {
        let ids = ids
        return try await database.transaction { connection in
            guard let (tenantID, name) = try Self.next(every: interval, on: connection) else { return nil }
            let finding = try Self.compare(tenantID, name, on: connection)
            try Self.write(finding, on: connection)
            let alert = draft(finding)
            let key = alert.key.description
            let isKnown = try !AlertStore.resolvedEarly(
                like: key, standing: finding.isBalanced ? [] : [key], on: connection
            ).isEmpty
            if finding.isBalanced { return (finding, try AlertStore.resolve([key], on: connection)) }
            return (finding, isKnown ? [] : [try AlertStore.open(alert, ids: ids, on: connection)])
        }
    }

    private static func next(every interval: Duration, on connection: Connection) throws -> (
        TenantID, String
    )? {
        let lock = try connection.rows(
            "SELECT pg_try_advisory_xact_lock(hashtext('check the ledger')) AS is_ours"
        )
        guard try lock.first?.value("is_ours", as: Bool.self) == true else { return nil }
        return try connection.rows(
            """
            SELECT t.id, t.name FROM tenants t LEFT JOIN ledger_checks c ON c.tenant_id = t.id
            WHERE c.checked_at IS NULL OR c.checked_at < now() - \(interval.microseconds) * interval '1 microsecond'
            ORDER BY c.checked_at NULLS FIRST, t.id LIMIT 1
            """
        ).first.map { row in (try row.value("id"), try row.value("name")) }
    }

    /// One statement, so counts and rows are seen at one moment, whoever writes meanwhile.
    private static func compare(_ tenantID: TenantID, _ name: String, on connection: Connection) throws
        -> LedgerFinding
    {
        let rows = try connection.rows(
            """
            WITH counted AS (
                SELECT state, sum(messages)::bigint AS messages, sum(accepted)::bigint AS accepted FROM (
                    SELECT state, entered - left_state AS messages, accepted
                    FROM message_totals WHERE tenant_id = \(tenantID)
                    UNION ALL
                    SELECT to_state, messages, CASE WHEN from_state = -1 THEN messages ELSE 0 END
                    FROM message_count_changes WHERE tenant_id = \(tenantID)
                    UNION ALL
                    SELECT from_state, -messages, 0
                    FROM message_count_changes WHERE tenant_id = \(tenantID) AND from_state >= 0
                ) AS parts GROUP BY state
            ), reasons AS (
                SELECT state, CASE WHEN state >= \(MessageState.failed.rawValue) THEN error_code END AS code,
                       count(*) AS messages
                FROM message_states WHERE tenant_id = \(tenantID) GROUP BY 1, 2
            ), found AS (
                SELECT state, sum(messages)::bigint AS messages,
                       array_agg(code ORDER BY messages DESC, code) AS codes,
                       array_agg(messages ORDER BY messages DESC, code) AS per_code
                FROM reasons GROUP BY state
            ), removed AS (
                -- Rows that went with age; their counts stay.
                SELECT state, messages FROM removed_messages WHERE tenant_id = \(tenantID)
            )
            SELECT state, coalesce(c.messages, 0) AS counted, coalesce(f.messages, 0) + coalesce(r.messages, 0) AS found,
                   coalesce(c.accepted, 0) AS accepted, coalesce(f.codes, '{}') AS codes,
                   coalesce(f.per_code, '{}') AS per_code
            FROM counted c FULL JOIN found f USING (state) FULL JOIN removed r USING (state) ORDER BY state
            """
        )
        var messages: Int64 = 0
        var accepted: Int64 = 0
        var differences: [LedgerFinding.Difference] = []
        var ended: [LedgerFinding.Ended] = []
        for row in rows {
            let stateNumber: Int16 = try row.value("state")
            if let state = MessageState(rawValue: stateNumber), state.rawValue >= MessageState.failed.rawValue
            {
                let codes: [Int32?] = try row.value("codes")
                let perCode: [Int64] = try row.value("per_code")
                ended += zip(codes, perCode).map { code, messages in
                    LedgerFinding.Ended(state: state, code: code.map { Int($0) }, messages: messages)
                }
            }
            let (counted, found): (Int64, Int64) = (try row.value("counted"), try row.value("found"))
            messages += found
            accepted += try row.value("accepted", as: Int64.self)
            if counted != found {
                let figure = MessageState(rawValue: stateNumber)?.name ?? "state \(stateNumber)"
                differences.append(LedgerFinding.Difference(figure: figure, counted: counted, rows: found))
            }
        }
        if accepted != messages {
            differences.append(
                LedgerFinding.Difference(figure: acceptedName, counted: accepted, rows: messages)
            )
        }
        return LedgerFinding(
            tenantID: tenantID,
            tenantName: name,
            messages: messages,
            differences: differences,
            ended: Array(ended.prefix(endedMax))
        )
    }

    private static func write(_ finding: LedgerFinding, on connection: Connection) throws {
        var writer = JSONWriter()
        writer.object { writer in
            for difference in finding.differences {
                writer.key(difference.figure)
                writer.object { writer in
                    writer.field("counted", difference.counted)
                    writer.field("rows", difference.rows)
                }
            }
        }
        var ended = JSONWriter()
        ended.array { list in
            for reason in finding.ended {
                list.object { writer in
                    writer.field("state", reason.state.name)
                    writer.field("code", reason.code)
                    writer.field("messages", reason.messages)
                }
            }
        }
        _ = try connection.execute(
            """
            INSERT INTO ledger_checks (tenant_id, checked_at, messages, differences, ended)
            VALUES (\(finding.tenantID), now(), \(finding.messages), \(JSONText(writer.bytes)),
                    \(JSONText(ended.bytes)))
            ON CONFLICT (tenant_id) DO UPDATE
            SET checked_at = excluded.checked_at, messages = excluded.messages, differences = excluded.differences,
                ended = excluded.ended
            """
        )
    }
}
