import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct StreamTests {
    private static let request = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n"

    private func router(_ producer: @escaping @Sendable (StreamWriter) async -> Void) -> Router {
        var router = Router()
        router.on(.get, "/events") { _ in .events(producer: producer) }
        return router
    }

    @Test func eventsArriveAsTheyAreSent() async throws {
        let router = router { writer in
            await writer.send(ServerSentEvent(id: "1", name: "state", data: "a\nb"))
            await writer.send(ServerSentEvent(id: "2\ndata: forged", data: "c"))
        }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            let answer = try await exchange(Self.request, port: port)
            #expect(answer.header("Content-Type") == "text/event-stream")
            #expect(answer.header("Connection") == "close")
            #expect(answer.text == "id: 1\nevent: state\ndata: a\ndata: b\n\nid: 2data: forged\ndata: c\n\n")
        }
    }

    @Test func aClientOfVersionOneZeroGetsNoChunks() async throws {
        let router = router { writer in await writer.write("plain") }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            let answer = try await exchange("GET /events HTTP/1.0\r\n\r\n", port: port)
            #expect(answer.header("Transfer-Encoding") == nil)
            #expect(answer.text == "plain")
        }
    }

    @Test func aSilentProducerLearnsThatItsClientHasGone() async throws {
        let noticed = Latch()
        let router = router { writer in
            await writer.send(ServerSentEvent(data: "hello"))
            await writer.closed()
            #expect(!writer.isOpen)
            #expect(await writer.write("more") == false)
            noticed.open()
        }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                _ = try client.head()
                _ = try client.chunk()
            }
            await noticed.wait()
        }
    }

    @Test func aStuckReaderStopsTheProducerAndNotTheMemory() async throws {
        var settings = HTTPServerSettings()
        settings.writeStallTimeout = .milliseconds(700)
        let written = Collected<Int>()
        let finished = Latch()
        let router = router { writer in
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
            var count = 0
            while count < 4_000, await writer.write(piece) { count += 1 }
            written.add(count)
            finished.open()
        }
        try await withServer(settings, router) { port, _ in
            let client = try await onThread {
                let client = Held(try RawClient(port: port, receiveBufferBytes: 8_192))
                client.value.send(Self.request)
                return client
            }
            await finished.wait()
            // What the kernel buffers and our quarter of a megabyte, of 250 MiB.
            #expect((written.all.first ?? .max) < 200)
            withExtendedLifetime(client) {}
        }
    }

    @Test func aStreamArrivesWholeHoweverLateItIsRead() async throws {
        let router = router { writer in
            for number in 0..<300 {
                await writer.write([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 20_000))
            }
        }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            try await onThread {
                let client = try RawClient(port: port, receiveBufferBytes: 8_192)
                client.send(Self.request)
                _ = try client.head()
                var count = 0
                while let chunk = try client.chunk() {
                    for byte in chunk {
                        guard byte == UInt8(truncatingIfNeeded: count / 20_000) else {
                            throw RawClient.Trouble(text: "wrong byte at \(count)")
                        }
                        count += 1
                    }
                }
                #expect(count == 300 * 20_000)
                #expect(client.ending() == .closed)
            }
        }
    }

    @Test func forwardingSendsHeartbeatsAndEndsWithItsEvents() async throws {
        let (events, source) = AsyncStream<ServerSentEvent>.makeStream()
        let router = router { writer in await writer.forward(events, heartbeat: .milliseconds(30)) }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                _ = try client.head()
                #expect(try client.chunk() == Array(": heartbeat\n\n".utf8))
                source.yield(ServerSentEvent(data: "x"))
                var chunk = try client.chunk()
                while chunk == Array(": heartbeat\n\n".utf8) { chunk = try client.chunk() }
                #expect(chunk == Array("data: x\n\n".utf8))
                source.finish()
                while let rest = try client.chunk() { #expect(rest == Array(": heartbeat\n\n".utf8)) }
                #expect(client.ending() == .closed)
            }
        }
    }

    @Test func forwardingEndsWhenTheClientLeaves() async throws {
        let (events, source) = AsyncStream<ServerSentEvent>.makeStream()
        let ended = Latch()
        let router = router { writer in
            await writer.forward(events, heartbeat: .seconds(600))
            ended.open()
        }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(Self.request)
                _ = try client.head()
            }
            await ended.wait()
        }
        source.finish()
    }

    @Test func aWriterKeptTooLongDoesNothing() async throws {
        let kept = Collected<StreamWriter>()
        let router = router { writer in kept.add(writer) }
        try await withServer(HTTPServerSettings(), router) { port, _ in
            let answer = try await exchange(Self.request, port: port)
            #expect(answer.body.isEmpty)
            let writer = try #require(kept.all.first)
            #expect(!writer.isOpen)
            #expect(await writer.write("late") == false)
            await writer.closed()
        }
    }
}
