internal import Glibc
internal import Synchronization

/// LISTEN on one channel, over a connection of its own that is made anew when it is lost.
///
/// Notifications sent while there was no connection are gone. After every connection, the first included,
/// the stream therefore yields an empty payload, which says: look for yourself. It holds the newest 1,024
/// payloads for a slow reader.
package final class Listener: Sendable {
    /// Ends after `stop()`.
    package let payloads: AsyncStream<String>
    private let yield: AsyncStream<String>.Continuation
    private let settings: DatabaseSettings
    private let channel: String
    /// Written to by `stop()`, polled by the thread beside the connection.
    private let wakeUp: WakeUp
    private let gate = Gate(State())

    private struct State {
        var isStopped = false
    }

    /// - Parameter channel: the program's own name for it, an SQL identifier.
    package init(_ settings: DatabaseSettings, channel: String) {
        precondition(
            channel.utf8.allSatisfy { $0 == 95 || (97...122).contains($0) },
            "lower-case letters and _ only"
        )
        self.settings = settings
        self.channel = channel
        wakeUp = WakeUp()
        (payloads, yield) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_024))
    }

    package func start() {
        Thread.start(named: "postgres-listen") { [self] in
            listen()
            yield.finish()
        }
    }

    package func stop() {
        gate.with { $0.isStopped = true }
        gate.wakeAll()
        wakeUp.ring()
    }

    private func listen() {
        var backoff = Backoff()
        while gate.with({ !$0.isStopped }) {
            do {
                let connection = try Connection(settings)
                try connection.script("LISTEN \(channel)")
                backoff.reset()
                yield.yield("")
                while gate.with({ !$0.isStopped }) {
                    for payload in connection.link.notifications() { yield.yield(payload) }
                    try connection.link.waitForInput(orWakeUp: wakeUp.descriptor)
                }
            } catch {
                // The reader learns of it by the empty payload after the next connection.
                let delay = max(backoff.next(), .milliseconds(25))
                _ = gate.wait(for: .other, within: delay) { $0.isStopped ? true : nil }
            }
        }
    }
}

/// A descriptor that becomes readable when it is rung, once and for all: one end of a socket whose other end
/// closes.
private final class WakeUp: Sendable {
    let descriptor: Int32
    private let bell: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let code = socketpair(AF_UNIX, kind, 0, &ends)
        precondition(code == 0, "no descriptor left")
        (descriptor, bell) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(bell)
    }

    func ring() { shutdown(bell, Int32(SHUT_RDWR)) }
}
