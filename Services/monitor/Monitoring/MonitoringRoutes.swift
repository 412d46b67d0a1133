import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Starting, stopping and looking at monitoring itself, for founders' programs. What is switched here holds for all copies.
struct MonitoringRoutes: Sendable {
    static let path = "/v1/admin/monitoring"

    private let jobs: MonitoringJobStore
    private let people: People
    private let ids: IDSource
    private let isEnabledHere: Bool

    init(_ site: SiteParts) {
        jobs = MonitoringJobStore(site.platformDatabase)
        people = site.people
        ids = site.ids
        isEnabledHere = site.settings.isMonitoringEnabled
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler(status))
        for change in MonitoringSwitch.allCases {
            router.on(.post, "\(Self.path)/\(change.rawValue)", LogJSON.handler { try await apply(change, $0) })
        }
    }

    private func status(_ request: Request) async throws -> Response {
        let caller = try await people.founderCaller(of: request)
        try request.refuseParameters()
        try await people.sessions.record(caller.source, "monitoring.read")
        return Self.answer(try await jobs.status())
    }

    private func apply(_ change: MonitoringSwitch, _ request: Request) async throws -> Response {
        let caller = try await people.founderCaller(of: request)
        try request.refuseParameters()
        // Where no copy measures by its setting, nothing would come of it.
        if change != .stop, try await !jobs.status().copies.contains(where: \.isEnabled), !isEnabledHere {
            throw Problem.monitoringDisabled
        }
        try await jobs.apply(change, by: caller.source, auditID: ids.uuid())
        return Self.answer(try await jobs.status())
    }

    private static func answer(_ status: MonitoringStatus) -> Response {
        AdminJSON.answer { writer in
            writer.field("enabled", status.isEnabled)
            writer.field(
                "jobs",
                array: { list in
                    for job in status.jobs { list.object { write(job, into: &$0) } }
                })
            writer.field(
                "copies",
                array: { list in
                    for copy in status.copies {
                        list.object { writer in
                            writer.field("id", "\(copy.id)")
                            writer.field("started_at", copy.startedAt.rfc3339)
                            writer.field("seen_at", copy.seenAt.rfc3339)
                            writer.field("enabled", copy.isEnabled)
                        }
                    }
                })
        }
    }

    private static func write(_ job: MonitoringStatus.Job, into writer: inout JSONWriter) {
        writer.field("name", job.job.rawValue)
        writer.field("enabled", job.isEnabled)
        writer.field("changed_at", job.changedAt.rfc3339)
        writer.field("changed_by", orNull: job.changedBy)
        writer.field("running", job.isRunning)
        writer.field("turns", job.turns)
        writer.field("started_at", orNull: job.startedAt?.rfc3339)
        writer.field("ended_at", orNull: job.endedAt?.rfc3339)
        writer.field("took_seconds", orNull: job.tookSeconds)
        writer.field("next_at", orNull: job.nextAt?.rfc3339)
        writer.field("tenants", job.tenants)
        writer.field("measurements", job.measurements)
        writer.field("error", orNull: job.error)
        writer.field("failed_in_a_row", job.failedInARow)
    }
}

extension Problem {
    fileprivate static let monitoringDisabled = conflict(
        "monitoring_disabled",
        "Every copy of monitor runs with MONITORING_ENABLED=false. Set it to true where monitoring shall run.")
}
