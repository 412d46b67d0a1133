import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct RouterTests {
    /// Answers with the pattern and the parameters that matched.
    private func router(_ patterns: [(HTTPMethod, String)]) -> Router {
        var router = Router()
        for (method, pattern) in patterns {
            router.on(method, pattern) { request in
                let values = ["id", "name", "path"].compactMap { request.pathParameter($0) }
                return .text(200, ([request.route] + values).joined(separator: " "))
            }
        }
        return router
    }

    private func ask(_ method: HTTPMethod, _ target: String, of router: Router) async throws -> String {
        let request = try #require(Request(method, target))
        let response = await router.respond(to: request)
        return response.status == 200
            ? String(decoding: response.body, as: UTF8.self) : String(response.status)
    }

    @Test func aLiteralWinsOverAParameterAndNothingIsTakenInHalf() async throws {
        let router = router([
            (.get, "/"), (.get, "/v1/items"), (.get, "/v1/items/{id}"), (.get, "/v1/items/new"),
            (.get, "/v1/items/{name}/parts/{id}"), (.post, "/v1/items/{id}"), (.get, "/assets/{path...}"),
        ])
        let expected = [
            "/": "/", "/v1/items": "/v1/items", "/v1/items/": "404", "/v1/items/7": "/v1/items/{id} 7",
            "/v1/items/new": "/v1/items/new", "/v1/items/new/parts/2": "/v1/items/{name}/parts/{id} 2 new",
            "/v1/items/a%2fb": "/v1/items/{id} a/b", "/v1": "404", "/v1/items/7/": "404", "/V1/items": "404",
            "//v1/items": "404", "/assets/css/a.css": "/assets/{path...} css/a.css", "/assets/": "404",
            "/assets": "404",
            "/v1/items/caf%C3%A9?x=1": "/v1/items/{id} café",
        ]
        for (target, answer) in expected {
            #expect(try await ask(.get, target, of: router) == answer, "\(target)")
        }
        #expect(try await ask(.post, "/v1/items/new", of: router) == "/v1/items/{id} new")
        #expect(try await ask(.delete, "/v1/items/7", of: router) == "405")
    }

    @Test(arguments: [
        "/%", "/%4", "/%zz", "/%00", "/%0a", "/a%7f", "/%ff", "/%C0%80", "/..", "/a/%2e%2e/b", "/.", "x", "",
        "*",
        "http://host", "ftp://host/x", "/?a=%zz", "/?a=%ff",
    ])
    func aTargetWithTwoReadingsIsNone(_ target: String) {
        #expect(Request(.get, target) == nil)
    }

    @Test func aQueryIsReadInOrder() throws {
        let request = try #require(Request(.get, "/x?a=1&b=%26+%2B&a=2&&flag&=v"))
        let pairs = request.query.map { "\($0.name)=\($0.value)" }
        #expect(pairs == ["a=1", "b=& +", "a=2", "flag=", "=v"])
        #expect(request.query("a") == "1")
        #expect(request.query("none") == nil)
        #expect(request.path == "/x")
    }

    @Test func aCookieIsFoundAmongOthers() throws {
        let request = try #require(Request(.get, "/", headers: [("cookie", "a=1; session=x=y; b=2")]))
        #expect(request.cookie("session") == "x=y")
        #expect(request.cookie("sess") == nil)
    }
}
