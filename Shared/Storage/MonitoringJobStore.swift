package import Models
package import Postgres

/// What monitor does in turns.
package enum MonitoringJob: String, CaseIterable, Hashable, Sendable {
    /// A cycle of measuring.
    case measure
    /// A round of asking whether everything answers.
    case uptime
}

/// A turn that one copy of monitor has begun; nobody else begins one until it ends or its lease does.
package struct MonitoringTurn: Sendable {
    package let job: MonitoringJob
    /// Fences the turn: what it brings is kept only while it is still the last one begun.
    package let number: Int64
    package let holder: UUIDValue
    /// The database's clock.
    package let startedAt: Timestamp
}

/// How a turn went.
package struct MonitoringOutcome: Sendable {
    package var tenants = 0
    package var measurements = 0
    /// Nil: it went well. For founders to read.
    package var error: String?

    package init() {}
}

/// Who measures, when, and whether at all: any number of copies of monitor, one at a time. Platform role.
package struct MonitoringJobStore: Sendable {
    /// A copy that was not seen for so long is not there.
    package static let copySeenWithin = Duration.seconds(90)

    let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// Begins a turn when one is due.
    ///
    /// - Parameter lease: longer than a turn may take; after it another copy may begin one.
    /// - Returns: nil when none is due, another copy is at it, or monitoring is stopped.
    package func begin(
        _ job: MonitoringJob, as copy: UUIDValue, every interval: Duration, lease: Duration
    ) async throws(DatabaseError) -> MonitoringTurn? {
        let rows = try await database.rows(
            """
            UPDATE monitoring_jobs SET turn = turn + 1, holder = \(copy), started_at = now(),
                lease_until = now() + \(lease.microseconds) * interval '1 microsecond',
                next_at = now() + \(interval.microseconds) * interval '1 microsecond'
            WHERE name = \(job.rawValue) AND is_enabled AND (lease_until IS NULL OR lease_until <= now())
              AND (next_at <= now() OR started_at <= now() - \(interval.microseconds) * interval '1 microsecond')
            RETURNING turn, started_at
            """)
        guard let row = rows.first else { return nil }
        return MonitoringTurn(
            job: job, number: try row.value("turn"), holder: copy, startedAt: try row.value("started_at"))
    }

    /// Ends a turn, and keeps what it measured in the same transaction.
    ///
    /// - Returns: false when the turn is not ours any more: nothing is kept.
    package func end(
        _ turn: MonitoringTurn, _ outcome: MonitoringOutcome, keeping measurements: [Measurement] = []
    ) async throws(DatabaseError) -> Bool {
        try await database.transaction { connection in
            let rows = try connection.rows(Self.ending(turn, outcome, isKept: !measurements.isEmpty))
            guard let row = rows.first else { return false }
            if measurements.isEmpty { return true }
            let isHourly: Bool = try row.value("is_hourly")
            _ = try connection.execute(MeasurementStore.insertion(measurements, isHourly: isHourly))
            return true
        }
    }

    private static func ending(_ turn: MonitoringTurn, _ outcome: MonitoringOutcome, isKept: Bool) -> SQL {
        """
        UPDATE monitoring_jobs j
        SET lease_until = NULL, ended_at = clock_timestamp(),
            took_seconds = extract(epoch FROM clock_timestamp() - j.started_at),
            tenants = \(Int32(clamping: outcome.tenants)), measurements = \(Int32(clamping: outcome.measurements)),
            error = \(outcome.error as String?),
            failed_in_a_row = CASE WHEN \(outcome.error == nil) THEN 0 ELSE j.failed_in_a_row + 1 END,
            hour_kept = CASE WHEN \(isKept) THEN o.hour ELSE j.hour_kept END
        FROM (SELECT name, hour_kept, date_trunc('hour', started_at, 'UTC') AS hour FROM monitoring_jobs) AS o
        WHERE o.name = j.name AND j.name = \(turn.job.rawValue) AND j.turn = \(turn.number) AND j.holder = \(turn.holder)
        RETURNING o.hour_kept IS DISTINCT FROM o.hour AS is_hourly
        """
    }

    /// Says that a copy is there, and forgets those that are long gone.
    package func show(_ copy: UUIDValue, isEnabled: Bool) async throws(DatabaseError) {
        _ = try await database.pipeline([
            """
            INSERT INTO monitoring_copies (id, is_enabled) VALUES (\(copy), \(isEnabled))
            ON CONFLICT (id) DO UPDATE SET seen_at = now()
            """,
            "DELETE FROM monitoring_copies WHERE seen_at < now() - interval '1 day'",
        ])
    }
}
