package import Models
package import Postgres

/// How monitoring itself is: for founders.
package struct MonitoringStatus: Sendable {
    package struct Job: Sendable {
        package let job: MonitoringJob
        package let isEnabled: Bool
        package let changedAt: Timestamp
        package let changedBy: String?
        /// A turn is in hand.
        package let isRunning: Bool
        package let turns: Int64
        package let startedAt: Timestamp?
        /// Nil while it is stopped.
        package let nextAt: Timestamp?
        package let endedAt: Timestamp?
        package let tookSeconds: Double?
        package let tenants: Int
        package let measurements: Int
        package let error: String?
        package let failedInARow: Int
    }

    package struct Copy: Sendable {
        package let id: UUIDValue
        package let startedAt: Timestamp
        package let seenAt: Timestamp
        /// By its own setting.
        package let isEnabled: Bool
    }

    package let jobs: [Job]
    /// Those that are there.
    package let copies: [Copy]

    /// Measures, as far as the switch and the settings of the copies go.
    package var isEnabled: Bool { jobs.contains(where: \.isEnabled) && copies.contains(where: \.isEnabled) }
}

/// What founders may do with monitoring, for all copies at once.
package enum MonitoringSwitch: String, CaseIterable, Sendable {
    case start
    case stop
    /// Starts it if it is stopped, forgets a turn that is in hand, and begins one at once.
    case restart
}

extension MonitoringJobStore {
    /// Does it, with its line of the audit log.
    package func apply(
        _ change: MonitoringSwitch, by source: AuditSource, auditID: UUIDValue
    ) async throws(DatabaseError) {
        let isOn = change != .stop
        _ = try await database.pipeline([
            """
            UPDATE monitoring_jobs
            SET changed_at = CASE WHEN is_enabled <> \(isOn) OR \(change == .restart) THEN now() ELSE changed_at END,
                changed_by = CASE WHEN is_enabled <> \(isOn) OR \(change == .restart) THEN \(source.actor.name)
                                  ELSE changed_by END,
                next_at = CASE WHEN \(isOn) AND (\(change == .restart) OR NOT is_enabled) THEN now() ELSE next_at END,
                lease_until = CASE WHEN \(change == .restart) THEN NULL ELSE lease_until END,
                holder = CASE WHEN \(change == .restart) THEN NULL ELSE holder END,
                failed_in_a_row = CASE WHEN \(change == .restart) THEN 0 ELSE failed_in_a_row END,
                is_enabled = \(isOn)
            """,
            source.entry("monitoring.\(change.rawValue)", nil, of: nil, id: auditID),
        ])
    }

    package func status() async throws(DatabaseError) -> MonitoringStatus {
        let answers = try await database.pipeline([
            """
            SELECT name, is_enabled, changed_at, changed_by, turn, started_at, next_at, ended_at, took_seconds, tenants,
                   measurements, error, failed_in_a_row, coalesce(lease_until > now(), false) AS is_running
            FROM monitoring_jobs ORDER BY name
            """,
            """
            SELECT id, started_at, seen_at, is_enabled FROM monitoring_copies
            WHERE seen_at > now() - \(Self.copySeenWithin.microseconds) * interval '1 microsecond' ORDER BY started_at
            """,
        ])
        guard answers.count == 2 else { throw .decoding("answers are missing") }
        return try Connection.decoded {
            MonitoringStatus(
                jobs: try answers[0].compactMap(MonitoringStatus.Job.init),
                copies: try answers[1].map(MonitoringStatus.Copy.init))
        }
    }
}

extension MonitoringStatus.Job {
    fileprivate init?(_ row: Row) throws(DatabaseError) {
        guard let job = MonitoringJob(rawValue: try row.value("name")) else { return nil }
        self.job = job
        isEnabled = try row.value("is_enabled")
        changedAt = try row.value("changed_at")
        changedBy = try row.value("changed_by")
        isRunning = try row.value("is_running")
        turns = try row.value("turn")
        startedAt = try row.value("started_at")
        let next: Timestamp = try row.value("next_at")
        nextAt = isEnabled ? next : nil
        endedAt = try row.value("ended_at")
        tookSeconds = try row.value("took_seconds")
        tenants = try row.value("tenants", as: Int?.self) ?? 0
        measurements = try row.value("measurements", as: Int?.self) ?? 0
        error = try row.value("error")
        failedInARow = try row.value("failed_in_a_row")
    }
}

extension MonitoringStatus.Copy {
    fileprivate init(_ row: Row) throws(DatabaseError) {
        id = try row.value("id")
        startedAt = try row.value("started_at")
        seenAt = try row.value("seen_at")
        isEnabled = try row.value("is_enabled")
    }
}
