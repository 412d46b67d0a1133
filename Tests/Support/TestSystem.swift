import Foundation
package import HTTPClient
internal import JSON
package import Models
package import Postgres
import Synchronization

/// A whole Tidings of its own for one scenario: the real executables, a fresh database, the embedded Kafka and the
/// stand-ins, everything on 127.0.0.1.
package final class TestSystem: Sendable {
    /// In the order of their start.
    package static let processes = [
        "broker", "providers", "ingest-api", "dispatcher", "retry-scheduler", "webhook-receiver", "monitor", "alerter",
    ]
    package static let appSecret = "app-secret-of-the-scenario"
    package static let verifyToken = "verify-token-of-the-scenario"
    package static let founder = "founder@tidings.example"

    package let directory: String
    package let database: TestDatabase
    package let admin: Database
    package let client: HTTPClient
    private let ports: [String: Int]
    private let extraEnvironment: [String: String]
    private let running = Mutex<[String: pid_t]>([:])
    private let demo = Mutex<[String: String]>([:])

    package var ingestURL: String { url("ingest-api") }
    package var monitorURL: String { url("monitor") }
    package var webhookURL: String { url("webhook-receiver") + "/webhooks/meta" }
    package var sandboxURL: String { url("providers") }
    package var apiKey: String { demo.withLock { $0["DEMO_API_KEY"] ?? "" } }
    package var tenantID: TenantID { demo.withLock { TenantID($0["DEMO_TENANT_ID"] ?? "") } ?? TenantID(UUIDValue(high: 0, low: 0)) }
    package func url(_ process: String) -> String { "http://127.0.0.1:\(ports[process] ?? 0)" }

    /// - Parameters:
    ///   - environment: added to every process; `RETRY_TIME_SCALE` shortens the clock of retries.
    ///   - postgres: a cluster of the scenario's own, for those that stop it.
    package static func start(
        environment: [String: String] = [:], database: TestDatabase? = nil, without absent: Set<String> = []
    ) async throws -> TestSystem {
        let database = if let database { database } else { try await PostgresServer.database() }
        let system = try await TestSystem(database: database, environment: environment)
        do {
            for process in processes where !absent.contains(process) { try system.startProcess(process) }
            try await system.makeDemo()
            try await system.waitUntilReady(processes.filter { !absent.contains($0) && $0 != "broker" })
        } catch {
            await system.stop()
            throw error
        }
        return system
    }

    private init(database: TestDatabase, environment: [String: String]) async throws {
        self.database = database
        extraEnvironment = environment
        directory = NSTemporaryDirectory() + "tidings-scenario-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        ports = try FreePorts.take(Self.processes + ["smtp"])
        client = HTTPClient()
        try client.start()
        admin = Database(DatabaseSettings(url: database.url, poolSize: 2, applicationName: "scenario"))
        try await admin.start()
    }

    /// Stops everything at once: a scenario has seen what it wanted to see. The logs stay when a process had died.
    package func stop() async {
        for (_, process) in running.withLock({ $0 }) { kill(process, SIGKILL) }
        for (_, process) in running.withLock({ $0 }) { _ = await Subprocess.end(of: process) }
        running.withLock { $0 = [:] }
        await admin.stop()
        await client.stop()
        if ProcessInfo.processInfo.environment["KEEP_SCENARIO_LOGS"] == nil {
            try? FileManager.default.removeItem(atPath: directory)
        }
    }

    // MARK: Processes

    package func startProcess(_ name: String) throws {
        let binary = Self.binaries + "/" + (["broker", "providers"].contains(name) ? "sandbox" : name)
        var arguments: [String] = []
        if name == "broker" {
            arguments = [
                "broker", "--topics", Self.root + "/deploy/kafka/topics.txt", "--port", "\(ports["broker"] ?? 0)",
                "--ready-file", directory + "/broker.ready",
            ]
        } else if name == "providers" {
            arguments = ["providers"]
        }
        let log = "\(directory)/\(name).\(UUID().uuidString.prefix(4)).log"
        let process = try Subprocess.start(
            binary, arguments, environment: environment(of: name), output: log, problems: log + ".err")
        running.withLock { $0[name] = process }
        Leftovers.add(process)
    }

    /// SIGKILL, as a machine that loses power.
    package func killProcess(_ name: String) async {
        guard let process = running.withLock({ $0.removeValue(forKey: name) }) else { return }
        kill(process, SIGKILL)
        _ = await Subprocess.end(of: process)
    }

    /// - Returns: the exit status of a process that was asked to stop in order.
    package func stopProcess(_ name: String) async -> Int32 {
        guard let process = running.withLock({ $0.removeValue(forKey: name) }) else { return -1 }
        kill(process, SIGTERM)
        return await Subprocess.end(of: process)
    }

    package func waitUntilReady(_ names: [String], within limit: Duration = .seconds(40)) async throws {
        for name in names {
            try await eventually("\(name) is ready (\(logs(of: name)))", within: limit) {
                (try? await self.get(self.url(name) + "/readyz").status) == 200
            }
        }
    }

    /// The end of a process's output, for the message of a failed test.
    package func logs(of name: String) -> String {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return files.filter { $0.hasPrefix(name + ".") }.sorted().map { file in
            (try? String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)).map { String($0.suffix(1_500)) } ?? ""
        }.joined(separator: "\n")
    }

    private func makeDemo() async throws {
        for arguments in [["demo", "--state", directory + "/key"], ["demo", "--second", "--state", directory + "/key2"]] {
            let outcome = try await Subprocess.run(
                Self.binaries + "/sandbox", arguments, environment: environment(of: "demo"))
            guard outcome.status == 0 else { throw NotInTime(description: "sandbox demo: \(outcome.problems)") }
            let prefix = arguments.contains("--second") ? "SECOND_" : ""
            for line in outcome.output.split(separator: "\n") {
                let halves = line.split(separator: "=", maxSplits: 1)
                if halves.count == 2 { demo.withLock { $0[prefix + halves[0]] = String(halves[1]) } }
            }
        }
    }

    /// The demo's second tenant.
    package var secondAPIKey: String { demo.withLock { $0["SECOND_DEMO_API_KEY"] ?? "" } }

    private func environment(of name: String) -> [String: String] {
        [
            "LISTEN_ADDRESS": "127.0.0.1", "LISTEN_PORT": "\(ports[name] ?? 0)",
            "DATABASE_URL": database.serviceURL, "PLATFORM_DATABASE_URL": database.platformURL,
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:\(ports["broker"] ?? 0)",
            "MASTER_KEYS": "test1:" + Data(repeating: 7, count: 32).base64EncodedString(),
            "META_API_URL": sandboxURL, "META_API_VERSION": "v25.0", "META_APP_SECRETS": Self.appSecret,
            "WEBHOOK_VERIFY_TOKEN": Self.verifyToken, "WEBHOOK_URL": webhookURL,
            "SMTP_PORT": "\(ports["smtp"] ?? 0)", "SMTP_URL": "smtp://127.0.0.1:\(ports["smtp"] ?? 0)",
            "SMTP_FROM": "tidings@tidings.example", "ALERT_EMAIL": "operations@tidings.example",
            "SLACK_WEBHOOK_URL": sandboxURL + "/slack/services/T1/B1/secret",
            "SUPER_ADMIN_EMAILS": Self.founder, "PUBLIC_URL": monitorURL, "MONITOR_URL": monitorURL,
            "CRON_SECRET": "cron-secret-of-the-scenario",
        ].merging(extraEnvironment) { $1 }
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The executables lie beside the test bundle; a bundle run from elsewhere finds the usual place.
    private static let binaries: String = {
        let beside = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? ""
        return FileManager.default.isExecutableFile(atPath: beside + "/dispatcher") ? beside : root + "/.build/debug"
    }()
}

/// Processes that outlive a test process that ends early would hold ports and processor time.
private enum Leftovers {
    private static let processes = Mutex<[pid_t]>([])
    private static let registered: Void = {
        atexit { Leftovers.killAll() }
    }()

    static func add(_ process: pid_t) {
        _ = registered
        processes.withLock { $0.append(process) }
    }

    private static func killAll() {
        for process in processes.withLock({ $0 }) { kill(process, SIGKILL) }
    }
}

/// Ports that were free a moment ago, all held open until the last was found so that no two are the same.
package enum FreePorts {
    package static func take(_ names: [String]) throws -> [String: Int] {
        var sockets: [Int32] = []
        defer { for descriptor in sockets { close(descriptor) } }
        var ports: [String: Int] = [:]
        for name in names {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
                }
            }
            guard bound else { throw NotInTime(description: "no free port") }
            ports[name] = Int(UInt16(bigEndian: address.sin_port))
        }
        return ports
    }
}
