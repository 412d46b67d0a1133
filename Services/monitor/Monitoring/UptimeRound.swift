import Models
import Postgres
import Runtime
import Storage
import Synchronization

/// A round of asking everything whether it answers, by one copy of monitor at a time.
struct UptimeRound: Sendable {
    /// Longer than a round may take: everything is asked at once.
    static let lease = Duration.seconds(60)

    let jobs: MonitoringJobStore
    let store: UptimeStore
    let asking: UptimeAsking
    let copy: UUIDValue
    let interval: Duration
    /// Judges `failed_checks` at once: whoever is down is told of within a round or two.
    let onMeasured: @Sendable ([Measurement]) async throws -> Void
    private let missed = MissedChecks()
    private let down = MetricsRegistry.shared.gauge(
        "tidings_endpoints_down", help: "Endpoints that did not answer when they were asked last.")

    init(
        jobs: MonitoringJobStore, store: UptimeStore, asking: UptimeAsking, copy: UUIDValue, interval: Duration,
        onMeasured: @escaping @Sendable ([Measurement]) async throws -> Void
    ) {
        self.jobs = jobs
        self.store = store
        self.asking = asking
        self.copy = copy
        self.interval = interval
        self.onMeasured = onMeasured
    }

    var lookInterval: Duration { min(.seconds(5), max(.milliseconds(200), interval / 10)) }

    /// - Returns: false: the next round is not due yet.
    func run() async throws -> Bool {
        let turn: MonitoringTurn?
        do {
            turn = try await jobs.begin(.uptime, as: copy, every: interval, lease: Self.lease)
        } catch {
            // Without Postgres nobody can take a turn, and that is what is to be known later.
            missed.note(
                UptimeCheck(name: "postgres", at: SystemClock.now(), milliseconds: 0, why: "no answer: \(error.publicText)"),
                every: interval)
            throw error
        }
        guard let turn else { return false }
        if let checks = missed.take() { try await store.record(checks, isWhole: false) }
        let inUse = try await store.providersInUse()
        let checks = await asking.ask(
            leavingOut: Set(Provider.allCases.filter { !inUse.contains($0) }.map { "provider:\($0.rawValue)" }))
        for check in checks where !check.isUp {
            Log.warning("an endpoint does not answer", ["endpoint": check.name, "reason": check.why ?? ""])
        }
        down.set(Double(checks.count { !$0.isUp }))
        try await store.record(checks)
        var outcome = MonitoringOutcome()
        outcome.measurements = checks.count
        _ = try await jobs.end(turn, outcome)
        try await onMeasured(Self.measurements(of: try await store.endpoints(), at: turn.startedAt))
        return false
    }

    static func measurements(of endpoints: [EndpointState], at: Timestamp) -> [Measurement] {
        endpoints.map { endpoint in
            Measurement(
                .failedChecks, MetricScope(subject: endpoint.name), at: at, value: Double(endpoint.failedInARow),
                sample: Int64(max(1, endpoint.failedInARow)))
        }
    }
}

/// Checks that could not be written down yet, a limited number.
private final class MissedChecks: Sendable {
    static let checksMax = 1_440

    private let checks = Mutex<[UptimeCheck]>([])

    /// One an interval, however often it is tried.
    func note(_ check: UptimeCheck, every interval: Duration) {
        checks.withLock { checks in
            if let last = checks.last, check.at - last.at < interval { return }
            if checks.count < Self.checksMax { checks.append(check) }
        }
    }

    func take() -> [UptimeCheck]? {
        checks.withLock { checks in
            defer { checks = [] }
            return checks.isEmpty ? nil : checks
        }
    }
}
