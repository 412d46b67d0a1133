import HTTPClient
import Testing

struct ClientFailureTests {
    @Test
    func aRefusedConnectionHasWrittenNothing() async throws {
        let port = try ScriptedServer.refusedPort()
        try await withClient { client in
            let failure = await client.failure(of: post("http://127.0.0.1:\(port)/"))
            #expect(failure?.kind == .connect)
            #expect(failure?.written == .nothing)
        }
    }

    @Test
    func anUnknownHostHasWrittenNothing() async throws {
        try await withClient { client in
            let failure = await client.failure(of: post("http://no-such-host.invalid/", timeout: .seconds(5)))
            #expect(failure?.kind == .resolve || failure?.kind == .timeout)
            #expect(failure?.written == .nothing)
        }
    }

    @Test
    func aServerThatReadsAndHangsEndsInATimeoutWithEverythingWritten() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.readToEnd()
        }
        defer { server.stop() }
        try await withClient { client in
            let failure = await client.failure(of: post(server.url, timeout: .seconds(2)))
            #expect(failure?.kind == .timeout)
            #expect(failure?.written == .all)
        }
        #expect(server.received.count == 1)
    }

    @Test
    func aServerThatReadsAndCutsIsAConnectionLostWithEverythingWritten() async throws {
        let server = try ScriptedServer { connection in _ = connection.readRequest() }
        defer { server.stop() }
        try await withClient { client in
            let failure = await client.failure(of: post(server.url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        #expect(server.received.count == 1)
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nContent-Le"])
    func anAnswerCutShortIsAConnectionLostAndNeverAnAnswer(_ part: String) async throws {
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write(part)
        }
        defer { server.stop() }
        try await withClient { client in
            let failure = await client.failure(of: post(server.url))
            #expect(failure?.kind == .connectionLost)
            #expect(failure?.written == .all)
        }
        #expect(server.received.count == 1)
    }

    @Test
    func whatIsNotHTTPIsAFaultOfProtocol() async throws {
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("SSH-2.0-OpenSSH_9.2\r\n")
        }
        defer { server.stop() }
        try await withClient { client in
            let failure = await client.failure(of: post(server.url))
            #expect(failure?.kind == .protocol)
            #expect(failure?.written == .all)
        }
    }

    @Test
    func anAnswerLargerThanAllowedIsCutOff() async throws {
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\n\r\n")
            let block = [UInt8](repeating: 0x61, count: 65_536)
            while connection.write(block) {}
        }
        defer { server.stop() }
        try await withClient { client in
            var request = post(server.url)
            request.responseBytesMax = 100_000
            let failure = await client.failure(of: request)
            #expect(failure?.kind == .bodyTooLarge)
            #expect(failure?.written == .all)
        }
    }

    @Test
    func endlessHeadersAreCutOff() async throws {
        let server = try ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\n")
            let line = "X-Long: " + String(repeating: "a", count: 1000) + "\r\n"
            while connection.write(line) {}
        }
        defer { server.stop() }
        try await withClient { client in
            let failure = await client.failure(of: post(server.url))
            #expect(failure?.written == .all)
            #expect(failure?.kind == .protocol)
        }
    }

    @Test
    func aRequestThatOnlyWaitedForAConnectionHasWrittenNothing() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.readToEnd()
        }
        defer { server.stop() }
        try await withClient {
            $0.connectionsPerHostMax = 1
        } _: { client in
            let first = Task { await client.failure(of: post(server.url, timeout: .seconds(60))) }
            #expect(await eventually { server.received.count == 1 })
            let second = await client.failure(of: post(server.url, timeout: .milliseconds(200)))
            #expect(second?.kind == .timeout)
            #expect(second?.written == .nothing)
            first.cancel()
            #expect(await first.value?.written == .all)
        }
        #expect(server.received.count == 1)
    }

    @Test
    func aConnectionThatIsNotAcceptedInTimeHasWrittenNothing() async throws {
        // Of the documentation's own network: routed nowhere, so nobody answers.
        try await withClient {
            $0.connectTimeout = .milliseconds(200)
        } _: { client in
            let failure = await client.failure(of: post("http://192.0.2.1/", timeout: .seconds(5)))
            #expect(failure?.written == .nothing)
        }
    }

    @Test
    func aCancelledTaskEndsItsRequest() async throws {
        let hungUp = Slot<Bool>()
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.readToEnd()
            hungUp.value = true
        }
        defer { server.stop() }
        try await withClient { client in
            let task = Task { await client.failure(of: post(server.url, timeout: .seconds(60))) }
            #expect(await eventually { server.received.count == 1 })
            task.cancel()
            let failure = await task.value
            #expect(failure?.kind == .cancelled)
            #expect(failure?.written == .all)
            #expect(await eventually { hungUp.value == true })
        }
    }

    @Test
    func aTaskCancelledBeforeItSendsWritesNothing() async throws {
        let server = try answeringServer()
        defer { server.stop() }
        try await withClient { client in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await client.failure(of: post(server.url))
            }
            let failure = await task.value
            #expect(failure?.kind == .cancelled)
            #expect(failure?.written == .nothing)
        }
        #expect(server.received.isEmpty)
    }

    @Test
    func stoppingEndsWhatIsInFlightAndRefusesWhatComesLater() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.readToEnd()
        }
        defer { server.stop() }
        let client = HTTPClient()
        try client.start()
        async let inFlight = client.failure(of: post(server.url, timeout: .seconds(60)))
        #expect(await eventually { server.received.count == 1 })
        await client.stop()
        let failure = await inFlight
        #expect(failure?.kind == .stopped)
        #expect(failure?.written == .all)
        let late = await client.failure(of: post(server.url))
        #expect(late?.kind == .stopped)
        #expect(late?.written == .nothing)
        await client.stop()
    }

    @Test
    func aClientThatNobodyHoldsEndsItsThread() async throws {
        let server = try answeringServer()
        defer { server.stop() }
        weak var forgotten: HTTPClient?
        do {
            let client = HTTPClient()
            try client.start()
            _ = try await client.send(post(server.url))
            forgotten = client
        }
        #expect(forgotten == nil)
    }

    @Test
    func moreRequestsThanMayWaitAreRefusedUnwritten() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.readRequest()
            connection.readToEnd()
        }
        defer { server.stop() }
        try await withClient {
            $0.requestsMax = 1
        } _: { client in
            let first = Task { await client.failure(of: post(server.url, timeout: .seconds(60))) }
            #expect(await eventually { server.received.count == 1 })
            let second = await client.failure(of: post(server.url))
            #expect(second?.kind == .overloaded)
            #expect(second?.written == .nothing)
            first.cancel()
            _ = await first.value
        }
    }

    @Test
    func aTenantsURLReachesNoAddressOfOurOwn() async throws {
        let server = try answeringServer()
        defer { server.stop() }
        try await withClient { client in
            var request = post(server.url)
            _ = try await client.send(request)
            request.reach = .publicOnly
            // Over the kept connection, over a new one, and by name.
            for url in [server.url, "http://127.0.0.2:\(server.port)/", "http://localhost:\(server.port)/"] {
                request.url = url
                let failure = await client.failure(of: request)
                #expect(failure?.kind == .forbiddenAddress)
                #expect(failure?.written == .nothing)
            }
        }
        #expect(server.received.count == 1)
    }

    @Test(arguments: [
        ("8.8.8.8", true), ("157.240.1.35", true), ("2a03:2880::1", true), ("10.1.2.3", false),
        ("127.0.0.1", false),
        ("169.254.169.254", false), ("172.20.0.1", false), ("172.32.0.1", true), ("192.168.1.1", false),
        ("100.64.0.1", false), ("0.0.0.0", false), ("224.0.0.1", false), ("::1", false), ("::", false),
        ("fe80::1", false), ("fd00::1", false), ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true),
        ("64:ff9b::7f00:1", false), ("2002:7f00:1::", false), ("2001:db8::1", false),
        ("not an address", false),
    ])
    func specialAddressesAreNotPublic(_ address: String, _ isPublic: Bool) {
        #expect(PublicAddress.isPublic(text: address) == isPublic)
    }
}
