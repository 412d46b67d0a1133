internal import Glibc
internal import Synchronization

/// Turns SIGTERM and SIGINT into one request to stop; a second one ends the process at once.
///
/// A handler and a pipe rather than blocked signals: a mask would have to be set before any library starts
/// a thread, and would be inherited by every process we start.
package enum StopSignals {
    private static let writeEnd = Atomic<Int32>(-1)
    private static let received = Atomic<Int>(0)
    private static let isInstalled = Atomic(false)

    /// The signal's name, once. Call it once in a process, before the parts start; SIGPIPE is ignored from
    /// then on.
    package static func requests() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        precondition(!isInstalled.exchange(true, ordering: .acquiringAndReleasing), "installed twice")
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe for signals")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // Read here once, so that the handler finds it initialized.
        _ = received.load(ordering: .relaxed)
        writeEnd.store(ends[1], ordering: .releasing)
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGTERM, SIGINT] { install(number) }
        let readEnd = ends[0]
        _ = WorkerThread(name: "signals", stackBytes: 256 << 10) {
            var number: UInt8 = 0
            while read(readEnd, &number, 1) < 0, errno == EINTR {}
            continuation.yield(Int32(number) == SIGINT ? "SIGINT" : "SIGTERM")
            continuation.finish()
        }
        return stream
    }

    /// Runs between any two instructions of any thread: nothing but atomics, write and _exit.
    private static func install(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            if StopSignals.received.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { _exit(128 + number) }
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(StopSignals.writeEnd.load(ordering: .acquiring), &byte, 1)
        }
        action.sa_flags = SA_RESTART
        sigaction(number, &action, nil)
    }
}
