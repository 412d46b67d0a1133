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

    /// Messages are planned a moment before their calls begin, and those count as in flight already.
    var rules: SenderRules {
        SenderRules(
            messagesPerSecond: profile.messagesPerSecond, minimumGap: tenant.messageDelay,
            pairBurst: profile.pairBurst, inFlightMax: profile.inFlightMax + profile.messagesPerSecond / 10)
    }
}

/// Senders as they were a few seconds ago, their tokens opened; forgotten at once when a tenant changes something.
struct SenderProfiles: Sendable {
    struct Key: Hashable, Sendable {
        let tenantID: TenantID
        let senderID: SenderID
    }

    private let tenants: RefreshingCache<TenantID, TenantRules?>
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

    /// Nil when the tenant has no such sender.
    func value(of senderID: SenderID, tenantID: TenantID) async throws -> SendingSender? {
        try await cache.value(for: Key(tenantID: tenantID, senderID: senderID))
    }

    /// Those that are there; nobody is missing but by mistake.
    func values(of keys: Set<Key>) async throws -> [SenderID: SendingSender] {
        var found: [SenderID: SendingSender] = [:]
        for key in keys { found[key.senderID] = try await cache.value(for: key) }
        return found
    }

    func forget(_ tenantID: TenantID) {
        tenants.forget { key, _ in key == tenantID }
        cache.forget { key, _ in key.tenantID == tenantID }
    }
}
