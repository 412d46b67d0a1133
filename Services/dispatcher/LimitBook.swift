import Models
import Runtime
import Storage
import Synchronization

/// Writes down which limits made messages wait, and forgets what no limit remembers any more.
final class LimitBook: Sendable {
    static let writeEvery = Duration.seconds(1)
    static let forgetEvery = Duration.seconds(60)
    static let forgottenMax = 5_000

    private let store: LimitHitStore
    private let leases: LeaseStore
    private let desk: SharedDesk
    private let metrics: DispatchMetrics
    /// Taken, and not written yet.
    private let unwritten = Mutex<[LimitHit]>([])
    private let forgotAt = Mutex(Monotonic.now())

    init(_ store: LimitHitStore, leases: LeaseStore, desk: SharedDesk, metrics: DispatchMetrics) {
        self.store = store
        self.leases = leases
        self.desk = desk
        self.metrics = metrics
    }

    func turn() async throws -> Bool {
        try await write()
        let now = Monotonic.now()
        if now - forgotAt.withLock({ $0 }) >= Self.forgetEvery {
            forgotAt.withLock { $0 = now }
            try await leases.forgetPaidPairs(of: desk.withLock { $0.leased.map { ($0.value.tenantID, $0.key) } })
        }
        return false
    }

    func write() async throws {
        let taken = desk.takeHits()
        metrics.count(taken)
        let hits = unwritten.withLock { unwritten in
            unwritten += taken
            defer { unwritten = [] }
            return unwritten
        }
        do {
            try await store.add(hits)
        } catch {
            // A count for people: with the database away for long, the oldest are let go.
            unwritten.withLock { $0 = (hits + $0).suffix(Self.forgottenMax) }
            throw error
        }
    }
}
