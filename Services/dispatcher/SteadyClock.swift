import Models
import Runtime

/// The planner's clock: the wall clock's reading at the start and monotonic time since, so that it never jumps.
struct SteadyClock: Sendable {
    private let startedAt = SystemClock.now()
    private let start = Monotonic.now()

    func now() -> Timestamp { startedAt + (Monotonic.now() - start) }

    /// What the planner says of an instant, as the wall clock (and everybody else) has it.
    func wall(_ instant: Timestamp) -> Timestamp { SystemClock.now() + (instant - now()) }
}
