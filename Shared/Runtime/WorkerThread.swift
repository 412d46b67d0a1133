internal import Glibc
internal import Synchronization

/// A named thread of our own for work that blocks; Swift's cooperative pool has as many threads as cores and
/// must never wait.
package final class WorkerThread: Sendable {
    private enum Ending {
        case running([CheckedContinuation<Void, Never>])
        case ended
    }

    /// What the thread owns while it runs.
    private final class Task: Sendable {
        let name: String
        let body: @Sendable () -> Void
        let ending = Mutex(Ending.running([]))

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func end() {
            let waiting: [CheckedContinuation<Void, Never>] = ending.withLock { ending in
                defer { ending = .ended }
                switch ending {
                case .running(let waiting): return waiting
                case .ended: return []
                }
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private let task: Task
    private let thread: pthread_t
    private let isJoined = Atomic(false)

    package var name: String { task.name }

    /// Starts at once.
    ///
    /// - Parameters:
    ///   - name: shown by `top -H` and debuggers, which see its first 15 bytes.
    ///   - stackBytes: reserved, not used up: 1 MiB is enough for our loops and their C libraries.
    package init(name: String, stackBytes: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) {
        task = Task(name: name, body: body)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackBytes)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        // Released by the thread itself, which takes the retained value as its first act.
        let retained = Unmanaged.passRetained(task)
        let status = pthread_create(&thread, &attributes, WorkerThread.entry, retained.toOpaque())
        precondition(status == 0, "a thread cannot be made")
        self.thread = thread
    }

    /// Blocks until the body has returned. Not for the cooperative pool: there, `await ended()`.
    package func join() {
        guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        pthread_join(thread, nil)
    }

    /// Suspends until the body has returned.
    package func ended() async {
        await withCheckedContinuation { continuation in
            let alreadyEnded = task.ending.withLock { ending in
                switch ending {
                case .ended: return true
                case .running(let waiting):
                    ending = .running(waiting + [continuation])
                    return false
                }
            }
            if alreadyEnded { continuation.resume() }
        }
    }

    deinit {
        // Nobody can join any more, so the system may reclaim the thread when it ends.
        if !isJoined.load(ordering: .acquiring) { pthread_detach(thread) }
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        argument in
        guard let argument else { return nil }
        let task = Unmanaged<Task>.fromOpaque(argument).takeRetainedValue()
        setThreadName(task.name)
        task.body()
        task.end()
        return nil
    }
}

/// Through /proc, because `pthread_setname_np` hides behind _GNU_SOURCE and Swift's Glibc does not set it. A
/// thread without a name still works, so a failure is not looked at.
private func setThreadName(_ name: String) {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let bytes = Array(name.utf8.prefix(15))
    _ = write(descriptor, bytes, bytes.count)
    close(descriptor)
}
