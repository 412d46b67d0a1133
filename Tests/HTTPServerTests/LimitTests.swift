import HTTPServer
import TestSupport
import Testing

/// The limit in question shortened, so that what takes ten seconds in the field takes half of one here; the others are
/// left as they are, or a client that is slow to run would meet them.
@Suite(.timeLimit(.minutes(2))) struct LimitTests {
    private func quick(
        _ limit: WritableKeyPath<HTTPServerSettings, Duration>, _ span: Duration = .milliseconds(400)
    ) -> HTTPServerSettings {
        var settings = HTTPServerSettings()
        settings[keyPath: limit] = span
        return settings
    }

    /// Feeds a byte every few milliseconds until the server has had enough.
    private func dribble(_ beginning: String, _ byte: UInt8, port: Int) async throws -> Int {
        try await onThread {
            let client = try RawClient(port: port)
            client.send(beginning)
            let feeder = Feeder(client, byte)
            defer { feeder.stop() }
            let status = try client.answer().status
            #expect(client.ending() == .closed)
            return status
        }
    }

    @Test func headersThatDribbleAreCutOff() async throws {
        // A second, in which the first words must have arrived.
        try await withServer(quick(\.headerTimeout, .seconds(1))) { port, _ in
            let status = try await dribble(Probe.get + "X: ", UInt8(ascii: "a"), port: port)
            #expect(status == 408)
        }
    }

    @Test func aBodyThatDribblesIsCutOff() async throws {
        try await withServer(quick(\.bodyTimeout)) { port, _ in
            let beginning = Probe.post + "Content-Length: 900000\r\n\r\n"
            let status = try await dribble(beginning, UInt8(ascii: "a"), port: port)
            #expect(status == 408)
        }
    }

    @Test func aChunkHeaderThatNeverEndsIsRefused() async throws {
        try await withServer { port, _ in
            let answer = try await exchange(
                Probe.post + "Transfer-Encoding: chunked\r\n\r\n" + String(repeating: "0", count: 70_000),
                port: port
            )
            #expect(answer.status == 400)
        }
    }

    @Test func aSilentConnectionIsClosedWithoutAWord() async throws {
        try await withServer(quick(\.headerTimeout)) { port, _ in
            try await onThread {
                let client = try RawClient(port: port)
                #expect(client.ending() == .closed)
            }
        }
    }

    @Test func anIdleConnectionIsClosedAfterItsTime() async throws {
        try await withServer(quick(\.keepAliveTimeout)) { port, server in
            try await onThread {
                let client = try RawClient(port: port)
                client.send(healthRequest)
                #expect(try client.answer().status == 200)
                #expect(client.ending() == .closed)
            }
            try await eventually("nobody is counted any more") { server.connections == 0 }
        }
    }

    @Test func aBodyMayBeAsLongAsTheLimitAndNotAByteLonger() async throws {
        var settings = HTTPServerSettings()
        settings.bodyBytesMax = 1_000
        try await withServer(settings) { port, _ in
            func status(_ count: Int) async throws -> Int {
                try await exchange(
                    Probe.post + "Content-Length: \(count)\r\n\r\n" + String(repeating: "a", count: count),
                    port: port
                ).status
            }
            #expect(try await status(1_000) == 202)
            #expect(try await status(1_001) == 413)
            let chunk = "1F4\r\n" + String(repeating: "a", count: 500) + "\r\n"
            let chunked = try await exchange(
                Probe.post + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + chunk + "0\r\n\r\n",
                port: port
            )
            #expect(chunked.status == 413)
        }
    }

    @Test func bodiesTogetherHaveALimit() async throws {
        var settings = HTTPServerSettings()
        settings.bodiesBytesMax = 3_000
        let arrived = Latch()
        let release = Latch()
        var router = Router()
        router.on(.post, "/hold") { _ in
            arrived.open()
            await release.wait()
            return .empty(204)
        }
        let request =
            "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n"
            + String(repeating: "a", count: 2_000)
        try await withServer(settings, router) { port, _ in
            async let first = exchange(request, port: port)
            await arrived.wait()
            let second = try await exchange(request, port: port)
            #expect(second.status == 503)
            #expect(second.header("Retry-After") == "1")
            release.open()
            #expect(try await first.status == 204)
            #expect(try await exchange(request, port: port).status == 204)
        }
    }

    @Test func anAddressHasSoManyConnectionsAndNoMore() async throws {
        var settings = HTTPServerSettings()
        settings.connectionsPerAddressMax = 2
        try await withServer(settings) { port, _ in
            try await onThread {
                let first = try RawClient(port: port)
                let second = try RawClient(port: port)
                for client in [first, second] {
                    client.send(healthRequest)
                    #expect(try client.answer().status == 200)
                }
                let third = try RawClient(port: port)
                third.send(healthRequest)
                #expect(try third.answer().status == 429)
                #expect(third.ending() == .closed)
            }
            // Both places are free again once the server has seen the clients leave.
            try await eventually("there is room again") { try await exchange(healthRequest, port: port).status == 200 }
        }
    }

    @Test func theServerHasSoManyConnectionsAndNoMore() async throws {
        var settings = HTTPServerSettings()
        settings.connectionsMax = 1
        try await withServer(settings) { port, _ in
            try await onThread {
                let first = try RawClient(port: port)
                first.send(healthRequest)
                #expect(try first.answer().status == 200)
                let second = try RawClient(port: port)
                #expect(try second.answer().status == 503)
            }
        }
    }

    @Test func anAnswerNobodyReadsDoesNotHoldAConnection() async throws {
        let arrived = Latch()
        var router = Router()
        router.on(.get, "/") { _ in
            arrived.open()
            return .bytes(contentType: "application/octet-stream", [UInt8](repeating: 7, count: 32 << 20))
        }
        try await withServer(quick(\.writeStallTimeout, .milliseconds(600)), router) { port, server in
            let client = try await onThread {
                let client = Held(try RawClient(port: port, receiveBufferBytes: 8_192))
                client.value.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return client
            }
            await arrived.wait()
            try await eventually("it is let go") { server.connections == 0 }
            withExtendedLifetime(client) {}
        }
    }
}

/// Safety: a test hands the client from one thread to the next, never to two.
final class Held: @unchecked Sendable {
    let value: RawClient
    init(_ value: RawClient) { self.value = value }
}
