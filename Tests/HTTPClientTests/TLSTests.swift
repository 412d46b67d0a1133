import HTTPClient
import Testing

struct TLSTests {
    private func answeringServer(_ identity: TLSIdentity) throws -> ScriptedServer {
        try ScriptedServer(tls: identity) { connection in
            while connection.readRequest() != nil { connection.answer() }
        }
    }

    @Test
    func aCertificateThatNobodyVouchesForIsRefusedBeforeAnythingIsWritten() async throws {
        let server = try answeringServer(TLSIdentity(speaking: "http/1.1"))
        defer { server.stop() }
        try await withClient { client in
            let failure = await client.failure(of: post(server.url))
            #expect(failure?.kind == .tls)
            #expect(failure?.written == .nothing)
        }
        #expect(server.received.isEmpty)
    }

    @Test
    func aCertificateForAnotherNameIsRefused() async throws {
        let identity = try TLSIdentity(speaking: "http/1.1")
        let server = try answeringServer(identity)
        defer { server.stop() }
        try await withClient {
            $0.certificatesFile = identity.certificatesFile
        } _: { client in
            let failure = await client.failure(of: post("https://localhost:\(server.port)/"))
            #expect(failure?.kind == .tls)
            #expect(failure?.written == .nothing)
        }
        #expect(server.received.isEmpty)
    }

    @Test
    func aServerThatIsNotTLSIsATLSFailureWithNothingWritten() async throws {
        let server = try ScriptedServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.readToEnd()
        }
        defer { server.stop() }
        try await withClient { client in
            let failure = await client.failure(of: post("https://127.0.0.1:\(server.port)/"))
            #expect(failure?.kind == .tls)
            #expect(failure?.written == .nothing)
        }
    }

    @Test
    func aTrustedServerIsAnsweredOverOneConnection() async throws {
        let identity = try TLSIdentity(speaking: "http/1.1")
        let server = try answeringServer(identity)
        defer { server.stop() }
        try await withClient {
            $0.certificatesFile = identity.certificatesFile
        } _: { client in
            for _ in 0..<20 {
                let response = try await client.send(post(server.url))
                #expect(response.status == 200)
            }
        }
        #expect(server.received.count == 20)
        #expect(server.connectionCount == 1)
    }

    @Test
    func aRequestThatDiesOnAKeptConnectionReachesTheServerOnce() async throws {
        let identity = try TLSIdentity(speaking: "http/1.1")
        let server = try ScriptedServer(tls: identity) { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer()
            _ = connection.readRequest()
        }
        defer { server.stop() }
        try await withClient {
            $0.certificatesFile = identity.certificatesFile
        } _: { client in
            _ = try await client.send(post(server.url))
            let failure = await client.failure(of: post(server.url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        #expect(server.received.count == 2)
    }

    @Test
    func aKeptConnectionThatTheServerClosedWhileIdleIsReplacedWithoutAFailure() async throws {
        let identity = try TLSIdentity(speaking: "http/1.1")
        let closed = Slot<Bool>()
        let server = try ScriptedServer(tls: identity) { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer()
            connection.end()
            closed.value = true
        }
        defer { server.stop() }
        try await withClient {
            $0.certificatesFile = identity.certificatesFile
        } _: { client in
            for _ in 0..<10 {
                closed.value = nil
                let response = try await client.send(post(server.url))
                #expect(response.status == 200)
                #expect(await eventually { closed.value == true })
            }
            #expect(client.statistics.repeatsPrevented == 0)
        }
        #expect(server.received.count == 10)
    }
}
