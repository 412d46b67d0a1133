import EventBus
import HTTPClient
import HTTPServer
import JSON
import Kafka
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// The routes over real Postgres; Kafka is away all the time, which no caller may notice.
@Suite struct IngestAPITests {
    private static let hello =
        #"{"to":"+393401234567","type":"text","text":{"body":"Hello"},"reference":"r-1"}"#

    @Test func anAcceptedMessageCanBeReadBackAtOnce() async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post("/v1/messages", Self.hello)
        #expect(answer.status == 202)
        let id = try #require(answer.json["id"]?.string)
        #expect(answer.json["status"]?.string == "queued")
        #expect(answer.response.header("location") == "/v1/messages/\(id)")
        let detail = try await api.get("/v1/messages/\(id)")
        #expect(detail.status == 200)
        #expect(detail.json["retry_count"]?.integer == 0)
        #expect(detail.json["customer_status"]?.string == "pending")
        #expect(detail.json["timeline"]?.elements?.first?["type"]?.string == "accepted")
        #expect(detail.json["attempts"]?.elements?.isEmpty == true)
        let list = try await api.get("/v1/messages?reference=r-1&status=queued&limit=1")
        #expect(list.json["data"]?.elements?.map { $0["id"]?.string } == [id])
        #expect(list.json["next_cursor"]?.isNull == true)
        await api.stop()
    }

    @Test func theSameKeyAndBodyGiveTheFirstAnswerUnderConcurrency() async throws {
        let api = try await RunningAPI.start()
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<50 {
                group.addTask { try await api.post("/v1/messages", Self.hello, key: "order 77") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 202 })
        #expect(Set(answers.compactMap { $0.json["id"]?.string }).count == 1)
        #expect(answers.count { $0.response.header("idempotent-replayed") == "true" } == 49)
        let other = try await api.post("/v1/messages", Self.hello + " ", key: "order 77")
        #expect(other.status == 422)
        #expect(other.json["code"]?.string == "idempotency_key_reused")
        await api.stop()
    }

    @Test func anAcceptedRequestKeepsItsAnswerEvenWhenItWouldBeRefusedToday() async throws {
        let api = try await RunningAPI.start()
        let body = #"""
            {"to":"+393401234567","type":"template",
             "template":{"name":"order_shipped","language":"en","variables":{"first_name":"Ada","order":"7"}}}
            """#
        let first = try await api.post("/v1/messages", body, key: "k")
        #expect(first.status == 202)
        _ = try await api.tenants.platform.execute(
            "UPDATE templates SET status = 'PAUSED' WHERE name = 'order_shipped'"
        )
        api.catalogs.forget(api.tenants.first.id)
        let again = try await api.post("/v1/messages", body, key: "k")
        #expect(again.status == 202)
        #expect(again.response.body == first.response.body)
        let anew = try await api.post("/v1/messages", body)
        #expect(anew.json["code"]?.string == "template_not_approved")
        await api.stop()
    }

    @Test func aBatchTellsForEachMessageWhatBecameOfIt() async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post(
            "/v1/messages/batch",
            #"{"messages":[\#(Self.hello),{"to":"1","type":"text","text":{"body":"x"}},\#(Self.hello)]}"#
        )
        #expect(answer.status == 202)
        #expect(answer.json["accepted"]?.integer == 2)
        #expect(answer.json["refused"]?.integer == 1)
        let data = try #require(answer.json["data"]?.elements)
        #expect(data.map { $0["index"]?.integer } == [0, 1, 2])
        #expect(data[1]["error"]?["code"]?.string == "to_invalid")
        let batchID = try #require(answer.json["batch_id"]?.string)
        let list = try await api.get("/v1/messages?batch_id=\(batchID)")
        #expect(list.json["data"]?.elements?.count == 2)
        let none = try await api.post("/v1/messages/batch", #"{"messages":[{"to":"1"}]}"#)
        #expect(none.status == 422)
        #expect(none.json["code"]?.string == "batch_refused")
        #expect(none.json["data"]?.elements?.first?["error"]?["field"]?.string == "to")
        await api.stop()
    }

    @Test func anotherTenantsMessageIsNotFound() async throws {
        let api = try await RunningAPI.start()
        let id = try #require(try await api.post("/v1/messages", Self.hello).json["id"]?.string)
        let foreign = try await api.get("/v1/messages/\(id)", as: api.tenants.second)
        #expect(foreign.status == 404)
        let list = try await api.get("/v1/messages", as: api.tenants.second)
        #expect(list.json["data"]?.elements?.isEmpty == true)
        await api.stop()
    }

    @Test func withoutAGoodKeyNothingIsAnswered() async throws {
        let api = try await RunningAPI.start()
        for header in [nil, "Basic x", "Bearer", "Bearer tdg_x", "Bearer \(APIKey.make().secret.reveal())"] {
            let answer = try await api.send(.post, "/v1/messages", Self.hello, authorization: header)
            #expect(answer.status == 401)
        }
        #expect(try await api.post("/v1/messages", Self.hello).status == 202)
        _ = try await api.tenants.platform.execute("UPDATE api_keys SET revoked_at = now()")
        api.callers.forget(api.tenants.first.id)
        #expect(try await api.post("/v1/messages", Self.hello).status == 401)
        await api.stop()
    }

    @Test(arguments: [
        ("", 400, "json_malformed"), ("{", 400, "json_malformed"), ("{\"a\":1}{", 400, "json_malformed"),
        (#"{"to":"+393401234567","to":"+393401234568"}"#, 422, "json_duplicate_key"),
        (#"{"to":"+393401234567","type":"text","text":{"body":"a\u0000b"}}"#, 422, "null_character"),
        (#"{"text":"\#(String(repeating: "x", count: Intake.singleBytesMax))"}"#, 413, "body_too_large"),
    ])
    func aBodyThatCannotBeReadIsRefused(body: String, status: Int, code: String) async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.post("/v1/messages", body)
        #expect(answer.status == status)
        #expect(answer.json["code"]?.string == code)
        await api.stop()
    }

    @Test func withoutPostgresCallersAreToldToTryAgain() async throws {
        let api = try await RunningAPI.start()
        #expect(try await api.post("/v1/messages", Self.hello).status == 202)
        // The keys and templates are remembered; the connections are gone, and no new one may be made.
        _ = try await api.administer("ALTER DATABASE \(api.tenants.databaseName) ALLOW_CONNECTIONS false")
        _ = try await api.administer(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(api.tenants.databaseName)'"
        )
        let answer = try await api.post("/v1/messages", Self.hello)
        #expect(answer.status == 503)
        #expect(answer.json["code"]?.string == "storage_unavailable")
        #expect(answer.response.header("retry-after") != nil)
        _ = try await api.administer("ALTER DATABASE \(api.tenants.databaseName) ALLOW_CONNECTIONS true")
        try await eventually("messages are accepted again") {
            try await api.post("/v1/messages", Self.hello).status == 202
        }
        await api.stop()
    }

    @Test func templatesAreListedWithTheirVariables() async throws {
        let api = try await RunningAPI.start()
        let list = try await api.get("/v1/templates")
        let template = list.json["data"]?.elements?.first { $0["name"]?.string == "order_shipped" }
        #expect(template?["status"]?.string == "approved")
        #expect(template?["variables"]?.elements?.map { $0["name"]?.string } == ["first_name", "order"])
        await api.stop()
    }

    @Test func aParameterNobodyKnowsIsNamed() async throws {
        let api = try await RunningAPI.start()
        for (query, code) in [
            ("state=queued", "parameter_unknown"), ("status=lost", "status_unknown"),
            ("limit=201", "limit_out_of_range"),
            ("cursor=x", "cursor_invalid"), ("created_from=today", "created_from_invalid"),
            ("to=12", "to_invalid"), ("batch_id=1", "batch_id_invalid"),
            ("limit=1&limit=2", "parameter_repeated"),
        ] {
            let answer = try await api.get("/v1/messages?\(query)")
            #expect(answer.status == 422, "\(query)")
            #expect(answer.json["code"]?.string == code, "\(query)")
        }
        await api.stop()
    }
}

struct Answer: Sendable {
    let response: Response
    let json: JSONValue
    var status: Int { response.status }
}

/// The parts of ingest-api as `Ingest.build` wires them, without the sockets.
struct RunningAPI: Sendable {
    let tenants: TwoTenants
    let callers: Callers
    let catalogs: Catalogs
    let acceptor: Acceptor
    private let store: AcceptStore
    private let producer: KafkaProducer
    private let client: HTTPClient
    let parts: RouteParts
    let router: Router

    /// - Parameters:
    ///   - environment: where the providers are (`META_API_URL` …), for what calls them.
    ///   - given: whose API it is; nil makes some.
    ///   - passes: read what monitor's pages send.
    static func start(
        environment: [String: String] = [:], of given: TwoTenants? = nil, passes: PagePasses? = nil
    ) async throws -> RunningAPI {
        let tenants = if let given { given } else { try await TwoTenants.make() }
        let catalogStore = CatalogStore(tenants.database)
        let (callers, catalogs) = (Callers(catalogStore, passes: passes), Catalogs(catalogStore))
        // Nobody listens there.
        let producer = try KafkaProducer(KafkaSettings(bootstrapServers: "127.0.0.1:9", clientID: "test"))
        let news = HandOver(producer, prefix: "test")
        let store = AcceptStore(settings: tenants.settings, afterCommit: news.publish)
        try await store.start()
        let client = HTTPClient()
        try client.start()
        let queries = MessageQueryStore(tenants.database)
        let acceptor = Acceptor(
            catalogs: catalogs,
            store: store,
            queries: queries,
            database: tenants.database,
            ids: IDSource(),
            metrics: IntakeMetrics(MetricsRegistry())
        )
        let intake = Intake(callers: callers, acceptor: acceptor)
        let parts = RouteParts(
            callers: callers,
            catalogs: catalogs,
            queries: queries,
            database: tenants.database,
            news: news,
            ids: IDSource(),
            acceptor: acceptor,
            secrets: try TestTenant.secrets(),
            client: client,
            providers: ProviderSettings(
                SettingsReader(
                    environment: ["META_API_URL": "http://127.0.0.1:9", "TWILIO_API_URL": "http://127.0.0.1:9"]
                        .merging(environment) { $1 })),
            allowsPrivateCallbacks: environment["CALLBACK_ALLOW_PRIVATE"] == "true"
        )
        return RunningAPI(
            tenants: tenants,
            callers: callers,
            catalogs: catalogs,
            acceptor: acceptor,
            store: store,
            producer: producer,
            client: client,
            parts: parts,
            router: try Ingest.router(intake, parts)
        )
    }

    func stop(areTenantsToo: Bool = true) async {
        await store.stop()
        await producer.stop(flushWithin: .zero)
        await client.stop()
        if areTenantsToo { await tenants.stop() }
    }

    func post(
        _ target: String,
        _ body: String = "",
        key: String? = nil,
        as tenant: TestTenant? = nil
    ) async throws -> Answer {
        let owner = (tenant ?? tenants.first).key.secret.reveal()
        return try await send(.post, target, body, authorization: "Bearer \(owner)", key: key)
    }

    func get(_ target: String, as tenant: TestTenant? = nil) async throws -> Answer {
        let key = (tenant ?? tenants.first).key.secret.reveal()
        return try await send(.get, target, "", authorization: "Bearer \(key)")
    }

    func send(
        _ method: HTTPMethod,
        _ target: String,
        _ body: String,
        authorization: String?,
        key: String? = nil,
        headers given: [(String, String)] = []
    ) async throws -> Answer {
        var headers = given
        if let authorization { headers.append(("Authorization", authorization)) }
        if let key { headers.append(("Idempotency-Key", key)) }
        let request = try #require(Request(method, target, headers: headers, body: Array(body.utf8)))
        let response = await router.respond(to: request)
        let body = response.body.isEmpty ? Array("{}".utf8) : response.body
        return Answer(response: response, json: try JSONDocument(parsing: body).root)
    }

    /// For answers without a body.
    func respond(_ method: HTTPMethod, _ target: String, authorization: String?) async throws -> Response {
        let headers = authorization.map { [("Authorization", $0)] } ?? []
        return await router.respond(to: try #require(Request(method, target, headers: headers, body: [])))
    }

    func administer(_ statement: String) async throws {
        let database = Database(DatabaseSettings(url: tenants.administrationURL, poolSize: 1))
        try await database.start()
        try await database.run { try $0.script(statement) }
        await database.stop()
    }
}
