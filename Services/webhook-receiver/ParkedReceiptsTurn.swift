import Models
import Runtime
import Storage

/// Tries again what came before its message was known: a receipt that overtook the commit of its sender's tenant, a
/// number that was set up later, an answer whose provider id was written after the receipt had come.
struct ParkedReceiptsTurn: Sendable {
    static let takenMax = 500

    private let store: ParkedReceiptStore
    private let applier: DeliveryApplier
    private let gauge = MetricsRegistry.shared.gauge(
        "tidings_webhook_parked_receipts",
        help: "Receipts that wait for their message."
    )
    private let matched = MetricsRegistry.shared.counter(
        "tidings_webhook_parked_matched_total",
        help: "Parked receipts that found their message."
    )
    private let givenUp = MetricsRegistry.shared.counter(
        "tidings_webhook_parked_expired_total",
        help: "Parked receipts whose message was never known."
    )

    init(store: ParkedReceiptStore, applier: DeliveryApplier) {
        self.store = store
        self.applier = applier
    }

    /// - Returns: whether there may be more to do at once.
    func turn() async throws -> Bool {
        let taken = try await store.take(max: Self.takenMax)
        if taken.isEmpty { return false }
        let known = try await applier.applyParked(taken)
        try await store.remove(known)
        matched.increment(by: known.count)
        return taken.count == Self.takenMax
    }

    func upkeep() async throws -> Bool {
        givenUp.increment(by: try await store.removeOld())
        gauge.set(try await store.count())
        return false
    }
}
