import Models
import Runtime
import Storage
import Synchronization

/// What tenants have set, read for a whole turn at once and for a few seconds.
final class RulesCache: Sendable {
    static let freshFor: Duration = .seconds(5)
    static let entriesMax = 50_000

    private struct Entry {
        let rules: TenantRules
        let loadedAt: Duration
    }

    private let entries = Mutex<[TenantID: Entry]>([:])
    private let timeScale: Double
    private let load: @Sendable (Set<TenantID>) async throws -> [TenantID: TenantRules]

    init(timeScale: Double, load: @escaping @Sendable (Set<TenantID>) async throws -> [TenantID: TenantRules]) {
        self.timeScale = timeScale
        self.load = load
    }

    func rules(of tenants: Set<TenantID>) async throws -> [TenantID: TenantRules] {
        let now = Monotonic.now()
        var known: [TenantID: TenantRules] = [:]
        entries.withLock { entries in
            for tenant in tenants {
                guard let entry = entries[tenant], now - entry.loadedAt < Self.freshFor else { continue }
                known[tenant] = entry.rules
            }
        }
        let missing = tenants.subtracting(known.keys)
        if missing.isEmpty { return known }
        let loaded = try await load(missing).mapValues { $0.scaled(by: timeScale) }
        entries.withLock { entries in
            if entries.count + loaded.count > Self.entriesMax { entries = [:] }
            for (tenant, rules) in loaded { entries[tenant] = Entry(rules: rules, loadedAt: now) }
        }
        return known.merging(loaded) { $1 }
    }
}
