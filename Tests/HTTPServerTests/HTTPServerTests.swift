import HTTPServer
import JSON
import Testing

@Suite(.timeLimit(.minutes(2))) struct HTTPServerTests {
    private struct Broken: Error {}

    @Test func aRequestReachesItsHandlerWhole() async throws {
        var router = Router()
        router.on(.post, "/v1/messages/{id}") { request in
            let parts = [
                request.method.rawValue, request.path, request.pathParameter("id") ?? "",
                request.query("q") ?? "",
                request.header("x-TEST") ?? "", String(decoding: request.body, as: UTF8.self),
                request.remoteAddress,
                request.route,
            ]
            return .text(200, parts.joined(separator: "|"))
        }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            let answer = try await exchange(
                "POST /v1/messages/a%2Fb%20c?q=x+y%26z HTTP/1.1\r\nHost: a\r\nX-Test: seen\r\n"
                    + "Content-Length: 2\r\n\r\nhi",
                port: port
            )
            #expect(
                answer.text == "POST|/v1/messages/a%2Fb%20c|a/b c|x y&z|seen|hi|127.0.0.1|/v1/messages/{id}"
            )
        }
    }

    @Test func anUnknownAddressIsAProblem() async throws {
        try await withServer { port, _ in
            let answer = try await exchange("GET /none HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            #expect(answer.status == 404)
            #expect(answer.header("Content-Type") == "application/problem+json")
            let document = try JSONDocument(parsing: answer.body)
            #expect(document.root["code"]?.string == "not_found")
            #expect(document.root["status"]?.integer == 404)
            #expect(document.root["request_id"]?.string == answer.header("X-Request-Id"))
        }
    }

    @Test func aWrongMethodIsToldTheRightOnes() async throws {
        try await withServer { port, _ in
            let answer = try await exchange("DELETE /health HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            #expect(answer.status == 405)
            #expect(answer.header("Allow") == "GET, HEAD")
        }
    }

    @Test func headAnswersAsGetWithoutABody() async throws {
        try await withServer { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                client.send("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n" + healthRequest)
                let head = try client.answer(toHead: true)
                #expect(head.status == 200)
                #expect(head.header("Content-Length") == "2")
                #expect(try client.answer().text == "ok")
            }
        }
    }

    @Test func aThrownProblemIsTheAnswer() async throws {
        var router = Router()
        router.on(.get, "/") { _ in
            throw Problem(
                status: 429,
                code: "quota_exceeded",
                title: "Too many",
                detail: "Wait.",
                field: "to",
                retryAfter: .milliseconds(1_200),
                errors: [Problem.Entry(field: "to", code: "bad", detail: "worse")],
                extra: [("limit", Array("7".utf8))]
            )
        }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            let answer = try await exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            #expect(answer.status == 429)
            #expect(answer.header("Retry-After") == "2")
            let root = try JSONDocument(parsing: answer.body).root
            #expect(root["field"]?.string == "to")
            #expect(root["limit"]?.integer == 7)
            #expect(root["errors"]?.elements?.first?["code"]?.string == "bad")
        }
    }

    @Test func anyOtherErrorIsToldToUsAndNotToTheClient() async throws {
        let errors = Collected<String>()
        var router = Router()
        router.on(.get, "/") { _ in throw Broken() }
        try await withServer(
            HTTPServerSettings(),
            router,
            onError: { error, request in errors.add("\(error) \(request.route)") }
        ) { port, _ in
            let answer = try await exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            #expect(answer.status == 500)
            #expect(answer.text.contains("internal_error"))
            #expect(!answer.text.contains("Broken"))
            #expect(errors.all == ["Broken() /"])
        }
    }

    @Test(arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b"])
    func aHeaderCannotBeSmuggledIntoAnAnswer(_ value: String) async throws {
        let errors = Collected<String>()
        var router = Router()
        router.on(.get, "/") { _ in .redirect(to: value) }
        router.on(.get, "/name") { _ in Response(status: 200, headers: [(value, "x")]) }
        try await withServer(HTTPServerSettings(), router, onError: { error, _ in errors.add("\(error)") }) {
            port,
            _ in
            for path in ["/", "/name"] {
                let answer = try await exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
                #expect(answer.status == 500)
                #expect(answer.header("Set-Cookie") == nil)
            }
            #expect(errors.all.count == 2)
        }
    }

    @Test func aSaneRequestIdComesBackAndAnyOtherIsReplaced() async throws {
        try await withServer { port, _ in
            func id(for given: String) async throws -> String? {
                try await exchange(
                    "GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(given)\r\n\r\n",
                    port: port
                )
                .header("X-Request-Id")
            }
            #expect(try await id(for: "Abc-1.2_3") == "Abc-1.2_3")
            let long = String(repeating: "a", count: 65)
            #expect(try await id(for: long) != long)
            #expect(try await id(for: "a b") != "a b")
            let first = try await id(for: "")
            let second = try await id(for: "")
            #expect(first != second)
        }
    }

    @Test func everyAnswerIsCountedByPattern() async throws {
        let seen = Collected<String>()
        var router = Router()
        router.on(.get, "/items/{id}") { _ in .empty(204) }
        try await withServer(
            HTTPServerSettings(),
            router,
            onAccess: {
                seen.add("\($0.method?.rawValue ?? "-") \($0.route) \($0.status) \($0.seconds >= 0)")
            }
        ) { port, _ in
            _ = try await exchange("GET /items/7 HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            _ = try await exchange("GET /other HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            _ = try await exchange("GET /other HTTP/1.1\r\n\r\n", port: port)
            #expect(seen.all == ["GET /items/{id} 204 true", "GET (none) 404 true", "- (refused) 400 true"])
        }
    }

    @Test func whatAllAnswersShareIsAddedToProblemsToo() async throws {
        var router = echoRouter()
        router.onResponse { _, response in response.setHeader("X-Frame-Options", "DENY") }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            for path in ["/health", "/none"] {
                let answer = try await exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
                #expect(answer.header("X-Frame-Options") == "DENY")
                #expect(answer.header("Server") == nil)
            }
        }
    }

    @Test func manyClientsAreServedAtOnce() async throws {
        var settings = HTTPServerSettings()
        settings.loops = 2
        try await withServer(settings) { port, server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<24 {
                    group.addTask {
                        try await onThread {
                            let connection = try RawClient(port: port)
                            for number in 0..<50 {
                                let body = "\(client)-\(number)"
                                connection.send(
                                    Probe.post + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
                                )
                                #expect(try connection.answer().text == body)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aLargeBodyComesBackUnchanged() async throws {
        let body = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try await withServer { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(Probe.post + "Content-Length: \(body.count)\r\n\r\n")
                client.send(body)
                #expect(try client.answer().body == body)
            }
        }
    }

    @Test func aPortInUseIsAClearError() async throws {
        try await withServer { port, _ in
            var settings = HTTPServerSettings()
            settings.port = port
            let second = HTTPServer(settings, router: echoRouter())
            await #expect(
                throws: HTTPServerError.cannotListen("127.0.0.1:\(port) is in use by another process")
            ) {
                try await second.start()
            }
        }
    }

    @Test func aNameIsNotAnAddress() async throws {
        let server = HTTPServer(HTTPServerSettings(address: "localhost"), router: Router())
        await #expect(throws: HTTPServerError.cannotListen("not an IP address to listen on: localhost")) {
            try await server.start()
        }
    }

    @Test func aServerLetGoOfStopsByItself() async throws {
        let port = try await {
            let server = HTTPServer(HTTPServerSettings(), router: echoRouter())
            return try await server.start()
        }()
        try await onThread {
            // Either it is not there any more, or it closes what it just took.
            if let client = try? RawClient(port: port) { #expect(client.ending() == .closed) }
        }
    }
}
