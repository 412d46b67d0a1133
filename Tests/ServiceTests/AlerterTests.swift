import EventBus
import HTTPClient
import JSON
import Kafka
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import alerter

/// The whole alerter over real Postgres, the embedded Kafka, and the stand-ins for Slack and mail.
@Suite struct AlerterTests {
    @Test func anAlertIsToldOnceInSlackAndByMail() async throws {
        let alerter = try await RunningAlerter.start()
        let id = try await alerter.raise("Tag <b> & friends", detail: "It broke & burned.")
        try await eventually("both arrive") { try await alerter.items().count == 2 }
        let items = try await alerter.items()
        let slack = try #require(items.first { $0["kind"]?.string == "slack" })
        #expect(slack["subject"]?.string?.contains("[CRITICAL] Tag &lt;b&gt; &amp; friends") == true)
        let mail = try #require(items.first { $0["kind"]?.string == "mail" })
        #expect(mail["subject"]?.string == "[CRITICAL] Tag <b> & friends")
        #expect(mail["text"]?.string?.contains("It broke & burned.") == true)
        #expect(mail["text"]?.string?.contains("https://tidings.example.test/admin/alerts") == true)
        #expect(mail["html"]?.string?.contains("Tag &lt;b&gt; &amp; friends") == true)
        try await alerter.resolve(id)
        try await eventually("the end is told") { try await alerter.items().count == 4 }
        #expect(
            try await alerter.items().count { $0["subject"]?.string?.contains("[RESOLVED]") == true } == 2
        )
        try await eventually("all are recorded") {
            try await alerter.count("state = 'sent' AND result = 'sent'") == 4
        }
        await alerter.stop()
    }

    @Test func aChannelThatFailsForAWhileIsTriedAgain() async throws {
        let alerter = try await RunningAlerter.start()
        try await alerter.sandbox.call("POST", "/oracle/slack", #"{"fail":2,"status":500}"#)
        try await alerter.sandbox.call("POST", "/oracle/smtp", #"{"fail":2,"code":451}"#)
        try await alerter.raise("one")
        try await eventually("both arrive in the end") { try await alerter.items().count == 2 }
        try await eventually("both took three tries") {
            try await alerter.count("state = 'sent' AND attempts = 3") == 2
        }
        await alerter.stop()
    }

    @Test func aDeadSlackAddressIsNotedByMailAndItsSecretStaysOut() async throws {
        let alerter = try await RunningAlerter.start()
        try await alerter.sandbox.call("POST", "/oracle/slack", #"{"fail":1,"status":404}"#)
        try await alerter.raise("one")
        try await eventually("alert and note arrive by mail") { try await alerter.items().count == 2 }
        let subjects = try await alerter.items().compactMap { $0["subject"]?.string }
        #expect(subjects.contains("Slack does not deliver Tidings' notifications"))
        #expect(try await alerter.count("state = 'failed' AND result = 'Slack answered 404 no_service'") == 1)
        #expect(try await alerter.count("result LIKE '%services%' OR destination LIKE '%http%'") == 0)
        await alerter.stop()
    }

    @Test func aStormOfAlertsIsOneMessage() async throws {
        let alerter = try await RunningAlerter.start(alertsFirst: 1_000)
        try await eventually("all are told") { try await alerter.count("state = 'sent'") == 2_000 }
        let items = try await alerter.items()
        #expect(items.count <= 4)
        let slack = try #require(items.last { $0["kind"]?.string == "slack" })
        #expect(slack["subject"]?.string?.contains("1000 alerts, 1000 of them critical") == true)
        let lines = slack["text"]?.string?.split(separator: "\n").filter { $0.hasPrefix("•") } ?? []
        #expect(lines.count == 20)
        #expect(slack["text"]?.string?.contains("… and 980 more") == true)
        await alerter.stop()
    }

    @Test func aSignInLinkIsMailedAndForgotten() async throws {
        let alerter = try await RunningAlerter.start()
        let link = "https://tidings.example.test/sign-in/secret"
        _ = try await alerter.database.execute(
            """
            INSERT INTO notifications (id, dedupe_key, channel, destination, subject, body, due_at, created_at)
            VALUES (gen_random_uuid(), 'link', 'email', 'founder@example.test', 'Sign in to Tidings',
                    \("Open \(link) within 15 minutes."), now(), now())
            """
        )
        try await eventually("it arrives") { try await alerter.items().count == 1 }
        let mail = try #require(try await alerter.items().first)
        #expect(mail["subject"]?.string == "Sign in to Tidings")
        #expect(mail["to"]?.elements?.first?.string == "founder@example.test")
        #expect(mail["text"]?.string == "Open \(link) within 15 minutes.")
        #expect(mail["html"]?.string?.contains("<a href=\"\(link)\" ") == true)
        try await eventually("nothing of it is left") {
            try await alerter.count("state = 'sent' AND body = ''") == 1
        }
        await alerter.stop()
    }
}

struct RunningAlerter: Sendable {
    let sandbox: SandboxFixture
    let database: Database
    private let broker: EmbeddedBroker
    private let environment: [String: String]
    private let parts: [any Part]
    private let tasks: [Task<Void, Never>]

    /// - Parameters:
    ///   - alertsFirst: alerts that were raised before the alerter starts.
    ///   - extra: settings that need to know where the stand-ins are.
    static func start(
        alertsFirst: Int = 0, environment: [String: String] = [:],
        extra: (SandboxFixture) -> [String: String] = { _ in [:] }
    ) async throws -> RunningAlerter {
        let sandbox = try await SandboxFixture()
        let made = try await PostgresServer.database()
        let database = Database(DatabaseSettings(url: made.platformURL, poolSize: 2))
        try await database.start()
        _ = try await database.execute(
            """
            INSERT INTO alerts (id, key, code, severity, title, detail, opened_at, updated_at)
            SELECT gen_random_uuid(), 'key ' || n, 'MESSAGE_CRITICAL', 'critical', 'Alert ' || n, 'why', now(), now()
            FROM generate_series(1, \(alertsFirst)) n
            """
        )
        let broker = try EmbeddedBroker(
            topics: Topic.allCases.map { (name: $0.name(prefix: "tidings"), partitions: $0.partitions) }
        )
        let whole = [
            "PLATFORM_DATABASE_URL": made.platformURL, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrapServers,
            "MASTER_KEYS": TestTenant.masterKeysText,
            "SLACK_WEBHOOK_URL": sandbox.url + "/slack/services/T1/B1/secret",
            "SMTP_URL": sandbox.mailURL,
            "SMTP_FROM": "tidings@example.test", "ALERT_EMAIL": "operations@example.test",
            "PUBLIC_URL": "https://tidings.example.test", "RETRY_TIME_SCALE": "0.02", "DIGEST_AT": "off",
        ].merging(environment) { $1 }.merging(extra(sandbox)) { $1 }
        let parts = try parts(whole)
        for part in parts { try await part.start() }
        let tasks = parts.map { part in Task { _ = try? await part.run() } }
        return RunningAlerter(
            sandbox: sandbox,
            database: database,
            broker: broker,
            environment: whole,
            parts: parts,
            tasks: tasks
        )
    }

    private static func parts(_ environment: [String: String]) throws -> [any Part] {
        try Alerter.build(AlerterSettings(SettingsReader(environment: environment)))
    }

    /// Beside the one that runs; not started.
    func secondCopy() throws -> [any Part] { try Self.parts(environment) }

    func stop() async {
        for part in parts.reversed() { await part.stop(within: .seconds(5)) }
        for task in tasks { task.cancel() }
        await database.stop()
        await sandbox.stop()
        broker.stop()
    }

    @discardableResult
    func raise(
        _ title: String, detail: String = "why", severity: AlertSeverity = .critical, tenantID: TenantID? = nil,
        code: AlertCode = .messageCritical, rootCause: String? = nil, isSilenced: Bool = false
    ) async throws -> AlertID {
        let id = AlertID(IDSource().uuid())
        _ = try await database.execute(
            """
            INSERT INTO alerts
                (id, tenant_id, key, code, severity, title, detail, root_cause, opened_at, updated_at, silenced_until)
            VALUES (\(id), \(tenantID as TenantID?), \("\(id)"), \(code.rawValue), \(severity.rawValue), \(title), \(detail),
                    \(rootCause as String?), now(), now(), CASE WHEN \(isSilenced) THEN now() + interval '1 hour' END)
            """
        )
        return id
    }

    /// A business, and nothing of it but its name.
    func makeTenant(_ name: String) async throws -> TenantID {
        let id = TenantID(IDSource().uuid())
        _ = try await database.execute(
            """
            INSERT INTO tenants (id, slug, name, status, data_key_sealed)
            VALUES (\(id), \(name), \(name), 'active', '\\x00')
            """)
        return id
    }

    /// - Parameter quiet: its quiet hours have begun an hour ago, and end in an hour.
    func addDestination(of tenantID: TenantID, _ address: String, quiet: Bool = false) async throws {
        _ = try await database.execute(
            """
            INSERT INTO alert_destinations
                (id, tenant_id, channel, address, severity_min, quiet_from, quiet_to, verified_at, created_by)
            VALUES (gen_random_uuid(), \(tenantID), 'email', \(address), 'info',
                    CASE WHEN \(quiet) THEN (now() AT TIME ZONE 'UTC' - interval '1 hour')::time END,
                    CASE WHEN \(quiet) THEN (now() AT TIME ZONE 'UTC' + interval '1 hour')::time END, now(), 'test')
            """)
    }

    /// What the time until the next step of an alert that nobody acknowledges would do, where it is an hour.
    func letNextStepCome(_ ids: AlertID...) async throws {
        // In this order: the first step is due by the alert's age, and only the later ones stand in the table.
        _ = try await database.execute("UPDATE alert_telling SET next_at = now() WHERE alert_id = ANY (\(ids))")
        _ = try await database.execute(
            "UPDATE alerts SET opened_at = opened_at - interval '2 hours' WHERE id = ANY (\(ids))")
    }

    func resolve(_ id: AlertID) async throws {
        _ = try await database.execute("UPDATE alerts SET resolved_at = now() WHERE id = \(id)")
    }

    func count(_ condition: String) async throws -> Int {
        let rows = try await database.rows(SQL(raw: "SELECT count(*) FROM notifications WHERE \(condition)"))
        return try rows.first?.value(0, as: Int.self) ?? 0
    }

    /// What arrived in Slack and by mail.
    func items() async throws -> [JSONValue] { try await sandbox.inbox() }
}
