import HTTPClient
import Runtime
import ServiceKit
import Storage
import Synchronization

/// A dead-man's switch: an address outside is called for as long as people could be told, so that somebody notices when
/// the one who tells is gone.
final class Heartbeat: Sendable {
    private static let timeout = Duration.seconds(10)
    /// A turn that waits for a slow channel is late, not dead.
    private static let turnAgeMax = Duration.seconds(120)

    private let url: Secret
    private let client: HTTPClient
    /// Whether the database answers.
    private let isReachable: @Sendable () async -> Bool
    private let turns: Mutex<[String: ContinuousClock.Instant]>
    private let sent = counter("sent")
    private let failed = counter("failed")
    private let withheld = counter("withheld")

    /// - Parameter loops: the names of what must go round for people to be told.
    init(url: Secret, client: HTTPClient, loops: [String], isReachable: @escaping @Sendable () async -> Bool) {
        self.url = url
        self.client = client
        self.isReachable = isReachable
        turns = Mutex(Dictionary(loops.map { ($0, ContinuousClock.now) }, uniquingKeysWith: { first, _ in first }))
    }

    /// A loop has done its work once more.
    func note(_ loop: String) {
        turns.withLock { turns in
            if turns[loop] != nil { turns[loop] = ContinuousClock.now }
        }
    }

    func beat() async {
        let oldest = turns.withLock { turns in turns.min { $0.value < $1.value } }
        if let oldest, ContinuousClock.now - oldest.value > Self.turnAgeMax {
            withheld.increment()
            Log.error("no heartbeat: telling does not go on", ["loop": oldest.key])
            return
        }
        guard await isReachable() else {
            withheld.increment()
            Log.error("no heartbeat: the database does not answer")
            return
        }
        do {
            let answer = try await client.send(ClientRequest(url: url.reveal(), timeout: Self.timeout))
            guard (200...299).contains(answer.status) else { return fail("HTTP \(answer.status)") }
            sent.increment()
        } catch {
            fail("\(error.kind)")
        }
    }

    private func fail(_ reason: String) {
        failed.increment()
        Log.warning("the heartbeat's address did not take it", ["reason": reason])
    }

    private static func counter(_ outcome: String) -> Counter {
        MetricsRegistry.shared.counter(
            "tidings_heartbeats_total", help: "Calls of the dead-man's switch, by how they went.",
            labels: [("outcome", outcome)])
    }
}
