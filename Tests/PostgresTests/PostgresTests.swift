import Models
import Postgres
import Synchronization
import TestSupport

/// Runs the body with a started database that is empty, and stops it afterwards.
func withDatabase<Outcome>(
    poolSize: Int = 2,
    _ adjust: (inout DatabaseSettings) -> Void = { _ in },
    _ body: (Database) async throws -> Outcome
) async throws -> Outcome {
    var settings = DatabaseSettings(
        url: try await PostgresServer.database(migrated: false).url,
        poolSize: poolSize
    )
    adjust(&settings)
    let database = Database(settings)
    try await database.start()
    do {
        let outcome = try await body(database)
        await database.stop()
        return outcome
    } catch {
        await database.stop()
        throw error
    }
}

/// What the body throws, or nil.
func failure<Outcome>(of body: () async throws -> Outcome) async -> DatabaseError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? DatabaseError
    }
}

struct NotInTime: Error {}

/// Polls until the condition holds; a test that waits longer than the deadline fails.
func eventually(
    within limit: Duration = .seconds(60),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        if ContinuousClock.now > deadline { throw NotInTime() }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Blocks a thread of the pool until it is opened: a signal instead of a sleep.
final class Latch: Sendable {
    private let isOpen = Atomic<Bool>(false)
    private let arrived = Atomic<Int>(0)

    var arrivals: Int { arrived.load(ordering: .acquiring) }

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait(with connection: Connection) throws {
        arrived.add(1, ordering: .releasing)
        while !isOpen.load(ordering: .acquiring) { _ = try connection.rows("SELECT pg_sleep(0.005)") }
    }
}

/// A number that closures on several threads share.
final class Shared: Sendable {
    private let number: Atomic<Int>

    init(_ number: Int = 0) { self.number = Atomic(number) }

    var value: Int {
        get { number.load(ordering: .acquiring) }
        set { number.store(newValue, ordering: .releasing) }
    }

    /// - Returns: the number before.
    func add(_ difference: Int) -> Int { number.add(difference, ordering: .acquiringAndReleasing).oldValue }
}
