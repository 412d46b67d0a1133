import Storage
import Synchronization

/// Counts what was refused, by provider, until it is written down: a flood of calls is one statement now and then.
final class RefusedCounts: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// - Parameter provider: one of ours, never a word of the caller's.
    func add(_ provider: String) { counts.withLock { $0[provider, default: 0] += 1 } }

    /// What could not be written is counted the next time.
    func write(to store: WebhookRefusalStore) async throws {
        let taken = counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        do {
            try await store.add(taken)
        } catch {
            counts.withLock { $0.merge(taken, uniquingKeysWith: +) }
            throw error
        }
    }
}
