import Models
import Runtime
import Storage
import Synchronization

/// When each key was used last, gathered here and written now and then: no request waits for it.
final class KeyUses: Sendable {
    static let writeEvery = Duration.seconds(15)
    static let keysMax = 50_000

    private struct Key: Hashable {
        let tenantID: TenantID
        let keyID: APIKeyID
    }

    private let uses = Mutex<[Key: Timestamp]>([:])

    /// A person at a page uses no key.
    func note(_ caller: Caller) {
        guard let keyID = caller.keyID else { return }
        let now = SystemClock.now()
        uses.withLock { uses in
            // Forgotten ones are noted with their next use.
            if uses.count >= Self.keysMax { uses.removeAll() }
            uses[Key(tenantID: caller.tenantID, keyID: keyID)] = now
        }
    }

    /// One turn: what was noted since the last one. What cannot be written now is written with the next.
    func write(to store: KeyStore) async throws {
        let taken = uses.withLock { uses in
            defer { uses = [:] }
            return uses
        }
        do {
            try await store.note(taken.map { KeyUse(tenantID: $0.tenantID, keyID: $0.keyID, at: $1) })
        } catch {
            uses.withLock { $0.merge(taken) { newer, _ in newer } }
            throw error
        }
    }
}
