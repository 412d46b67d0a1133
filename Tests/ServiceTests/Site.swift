import HTTPClient
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import Synchronization
import TestSupport
import Testing

@testable import monitor

/// The monitor's routes as `Monitor.build` wires them, without sockets and without Kafka.
struct Site: Sendable {
    struct Answer: Sendable {
        let response: Response
        var status: Int { response.status }
        var text: String { String(decoding: response.body, as: UTF8.self) }
        var cookie: String? { response.header("Set-Cookie").map { String($0.prefix { $0 != ";" }) } }
        func json() throws -> JSONValue { try JSONDocument(parsing: response.body).root }
        func rows() throws -> [JSONValue] { try json()["data"]?.elements ?? [] }
    }

    static let founder = "founder@example.com"
    static let cronSecret = "a clock's secret"

    let tenants: TwoTenants
    /// What caches were told, in this order.
    let news: Told
    let people: People
    let router: Router
    /// Stops what the site began, its tenants last.
    private let end: @Sendable () async -> Void

    final class Told: Sendable {
        private let list = Mutex<[ControlNews]>([])
        func add(_ news: [ControlNews]) { list.withLock { $0 += news } }
        var all: [ControlNews] { list.withLock { $0 } }
    }

    /// - Parameters:
    ///   - isWithAPI: whether ingest-api runs too, for pages and routes that ask it.
    ///   - environment: further settings.
    static func start(
        publicURL: String = "http://pages.example", proxies: Int = 0, isWithAPI: Bool = false,
        environment: [String: String] = [:]
    ) async throws -> Site {
        let tenants = try await TwoTenants.make()
        let api = isWithAPI ? try await SiteAPI.start(of: tenants) : nil
        let settings = try MonitorSettings(
            SettingsReader(environment: [
                "DATABASE_URL": "x", "PLATFORM_DATABASE_URL": "x", "KAFKA_BOOTSTRAP_SERVERS": "x",
                "SUPER_ADMIN_EMAILS": "Founder@example.com", "PUBLIC_URL": publicURL,
                "MASTER_KEYS": TestTenant.masterKeysText, "TRUSTED_PROXIES": "\(proxies)",
                "CRON_SECRET": Site.cronSecret, "INGEST_URL": api?.url ?? "http://127.0.0.1:9",
            ].merging(environment) { $1 })
        )
        let client = HTTPClient()
        try client.start()
        let ids = IDSource()
        let news = Told()
        let site = SiteParts(
            settings,
            tenantDatabase: tenants.database,
            platformDatabase: tenants.platform,
            ids: ids,
            client: client,
            feed: LiveFeed(),
            tell: news.add,
            cancelLeftovers: {}
        )
        let router = try Monitor.router(site)
        return Site(tenants: tenants, news: news, people: site.people, router: router) {
            await client.stop()
            await api?.stop()
            await tenants.stop()
        }
    }

    func stop() async { await end() }

    func accept(_ message: NewMessage) async throws -> MessageID {
        _ = try await tenants.withAcceptStore {
            try await $0.accept(AcceptRequest(tenantID: message.tenantID, messages: [message]))
        }
        return message.id
    }

    func signIn(_ tenant: TestTenant) async throws -> String {
        let answer = try await post("/sign-in", "key=\(tenant.key.secret.reveal())")
        return try #require(answer.cookie)
    }

    func get(_ target: String, _ cookie: String?, key: APIKey? = nil) async throws -> Answer {
        var headers = [("Host", "pages.example")]
        if let cookie { headers.append(("Cookie", cookie)) }
        if let key { headers.append(("Authorization", "Bearer \(key.secret.reveal())")) }
        let request = try #require(Request(.get, target, headers: headers))
        return Answer(response: await router.respond(to: request))
    }

    /// As a program: with a key, or with a session and the origin of our own pages.
    func call(
        _ method: HTTPMethod, _ target: String, _ body: String = "", key: String? = nil, cookie: String? = nil,
        origin: String? = nil
    ) async throws -> Answer {
        var headers = [("Host", "pages.example"), ("Content-Type", "application/json")]
        if let key { headers.append(("Authorization", "Bearer \(key)")) }
        if let cookie { headers.append(("Cookie", cookie)) }
        if let origin { headers.append(("Origin", origin)) }
        let request = try #require(Request(method, target, headers: headers, body: Array(body.utf8)))
        return Answer(response: await router.respond(to: request))
    }

    /// By a link, as people come in.
    func signIn(email: String, as choice: String? = nil) async throws -> String {
        _ = try await post("/sign-in", "email=\(QueryText.encode(email))")
        let token = try #require(try await lastToken())
        let answer = try await post("/sign-in/link", "token=\(token)" + (choice.map { "&as=\($0)" } ?? ""))
        return try #require(answer.cookie, "\(answer.text)")
    }

    /// A key of the founder's program, made as the documentation says.
    func adminKey(_ name: String = "program") async throws -> String {
        let cookie = try await signIn(email: Self.founder)
        let made = try await call(
            .post, "/v1/admin/keys", #"{"name":"\#(name)"}"#, cookie: cookie, origin: "http://pages.example")
        return try #require(made.json()["key"]?.string, "\(made.text)")
    }

    func post(
        _ target: String,
        _ body: String,
        cookie: String? = nil,
        origin: String? = "http://pages.example",
        address: String = "127.0.0.1",
        forwardedFor: String? = nil
    ) async throws -> Answer {
        var headers = [("Host", "pages.example"), ("Content-Type", "application/x-www-form-urlencoded")]
        if let cookie { headers.append(("Cookie", cookie)) }
        if let origin { headers.append(("Origin", origin)) }
        if let forwardedFor { headers.append(("X-Forwarded-For", forwardedFor)) }
        let request = try #require(
            Request(.post, target, headers: headers, body: Array(body.utf8), remoteAddress: address))
        return Answer(response: await router.respond(to: request))
    }

    /// Sends a form of ours with a file.
    func upload(
        _ target: String, _ fields: [String: String], _ file: (name: String, content: String), cookie: String
    ) async throws -> Answer {
        let lines = fields.flatMap { ["--edge", "Content-Disposition: form-data; name=\"\($0.key)\"", "", $0.value] }
        let upload = [
            "--edge", "Content-Disposition: form-data; name=\"\(file.name)\"; filename=\"list.csv\"",
            "Content-Type: text/csv", "", file.content, "--edge--", "",
        ]
        let headers = [
            ("Host", "pages.example"), ("Origin", "http://pages.example"), ("Cookie", cookie),
            ("Content-Type", "multipart/form-data; boundary=edge"),
        ]
        let body = Array((lines + upload).joined(separator: "\r\n").utf8)
        let request = try #require(Request(.post, target, headers: headers, body: body))
        return Answer(response: await router.respond(to: request))
    }

    /// What the forms of this session carry.
    func formToken(_ cookie: String) async throws -> String {
        let page = try await get("/account", cookie).text
        let halves = page.split(separator: "name=\"form_token\" value=\"", maxSplits: 1)
        return halves.count == 2 ? String(halves[1].prefix { $0 != "\"" }) : ""
    }

    func lastToken() async throws -> String? {
        let rows = try await tenants.platform.rows(
            "SELECT body FROM notifications ORDER BY created_at DESC LIMIT 1"
        )
        let body = try rows.first?.value(0, as: String.self) ?? ""
        let halves = body.split(separator: "token=", maxSplits: 1)
        return halves.count == 2 ? String(halves[1].prefix { !$0.isWhitespace }) : nil
    }
}
