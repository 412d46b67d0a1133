import Models
import Runtime
import Storage

/// Folds what the writers of messages appended into the figures people see.
struct Counting: Sendable {
    let store: CountStore
    private let folded = MetricsRegistry.shared.counter(
        "tidings_count_changes_folded_total",
        help: "Changes of counts added up per minute."
    )
    private let gauges: [(state: MessageState, gauge: Gauge)] = MessageState.allCases.map { state in
        (
            state,
            MetricsRegistry.shared.gauge(
                "tidings_messages_in_state",
                help: "Messages of all tenants in a state, as far as counted.",
                labels: [("state", state.name)]
            )
        )
    }

    init(store: CountStore) {
        self.store = store
    }

    /// - Returns: whether there is more to fold at once.
    func run() async throws -> Bool {
        let count = try await store.fold()
        if count > 0 { FaultPoint.reach(.monitorAfterFold) }
        folded.increment(by: count)
        return count == CountStore.foldedMax
    }

    func showStates() async throws {
        let counts = try await store.messagesInStates()
        for (state, gauge) in gauges { gauge.set(Double(counts[state] ?? 0)) }
    }
}
