import EventBus
import Kafka
import Models
import ServiceKit
import Storage

/// A sender, and what its tenant has set.
struct SendingSender: Sendable {
    let profile: SenderProfile
    let tenant: TenantRules

    var isActive: Bool { profile.isActive && tenant.isActive }
    var rules: SenderRules { profile.rules(tenant) }
}

/// Senders as they were a few seconds ago, their tokens opened; forgotten at once when a tenant changes something.
struct SenderProfiles: Sendable {
    private struct Key: Hashable, Sendable {
        let tenantID: TenantID
        let senderID: SenderID
    }

    private let cache: RefreshingCache<Key, SendingSender?>

    init(_ senders: SenderStore, _ rules: TenantRulesStore, timeScale: Double) {
        let tenants = RefreshingCache<TenantID, TenantRules?>(
            freshFor: .seconds(5), usableFor: .seconds(300), entriesMax: 10_000
        ) { tenantID in
            try await rules.rules(of: tenantID)?.scaled(by: timeScale)
        }
        self.tenants = tenants
        cache = RefreshingCache(freshFor: .seconds(5), usableFor: .seconds(300), entriesMax: 10_000) { key in
            guard let profile = try await senders.profile(of: key.senderID, tenantID: key.tenantID),
                let tenant = try await tenants.value(for: key.tenantID)
            else { return nil }
            return SendingSender(profile: profile, tenant: tenant)
        }
    }

    private let tenants: RefreshingCache<TenantID, TenantRules?>

    /// Nil when the tenant has no such sender.
    func value(of senderID: SenderID, tenantID: TenantID) async throws -> SendingSender? {
        try await cache.value(for: Key(tenantID: tenantID, senderID: senderID))
    }

    func forget(_ tenantID: TenantID) {
        tenants.forget { key, _ in key == tenantID }
        cache.forget { key, _ in key.tenantID == tenantID }
    }
}
