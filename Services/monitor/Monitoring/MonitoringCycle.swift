import Models
import Runtime
import Storage

/// A cycle of monitoring: begun by one copy, measured, kept, and handed to whoever judges it.
struct MonitoringCycle: Sendable {
    /// Longer than a cycle may take; after it another copy begins one.
    static let lease = Duration.seconds(300)

    let jobs: MonitoringJobStore
    let copy: UUIDValue
    let interval: Duration
    let measuring: Measuring
    /// Judges what was measured: after the commit, so that what an alert shows stands in the history too.
    let onMeasured: @Sendable ([Measurement]) async throws -> Void
    private let seconds = MetricsRegistry.shared.histogram(
        "tidings_monitoring_cycle_seconds", help: "Measuring everything once.")
    private let failures = MetricsRegistry.shared.counter(
        "tidings_monitoring_cycle_failures_total", help: "Cycles in which something could not be measured.")

    init(
        jobs: MonitoringJobStore, copy: UUIDValue, interval: Duration, measuring: Measuring,
        onMeasured: @escaping @Sendable ([Measurement]) async throws -> Void
    ) {
        self.jobs = jobs
        self.copy = copy
        self.interval = interval
        self.measuring = measuring
        self.onMeasured = onMeasured
    }

    /// How often it is looked whether a cycle is due: stopping, starting and the death of a copy are noticed that soon.
    var lookInterval: Duration { min(.seconds(5), max(.milliseconds(200), interval / 10)) }

    /// - Returns: false: the next cycle is not due yet.
    func run() async throws -> Bool {
        guard let turn = try await jobs.begin(.measure, as: copy, every: interval, lease: Self.lease) else { return false }
        let begun = Monotonic.now()
        var outcome = MonitoringOutcome()
        var measurements: [Measurement] = []
        do {
            let found = try await measuring.measure(at: turn.startedAt)
            measurements = found.measurements
            outcome.tenants = found.tenants
            outcome.error = found.problem
        } catch {
            outcome.error = "\(error)"
        }
        outcome.measurements = measurements.count
        if let problem = outcome.error {
            failures.increment()
            Log.warning("a cycle of monitoring could not measure everything", ["reason": problem])
        }
        guard try await jobs.end(turn, outcome, keeping: measurements) else { return false }
        seconds.observe(Monotonic.now() - begun)
        try await onMeasured(measurements)
        return false
    }
}
