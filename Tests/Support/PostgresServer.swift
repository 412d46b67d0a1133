import Foundation
internal import Postgres
import Synchronization

/// A database of its own for one test.
package struct TestDatabase: Sendable {
    package let name: String
    /// As the owner, who may do anything.
    package let url: String
    /// As the role of the tenants' services, held by row-level security.
    package var serviceURL: String { PostgresServer.url(url, user: "tidings_service") }
    /// As the role of the work across tenants.
    package var platformURL: String { PostgresServer.url(url, user: "tidings_platform") }
}

package struct PostgresServerError: Error, CustomStringConvertible {
    package let description: String
}

/// One cluster for the whole test process: TEST_DATABASE_URL if set, else one that `deploy/postgres` starts
/// in a temporary directory and that ends with the process, however the process ends.
package actor PostgresServer {
    private static let shared = PostgresServer()
    private static let made = Atomic<Int>(0)

    private var starting: Task<String, any Error>?
    private var migrating: Task<String, any Error>?

    /// A fresh database, empty or with the schema.
    package static func database(migrated: Bool = true) async throws -> TestDatabase {
        let server = try await shared.server()
        let template = migrated ? try await shared.template() : "template0"
        let number = made.add(1, ordering: .relaxed).newValue
        let name = "tidings_test_\(ProcessInfo.processInfo.processIdentifier)_\(number)"
        try await administer(server, "CREATE DATABASE \(name) TEMPLATE \(template)")
        return TestDatabase(name: name, url: url(server, database: name))
    }

    /// A fresh database with the schema of an older program: all migrations up to `version`.
    package static func database(migratedTo version: Int) async throws -> TestDatabase {
        let directory = NSTemporaryDirectory() + "tidings-migrations-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let newest = root.appendingPathComponent("deploy/migrations").path
        for file in try FileManager.default.contentsOfDirectory(atPath: newest) {
            guard let number = Int(file.prefix { $0 != "_" }), number <= version else { continue }
            try FileManager.default.copyItem(atPath: newest + "/" + file, toPath: directory + "/" + file)
        }
        let database = try await database(migrated: false)
        _ = try await deploy(
            "migrate",
            ["--directory", directory],
            environment: ["DATABASE_URL": database.url]
        )
        return database
    }

    /// A database with the schema in a cluster of the test's own.
    package static func database(inClusterAt server: String) async throws -> TestDatabase {
        try await administer(server, "CREATE DATABASE tidings")
        let own = TestDatabase(name: "tidings", url: url(server, database: "tidings"))
        _ = try await deploy("migrate", [], environment: ["DATABASE_URL": own.url])
        return own
    }

    /// A cluster nobody else uses, for tests that stop and start the server. End it with `stopCluster`.
    package static func cluster() async throws -> (directory: String, url: String) {
        let directory = try temporaryDirectory()
        let url = try await startCluster(in: directory)
        return (directory, url)
    }

    package static func stopCluster(in directory: String) async throws {
        _ = try await deploy("postgres", ["stop", directory])
    }

    /// Starts it, or starts it again, on the port it had. Tests need no durability, and gain much without it.
    @discardableResult
    package static func startCluster(in directory: String) async throws -> String {
        let settings = [
            "fsync=off", "synchronous_commit=off", "shared_buffers=128MB", "autovacuum=on",
            // Swift Testing runs everything at once, each test with pools of its own.
            "max_connections=800",
        ]
        let output = try await deploy("postgres", ["start", directory] + settings)
        guard let url = output.split(separator: "\n").last, url.hasPrefix("postgresql://") else {
            throw PostgresServerError(description: "deploy/postgres printed no URL")
        }
        return String(url)
    }

    static func url(_ url: String, user: String? = nil, database: String? = nil) -> String {
        guard var parts = URLComponents(string: url) else { return url }
        if let user {
            parts.user = user
            parts.password = nil
        }
        if let database { parts.path = "/" + database }
        return parts.string ?? url
    }

    // MARK: The shared cluster

    private func server() async throws -> String {
        if let starting { return try await starting.value }
        let task = Task<String, any Error> {
            if let given = ProcessInfo.processInfo.environment["TEST_DATABASE_URL"] { return given }
            return try await Self.cluster().url
        }
        starting = task
        return try await task.value
    }

    private func template() async throws -> String {
        if let migrating { return try await migrating.value }
        let server = try await server()
        // Somebody may have begun while we waited.
        if let migrating { return try await migrating.value }
        let task = Task<String, any Error> {
            let name = "tidings_template_\(ProcessInfo.processInfo.processIdentifier)"
            try await Self.administer(server, "CREATE DATABASE \(name) TEMPLATE template0")
            let url = Self.url(server, database: name)
            _ = try await Self.deploy("migrate", [], environment: ["DATABASE_URL": url])
            return name
        }
        migrating = task
        return try await task.value
    }

    private static func administer(_ url: String, _ statement: String) async throws {
        let database = Database(DatabaseSettings(url: url, poolSize: 1, statementTimeout: .seconds(60)))
        try await database.start()
        do {
            try await database.run { try $0.script(statement) }
        } catch {
            await database.stop()
            throw error
        }
        await database.stop()
    }

    // MARK: Scripts

    /// The package's directory, from where this file lies.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func deploy(
        _ script: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> String {
        let path = root.appendingPathComponent("deploy/\(script)").path
        let outcome = try await Subprocess.run(path, arguments, environment: environment)
        guard outcome.status == 0 else {
            throw PostgresServerError(description: "deploy/\(script) failed: \(outcome.problems)")
        }
        return outcome.output
    }

    /// A directory under /tmp; when we are gone the cluster in it is stopped and the directory removed.
    private static func temporaryDirectory() throws -> String {
        let directory = "/tmp/tidings-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let script = root.appendingPathComponent("deploy/postgres").path
        try Guardian.whenWeAreGone(run: #""$0" stop "$1"; rm -rf "$1""#, [script, directory])
        return directory
    }
}
