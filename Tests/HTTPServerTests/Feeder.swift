import Glibc
import Runtime
import Synchronization

/// Sends one byte every 20 ms, as a slow-loris client does, on a thread of its own.
final class Feeder: Sendable {
    /// Safety: sending and receiving on one socket from two threads is what sockets allow.
    private struct Shared: @unchecked Sendable {
        let client: RawClient
    }

    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    private let stopped = Flag()
    private let thread: WorkerThread

    init(_ client: RawClient, _ byte: UInt8) {
        let shared = Shared(client: client)
        let stopped = stopped
        thread = WorkerThread(name: "feeder") {
            while !stopped.isSet.load(ordering: .acquiring) {
                shared.client.send([byte])
                usleep(20_000)
            }
        }
    }

    func stop() {
        stopped.isSet.store(true, ordering: .releasing)
        thread.join()
    }
}
