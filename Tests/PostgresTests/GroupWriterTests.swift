import Models
import Postgres
import TestSupport
import Testing

@Suite struct GroupWriterTests {
    /// A writer of numbers into a table that refuses negative ones and twice the same; the outcome is the
    /// number doubled.
    private func withWriter(
        connections: Int = 2,
        batchMax: Int = 500,
        queueMax: Int = 20_000,
        _ adjust: (inout DatabaseSettings) -> Void = { _ in },
        before: @escaping @Sendable (Connection, [Int]) throws -> Void = { _, _ in },
        _ body: (GroupWriter<Int, Int>, Database) async throws -> Void
    ) async throws {
        var settings = DatabaseSettings(
            url: try await PostgresServer.database(migrated: false).url,
            poolSize: 1
        )
        adjust(&settings)
        let database = Database(settings)
        try await database.start()
        try await database.execute("CREATE TABLE numbers (n bigint PRIMARY KEY CHECK (n >= 0))")
        let writer = GroupWriter<Int, Int>(
            name: "numbers",
            settings: settings,
            connections: connections,
            batchMax: batchMax,
            queueMax: queueMax
        ) { connection, items in
            try before(connection, items)
            try connection.execute("INSERT INTO numbers SELECT * FROM unnest(\(items))")
            return items.map { $0 * 2 }
        }
        try await writer.start()
        do {
            try await body(writer, database)
        } catch {
            await writer.stop()
            await database.stop()
            throw error
        }
        await writer.stop()
        await database.stop()
    }

    private func stored(_ database: Database) async throws -> [Int] {
        try await database.rows("SELECT n FROM numbers ORDER BY n").map { try $0.value(0, as: Int.self) }
    }

    @Test func fiveHundredCallersEachGetTheirOwnOutcome() async throws {
        try await withWriter { writer, database async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<500 {
                    group.addTask {
                        for turn in 0..<4 {
                            let number = caller * 4 + turn
                            let outcome = try await writer.submit(number)
                            #expect(outcome == number * 2)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await stored(database) == Array(0..<2_000))
            let snapshot = writer.snapshot
            #expect(snapshot.items == 2_000)
            #expect(snapshot.batches < 2_000)
            #expect(snapshot.queued == 0)
        }
    }

    @Test func onlyThePoisonItemFails() async throws {
        // One connection, held until everything has queued: so that the poison shares its batch with all the
        // others.
        let latch = Latch()
        try await withWriter(
            connections: 1,
            before: { connection, items in
                if items == [1_000_000] { try latch.wait(with: connection) }
            }
        ) { writer, database async throws in
            async let first = writer.submit(1_000_000)
            try await eventually { latch.arrivals == 1 }
            let results = await withTaskGroup(of: (Int, DatabaseError?).self) { group in
                for number in -1..<200 {
                    group.addTask { (number, await failure { try await writer.submit(number) }) }
                }
                while writer.snapshot.queued < 201 { await Task.yield() }
                latch.open()
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            _ = try await first
            #expect(results == [-1: .check(constraint: "numbers_n_check")])
            #expect(try await stored(database) == Array(0..<200) + [1_000_000])
            #expect(writer.snapshot.bisections >= 7)
            #expect(writer.snapshot.failedItems == 1)
        }
    }

    @Test func aGroupOfItemsIsWrittenWhollyOrNotAtAll() async throws {
        try await withWriter { writer, database async throws in
            #expect(try await writer.submit([5, 3, 4]) == [10, 6, 8])
            let error = await failure { try await writer.submit([7, -1, 8]) }
            #expect(error == .check(constraint: "numbers_n_check"))
            #expect(try await writer.submit([]) == [])
            #expect(try await stored(database) == [3, 4, 5])
            let many = Array(10..<2_010)
            #expect(try await writer.submit(many) == many.map { $0 * 2 })
        }
    }

    @Test func aFullQueueRefusesAtOnceAndDrainsAtStop() async throws {
        let latch = Latch()
        try await withWriter(
            connections: 1,
            batchMax: 5,
            queueMax: 10,
            before: { connection, items in
                if items == [0] { try latch.wait(with: connection) }
            }
        ) { writer, database async throws in
            async let first = writer.submit(0)
            try await eventually { latch.arrivals == 1 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...10 { group.addTask { _ = try await writer.submit(number) } }
                try await eventually { writer.snapshot.queued == 10 }
                let error = await failure { try await writer.submit(11) }
                #expect(error == .overloaded)
                async let stopped: Void = writer.stop()
                latch.open()
                await stopped
                try await group.waitForAll()
            }
            _ = try await first
            #expect(try await stored(database) == Array(0...10))
            let late = await failure { try await writer.submit(12) }
            #expect(late == .stopped)
        }
    }

    @Test func aConnectionKilledInTheMiddleFailsItsBatchAndTheNextOneIsWritten() async throws {
        let latch = Latch()
        let victim = Shared()
        try await withWriter(
            connections: 1,
            before: { connection, items in
                guard items == [0] else { return }
                victim.value = try connection.rows("SELECT pg_backend_pid()")[0].value(0, as: Int.self)
                try latch.wait(with: connection)
            }
        ) { writer, database async throws in
            async let first = failure { try await writer.submit(0) }
            try await eventually { latch.arrivals == 1 }
            async let waiting = writer.submit(1)
            try await eventually { writer.snapshot.queued == 1 }
            _ = try await database.rows("SELECT pg_terminate_backend(\(Int32(victim.value)))")
            guard case .connection = await first else {
                Issue.record("the batch in flight did not fail with .connection")
                return
            }
            #expect(try await waiting == 2)
            #expect(try await stored(database) == [1])
            latch.open()
        }
    }

    @Test func aCollisionIsTriedAgainAndNobodyHearsOfIt() async throws {
        let failures = Shared(2)
        try await withWriter(
            connections: 1,
            before: { connection, _ in
                guard failures.add(-1) > 0 else { return }
                try connection.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
            }
        ) { writer, _ async throws in
            #expect(try await writer.submit(4) == 8)
        }
    }

    @Test func whoWaitsTooLongForAConnectionHearsThatThereIsNone() async throws {
        var settings = DatabaseSettings(url: "postgresql://postgres@127.0.0.1:1/none")
        settings.acquireTimeout = .milliseconds(100)
        let writer = GroupWriter<Int, Int>(name: "nowhere", settings: settings) { _, items in items }
        try await writer.start()
        guard case .connection = await failure(of: { try await writer.submit(1) }) else {
            Issue.record("expected .connection")
            return
        }
        #expect(writer.snapshot.expired == 1)
        await writer.stop()
    }
}
