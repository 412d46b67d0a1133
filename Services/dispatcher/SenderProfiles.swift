import EventBus
import Kafka
import Models
import ServiceKit
import Storage

/// Senders as they were a few seconds ago, their tokens opened; forgotten at once when a tenant changes something.
struct SenderProfiles: Sendable {
    private struct Key: Hashable, Sendable {
        let tenantID: TenantID
        let senderID: SenderID
    }

    private let cache: RefreshingCache<Key, SenderProfile?>

    init(_ store: SenderStore) {
        cache = RefreshingCache(freshFor: .seconds(5), usableFor: .seconds(300), entriesMax: 10_000) { key in
            try await store.profile(of: key.senderID, tenantID: key.tenantID)
        }
    }

    func value(of senderID: SenderID, tenantID: TenantID) async throws -> SenderProfile? {
        try await cache.value(for: Key(tenantID: tenantID, senderID: senderID))
    }

    func forget(_ tenantID: TenantID) {
        cache.forget { key, _ in key.tenantID == tenantID }
    }
}
