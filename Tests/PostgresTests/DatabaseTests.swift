import Models
import Postgres
import TestSupport
import Testing

@Suite struct DatabaseTests {
    @Test func aTransactionThatThrowsLeavesNothingBehind() async throws {
        struct OwnError: Error {}
        try await withDatabase(poolSize: 1) { database async throws in
            try await database.execute("CREATE TABLE t (n int)")
            let error = await failure {
                try await database.transaction { connection in
                    try connection.execute("INSERT INTO t VALUES (1)")
                    throw OwnError()
                }
            }
            guard case .closure(let inner) = error else {
                Issue.record("expected the closure's own error, got \(String(describing: error))")
                return
            }
            #expect(inner is OwnError)
            #expect(try await database.rows("SELECT * FROM t").isEmpty)
        }
    }

    @Test func aTransactionLeftOpenIsRolledBackBeforeTheNextWork() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            try await database.execute("CREATE TABLE t (n int)")
            try await database.run { connection in
                try connection.script("BEGIN; INSERT INTO t VALUES (1)")
            }
            #expect(try await database.rows("SELECT * FROM t").isEmpty)
        }
    }

    @Test func changedRowsAreCounted() async throws {
        try await withDatabase { database async throws in
            try await database.execute("CREATE TABLE t (n int)")
            #expect(try await database.execute("INSERT INTO t SELECT generate_series(1, 5)") == 5)
            #expect(try await database.execute("UPDATE t SET n = 0 WHERE n > \(3)") == 2)
        }
    }

    @Test func aPipelineIsOneTransactionAndNamesTheStatementThatFailed() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            try await database.execute("CREATE TABLE t (n bigint CHECK (n > 0), word text)")
            let good = try await database.pipeline([
                "INSERT INTO t VALUES (\(1), \("one")) RETURNING word", "SELECT count(*) FROM t",
                "INSERT INTO t VALUES (\(2), \("two")) RETURNING word",
            ])
            #expect(
                try good.map { try $0.map { try $0.columnNames == ["word"] ? 0 : $0.value(0, as: Int.self) } }
                    == [[0], [1], [0]]
            )
            let failed = await failure {
                try await database.pipeline([
                    "INSERT INTO t VALUES (\(3), \("three"))", "SELECT \("secret")::int FROM t", "SELECT 1",
                ])
            }
            guard case .data("22P02", let message) = failed else {
                Issue.record("expected a data error, got \(String(describing: failed))")
                return
            }
            #expect(message.contains("statement 2 of 3"))
            #expect(!message.contains("secret"))
            #expect(try await database.rows("SELECT * FROM t").count == 2)
            // Prepared before the error, or skipped because of it: all three still work.
            #expect(
                try await database.pipeline(["INSERT INTO t VALUES (\(3), \("three"))", "SELECT 1"]).count
                    == 2
            )
        }
    }

    @Test func aPipelineLargerThanEveryBufferDoesNotBlock() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            let large = String(repeating: "x", count: 300_000)
            let answers = try await database.run {
                try $0.pipeline((0..<60).map { _ in "SELECT \(large) AS echo" })
            }
            #expect(answers.count == 60)
            #expect(try answers[59][0].value("echo", as: String.self).utf8.count == 300_000)
        }
    }

    @Test func errorsAreToldApartWithoutTheValues() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            try await database.run { connection in
                try connection.script(
                    """
                    CREATE TABLE parent (id int PRIMARY KEY);
                    CREATE TABLE child (id int UNIQUE, parent int NOT NULL REFERENCES parent, word varchar(3));
                    ALTER TABLE child ADD CONSTRAINT small CHECK (id < 100);
                    INSERT INTO parent VALUES (1);
                    INSERT INTO child VALUES (1, 1, 'a');
                    """
                )
            }
            let secret = "4915112345678"
            let cases: [(SQL, DatabaseError)] = [
                ("INSERT INTO child VALUES (1, 1, 'b')", .unique(constraint: "child_id_key")),
                ("INSERT INTO child VALUES (100, 1, 'b')", .check(constraint: "small")),
                ("INSERT INTO child VALUES (2, 2, 'b')", .foreignKey(constraint: "child_parent_fkey")),
                ("INSERT INTO child VALUES (2, NULL, 'b')", .notNull(column: "child.parent")),
            ]
            for (sql, expected) in cases {
                #expect(await failure { try await database.execute(sql) } == expected)
            }
            for sql in [
                "SELECT \(secret)::uuid", "SELECT \(secret)::int2",
                "SELECT \(secret)::jsonb -> 'a' || 'b'::jsonb",
                "SELECT ('{' || \(secret))::jsonb", "SELECT \(secret)::timestamptz",
                "SELECT (\(secret) || 'x')::numeric",
            ] as [SQL] {
                let error = await failure { try await database.execute(sql) }
                #expect(error?.sqlState?.hasPrefix("22") == true)
                #expect(error?.logText.contains(secret) == false)
                #expect(error?.publicText == "The data cannot be stored as it is.")
            }
            let missing = await failure { try await database.execute("SELECT * FROM absent") }
            #expect(missing?.sqlState == "42P01")
            #expect(missing?.logText.contains("SELECT * FROM absent") == true)
        }
    }

    @Test func rowLevelSecurityRefusesAStrangersRow() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            let role = "stranger_\(UInt32.random(in: 0 ... .max))"
            try await database.run { connection in
                try connection.script(
                    """
                    CREATE ROLE \(role);
                    CREATE TABLE t (tenant int);
                    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY own ON t USING (tenant = 1);
                    GRANT ALL ON t TO \(role);
                    """
                )
            }
            let error = await failure {
                try await database.transaction { connection in
                    try connection.script("SET LOCAL ROLE \(role)")
                    try connection.execute("INSERT INTO t VALUES (1)")
                    try connection.execute("INSERT INTO t VALUES (2)")
                }
            }
            guard case .permission = error else {
                Issue.record("expected .permission, got \(String(describing: error))")
                return
            }
            #expect(error?.isRetryable == false)
            try await database.run { try $0.script("DROP TABLE t; DROP ROLE \(role)") }
        }
    }

    @Test func aSerializationFailureIsTriedAgain() async throws {
        try await withDatabase(poolSize: 2) { database async throws in
            try await database.execute("CREATE TABLE counter (n int)")
            try await database.execute("INSERT INTO counter VALUES (0)")
            let attempts = Shared()
            // Both read before either writes, so one of the two cannot be serialized and runs again.
            let readers = Shared()
            @Sendable func increment() async throws {
                try await database.transaction { connection in
                    try connection.script("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                    let n = try connection.rows("SELECT n FROM counter")[0].value(0, as: Int.self)
                    let first = attempts.add(1) < 2
                    _ = readers.add(1)
                    while first && readers.value < 2 { _ = try connection.rows("SELECT pg_sleep(0.002)") }
                    try connection.execute("UPDATE counter SET n = \(n + 1)")
                }
            }
            async let one: Void = increment()
            async let other: Void = increment()
            _ = try await (one, other)
            #expect(try await database.rows("SELECT n FROM counter")[0].value(0, as: Int.self) == 2)
            #expect(attempts.value == 3)
        }
    }

    @Test func aStatementThatTakesTooLongTimesOutAndTheConnectionLivesOn() async throws {
        try await withDatabase(poolSize: 1, { $0.statementTimeout = .milliseconds(50) }) {
            database async throws in
            let error = await failure { try await database.rows("SELECT pg_sleep(30)") }
            #expect(error == .timeout)
            #expect(try await database.rows("SELECT 1 AS one").count == 1)
        }
    }

    @Test func aLockThatIsNotGrantedTimesOut() async throws {
        try await withDatabase(poolSize: 2, { $0.lockTimeout = .milliseconds(30) }) { database async throws in
            try await database.execute("CREATE TABLE t (n int)")
            let latch = Latch()
            async let holder: Void = database.transaction { connection in
                try connection.script("LOCK TABLE t")
                try latch.wait(with: connection)
            }
            try await eventually { latch.arrivals == 1 }
            let error = await failure { try await database.rows("SELECT * FROM t") }
            #expect(error == .lockTimeout)
            latch.open()
            try await holder
        }
    }

    @Test func workThatWaitsTooLongForAConnectionTimesOut() async throws {
        try await withDatabase(poolSize: 1, { $0.acquireTimeout = .milliseconds(200) }) {
            database async throws in
            let latch = Latch()
            async let holder: Void = database.run { try latch.wait(with: $0) }
            try await eventually { latch.arrivals == 1 }
            let error = await failure { try await database.rows("SELECT 1") }
            #expect(error == .timeout)
            #expect(database.snapshot.expired == 1)
            latch.open()
            try await holder
            #expect(try await database.rows("SELECT 1").count == 1)
        }
    }

    @Test func moreThanTheLineHoldsIsRefusedAtOnce() async throws {
        try await withDatabase(poolSize: 1, { $0.waitingMax = 3 }) { database async throws in
            let latch = Latch()
            async let holder: Void = database.run { try latch.wait(with: $0) }
            try await eventually { latch.arrivals == 1 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { _ = try await database.rows("SELECT 1") } }
                try await eventually { database.snapshot.waiting == 3 }
                let error = await failure { try await database.rows("SELECT 1") }
                #expect(error == .overloaded)
                latch.open()
                try await group.waitForAll()
            }
            try await holder
        }
    }

    @Test func neverMoreConnectionsThanThePoolHas() async throws {
        try await withDatabase(poolSize: 3) { database async throws in
            let (now, most) = (Shared(), Shared())
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        try await database.run { connection in
                            most.value = max(most.value, now.add(1) + 1)
                            defer { _ = now.add(-1) }
                            return try connection.rows("SELECT pg_backend_pid(), pg_sleep(0.002)")[0].value(
                                0,
                                as: Int.self
                            )
                        }
                    }
                }
                let backends = try await group.reduce(into: Set<Int>()) { $0.insert($1) }
                #expect(backends.count <= 3)
            }
            #expect(most.value <= 3)
        }
    }

    @Test func theStatementCacheIsBounded() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            let held = try await database.run { connection in
                for number in 0..<400 { _ = try connection.rows("SELECT \(raw: "\(number)") + \(1)") }
                return try connection.rows("SELECT count(*) FROM pg_prepared_statements")[0].value(
                    0,
                    as: Int.self
                )
            }
            #expect(held <= 257)
        }
    }

    @Test func aChangedTableIsPreparedAnew() async throws {
        try await withDatabase(poolSize: 1) { database async throws in
            try await database.execute("CREATE TABLE t (n int)")
            #expect(try await database.rows("SELECT * FROM t").isEmpty)
            try await database.execute("ALTER TABLE t ADD COLUMN word text DEFAULT 'x'")
            try await database.execute("INSERT INTO t VALUES (1)")
            #expect(try await database.rows("SELECT * FROM t")[0].value("word", as: String.self) == "x")
            try await database.execute("ALTER TABLE t ADD COLUMN more text DEFAULT 'y'")
            let rows = try await database.pipeline(["SELECT * FROM t"])
            #expect(try rows[0][0].value("more", as: String.self) == "y")
            try await database.execute("ALTER TABLE t ADD COLUMN last text DEFAULT 'z'")
            let inside = try await database.transaction { try $0.rows("SELECT * FROM t") }
            #expect(try inside[0].value("last", as: String.self) == "z")
        }
    }
}
