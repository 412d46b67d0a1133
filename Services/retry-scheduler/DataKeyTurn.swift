import Models
import Runtime
import Storage

/// After a master key was put before the others, every tenant's data key goes under it. Then the old one may leave the
/// list.
struct DataKeyTurn: Sendable {
    static let pageMax = 100

    let store: DataKeyStore
    private let resealed = MetricsRegistry.shared.counter(
        "tidings_data_keys_resealed_total", help: "Data keys of tenants put under the newest master key.")
    private let unopened = MetricsRegistry.shared.gauge(
        "tidings_data_keys_unopened", help: "Data keys of tenants that none of the master keys opens.")

    init(store: DataKeyStore) {
        self.store = store
    }

    func run() async throws -> Bool {
        var (done, closed) = (0, 0)
        var after: TenantID?
        repeat {
            let page = try await store.reseal(after: after, max: Self.pageMax)
            done += page.resealed
            closed += page.unopened
            after = page.next
        } while after != nil
        resealed.increment(by: done)
        unopened.set(Double(closed))
        if done > 0 { Log.info("data keys were put under the newest master key", ["tenants": "\(done)"]) }
        if closed > 0 {
            Log.error("data keys cannot be opened: a master key is missing in MASTER_KEYS", ["tenants": "\(closed)"])
        }
        return false
    }
}
