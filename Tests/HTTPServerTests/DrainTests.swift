import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct DrainTests {
    @Test func aRequestUnderWayIsFinishedAndToldToClose() async throws {
        let arrived = Latch()
        let release = Latch()
        var router = echoRouter()
        router.on(.get, "/slow") { _ in
            arrived.open()
            await release.wait()
            return .text(200, "done")
        }
        try await withServer(HTTPServerSettings(), router) { port, server in
            let idle = try await onThread {
                let client = Held(try RawClient(port: port))
                client.value.send(healthRequest)
                #expect(try client.value.answer().status == 200)
                return client
            }
            async let answer = exchange("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            await arrived.wait()
            async let drained: Void = server.drain(within: .seconds(10))
            // The idle one is closed at once, which also tells that the drain has begun.
            try await onThread { #expect(idle.value.ending() == .closed) }
            await #expect(throws: RawClient.Trouble.self) { try await exchange(healthRequest, port: port) }
            release.open()
            let last = try await answer
            #expect(last.status == 200)
            #expect(last.header("Connection") == "close")
            await drained
            #expect(server.connections == 0)
        }
    }

    @Test(arguments: [1, 3]) func whoeverGotThroughToTheBacklogIsServed(_ loops: Int) async throws {
        var settings = HTTPServerSettings()
        settings.loops = loops
        try await withServer(settings) { port, server in
            let clients = try await onThread {
                try (0..<60).map { _ in
                    let client = Held(try RawClient(port: port))
                    client.value.send(healthRequest)
                    return client
                }
            }
            await server.drain(within: .seconds(10))
            try await onThread {
                for client in clients {
                    let answer = try client.value.answer()
                    #expect(answer.text == "ok")
                }
            }
        }
    }

    @Test func aHandlerThatDoesNotEndIsNotWaitedForBeyondTheLimit() async throws {
        let arrived = Latch()
        let release = Latch()
        var router = Router()
        router.on(.get, "/") { _ in
            arrived.open()
            await release.wait()
            return .empty(204)
        }
        try await withServer(HTTPServerSettings(), router) { port, server in
            async let ending = onThread {
                let client = try RawClient(port: port)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return client.ending()
            }
            await arrived.wait()
            let began = ContinuousClock.now
            await server.drain(within: .milliseconds(300))
            #expect(ContinuousClock.now - began < .seconds(20))
            let seen = try await ending
            #expect(seen == .closed)
            // Its answer finds nobody, which must do no harm.
            release.open()
        }
    }

    @Test func eventStreamsAreEndedProperly() async throws {
        let started = Latch()
        var router = Router()
        router.on(.get, "/events") { _ in
            .events { writer in
                started.open()
                await writer.beat(every: .seconds(600))
            }
        }
        router.on(.get, "/waiting") { _ in .events { await $0.closed() } }
        try await withServer(HTTPServerSettings(), router) { port, server in
            let client = try await onThread {
                let client = Held(try RawClient(port: port))
                client.value.send("GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.value.head()
                return client
            }
            await server.drain(within: .seconds(10))
            try await onThread {
                let last = try client.value.chunk()
                #expect(last == nil)
                #expect(client.value.ending() == .closed)
            }
        }
    }

    @Test func anExportIsNotCutShort() async throws {
        let arrived = Latch()
        let release = Latch()
        var router = Router()
        router.on(.get, "/export") { _ in
            .stream(contentType: "text/csv") { writer in
                await writer.write("a,b\n")
                arrived.open()
                await release.wait()
                #expect(await writer.write("c,d\n"))
            }
        }
        try await withServer(HTTPServerSettings(), router) { port, server in
            async let answer = exchange("GET /export HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            await arrived.wait()
            async let drained: Void = server.drain(within: .seconds(10))
            release.open()
            let export = try await answer
            #expect(export.text == "a,b\nc,d\n")
            await drained
        }
    }

    @Test func drainingTwiceIsDrainingOnce() async throws {
        try await withServer { _, server in
            async let first: Void = server.drain(within: .seconds(1))
            async let second: Void = server.drain(within: .seconds(1))
            _ = await (first, second)
            await server.drain(within: .seconds(1))
            await #expect(throws: HTTPServerError.alreadyStarted) { try await server.start() }
        }
    }

    @Test func manyServersInOneProcessKnowNothingOfEachOther() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await withServer { port, _ in
                        let answer = try await exchange(healthRequest, port: port)
                        #expect(answer.text == "ok")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
