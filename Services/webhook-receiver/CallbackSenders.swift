import Models
import ServiceKit
import Storage

/// Senders whose callbacks come here, their tokens opened, as they were a few seconds ago.
struct CallbackSenders: Sendable {
    private let cache: RefreshingCache<SenderID, SenderProfile?>

    init(_ store: SenderStore) {
        cache = RefreshingCache(freshFor: .seconds(10), usableFor: .seconds(300), entriesMax: 10_000) { id in
            try await store.profile(of: id)
        }
    }

    func value(of id: SenderID) async throws -> SenderProfile? { try await cache.value(for: id) }

    func forget(_ tenantID: TenantID) {
        // An id that was nobody's may be this tenant's now.
        cache.forget { _, sender in sender?.tenantID == tenantID || sender == nil }
    }
}
