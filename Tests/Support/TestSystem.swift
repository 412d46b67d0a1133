import Foundation
package import HTTPClient
package import Postgres
import Synchronization

/// A whole Tidings of its own for one scenario: the real executables, a fresh database, the embedded Kafka and the
/// stand-ins, everything on 127.0.0.1.
package final class TestSystem: Sendable {
    package static let services = [
        "ingest-api", "dispatcher", "retry-scheduler", "webhook-receiver", "monitor", "alerter",
    ]
    /// In the order of their start.
    package static let processes = ["broker", "providers"] + services
    package static let appSecret = "app-secret-of-the-scenario"
    package static let verifyToken = "verify-token-of-the-scenario"
    package static let founder = "founder@tidings.example"
    package static let slackPath = "/slack/services/T1/B1/slack-secret-of-the-scenario"
    package static let cronSecret = "cron-secret-of-the-scenario"
    /// Every message of a scenario carries it in its text, so that a log that holds it gives itself away.
    package static let bodySecret = "Ada-Lovelace-7f3c9d"
    package static let masterKey = Data(repeating: 7, count: 32).base64EncodedString()

    package let directory: String
    package let database: TestDatabase
    package let admin: Database
    package let client: HTTPClient
    /// Every process that belongs to it, in the order of their start; the second copy of a service is `dispatcher-2`.
    package let names: [String]
    private let ports: [String: Int]
    private let extraEnvironment: [String: String]
    private let running = Mutex<[String: pid_t]>([:])
    private let demo = Mutex<[String: String]>([:])
    private let recipients = Atomic<Int>(0)

    package var ingestURL: String { url("ingest-api") }
    package var monitorURL: String { url("monitor") }
    package var webhookURL: String { url("webhook-receiver") + "/webhooks/meta" }
    package var sandboxURL: String { url("providers") }
    /// What `sandbox demo` printed; that of the second tenant begins with `SECOND_`.
    func demoFact(_ name: String) -> String? { demo.withLock { $0[name] } }

    package var apiKey: String { demo.withLock { $0["DEMO_API_KEY"] ?? "" } }
    /// The key of the demo's second tenant.
    package var secondAPIKey: String { demo.withLock { $0["SECOND_DEMO_API_KEY"] ?? "" } }
    package func url(_ process: String) -> String { "http://127.0.0.1:\(ports[process] ?? 0)" }

    /// - Parameters:
    ///   - environment: added to every process; `RETRY_TIME_SCALE` shortens the clock of retries.
    ///   - database: of a cluster of the scenario's own, for those that stop it.
    ///   - copies: how many of a service run, where it is not one.
    package static func start(
        environment: [String: String] = [:],
        database: TestDatabase? = nil,
        without absent: Set<String> = [],
        copies: [String: Int] = [:]
    ) async throws -> TestSystem {
        let database = if let database { database } else { try await PostgresServer.database() }
        let names = processes.filter { !absent.contains($0) }.flatMap { process in
            (1...max(1, copies[process] ?? 1)).map { $0 == 1 ? process : "\(process)-\($0)" }
        }
        let system = try await TestSystem(database: database, environment: environment, names: names)
        do {
            for process in names { try system.startProcess(process) }
            try await system.makeDemo()
            try await system.waitUntilReady(names)
        } catch {
            await system.stop()
            throw error
        }
        return system
    }

    private init(
        database: TestDatabase,
        environment: [String: String],
        names: [String] = processes
    ) async throws {
        self.database = database
        self.names = names
        extraEnvironment = environment
        directory = NSTemporaryDirectory() + "tidings-scenario-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Guardian.whenWeAreGone(run: Self.lastOrders, [directory, Self.binaries])
        ports = try FreePorts.take(Array(Set(Self.processes + names)) + ["smtp"])
        client = HTTPClient()
        try client.start()
        admin = Database(DatabaseSettings(url: database.url, poolSize: 2, applicationName: "scenario"))
        try await admin.start()
    }

    /// Stops everything at once: a scenario has seen what it wanted to see.
    package func stop() async {
        let processes = running.withLock { running in
            defer { running = [:] }
            return running
        }
        for process in processes.values { kill(process, SIGKILL) }
        for process in processes.values { _ = await Subprocess.end(of: process) }
        await admin.stop()
        await client.stop()
        if ProcessInfo.processInfo.environment["KEEP_SCENARIO_LOGS"] == nil {
            try? FileManager.default.removeItem(atPath: directory)
        }
    }

    /// Ends what a test process that crashed has left running. A number that some other program has got by now is
    /// known by what it runs.
    private static let lastOrders = """
        for process in $(cat "$0/processes"); do
            case "$(readlink "/proc/$process/exe")" in "$1"/*) kill -9 "$process" ;; esac
        done
        [ -n "$KEEP_SCENARIO_LOGS" ] || rm -rf "$0"
        """

    // MARK: Processes

    /// - Parameter environment: added for this start of this process only.
    package func startProcess(_ name: String, environment own: [String: String] = [:]) throws {
        let log = "\(directory)/\(name).\(UUID().uuidString.prefix(4)).log"
        let process = try Subprocess.start(
            Self.binary(of: name),
            arguments(of: name),
            environment: environment(of: name).merging(own) { $1 },
            output: log,
            problems: log + ".err"
        )
        running.withLock { $0[name] = process }
        guard let list = fopen(directory + "/processes", "a") else { return }
        fputs("\(process)\n", list)
        fclose(list)
    }

    /// SIGKILL, as a machine that loses power.
    package func killProcess(_ name: String) async {
        guard let process = running.withLock({ $0.removeValue(forKey: name) }) else { return }
        kill(process, SIGKILL)
        _ = await Subprocess.end(of: process)
    }

    /// Lets a process stand still with everything it holds, or go on: a machine that is gone for a while.
    package func setStandsStill(_ name: String, _ standsStill: Bool) {
        guard let process = running.withLock({ $0[name] }) else { return }
        kill(process, standsStill ? SIGSTOP : SIGCONT)
    }

    /// Waits for a process that shall die by itself.
    ///
    /// - Returns: its exit status, or the negative number of the signal that ended it; nil when it lives on.
    package func endOfProcess(_ name: String, within limit: Duration) async throws -> Int32? {
        guard let process = running.withLock({ $0[name] }) else { return nil }
        var status: Int32 = 0
        do {
            try await eventually("\(name) ended", within: limit, every: .milliseconds(10)) {
                waitpid(process, &status, WNOHANG) == process
            }
        } catch is NotInTime {
            return nil
        }
        _ = running.withLock { $0.removeValue(forKey: name) }
        return ExitStatus.of(status)
    }

    /// Asks a process to stop in order (SIGTERM).
    ///
    /// - Returns: its exit status, or the negative number of the signal that ended it.
    package func stopProcess(_ name: String) async -> Int32 {
        guard let process = running.withLock({ $0.removeValue(forKey: name) }) else { return -1 }
        kill(process, SIGTERM)
        return ExitStatus.of(await Subprocess.end(of: process))
    }

    /// Runs a service to its end, for one that must not even begin.
    ///
    /// - Returns: its exit status, and what it logged.
    package static func runToEnd(
        _ service: String,
        on database: TestDatabase
    ) async throws -> (status: Int32, log: String) {
        let system = try await TestSystem(database: database, environment: [:])
        let outcome = try await Subprocess.run(
            binary(of: service),
            system.arguments(of: service),
            environment: system.environment(of: service)
        )
        await system.stop()
        return (ExitStatus.of(outcome.status), outcome.output + outcome.problems)
    }

    package func waitUntilReady(_ names: [String], within limit: Duration = .seconds(90)) async throws {
        for name in names {
            do {
                try await eventually("\(name) is ready", within: limit, every: .milliseconds(20)) {
                    if name == "broker" {
                        return FileManager.default.fileExists(atPath: self.brokerReadyFile)
                    }
                    return (try? await self.get(self.url(name) + "/readyz").status) == 200
                }
            } catch {
                throw NotInTime(description: "\(error)\n\(logTail(of: name))")
            }
        }
    }

    private func makeDemo() async throws {
        for arguments in [
            ["demo", "--state", directory + "/key"], ["demo", "--second", "--state", directory + "/key2"],
        ] {
            let outcome = try await Subprocess.run(
                Self.binary(of: "broker"),
                arguments,
                environment: environment(of: "demo")
            )
            guard outcome.status == 0 else {
                throw NotInTime(description: "sandbox demo: \(outcome.problems)")
            }
            let prefix = arguments.contains("--second") ? "SECOND_" : ""
            for line in outcome.output.split(separator: "\n") {
                let halves = line.split(separator: "=", maxSplits: 1)
                if halves.count == 2 { demo.withLock { $0[prefix + halves[0]] = String(halves[1]) } }
            }
        }
    }

    // MARK: Logs

    private var logFiles: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
            .filter { $0.contains(".log") }.sorted()
    }

    /// The end of a process's output, for the message of a failed test.
    package func logTail(of name: String, characters: Int = 3_000) -> String {
        logFiles.filter { $0.hasPrefix(name + ".") }.map { file in
            let text = (try? String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)) ?? ""
            return text.isEmpty ? "" : "--- \(file)\n" + text.suffix(characters)
        }.joined()
    }

    /// Which of these texts stand in the log of which process; a log line never holds any of them.
    package func logsHolding(_ secrets: [String]) throws -> [String] {
        var findings: [String] = []
        for file in logFiles {
            let log = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(file)"))
            for secret in secrets {
                guard let found = log.range(of: Data(secret.utf8)) else { continue }
                let line = log[max(0, found.lowerBound - 300)..<min(log.endIndex, found.upperBound + 60)]
                findings.append("\(file) holds \(secret): …\(String(decoding: line, as: UTF8.self))")
            }
        }
        return findings
    }

    // MARK: Recipients

    /// A number that nothing special happens to, a new one each time.
    package func plainRecipient() -> String {
        let number = recipients.add(1, ordering: .relaxed).newValue
        return recipient(ending: 200 + number % 200, number: number / 200)
    }

    /// A number whose last three digits tell the stand-in what to do.
    package func recipient(ending suffix: Int, number: Int? = nil) -> String {
        let number = number ?? 5_000 + recipients.add(1, ordering: .relaxed).newValue
        return "+39347" + String(10_000 + number % 10_000).dropFirst() + String(1_000 + suffix).dropFirst()
    }

    // MARK: What each process is told

    private var brokerReadyFile: String { directory + "/broker.ready" }

    private func arguments(of name: String) -> [String] {
        switch name {
        case "broker":
            [
                "broker", "--topics", Self.root + "/deploy/kafka/topics.txt", "--port",
                "\(ports["broker"] ?? 0)",
                "--ready-file", brokerReadyFile,
            ]
        case "providers": ["providers"]
        default: []
        }
    }

    func environment(of name: String) -> [String: String] {
        [
            "LISTEN_ADDRESS": "127.0.0.1", "LISTEN_PORT": "\(ports[name] ?? 0)", "LOG_LEVEL": "debug",
            "DATABASE_URL": database.serviceURL, "PLATFORM_DATABASE_URL": database.platformURL,
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:\(ports["broker"] ?? 0)",
            "MASTER_KEYS": "test1:" + Self.masterKey,
            "META_API_URL": sandboxURL, "META_API_VERSION": "v25.0", "META_APP_SECRETS": Self.appSecret,
            "WEBHOOK_VERIFY_TOKEN": Self.verifyToken, "WEBHOOK_URL": webhookURL,
            "PUBLIC_WEBHOOK_URL": webhookURL.replacing("/webhooks/meta", with: ""), "TWILIO_API_URL": sandboxURL,
            "TWILIO_CONTENT_URL": sandboxURL, "TWILIO_MESSAGING_URL": sandboxURL,
            "SMTP_PORT": "\(ports["smtp"] ?? 0)", "SMTP_URL": "smtp://127.0.0.1:\(ports["smtp"] ?? 0)",
            "SMTP_FROM": "tidings@tidings.example", "ALERT_EMAIL": "operations@tidings.example",
            "SLACK_WEBHOOK_URL": sandboxURL + Self.slackPath,
            "SUPER_ADMIN_EMAILS": Self.founder, "PUBLIC_URL": monitorURL, "MONITOR_URL": monitorURL,
            "INGEST_URL": ingestURL, "RETRY_SCHEDULER_URL": url("retry-scheduler"),
            "SERVICE_URLS": Self.services.map { "\($0)=\(url($0))" }.joined(separator: ","),
            "CALLBACK_ALLOW_PRIVATE": "true", "CRON_SECRET": Self.cronSecret, "SANDBOX_ENFORCE_LIMITS": "false",
            // Scenarios count what arrives.
            "DIGEST_AT": "off",
        ].merging(extraEnvironment) { $1 }
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// `dispatcher` of `dispatcher-2`.
    private static func service(of name: String) -> String {
        guard let dash = name.lastIndex(of: "-"), Int(name[name.index(after: dash)...]) != nil else {
            return name
        }
        return String(name[..<dash])
    }

    static func binary(of name: String) -> String {
        let executable = ["broker", "providers"].contains(name) ? "sandbox" : service(of: name)
        return binaries + "/" + executable
    }

    /// The executables lie beside the test bundle; a bundle run from elsewhere finds the usual place.
    private static let binaries: String = {
        let beside =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? ""
        return FileManager.default.isExecutableFile(atPath: beside + "/dispatcher")
            ? beside : root + "/.build/debug"
    }()
}

enum ExitStatus {
    /// What `wait` says, as a shell would say it: the exit status, or the negative number of a signal.
    static func of(_ status: Int32) -> Int32 {
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }
}
