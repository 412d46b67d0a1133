internal import Glibc

/// A pool of connections, each on a thread of its own where libpq may block.
///
/// Work is a closure that runs on such a thread, without `await`: a transaction cannot be held open across a
/// call to the outside. Work waits in a bounded line; a lost connection is replaced behind its back, and
/// what was running on it fails with `.connection`.
package final class Database: Sendable {
    private let settings: DatabaseSettings
    private let crew: ConnectionCrew<Job>

    /// How often `transaction` starts again after a serialization failure or a deadlock.
    package static let transactionRetriesMax = 3

    package init(_ settings: DatabaseSettings) {
        self.settings = settings
        crew = ConnectionCrew(name: "postgres", settings: settings, weightMax: settings.waitingMax)
    }

    deinit { crew.line.close(draining: false) }

    /// Starts the pool and waits for the first connection, at most the acquire time-out.
    package func start() async throws(DatabaseError) {
        crew.start(connections: settings.poolSize, batchMax: 1) { connection, jobs in
            for job in jobs { job.work(connection) }
        }
        do {
            try await run { _ in }
        } catch {
            await stop()
            throw error
        }
    }

    /// Finishes what runs, fails what waits with `.stopped`, and closes the connections.
    package func stop() async {
        await crew.stop(draining: false)
    }

    /// Runs the closure with a connection. A transaction it leaves open is rolled back.
    package func run<Outcome: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Outcome
    ) async throws(DatabaseError) -> Outcome {
        let result: Result<Outcome, DatabaseError> = await withCheckedContinuation { continuation in
            let job = Job { connection in
                let result = Result { () throws(DatabaseError) in
                    try Connection.typed { try body(connection) }
                }
                connection.rollBackIfNeeded()
                continuation.resume(returning: result)
            } failed: { error in
                continuation.resume(returning: .failure(error))
            }
            crew.line.push(job)
        }
        return try result.get()
    }

    /// Throws unless the server answers.
    package func ping() async throws(DatabaseError) {
        _ = try await rows("SELECT 1")
    }

    package func rows(_ sql: SQL) async throws(DatabaseError) -> [Row] {
        try await run { try $0.rows(sql) }
    }

    @discardableResult
    package func execute(_ sql: SQL) async throws(DatabaseError) -> Int {
        try await run { try $0.execute(sql) }
    }

    package func pipeline(_ statements: [SQL]) async throws(DatabaseError) -> [[Row]] {
        try await run { try $0.pipeline(statements) }
    }

    /// BEGIN … COMMIT around the closure. After a serialization failure or a deadlock the closure runs
    /// again, up to three times more, so it must do nothing but database work.
    package func transaction<Outcome: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Outcome
    ) async throws(DatabaseError) -> Outcome {
        try await run { connection in
            try connection.retrying(upTo: Self.transactionRetriesMax) { () throws(DatabaseError) in
                try connection.transaction { try body(connection) }
            }
        }
    }

    package struct Snapshot: Sendable {
        /// Work that waits for a connection now.
        package let waiting: Int
        /// Work that waited in vain, since the start.
        package let expired: Int
        package let liveConnections: Int
    }

    package var snapshot: Snapshot {
        let line = crew.line.snapshot
        return Snapshot(waiting: line.weight, expired: line.expired, liveConnections: line.live)
    }
}

/// A closure waiting for a connection.
private struct Job: Waiting {
    let work: @Sendable (Connection) -> Void
    let failed: @Sendable (DatabaseError) -> Void

    var weight: Int { 1 }

    func fail(_ error: DatabaseError) { failed(error) }
}

extension Connection {
    /// Does it again after a collision with another transaction, a little later each time.
    func retrying<Outcome>(
        upTo retriesMax: Int,
        _ body: () throws(DatabaseError) -> Outcome
    ) throws(DatabaseError) -> Outcome {
        var retries = 0
        while true {
            do {
                return try body()
            } catch  where error.isRetryable && retries < retriesMax {
                retries += 1
                // Two that collided must not meet again in step. This thread is ours to hold.
                usleep(UInt32.random(in: 500...4_000) << UInt32(retries))
            }
        }
    }
}
