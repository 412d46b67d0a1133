import Models
import Runtime
import Storage

/// Seals the log, a span after the other, in spans that hold no more than one turn can bear.
actor Sealing {
    private let store: SealStore
    private let spanMax: Duration
    private var span: Duration
    private let messages = MetricsRegistry.shared.counter(
        "tidings_proof_messages_sealed_total", help: "Leaves of seals: a message counts once for each seal that holds it.")
    private let seconds = MetricsRegistry.shared.histogram(
        "tidings_proof_seal_seconds", help: "Sealing one span of the log.")

    init(store: SealStore, spanMax: Duration) {
        self.store = store
        self.spanMax = spanMax
        span = spanMax
    }

    /// - Returns: whether there is more to seal at once.
    func run() async throws -> Bool {
        try await store.advanceHorizon()
        while true {
            let begun = ContinuousClock.now
            switch try await store.sealNext(span) {
            case .nothingToDo: return false
            case .tooMuch: span = max(span / 4, .milliseconds(1))
            case .sealed(let count):
                messages.increment(by: count)
                let took = ContinuousClock.now - begun
                seconds.observe(took)
                span = min(span * 2, spanMax)
                // A backlog is worked off with half a processor at most.
                if count > 0 { try await Task.sleep(for: min(took, .seconds(2))) }
            }
        }
    }
}
