import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// What browsers are told about pages of other origins.
@Suite struct CrossOriginTests {
    private static let page = "https://app.example.com"
    private static let hello = #"{"to":"+393401234567","type":"text","text":{"body":"Hello"}}"#

    private static func start() async throws -> RunningAPI {
        let api = try await RunningAPI.start()
        _ = try await api.tenants.platform.execute(
            "UPDATE tenants SET allowed_origins = \([page]) WHERE id = \(api.tenants.first.id)")
        return api
    }

    private static func ask(
        _ api: RunningAPI, _ method: HTTPMethod, _ target: String, _ headers: [(String, String)], body: String = ""
    ) async throws -> Response {
        let request = try #require(Request(method, target, headers: headers, body: Array(body.utf8)))
        return await api.router.respond(to: request)
    }

    @Test func aListedPageMayCallAndReadTheAnswer() async throws {
        let api = try await Self.start()
        let asked = try await Self.ask(
            api, .options, "/v1/messages",
            [("Origin", Self.page), ("Access-Control-Request-Method", "POST"),
             ("Access-Control-Request-Headers", "authorization,content-type")])
        #expect(asked.status == 204)
        #expect(asked.header("access-control-allow-origin") == Self.page)
        #expect(asked.header("access-control-allow-methods") == "GET, HEAD, POST")
        #expect(asked.header("access-control-allow-headers")?.contains("Authorization") == true)
        #expect(asked.header("vary") == "Origin")
        #expect(asked.header("access-control-allow-credentials") == nil, "no cookie of ours belongs here")
        for (body, status) in [(Self.hello, 202), ("{}", 422)] {
            let sent = try await Self.ask(
                api, .post, "/v1/messages", [("Origin", Self.page), ("Authorization", api.bearer)], body: body)
            #expect(sent.status == status)
            #expect(sent.header("access-control-allow-origin") == Self.page)
            #expect(sent.header("access-control-expose-headers")?.contains("RateLimit-Remaining") == true)
        }
        let unsigned = try await Self.ask(api, .get, "/v1/messages", [("Origin", Self.page)])
        #expect(unsigned.status == 401)
        #expect(unsigned.header("access-control-allow-origin") == Self.page)
        await api.stop()
    }

    @Test(arguments: ["https://evil.example", "null", "http://app.example.com", "https://app.example.com.evil.example"])
    func anotherPageMayNot(origin: String) async throws {
        let api = try await Self.start()
        let asked = try await Self.ask(
            api, .options, "/v1/messages", [("Origin", origin), ("Access-Control-Request-Method", "POST")])
        #expect(asked.status == 403)
        #expect(asked.header("access-control-allow-origin") == nil)
        let sent = try await Self.ask(
            api, .post, "/v1/messages", [("Origin", origin), ("Authorization", api.bearer)], body: Self.hello)
        #expect(sent.status == 403)
        #expect(sent.header("access-control-allow-origin") == nil)
        #expect(try await api.get("/v1/messages").json["data"]?.elements?.isEmpty == true, "nothing was accepted")
        await api.stop()
    }

    /// The preflight passes, because some business lists the page; the key says that it is not this one.
    @Test func aPageOfOneBusinessMayNotUseAnothersKey() async throws {
        let api = try await Self.start()
        let second = "Bearer \(api.tenants.second.key.secret.reveal())"
        let sent = try await Self.ask(api, .get, "/v1/messages", [("Origin", Self.page), ("Authorization", second)])
        #expect(sent.status == 403)
        #expect(sent.header("access-control-allow-origin") == nil)
        await api.stop()
    }

    @Test func withoutAnOriginNothingIsSaidOfIt() async throws {
        let api = try await Self.start()
        let answer = try await api.get("/v1/messages")
        #expect(answer.response.header("access-control-allow-origin") == nil)
        let options = try await Self.ask(api, .options, "/v1/messages", [])
        #expect(options.status == 405)
        await api.stop()
    }

    @Test func theDescriptionIsThereForEverybody() async throws {
        let api = try await Self.start()
        let json = try await api.send(.get, "/openapi.json", "", authorization: nil)
        #expect(json.json["openapi"]?.string == "3.1.0")
        #expect(json.json["paths"]?["/v1/messages"]?["post"]?["x-scope"]?.string == "messages")
        let page = try await Self.ask(api, .get, "/docs", [])
        let text = String(decoding: page.body, as: UTF8.self)
        #expect(text.contains("/v1/<wbr>") || text.contains("/v1<wbr>/messages"))
        #expect(!text.contains("href=\"http") && !text.contains("src="), "nothing from elsewhere")
        #expect(!text.contains("<script"))
        let tag = try #require(page.header("etag"))
        #expect(try await Self.ask(api, .get, "/docs", [("If-None-Match", tag)]).status == 304)
        let found = try await api.send(.get, "/v1/errors?search=Token%20expired", "", authorization: nil)
        #expect(found.json["data"]?.elements?.contains { $0["code"]?.string == "token_invalid" } == true)
        await api.stop()
    }
}
