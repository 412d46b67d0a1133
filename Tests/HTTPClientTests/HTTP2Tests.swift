import HTTPClient
import Testing

/// A frame-level server, because no library would misbehave on demand. Answers need no header compression.
private struct FrameServer {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    struct Frame {
        let kind: UInt8
        let flags: UInt8
        let stream: UInt32
    }

    let connection: Connection

    init?(_ connection: Connection) {
        self.connection = connection
        guard connection.read(exactly: Self.preface.count) == Self.preface else { return nil }
        write(kind: 4, stream: 0)
    }

    func write(kind: UInt8, flags: UInt8 = 0, stream: UInt32, _ payload: [UInt8] = []) {
        let length = UInt32(payload.count)
        let header = [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), kind, flags]
        connection.write(header + Self.bytes(stream) + payload)
    }

    static func bytes(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    /// The stream of the next whole request; nil when the client has gone.
    func readRequest() -> UInt32? {
        while let header = connection.read(exactly: 9) {
            let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
            guard connection.read(exactly: length) != nil else { return nil }
            let (kind, flags) = (header[3], header[4])
            let stream = header[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if kind == 4, flags & 1 == 0 { write(kind: 4, flags: 1, stream: 0) }
            if kind == 0 || kind == 1, flags & 1 == 1 { return stream }
        }
        return nil
    }

    /// `:status: 200` and the end of the stream.
    func answer(_ stream: UInt32) { write(kind: 1, flags: 5, stream: stream, [0x88]) }
    func refuse(_ stream: UInt32) { write(kind: 3, stream: stream, Self.bytes(7)) }
    func abort(_ stream: UInt32) { write(kind: 3, stream: stream, Self.bytes(2)) }
    func goAway(after stream: UInt32) { write(kind: 7, stream: 0, Self.bytes(stream) + Self.bytes(0)) }
}

struct HTTP2Tests {
    /// Counts the requests read in whole, over all connections.
    private final class Tally: Sendable {
        let streams = Slot<[String]>()
        func add(_ connection: Int, _ stream: UInt32) {
            streams.value = (streams.value ?? []) + ["\(connection).\(stream)"]
        }
    }

    private func run(
        _ behaviour: @escaping @Sendable (FrameServer, _ connection: Int, _ stream: UInt32) -> Bool,
        _ body: (HTTPClient, String) async throws -> Void
    ) async throws -> [String] {
        let tally = Tally()
        let identity = try TLSIdentity(speaking: "h2")
        let server = try ScriptedServer(tls: identity) { connection in
            guard let frames = FrameServer(connection) else { return }
            while let stream = frames.readRequest() {
                tally.add(connection.number, stream)
                guard behaviour(frames, connection.number, stream) else { return }
            }
        }
        defer { server.stop() }
        try await withClient { settings in
            settings.certificatesFile = identity.certificatesFile
            settings.allowsHTTP2 = true
        } _: { client in
            try await body(client, server.url)
        }
        return tally.streams.value ?? []
    }

    @Test
    func requestsShareAConnection() async throws {
        let seen = try await run { frames, _, stream in
            frames.answer(stream)
            return true
        } _: { client, url in
            for _ in 0..<20 {
                let response = try await client.send(post(url))
                #expect(response.status == 200)
            }
        }
        #expect(seen.count == 20)
        #expect(seen.allSatisfy { $0.hasPrefix("0.") })
    }

    @Test
    func aRequestThatDiesOnAKeptConnectionReachesTheServerOnce() async throws {
        let seen = try await run { frames, _, stream in
            guard stream == 1 else { return false }
            frames.answer(stream)
            return true
        } _: { client, url in
            _ = try await client.send(post(url))
            let failure = await client.failure(of: post(url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        #expect(seen == ["0.1", "0.3"])
    }

    @Test
    func aRequestThatTheServerRefusedIsUnansweredBecauseNothingTellsItFromALostOne() async throws {
        let seen = try await run { frames, _, stream in
            if stream == 3 { frames.refuse(stream) } else { frames.answer(stream) }
            return true
        } _: { client, url in
            _ = try await client.send(post(url))
            let failure = await client.failure(of: post(url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        #expect(seen == ["0.1", "0.3"])
    }

    @Test
    func aRequestAfterTheLastOneThatTheServerTookIsUnansweredToo() async throws {
        let seen = try await run { frames, _, stream in
            if stream == 3 { frames.goAway(after: 1) } else { frames.answer(stream) }
            return true
        } _: { client, url in
            _ = try await client.send(post(url))
            let failure = await client.failure(of: post(url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        #expect(seen == ["0.1", "0.3"])
    }

    @Test
    func aRequestRefusedOnAFreshConnectionIsNotSentAgainEither() async throws {
        let seen = try await run { frames, _, stream in
            frames.refuse(stream)
            return true
        } _: { client, url in
            let failure = await client.failure(of: post(url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        #expect(seen == ["0.1"])
    }

    @Test
    func aRequestThatWasAbortedIsNotSentAgain() async throws {
        let seen = try await run { frames, _, stream in
            if stream == 3 { frames.abort(stream) } else { frames.answer(stream) }
            return true
        } _: { client, url in
            _ = try await client.send(post(url))
            let failure = await client.failure(of: post(url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        #expect(seen == ["0.1", "0.3"])
    }
}
