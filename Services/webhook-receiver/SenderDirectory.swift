import Models
import Runtime
import Storage
import Synchronization

/// Who owns which phone number, asked for a whole batch at once.
final class SenderDirectory: Sendable {
    private struct Entry {
        /// Nil: nobody, when it was asked.
        let owner: SenderOwner?
        /// Monotonic.
        let until: Duration
    }

    static let knownFor = Duration.seconds(60)
    /// A sender that was just set up must not wait long for its first receipts.
    static let unknownFor = Duration.seconds(3)
    static let entriesMax = 20_000

    private let store: ReceiptStore
    private let entries = Mutex<[String: Entry]>([:])

    init(_ store: ReceiptStore) {
        self.store = store
    }

    /// A number nobody has is missing from the answer.
    func owners(of phoneNumberIDs: Set<String>) async throws -> [String: SenderOwner] {
        let now = Monotonic.now()
        var owners: [String: SenderOwner] = [:]
        var asked: [String] = []
        entries.withLock { entries in
            for id in phoneNumberIDs {
                if let entry = entries[id], entry.until > now {
                    owners[id] = entry.owner
                } else {
                    asked.append(id)
                }
            }
        }
        if asked.isEmpty { return owners }
        let found = try await store.owners(of: asked.sorted())
        entries.withLock { entries in
            if entries.count + asked.count > Self.entriesMax { entries.removeAll() }
            for id in asked {
                entries[id] = Entry(
                    owner: found[id],
                    until: now + (found[id] == nil ? Self.unknownFor : Self.knownFor)
                )
            }
        }
        return owners.merging(found) { $1 }
    }

    func forget(_ tenantID: TenantID) {
        // A number that was nobody's may be this tenant's now.
        entries.withLock { entries in
            entries = entries.filter { $0.value.owner != nil && $0.value.owner?.tenantID != tenantID }
        }
    }
}
