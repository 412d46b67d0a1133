internal import Synchronization

/// Group commit by natural batching: each of a few threads takes whatever queued while it was busy and
/// writes it in one transaction. No timer: alone, an item is written at once; under load batches grow by
/// themselves.
///
/// Two connections and batches of at most 500 were measured best on two cores.
///
/// - `write` gets the items of several callers and returns one outcome for each, in order. It must be one
///   transaction: a single statement, a `pipeline`, or `connection.transaction`.
/// - When the batch fails for its data it is halved until the poison item fails alone; the halves are
///   transactions of their own. Serialization failures and deadlocks are retried.
/// - When the connection is lost, the items being written fail with `.connection` and **nobody knows whether
///   they are committed**: make them idempotent and submit again. Those still waiting are written over the
///   next connection, or fail with `.connection` when none can be had within the acquire time-out.
package final class GroupWriter<Item: Sendable, Outcome: Sendable>: Sendable {
    package typealias Write = @Sendable (Connection, [Item]) throws -> [Outcome]

    private let crew: ConnectionCrew<Submission<Item, Outcome>>
    private let connections: Int
    private let batchMax: Int
    private let write: Write
    private let counts = Counts()

    package init(
        name: String,
        settings: DatabaseSettings,
        connections: Int = 2,
        batchMax: Int = 500,
        queueMax: Int = 20_000,
        write: @escaping Write
    ) {
        precondition(connections > 0 && batchMax > 0 && queueMax >= batchMax)
        self.connections = connections
        self.batchMax = batchMax
        self.write = write
        crew = ConnectionCrew(name: name, settings: settings, weightMax: queueMax)
    }

    deinit { crew.line.close(draining: false) }

    /// Starts the threads. They connect by themselves; items submitted before that wait.
    package func start() async throws(DatabaseError) {
        let (write, counts) = (write, counts)
        crew.start(connections: connections, batchMax: batchMax) { connection, submissions in
            BatchWriting(connection: connection, write: write, counts: counts).write(submissions[...])
        }
    }

    /// Refuses new items, writes those that wait, and returns when they are written or have failed.
    package func stop() async {
        await crew.stop(draining: true)
    }

    /// Returns once the item is committed. `.overloaded` when the queue is full: nothing was tried.
    package func submit(_ item: Item) async throws(DatabaseError) -> Outcome {
        let outcomes = try await submit([item])
        return outcomes[0]
    }

    /// Writes the items in one transaction, in order, together with whatever else is in the batch: all of
    /// them or none. More than `batchMax` items make a batch of their own.
    package func submit(_ items: [Item]) async throws(DatabaseError) -> [Outcome] {
        guard !items.isEmpty else { return [] }
        let result: Result<[Outcome], DatabaseError> = await withCheckedContinuation { continuation in
            crew.line.push(Submission(items: items, continuation: continuation))
        }
        return try result.get()
    }

    package struct Snapshot: Sendable {
        /// Items that wait now.
        package let queued: Int
        /// Transactions committed, and the items in them, since the start.
        package let batches: Int
        package let items: Int
        /// Items that failed, for whatever reason, and those among them that waited in vain.
        package let failedItems: Int
        package let expired: Int
        /// Times a batch was halved because of its data.
        package let bisections: Int
        package let liveConnections: Int
    }

    package var snapshot: Snapshot {
        let line = crew.line.snapshot
        return Snapshot(
            queued: line.weight,
            batches: counts.batches.load(ordering: .relaxed),
            items: counts.items.load(ordering: .relaxed),
            failedItems: counts.failed.load(ordering: .relaxed),
            expired: line.expired,
            bisections: counts.bisections.load(ordering: .relaxed),
            liveConnections: line.live
        )
    }
}

/// The items of one caller.
private struct Submission<Item: Sendable, Outcome: Sendable>: Waiting {
    let items: [Item]
    let continuation: CheckedContinuation<Result<[Outcome], DatabaseError>, Never>

    var weight: Int { items.count }

    func fail(_ error: DatabaseError) { continuation.resume(returning: .failure(error)) }
}

private final class Counts: Sendable {
    let batches = Atomic<Int>(0)
    let items = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    let bisections = Atomic<Int>(0)
}

/// One batch on its way to the server.
private struct BatchWriting<Item: Sendable, Outcome: Sendable> {
    let connection: Connection
    let write: @Sendable (Connection, [Item]) throws -> [Outcome]
    let counts: Counts

    /// Attempts after the first, when another transaction was in the way.
    private static var retriesMax: Int { 3 }

    /// Every submission gets its answer, exactly once.
    func write(_ submissions: ArraySlice<Submission<Item, Outcome>>) {
        guard connection.isUsable else {
            // The other half of this batch found the connection lost; this half was rolled back, or never
            // begun.
            fail(submissions, .connection("the connection was lost before these were written"))
            return
        }
        do {
            succeed(submissions, try attempt(submissions.flatMap(\.items)))
        } catch  where error.isAboutTheData && submissions.count > 1 {
            counts.bisections.add(1, ordering: .relaxed)
            let middle = submissions.startIndex + submissions.count / 2
            write(submissions[..<middle])
            write(submissions[middle...])
        } catch {
            fail(submissions, error)
        }
    }

    private func attempt(_ items: [Item]) throws(DatabaseError) -> [Outcome] {
        try connection.retrying(upTo: Self.retriesMax) { () throws(DatabaseError) in
            defer { connection.rollBackIfNeeded() }
            return try Connection.typed {
                let outcomes = try write(connection, items)
                precondition(outcomes.count == items.count, "a group writer owes one outcome for each item")
                return outcomes
            }
        }
    }

    private func succeed(_ submissions: ArraySlice<Submission<Item, Outcome>>, _ outcomes: [Outcome]) {
        counts.batches.add(1, ordering: .relaxed)
        counts.items.add(outcomes.count, ordering: .relaxed)
        var from = 0
        for submission in submissions {
            let upTo = from + submission.items.count
            submission.continuation.resume(returning: .success(Array(outcomes[from..<upTo])))
            from = upTo
        }
    }

    private func fail(_ submissions: ArraySlice<Submission<Item, Outcome>>, _ error: DatabaseError) {
        counts.failed.add(submissions.reduce(0) { $0 + $1.weight }, ordering: .relaxed)
        for submission in submissions { submission.fail(error) }
    }
}
