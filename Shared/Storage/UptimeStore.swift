package import Models
package import Postgres

/// Whether endpoints answered when they were asked: how each is now, each check for a week, hours for months and days for
/// years. Platform role.
package struct UptimeStore: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Keeps a round of checks. What was asked before and is not any more stands no longer under how things are now; its
    /// history stays.
    ///
    /// - Parameter isWhole: whether the round asked everything; otherwise the others stay as they are.
    package func record(_ checks: [UptimeCheck], isWhole: Bool = true) async throws(DatabaseError) {
        if checks.isEmpty { return }
        // One order for everybody who locks these rows.
        let checks = checks.sorted { ($0.name, $0.at) < ($1.name, $1.at) }
        var statements: [SQL] = [
            """
            INSERT INTO uptime_checks (name, at, is_up, milliseconds, why)
            SELECT * FROM \(Self.rows(checks))
            """,
            Self.adding(checks, to: "hour"), Self.adding(checks, to: "day"),
            """
            INSERT INTO uptime_endpoints AS e (name, is_up, since, checked_at, milliseconds, why, failed_in_a_row)
            SELECT DISTINCT ON (name) name, is_up, at, at, milliseconds, why, CASE WHEN is_up THEN 0 ELSE 1 END
            FROM \(Self.rows(checks)) ORDER BY name, at DESC
            ON CONFLICT (name) DO UPDATE
            SET is_up = excluded.is_up, checked_at = excluded.checked_at, milliseconds = excluded.milliseconds,
                why = excluded.why,
                since = CASE WHEN e.is_up = excluded.is_up THEN e.since ELSE excluded.since END,
                failed_in_a_row = CASE WHEN excluded.is_up THEN 0 ELSE e.failed_in_a_row + 1 END
            WHERE e.checked_at < excluded.checked_at
            """,
        ]
        if isWhole {
            statements.append("DELETE FROM uptime_endpoints WHERE name <> ALL (\(checks.map(\.name)))")
        }
        _ = try await database.pipeline(statements)
    }

    private static func rows(_ checks: [UptimeCheck]) -> SQL {
        """
        unnest(\(checks.map(\.name)), \(checks.map(\.at)), \(checks.map(\.isUp)), \(checks.map(\.milliseconds)),
               \(checks.map(\.why))) AS c (name, at, is_up, milliseconds, why)
        """
    }

    private static func adding(_ checks: [UptimeCheck], to span: String) -> SQL {
        """
        INSERT INTO uptime_spans AS s (name, span, starts_at, checks, up, milliseconds, slowest_milliseconds)
        SELECT name, '\(raw: span)', date_trunc('\(raw: span)', at, 'UTC'), count(*), count(*) FILTER (WHERE is_up),
               sum(milliseconds), max(milliseconds)
        FROM \(rows(checks)) GROUP BY 1, 3
        ON CONFLICT (name, span, starts_at) DO UPDATE
        SET checks = s.checks + excluded.checks, up = s.up + excluded.up,
            milliseconds = s.milliseconds + excluded.milliseconds,
            slowest_milliseconds = greatest(s.slowest_milliseconds, excluded.slowest_milliseconds)
        """
    }

    package func endpoints() async throws(DatabaseError) -> [EndpointState] {
        let rows = try await database.rows(
            """
            SELECT name, is_up, since, checked_at, milliseconds, why, failed_in_a_row FROM uptime_endpoints ORDER BY name
            """)
        return try Connection.decoded { try rows.map(EndpointState.init) }
    }

    /// Hours or days of all endpoints, oldest first.
    package func spans(_ length: UptimeSpan.Length, since: Timestamp) async throws(DatabaseError) -> [UptimeSpan] {
        let rows = try await database.rows(
            """
            SELECT name, starts_at, checks, up, milliseconds, slowest_milliseconds FROM uptime_spans
            WHERE span = \(length.rawValue) AND starts_at >= \(since) ORDER BY name, starts_at
            """)
        return try Connection.decoded { try rows.map(UptimeSpan.init) }
    }

    /// Which providers any sender in use sends through.
    package func providersInUse() async throws(DatabaseError) -> Set<Provider> {
        let rows = try await database.rows("SELECT DISTINCT provider FROM senders WHERE status <> 'disabled'")
        return Set(try Connection.decoded { try rows.compactMap { Provider(rawValue: try $0.value("provider")) } })
    }
}

/// One question, and whether it was answered.
package struct UptimeCheck: Hashable, Sendable {
    package let name: String
    package let at: Timestamp
    package let milliseconds: Double
    /// Nil: it is up.
    package let why: String?
    package var isUp: Bool { why == nil }

    package init(name: String, at: Timestamp, milliseconds: Double, why: String?) {
        self.name = name
        self.at = at
        self.milliseconds = milliseconds
        self.why = why
    }
}

/// How an endpoint is now.
package struct EndpointState: Hashable, Sendable {
    package let name: String
    package let isUp: Bool
    /// Up, or down, since then.
    package let since: Timestamp
    package let checkedAt: Timestamp
    package let milliseconds: Double
    package let why: String?
    package let failedInARow: Int
}

/// An endpoint's checks of an hour or a day (UTC).
package struct UptimeSpan: Hashable, Sendable {
    package enum Length: String, Sendable {
        case hour
        case day
    }

    package let name: String
    package let startsAt: Timestamp
    package let checks: Int64
    package let up: Int64
    /// The mean, and the slowest.
    package let milliseconds: Double
    package let slowestMilliseconds: Double
}

extension EndpointState {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        name = try row.value("name")
        isUp = try row.value("is_up")
        since = try row.value("since")
        checkedAt = try row.value("checked_at")
        milliseconds = try row.value("milliseconds")
        why = try row.value("why")
        failedInARow = try row.value("failed_in_a_row")
    }
}

extension UptimeSpan {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        name = try row.value("name")
        startsAt = try row.value("starts_at")
        checks = try row.value("checks")
        up = try row.value("up")
        milliseconds = try row.value("milliseconds", as: Double.self) / Double(max(1, checks))
        slowestMilliseconds = try row.value("slowest_milliseconds")
    }
}
