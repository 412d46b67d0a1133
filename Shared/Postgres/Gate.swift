internal import Glibc

/// State that threads of ours share and wait for: a mutex and conditions, which Swift's `Mutex` does not
/// have.
// Safety: `state` is touched only between lock and unlock of `mutex`; the pointers never change after init.
final class Gate<State>: @unchecked Sendable {
    private var state: State
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// One for work and one for everything else, or a signal about work could wake a thread that does none.
    private let conditions: UnsafeMutablePointer<pthread_cond_t>

    enum Reason: Int { case work = 0, other = 1 }

    init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        conditions = .allocate(capacity: 2)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Waits must not stretch or shrink when somebody sets the clock.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(conditions, &attributes)
        pthread_cond_init(conditions + 1, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(conditions)
        pthread_cond_destroy(conditions + 1)
        pthread_mutex_destroy(mutex)
        conditions.deallocate()
        mutex.deallocate()
    }

    /// Changes the state; the closure only decides, whatever it decided is done outside.
    func with<Outcome>(_ body: (inout State) -> Outcome) -> Outcome {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Blocks this thread until the closure returns a value. Nil once the limit has passed.
    func wait<Outcome>(
        for reason: Reason,
        within limit: Duration? = nil,
        until body: (inout State) -> Outcome?
    ) -> Outcome? {
        let condition = conditions + reason.rawValue
        var end = timespec()
        if let limit {
            clock_gettime(CLOCK_MONOTONIC, &end)
            let nanoseconds = max(0, limit.wholeMilliseconds) * 1_000_000 + end.tv_nsec
            end.tv_sec += nanoseconds / 1_000_000_000
            end.tv_nsec = nanoseconds % 1_000_000_000
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let outcome = body(&state) { return outcome }
            if limit == nil {
                pthread_cond_wait(condition, mutex)
            } else if pthread_cond_timedwait(condition, mutex, &end) == ETIMEDOUT {
                return body(&state)
            }
        }
    }

    /// Wakes one thread that waits for work.
    func signalWork() { pthread_cond_signal(conditions) }

    func wakeAll() {
        pthread_cond_broadcast(conditions)
        pthread_cond_broadcast(conditions + 1)
    }
}
