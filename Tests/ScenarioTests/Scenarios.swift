import Models
import TestSupport
import Testing

/// Every scenario drives a whole system: one after another, so that each has the machine to itself.
@Suite(.serialized, .tags(.scenario)) enum Scenarios {
    /// What has its time may come so much later: the scheduler's turn, the way over Kafka, and a busy machine. What is
    /// found only because nobody told of it comes after half a minute.
    static let lateMax = Duration.seconds(5)

    /// Runs a scenario on a system of its own, and checks at its end what must hold whatever was done to it.
    static func onOwnSystem(
        environment: [String: String] = [:],
        database: TestDatabase? = nil,
        without absent: Set<String> = [],
        copies: [String: Int] = [:],
        _ body: (TestSystem) async throws -> Void
    ) async throws {
        let system = try await TestSystem.start(
            environment: environment,
            database: database,
            without: absent,
            copies: copies
        )
        let failure = await run(body, on: system)
        await system.stop()
        if let failure { throw failure }
    }

    /// Runs a scenario that disturbs nobody on a system that all of its kind share, one after another.
    static func onCalmSystem(_ body: (TestSystem) async throws -> Void) async throws {
        if let failure = await run(body, on: try await CalmSystem.shared.system()) { throw failure }
    }

    private static func run(_ body: (TestSystem) async throws -> Void, on system: TestSystem) async -> (
        any Error
    )? {
        do {
            try await body(system)
            #expect(try await system.ledgerProblem() == nil)
            #expect(try await system.lossProblem() == nil)
            #expect(try await system.leaks() == [])
            return nil
        } catch {
            for process in system.names { print("\(process):\n\(system.logTail(of: process))") }
            return error
        }
    }
}

extension Tag {
    @Tag static var scenario: Self
}

/// One system for all scenarios that take nothing away from it. It ends with the test process.
private actor CalmSystem {
    static let shared = CalmSystem()
    private var starting: Task<TestSystem, any Error>?

    func system() async throws -> TestSystem {
        if let starting { return try await starting.value }
        let task = Task { try await TestSystem.start(environment: ["RETRY_TIME_SCALE": "0.1"]) }
        starting = task
        return try await task.value
    }
}
