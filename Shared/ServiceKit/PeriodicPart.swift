internal import Runtime
internal import Synchronization

/// A loop that does one thing again and again until it is stopped. A turn that fails is logged, and the next one
/// comes later: what it should have done is still in Postgres.
package final class PeriodicPart: Part {
    package let name: String
    private let interval: Duration
    private let failureWaitMax: Duration
    private let turn: @Sendable () async throws -> Bool
    private let stopSource = StopFlag()
    private let turns: Counter
    private let failures: Counter

    /// - Parameter turn: one turn; true when there is more to do at once.
    package init(
        _ name: String, every interval: Duration, failureWaitMax: Duration = .seconds(10),
        _ turn: @escaping @Sendable () async throws -> Bool
    ) {
        self.name = name
        self.interval = interval
        self.failureWaitMax = failureWaitMax
        self.turn = turn
        turns = MetricsRegistry.shared.counter(
            "tidings_loop_turns_total", help: "Turns of a background loop.", labels: [("loop", name)])
        failures = MetricsRegistry.shared.counter(
            "tidings_loop_failures_total", help: "Turns of a background loop that failed.", labels: [("loop", name)])
    }

    package func run() async throws {
        var failedInARow = 0
        while !stopSource.isSet {
            do {
                let hasMore = try await turn()
                turns.increment()
                failedInARow = 0
                if hasMore { continue }
                await stopSource.wait(atMost: interval)
            } catch {
                if stopSource.isSet { return }
                failures.increment()
                failedInARow += 1
                Log.warning("a turn of a loop failed", ["loop": name, "reason": "\(error)", "in_a_row": "\(failedInARow)"])
                await stopSource.wait(atMost: min(interval * (1 << min(failedInARow, 10)), failureWaitMax))
            }
        }
    }

    /// Ends the wait of this loop: something has just become due.
    package func wake() { stopSource.wake() }

    package func stop(within limit: Duration) async { stopSource.set() }
}

/// A flag that sleepers notice at once, and a wake-up that ends one wait.
package final class StopFlag: Sendable {
    private struct State {
        var isSet = false
        var isWoken = false
        var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var isSet: Bool { state.withLock { $0.isSet } }

    package func set() {
        state.withLock { $0.isSet = true }
        wake()
    }

    package func wake() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = [:] }
            if state.sleepers.isEmpty { state.isWoken = true }
            return Array(state.sleepers.values)
        }
        for sleeper in sleepers { sleeper.resume() }
    }

    /// Returns after the span, or sooner when set or woken (also when woken just before).
    package func wait(atMost span: Duration) async {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let alarm = Task { [weak self] in
            try? await Task.sleep(for: span)
            self?.resume(id)
        }
        await withCheckedContinuation { sleeper in
            let goesOn = state.withLock { state in
                if state.isSet || state.isWoken {
                    state.isWoken = false
                    return true
                }
                state.sleepers[id] = sleeper
                return false
            }
            if goesOn { sleeper.resume() }
        }
        alarm.cancel()
    }

    private func resume(_ id: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: id) }?.resume()
    }
}
