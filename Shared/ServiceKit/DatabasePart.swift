package import Postgres
internal import Runtime
internal import Storage

/// A database pool that refuses to serve on a schema that is not ours, or as a role that could see past the policies.
package struct DatabasePart: Part {
    package let name: String
    private let database: Database

    package init(name: String = "database", _ database: Database) {
        self.name = name
        self.database = database
    }

    package func start() async throws {
        try await database.start()
        try await SchemaCheck.require(on: database)
    }

    package func stop(within limit: Duration) async {
        await database.stop()
    }
}

/// A part made of closures, for things that only start and stop.
package struct SimplePart: Part {
    package let name: String
    private let starting: @Sendable () async throws -> Void
    private let stopping: @Sendable (Duration) async -> Void

    package init(
        _ name: String, start: @escaping @Sendable () async throws -> Void = {},
        stop: @escaping @Sendable (_ limit: Duration) async -> Void = { _ in }
    ) {
        self.name = name
        starting = start
        stopping = stop
    }

    package func start() async throws { try await starting() }
    package func stop(within limit: Duration) async { await stopping(limit) }
}
