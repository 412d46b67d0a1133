import Runtime
import Storage

/// Counts what became of each day's messages, for reports and digests.
struct OutcomeCounting: Sendable {
    /// After a day the counting rests so many times as long as it worked: a large platform is counted more seldom, not
    /// with more of the machine.
    private static let restFactor = 20
    private static let restMax = Duration.seconds(60)

    let store: OutcomeStore
    let interval: Duration
    private let seconds = MetricsRegistry.shared.histogram(
        "tidings_outcome_count_seconds", help: "Counting what became of the messages of one day.")

    init(store: OutcomeStore, interval: Duration) {
        self.store = store
        self.interval = interval
    }

    /// - Returns: whether another day may be due.
    func run() async throws -> Bool {
        let begun = ContinuousClock.now
        guard try await store.countNext(every: interval) != nil else { return false }
        let took = ContinuousClock.now - begun
        seconds.observe(took)
        try? await Task.sleep(for: min(took * Self.restFactor, Self.restMax))
        return true
    }
}
