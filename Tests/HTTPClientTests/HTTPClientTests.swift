import HTTPClient
import Testing

struct HTTPClientTests {
    @Test
    func anAnswerCarriesStatusHeadersBodyAndDuration() async throws {
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
            connection.answer(
                418,
                "teapot",
                headers: ["X-Trace:  abc ", "Set-Cookie: a=1", "Set-Cookie: b=2"]
            )
        }
        defer { server.stop() }
        try await withClient { client in
            let response = try await client.send(post(server.url))
            #expect(response.status == 418)
            #expect(response.body == Array("teapot".utf8))
            #expect(response.header("x-trace") == "abc")
            #expect(response.header("X-Early") == nil)
            #expect(response.headers.filter { $0.name == "Set-Cookie" }.map(\.value) == ["a=1", "b=2"])
            #expect(response.duration > .zero)
        }
    }

    @Test
    func aRequestArrivesAsItWasGiven() async throws {
        let server = try answeringServer()
        defer { server.stop() }
        try await withClient { client in
            var request = post(server.url + "v1/messages?x=1", "héllo")
            request.headers += [("Authorization", "Bearer abc"), ("X-Empty", "")]
            _ = try await client.send(request)
            _ = try await client.send(ClientRequest(method: "DELETE", url: server.url))
            _ = try await client.send(ClientRequest(method: "POST", url: server.url))
            _ = try await client.send(ClientRequest(url: server.url))
            request.method = "PATCH"
            _ = try await client.send(request)
        }
        let received = server.received
        try #require(received.count == 5)
        #expect(received[0].head.hasPrefix("POST /v1/messages?x=1 HTTP/1.1\r\n"))
        #expect(received[0].head.contains("\r\nAuthorization: Bearer abc\r\n"))
        #expect(received[0].head.contains("\r\nX-Empty:\r\n"))
        #expect(received[0].head.contains("\r\nContent-Type: application/json\r\n"))
        #expect(received[0].head.contains("\r\nUser-Agent: tidings\r\n"))
        #expect(!received[0].head.contains("Expect"))
        #expect(received[0].body == Array("héllo".utf8))
        #expect(received[1].head.hasPrefix("DELETE / "))
        #expect(!received[1].head.contains("Authorization"))
        #expect(received[2].head.hasPrefix("POST / "))
        #expect(received[2].head.contains("Content-Length: 0"))
        #expect(!received[2].head.contains("Content-Type"))
        #expect(received[3].head.hasPrefix("GET / "))
        #expect(received[4].head.hasPrefix("PATCH /v1"))
        #expect(received[4].body == Array("héllo".utf8))
    }

    @Test
    func aHeadRequestWaitsForNoBody() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let response = try await client.send(ClientRequest(method: "HEAD", url: server.url))
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
        }
    }

    @Test
    func manyRequestsOneAfterTheOtherUseOneConnection() async throws {
        let server = try answeringServer()
        defer { server.stop() }
        try await withClient { client in
            for _ in 0..<500 {
                _ = try await client.send(post(server.url))
            }
            #expect(client.statistics.connectionsOpened == 1)
        }
        #expect(server.connectionCount == 1)
        #expect(server.received.count == 500)
    }

    @Test
    func twoHundredRequestsAtOnceAreAllAnswered() async throws {
        let server = try answeringServer()
        defer { server.stop() }
        try await withClient { client in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<200 {
                    group.addTask { try await client.send(post(server.url)).status }
                }
                for try await status in group {
                    #expect(status == 200)
                }
            }
            #expect(client.statistics.requestsWaiting == 0)
        }
        #expect(server.received.count == 200)
    }

    @Test
    func noMoreConnectionsThanAllowedAreOpenedToAHost() async throws {
        let server = try answeringServer()
        defer { server.stop() }
        try await withClient {
            $0.connectionsPerHostMax = 3
        } _: { client in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await client.send(post(server.url)).status }
                }
                for try await status in group {
                    #expect(status == 200)
                }
            }
        }
        #expect(server.connectionCount <= 3)
        #expect(server.received.count == 100)
    }

    @Test
    func redirectsAreNotFollowed() async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil {
                connection.answer(307, "", headers: ["Location: /elsewhere"])
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let response = try await client.send(post(server.url))
            #expect(response.status == 307)
            #expect(response.header("location") == "/elsewhere")
        }
        #expect(server.received.count == 1)
    }

    @Test(arguments: [
        ClientRequest(url: "file:///etc/passwd"),
        ClientRequest(url: "http://127.0.0.1/ HTTP/1.1\r\nX: y"),
        ClientRequest(method: "GET / HTTP/1.1\r\nX: y", url: "http://127.0.0.1/"),
        ClientRequest(url: "http://127.0.0.1/", headers: [("X", "a\r\nY: b")]),
        ClientRequest(url: "http://127.0.0.1/", headers: [("X\r\nY", "b")]),
        ClientRequest(url: "http://127.0.0.1/", headers: [("Transfer-Encoding", "chunked")]),
    ])
    func aRequestThatCouldSmuggleIsRefused(_ request: ClientRequest) async throws {
        try await withClient { client in
            let failure = await client.failure(of: request)
            #expect(failure?.kind == .protocol)
            #expect(failure?.written == .nothing)
        }
    }
}
