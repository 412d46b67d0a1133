import Crypto
import HTTPClient
import HTTPServer
import JSON
import Runtime
import Synchronization
import TestSupport

@testable import sandbox

/// The stand-ins in this process, a receiver for their webhooks, and a client.
final class SandboxFixture: Sendable {
    static let secret = "secret-of-the-app"
    static let phone = "100200300400500"

    struct Webhook: Sendable {
        let body: JSONValue
        let text: String
        let isSigned: Bool
    }

    let providers: Providers
    let client = HTTPClient()
    private let receiver: HTTPServer
    private let received: ReceivedWebhooks
    private let tasks: [Task<Void, Never>]

    var url: String { "http://127.0.0.1:\(providers.http.port)" }
    var mailURL: String { "smtp://127.0.0.1:\(providers.mail.port)" }
    var webhooks: [Webhook] { received.all }

    /// - Parameter refusals: how the first webhooks are answered before the rest gets 200.
    init(_ environment: [String: String] = [:], refusals: [Int] = []) async throws {
        let received = ReceivedWebhooks(refusals)
        self.received = received
        var router = Router()
        router.on(.post, "/webhooks/meta") { request in
            let code = HMACSHA256.authenticate(key: Self.secret, message: request.body)
            let isSigned = request.header("X-Hub-Signature-256") == "sha256=" + Hexadecimal.encode(code)
            return .empty(try received.take(request.body, isSigned: isSigned))
        }
        receiver = HTTPServer(HTTPServerSettings(), router: router)
        let port = try await receiver.start()
        var settings = [
            "WEBHOOK_URL": "http://127.0.0.1:\(port)/webhooks/meta",
            "META_APP_SECRETS": Self.secret + ",older",
            "SANDBOX_RECEIPT_DELAY": "5ms", "SANDBOX_TIME_SCALE": "0.05",
        ]
        settings.merge(environment) { $1 }
        providers = Providers(try ProvidersSettings(SettingsReader(environment: settings)))
        for part in providers.parts { try await part.start() }
        tasks = providers.parts.map { part in Task { _ = try? await part.run() } }
        try client.start()
    }

    func stop() async {
        for part in providers.parts.reversed() { await part.stop(within: .seconds(5)) }
        for task in tasks { task.cancel() }
        await client.stop()
        await receiver.drain(within: .seconds(1))
    }

    // MARK: Calls

    func send(
        to recipient: String,
        reference: String? = nil,
        body: String? = nil,
        token: String = "sandbox-token-1",
        phone: String = SandboxFixture.phone,
        timeout: Duration = .seconds(10)
    ) async throws -> (status: Int, json: JSONValue, response: ClientResponse) {
        let callback = reference.map { #","biz_opaque_callback_data":"\#($0)""# } ?? ""
        let message =
            body
                ?? #"""
                {"messaging_product":"whatsapp","to":"\#(recipient)","type":"template",
                 "template":{"name":"order_shipped","language":{"code":"en"}}\#(callback)}
                """#
        let response = try await client.send(
            ClientRequest(
                method: "POST",
                url: "\(url)/v25.0/\(phone)/messages",
                headers: [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")],
                body: Array(message.utf8),
                timeout: timeout
            )
        )
        return (response.status, try JSONDocument(parsing: response.body).root, response)
    }

    @discardableResult
    func call(_ method: String, _ path: String, _ body: String = "") async throws -> (
        status: Int, json: JSONValue?
    ) {
        let response = try await client.send(
            ClientRequest(
                method: method,
                url: url + path,
                headers: [("Authorization", "Bearer sandbox-token-1")],
                body: Array(body.utf8)
            )
        )
        return (response.status, (try? JSONDocument(parsing: response.body))?.root)
    }

    func text(_ path: String) async throws -> String {
        String(decoding: try await client.send(ClientRequest(url: url + path)).body, as: UTF8.self)
    }

    // MARK: What arrived

    /// Every status object received so far, in order.
    var statuses: [JSONValue] {
        webhooks.flatMap { webhook in
            (webhook.body["entry"]?.elements ?? []).flatMap { $0["changes"]?.elements ?? [] }
                .flatMap { $0["value"]?["statuses"]?.elements ?? [] }
        }
    }

    func words(of reference: String) -> [String] {
        statuses.filter { $0["biz_opaque_callback_data"]?.string == reference }.compactMap {
            $0["status"]?.string
        }
    }

    func inbox() async throws -> [JSONValue] {
        try await call("GET", "/inbox.json").json?["data"]?.elements ?? []
    }
}

/// What came to the webhook address.
final class ReceivedWebhooks: Sendable {
    private struct State {
        var webhooks: [SandboxFixture.Webhook] = []
        var refusals: [Int]
    }

    private let state: Mutex<State>

    init(_ refusals: [Int]) {
        state = Mutex(State(refusals: refusals))
    }

    var all: [SandboxFixture.Webhook] { state.withLock { $0.webhooks } }

    /// - Returns: the status to answer with.
    func take(_ bytes: [UInt8], isSigned: Bool) throws -> Int {
        let webhook = SandboxFixture.Webhook(
            body: try JSONDocument(parsing: bytes).root,
            text: String(decoding: bytes, as: UTF8.self),
            isSigned: isSigned
        )
        return state.withLock { state in
            if !state.refusals.isEmpty { return state.refusals.removeFirst() }
            state.webhooks.append(webhook)
            return 200
        }
    }
}
