import Models
import Postgres
import TestSupport
import Testing

@Suite struct RecoveryTests {
    private func backend(of connection: Connection) throws -> Int {
        try connection.rows("SELECT pg_backend_pid()")[0].value(0, as: Int.self)
    }

    @Test func aSessionEndedWhileIdleIsReplacedWithoutAnError() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            let before = try await database.run(backend)
            try await terminate(before)
            let after = try await database.run(backend)
            #expect(after != before)
        }
    }

    @Test func aSessionEndedUnderAStatementFailsThatStatementOnly() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            let latch = Latch()
            let victim = Shared()
            async let failed = failure {
                try await database.run { connection in
                    victim.value = try connection.rows("SELECT pg_backend_pid()")[0].value(0, as: Int.self)
                    try latch.wait(with: connection)
                }
            }
            try await eventually { latch.arrivals == 1 }
            try await terminate(victim.value)
            guard case .connection = await failed else {
                Issue.record("expected .connection")
                return
            }
            #expect(try await database.run(backend) != victim.value)
        }
    }

    @Test func aServerThatRestartsIsFoundAgain() async throws {
        let cluster = try await PostgresServer.cluster()
        let database = Database(DatabaseSettings(url: cluster.url, poolSize: 2, acquireTimeout: .seconds(30)))
        let listener = Listener(DatabaseSettings(url: cluster.url), channel: "news")
        try await database.start()
        listener.start()
        var payloads = listener.payloads.makeAsyncIterator()
        #expect(await payloads.next() == "")
        try await PostgresServer.stopCluster(in: cluster.directory)
        // Asked while the server is away: waits for it.
        async let answer = database.rows("SELECT 1")
        try await eventually { database.snapshot.liveConnections < 2 }
        try await PostgresServer.startCluster(in: cluster.directory)
        #expect(try await answer.count == 1)
        #expect(await payloads.next() == "")
        try await database.execute("SELECT pg_notify('news', \("after the restart"))")
        #expect(await payloads.next() == "after the restart")
        listener.stop()
        #expect(await payloads.next() == nil)
        await database.stop()
        try await PostgresServer.stopCluster(in: cluster.directory)
    }

    @Test func aServerThatIsAwayIsReportedAtTheStart() async throws {
        var settings = DatabaseSettings(url: "postgresql://postgres@127.0.0.1:1/none")
        settings.acquireTimeout = .milliseconds(100)
        let database = Database(settings)
        guard case .connection = await failure(of: { try await database.start() }) else {
            Issue.record("expected .connection")
            return
        }
        #expect(await failure { try await database.rows("SELECT 1") } == .stopped)
    }

    @Test func stoppingFinishesWhatRunsAndRefusesTheRest() async throws {
        let settings = DatabaseSettings(
            url: try await PostgresServer.database(migrated: false).url,
            poolSize: 1
        )
        let database = Database(settings)
        try await database.start()
        let latch = Latch()
        async let running: Void = database.run { try latch.wait(with: $0) }
        try await eventually { latch.arrivals == 1 }
        async let waiting = failure { try await database.rows("SELECT 1") }
        try await eventually { database.snapshot.waiting == 1 }
        async let stopped: Void = database.stop()
        #expect(await waiting == .stopped)
        latch.open()
        try await running
        await stopped
        #expect(database.snapshot.liveConnections == 0)
    }

    @Test func notificationsArriveInOrder() async throws {
        let url = try await PostgresServer.database(migrated: false).url
        try await withDatabase(poolSize: 1, { $0.url = url }) { database async throws in
            var settings = DatabaseSettings(url: url)
            settings.applicationName = "listener"
            let listener = Listener(settings, channel: "news")
            listener.start()
            var payloads = listener.payloads.makeAsyncIterator()
            #expect(await payloads.next() == "")
            for number in 0..<20 { try await database.execute("SELECT pg_notify('news', \("\(number)"))") }
            for number in 0..<20 { #expect(await payloads.next() == "\(number)") }
            listener.stop()
        }
    }

    private func terminate(_ backend: Int) async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            try await database.execute("SELECT pg_terminate_backend(\(Int32(backend)))")
            try await eventually {
                try await database.rows("SELECT 1 FROM pg_stat_activity WHERE pid = \(Int32(backend))")
                    .isEmpty
            }
        }
    }
}
