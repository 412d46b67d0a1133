import HTTPClient
import Testing

/// The property that the platform's promise "no blind resend" stands on.
struct NoBlindResendTests {
    /// Answers the first request of a connection; reads the whole second one and closes without an answer.
    private func serverThatDiesOnReuse(resets: Bool) throws -> ScriptedServer {
        try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer()
            guard connection.readRequest() != nil else { return }
            if resets { connection.reset() }
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "GET"], [false, true])
    func aRequestThatDiesOnAKeptConnectionReachesTheServerOnce(_ method: String, resets: Bool) async throws {
        let server = try serverThatDiesOnReuse(resets: resets)
        defer { server.stop() }
        try await withClient { client in
            var request = post(server.url)
            request.method = method
            if method == "GET" || method == "DELETE" { request.body = [] }
            let first = try await client.send(request)
            #expect(first.status == 200)
            let failure = await client.failure(of: request)
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
            #expect(client.statistics.repeatsPrevented == 1)
        }
        #expect(server.received.count == 2)
        #expect(server.received.allSatisfy { $0.connection == 0 })
    }

    @Test
    func aRequestThatDiesOnAKeptConnectionIsUnansweredEvenWhenTheServerIsGoneByThen() async throws {
        let listener = Slot<ScriptedServer>()
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer()
            guard connection.readRequest() != nil else { return }
            listener.value?.stop()
        }
        listener.value = server
        try await withClient { client in
            _ = try await client.send(post(server.url))
            let failure = await client.failure(of: post(server.url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        listener.value = nil
        #expect(server.received.count == 2)
    }

    @Test
    func manyRequestsInFlightOnDyingKeptConnectionsReachTheServerOnceEach() async throws {
        let server = try serverThatDiesOnReuse(resets: false)
        defer { server.stop() }
        try await withClient { client in
            let outcomes = await withTaskGroup(of: Bool.self, returning: [Bool].self) { group in
                for number in 0..<200 {
                    group.addTask { (try? await client.send(post(server.url, "\(number)"))) != nil }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count == 200)
        }
        let seen = server.received.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(seen.count == Set(seen).count)
    }

    @Test
    func aKeptConnectionThatTheServerClosedWhileIdleIsReplacedWithoutAFailure() async throws {
        let closed = Slot<Bool>()
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer()
            connection.end()
            closed.value = true
        }
        defer { server.stop() }
        try await withClient { client in
            for _ in 0..<20 {
                closed.value = nil
                let response = try await client.send(post(server.url))
                #expect(response.status == 200)
                #expect(await eventually { closed.value == true })
            }
            #expect(client.statistics.repeatsPrevented == 0)
        }
        #expect(server.received.count == 20)
        #expect(server.connectionCount == 20)
    }

    @Test
    func aBodyCutShortByTheServerIsReportedAsWrittenInPart() async throws {
        let server = try ScriptedServer { connection in
            guard connection.readHead() != nil else { return }
            connection.reset()
        }
        defer { server.stop() }
        try await withClient { client in
            var request = post(server.url)
            request.body = [UInt8](repeating: 0x61, count: 32 << 20)
            let failure = await client.failure(of: request)
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .some)
        }
        #expect(server.connectionCount == 1)
    }
}
