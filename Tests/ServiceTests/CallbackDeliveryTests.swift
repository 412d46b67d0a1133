import Crypto
import HTTPClient
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import TestSupport
import Testing

@testable import alerter

/// Deliveries over real Postgres and real HTTP, to the stand-in's endpoints.
@Suite struct CallbackDeliveryTests {
    @Test func eventsArriveSignedInTheirOrderWithWhatTheyAreAbout() async throws {
        try await RunningCallbacks.with { running in
            let id = try await running.endpoint("crm", ["message.accepted", "message.sending"])
            let message = running.first.message(reference: "order-77")
            try await running.accept(message)
            try await running.claim(message)
            try await eventually("both arrive") { try await running.taken("crm").count == 2 }
            let taken = try await running.taken("crm")
            #expect(taken.allSatisfy { $0["is_signed"]?.boolean == true })
            #expect(taken.map { $0["body"]?["type"]?.string } == ["message.accepted", "message.sending"])
            let body = try #require(taken.last?["body"])
            #expect(body["id"]?.string == taken.last?["id"]?.string)
            #expect(body["timestamp"]?.string.flatMap { Timestamp(rfc3339: $0) } != nil)
            let data = try #require(body["data"])
            #expect(data["id"]?.string == message.id.description)
            #expect(data["status"]?.string == "sending")
            #expect(data["attempt"]?.integer == 1)
            #expect(data["to"]?.string == message.recipient)
            #expect(data["reference"]?.string == "order-77")
            #expect(data["sender_id"]?.string == running.first.senderID.description)
            try await eventually("the log says so") { try await running.log(id, status: .delivered).count == 2 }
            let log = try await running.log(id, status: .delivered)
            #expect(log.allSatisfy { $0.tries == 1 && $0.endedAt != nil })
            let entry = try JSONDocument(parsing: #require(log.first).history.bytes).root.elements?.first
            #expect(entry?["status"]?.integer == 200)
        }
    }

    @Test func anEndpointThatFailsForAWhileGetsEverythingInTheEndInOrder() async throws {
        try await RunningCallbacks.with { running in
            let id = try await running.endpoint("crm", ["message.*"])
            try await running.order("crm", #"{"fail":9,"status":503}"#)
            let messages = (0..<4).map { _ in running.first.message() }
            for message in messages { try await running.accept(message) }
            for message in messages { try await running.claim(message) }
            try await eventually("all are delivered") { try await running.log(id, status: .delivered).count == 8 }
            let good = try await running.taken("crm").filter { $0["answered"]?.integer == 200 }
            for message in messages {
                let own = good.filter { $0["body"]?["data"]?["id"]?.string == message.id.description }
                #expect(own.map { $0["body"]?["type"]?.string } == ["message.accepted", "message.sending"])
            }
            let tries = try await running.log(id, status: .delivered).map(\.tries).reduce(0, +)
            #expect(tries == 8 + 9)
            let state = try #require(try await running.callback(id))
            #expect(state.failures == 0)
            #expect(state.failingSince == nil)
            #expect(state.lastProblem == "the endpoint answered 503")
        }
    }

    @Test func aSlowEndpointHoldsUpNobodyElse() async throws {
        // Nobody waits for the slow one as long as the others are given.
        try await RunningCallbacks.with(["CALLBACK_TIMEOUT": "60s"]) { running in
            _ = try await running.endpoint("slow", ["*"])
            _ = try await running.endpoint("quick", ["*"], of: running.tenants.second)
            try await running.order("slow", #"{"delay_ms":30000}"#)
            for _ in 0..<8 { try await running.accept(running.first.message()) }
            try await eventually("the slow one is asked") { try await running.taken("slow").count >= 4 }
            for _ in 0..<20 { try await running.accept(running.tenants.second.message()) }
            try await eventually("the quick one has all", within: .seconds(25)) {
                try await running.taken("quick").count == 20
            }
        }
    }

    @Test func aPrivateAddressIsNotReachedUnlessAllowed() async throws {
        try await RunningCallbacks.with(["CALLBACK_ALLOW_PRIVATE": "false"]) { running in
            let id = try await running.endpoint("crm", ["*"])
            try await running.accept(running.first.message())
            try await eventually("it was tried") { try await running.callback(id)?.failures ?? 0 > 0 }
            #expect(try await running.callback(id)?.lastProblem == "the host's address is not a public one")
            #expect(try await running.taken("crm").isEmpty)
        }
    }

    @Test func bothSecretsSignWhileOneIsReplaced() async throws {
        try await RunningCallbacks.with { running in
            let id = try await running.endpoint("crm", ["*"])
            try await running.rotate(id)
            // The sink still knows the secret before.
            try await running.accept(running.first.message())
            try await eventually("it arrives") { try await running.taken("crm").count == 1 }
            #expect(try await running.taken("crm").first?["is_signed"]?.boolean == true)
        }
    }

    @Test func anEndpointThatIsGoneIsSwitchedOffAndPeopleAreTold() async throws {
        try await RunningCallbacks.with { running in
            let id = try await running.endpoint("gone", ["message.*"])
            _ = try await running.endpoint("other", ["callback.disabled"])
            try await running.addOwner("owner@example.test")
            try await running.order("gone", #"{"fail":-1,"status":410}"#)
            try await running.accept(running.first.message())
            try await eventually("the other endpoint hears of it") { try await running.taken("other").count == 1 }
            let told = try #require(try await running.taken("other").first?["body"])
            #expect(told["type"]?.string == "callback.disabled")
            #expect(told["data"]?["id"]?.string == id.description)
            #expect(told["data"]?["reason"]?.string == "gone")
            let off = try #require(try await running.callback(id))
            #expect(off.status == .disabled)
            #expect(off.statusReason?.contains("410") == true)
            let key = "CALLBACK_DISABLED/\(running.first.id)/\(id)"
            #expect(try await running.count("alerts WHERE resolved_at IS NULL AND key = '\(key)'") == 1)
            #expect(try await running.count("audit_log WHERE action = 'callback.disabled' AND actor = 'alerter'") == 1)
            #expect(try await running.count("notifications WHERE destination = 'owner@example.test'") == 1)

            // What happens meanwhile waits, and is delivered when the endpoint is on again.
            try await running.accept(running.first.message())
            try await running.order("gone", #"{"fail":0}"#)
            var on = CallbackChanges()
            on.status = .active
            _ = try await running.store.change(id, of: running.first.id, on, by: .system("test"))
            try await eventually("what waited arrives") { try await running.log(id, status: .delivered).count == 2 }
            try await eventually("the alert ends") {
                try await running.count("alerts WHERE resolved_at IS NULL AND key = '\(key)'") == 0
            }
        }
    }

    @Test func aTestGoesToAPausedEndpointAndOnlyOnce() async throws {
        try await RunningCallbacks.with { running in
            let id = try await running.endpoint("crm", ["message.*"])
            var pause = CallbackChanges()
            pause.status = .paused
            _ = try await running.store.change(id, of: running.first.id, pause, by: .system("test"))
            try await running.order("crm", #"{"fail":1,"status":500}"#)
            try await running.accept(running.first.message())
            let failed = try #require(try await running.logStore.test(id, of: running.first.id, by: .system("test")))
            try await eventually("the test is over") {
                try await running.logStore.delivery(failed, to: id, tenantID: running.first.id)?.status == .failed
            }
            let good = try #require(try await running.logStore.test(id, of: running.first.id, by: .system("test")))
            try await eventually("the next one works") {
                try await running.logStore.delivery(good, to: id, tenantID: running.first.id)?.status == .delivered
            }
            #expect(try await running.taken("crm").map { $0["body"]?["type"]?.string } == ["callback.test", "callback.test"])
            #expect(try await running.callback(id)?.failures == 0)
            #expect(try await running.log(id, status: .pending).count == 1)
        }
    }

    @Test func whatIsReplayedArrivesOnceMoreUnderItsOwnID() async throws {
        try await RunningCallbacks.with { running in
            let id = try await running.endpoint("crm", ["message.accepted"])
            try await running.accept(running.first.message())
            try await eventually("it is delivered") { try await running.log(id, status: .delivered).count == 1 }
            let delivery = try #require(try await running.log(id, status: .delivered).first)
            _ = try await running.logStore.replay(delivery.id, to: id, of: running.first.id, by: .system("test"))
            try await eventually("it arrives again") { try await running.taken("crm").count == 2 }
            #expect(Set(try await running.taken("crm").compactMap { $0["id"]?.string }) == [delivery.id.description])
            try await eventually("the log has both tries") {
                let document = try await running.log(id, status: .delivered).first.map { try JSONDocument(parsing: $0.history.bytes) }
                return document?.root.elements?.count == 2
            }
        }
    }

    @Test func whatAnEndpointAnsweredIsKeptWithoutLongNumbers() throws {
        let excerpt = CallbackTry.excerpt(
            of: .init(status: 500, headers: [], body: Array("no such user +393401234567\n".utf8), duration: .zero))
        #expect(excerpt == "no such user +3934•••••••• ")
        #expect(CallbackTry.excerpt(of: .init(status: 200, headers: [], body: [65], duration: .zero)) == nil)
    }
}

/// The callback parts of alerter as it wires them, two tenants, and the stand-in.
struct RunningCallbacks: Sendable {
    let tenants: TwoTenants
    let sandbox: SandboxFixture
    let store: CallbackStore
    let logStore: CallbackLogStore
    private let parts: [any Part]
    private let tasks: [Task<Void, Never>]

    var first: TestTenant { tenants.first }

    static func with(
        _ environment: [String: String] = [:], _ body: (RunningCallbacks) async throws -> Void
    ) async throws {
        let running = try await start(environment)
        do {
            try await body(running)
        } catch {
            await running.stop()
            throw error
        }
        await running.stop()
    }

    private static func start(_ environment: [String: String]) async throws -> RunningCallbacks {
        let tenants = try await TwoTenants.make()
        let sandbox = try await SandboxFixture()
        let settings = [
            "PLATFORM_DATABASE_URL": tenants.platformURL, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
            "MASTER_KEYS": TestTenant.masterKeysText, "CALLBACK_ALLOW_PRIVATE": "true", "CALLBACK_INTERVAL": "20ms", "CALLBACK_TIMEOUT": "30s",
            "RETRY_TIME_SCALE": "0.02", "SMTP_URL": sandbox.mailURL, "SMTP_FROM": "tidings@example.test",
        ].merging(environment) { $1 }
        let parts = try CallbackParts(AlerterSettings(SettingsReader(environment: settings)), wake: {}).parts
        for part in parts { try await part.start() }
        let tasks = parts.map { part in Task { _ = try? await part.run() } }
        return RunningCallbacks(
            tenants: tenants, sandbox: sandbox, store: CallbackStore(tenants.database, ids: IDSource()),
            logStore: CallbackLogStore(tenants.database, ids: IDSource()), parts: parts, tasks: tasks)
    }

    private func stop() async {
        for part in parts.reversed() { await part.stop(within: .seconds(1)) }
        for task in tasks { task.cancel() }
        await sandbox.stop()
        await tenants.stop()
    }

    /// An endpoint of the stand-in that knows its secret.
    func endpoint(_ name: String, _ events: [String], of tenant: TestTenant? = nil) async throws -> CallbackID {
        let owner = (tenant ?? first).id
        let id = CallbackID(IDSource().uuid())
        let secret = StandardWebhook.makeSecret()
        try await order(name, #"{"secret":"\#(secret)"}"#)
        let created = try await store.create(
            id, of: owner, url: "\(sandbox.url)/callbacks/\(name)", description: "", events: events,
            sealedSecret: try await sealed(secret, for: id, of: owner), by: .system("test"))
        guard case .created = created else { throw EndpointNotMade() }
        return id
    }

    func rotate(_ id: CallbackID) async throws {
        let sealed = try await sealed(StandardWebhook.makeSecret(), for: id, of: first.id)
        _ = try await store.rotateSecret(
            of: id, of: first.id, sealedSecret: sealed, overlap: .seconds(3_600), by: .system("test"))
    }

    private func sealed(_ secret: String, for id: CallbackID, of owner: TenantID) async throws -> [UInt8] {
        let secrets = try TestTenant.secrets()
        let key = try #require(try await secrets.sealedDataKey(of: owner, in: tenants.database))
        return try secrets.seal(Secret(secret), for: .callbackSecret(id), tenantID: owner, sealedDataKey: key)
    }

    func order(_ name: String, _ body: String) async throws {
        try await sandbox.call("POST", "/oracle/callbacks/\(name)", body)
    }

    func taken(_ name: String) async throws -> [JSONValue] {
        try await sandbox.call("GET", "/oracle/callbacks/\(name)").json?["data"]?.elements ?? []
    }

    func accept(_ message: NewMessage) async throws {
        _ = try await tenants.withAcceptStore { store in
            try await store.accept(AcceptRequest(tenantID: message.tenantID, messages: [message]))
        }
    }

    func claim(_ message: NewMessage) async throws {
        _ = try await DispatchStore(database: tenants.database, settings: tenants.settings).claim(
            [(message.tenantID, message.id)], lease: .seconds(60))
    }

    func callback(_ id: CallbackID) async throws -> Callback? { try await store.callback(id, of: first.id) }

    func log(_ id: CallbackID, status: CallbackDelivery.Status) async throws -> [CallbackDelivery] {
        var filter = CallbackLogStore.Filter()
        filter.status = status
        return try await logStore.list(of: id, tenantID: first.id, filter, before: nil, limit: 200)?.deliveries ?? []
    }

    func count(_ rows: String) async throws -> Int {
        try await tenants.platform.rows(SQL(raw: "SELECT count(*) FROM \(rows)")).first?.value(0, as: Int.self) ?? 0
    }

    func addOwner(_ email: String) async throws {
        _ = try await tenants.platform.execute(
            "INSERT INTO users (tenant_id, id, email, role) VALUES (\(first.id), gen_random_uuid(), \(email), 'owner')")
    }
}

private struct EndpointNotMade: Error {}
