import Runtime
import Storage

/// What must be done now and then: partitions made ahead of their day, and what is past deleted.
struct Upkeep: Sendable {
    static let keysDeletedMax = 1_000

    let store: UpkeepStore
    let settings: SchedulerSettings

    /// - Returns: whether there is more to do at once.
    func run() async throws -> Bool {
        let made = try await store.makePartitions(days: settings.partitionDaysAhead)
        if made > 0 { Log.info("partitions made ahead", ["partitions": "\(made)"]) }
        let deleted = try await store.forgetIdempotencyKeys(
            olderThan: settings.idempotencyKeysKept, max: Self.keysDeletedMax)
        let forgotten = try await store.forgetWhatIsPast(max: Self.keysDeletedMax)
        return deleted == Self.keysDeletedMax || forgotten == Self.keysDeletedMax
    }
}
