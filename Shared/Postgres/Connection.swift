internal import Clibpq

/// One session with the server, used by one thread at a time and only inside the closures of `Database` and
/// `GroupWriter`. Every call blocks that thread until the server has answered, within the statement time-out.
package final class Connection {
    let link: Link
    private var cache = StatementCache()
    private let answerMax: Duration

    /// Connects, sets the session up, and fails with `.connection` within the connect time-out.
    init(_ settings: DatabaseSettings) throws(DatabaseError) {
        link = try Link(settings)
        // The server ends a statement at its time-out. An answer that is still missing after that is a lost
        // connection.
        answerMax = settings.statementTimeout + .seconds(5)
        try setUp(settings)
    }

    private func setUp(_ settings: DatabaseSettings) throws(DatabaseError) {
        try script(
            """
            SET statement_timeout = \(settings.statementTimeout.wholeMilliseconds);
            SET lock_timeout = \(settings.lockTimeout.wholeMilliseconds);
            SET timezone = 'UTC'
            """
        )
        for statement in settings.sessionSetup { try script(statement) }
    }

    /// Runs one statement and returns its rows.
    package func rows(_ sql: SQL) throws(DatabaseError) -> [Row] {
        try result(of: sql).rows
    }

    /// Runs one statement and returns how many rows it changed.
    @discardableResult
    package func execute(_ sql: SQL) throws(DatabaseError) -> Int {
        try result(of: sql).affected
    }

    /// Runs several statements in one round trip. Outside a transaction they are one: all of them, or none.
    ///
    /// - Returns: the rows of each statement, in order.
    package func pipeline(_ statements: [SQL]) throws(DatabaseError) -> [[Row]] {
        try pipelineResults(statements).map(\.rows)
    }

    /// As `pipeline`, with the number of changed rows of each statement too.
    package func pipelineResults(_ statements: [SQL]) throws(DatabaseError) -> [StatementResult] {
        try makeRoom()
        do {
            return try runPipeline(statements)
        } catch .schemaChanged {
            cache.removeAll()
            guard link.transactionState == .idle else { throw .schemaChanged }
            try script("DEALLOCATE ALL")
            return try runPipeline(statements)
        }
    }

    /// Runs the program's own text as it is, several statements if there are: for migrations and settings.
    package func script(_ text: String) throws(DatabaseError) {
        try link.send(within: answerMax) { PQsendQuery($0, text) }
        _ = try link.results(within: answerMax, naming: Self.excerpt(of: text))
    }

    /// BEGIN … COMMIT around the body; any error rolls back. Inside a transaction it joins that one.
    package func transaction<Outcome>(_ body: () throws -> Outcome) throws(DatabaseError) -> Outcome {
        guard link.transactionState == .idle else { return try Self.typed(body) }
        try script("BEGIN")
        do {
            let outcome = try Self.typed(body)
            try script("COMMIT")
            return outcome
        } catch {
            rollBackIfNeeded()
            throw error
        }
    }

    /// False once the connection is lost; such a connection is never handed out again.
    package var isUsable: Bool { link.isUsable }

    /// Whether an idle connection still has its server. Costs one `poll`, and a round trip only if there is
    /// a doubt: a farewell is read before the end of the stream that proves it.
    func isAlive() -> Bool {
        guard link.isUsable else { return false }
        guard link.hasUnexpectedInput() else { return true }
        do {
            try script("SELECT 1")
            return link.isUsable
        } catch {
            return false
        }
    }

    /// After a closure that left a transaction open, by an error or by mistake.
    func rollBackIfNeeded() {
        guard link.isUsable, link.transactionState != .idle else { return }
        do {
            try script("ROLLBACK")
        } catch {
            // A session whose state is unknown must not be used again.
            link.markLost()
        }
    }

    /// Any error as ours, whatever a closure throws.
    static func typed<Outcome>(_ body: () throws -> Outcome) throws(DatabaseError) -> Outcome {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw .closure(error)
        }
    }

    private func result(of sql: SQL) throws(DatabaseError) -> StatementResult {
        try makeRoom()
        do {
            return try runPrepared(sql)
        } catch .schemaChanged {
            cache.removeAll()
            // Inside a transaction the error has already ended it.
            guard link.transactionState == .idle else { throw .schemaChanged }
            try script("DEALLOCATE ALL")
            return try runPrepared(sql)
        }
    }

    private func runPrepared(_ sql: SQL) throws(DatabaseError) -> StatementResult {
        let key = StatementCache.Key(text: sql.text, typeIDs: sql.parameters.typeIDs)
        let name: String
        if let known = cache.name(of: key) {
            name = known
        } else {
            name = cache.nextName()
            try link.send(within: answerMax) { Self.sendPrepare($0, name, sql) }
            _ = try link.results(within: answerMax, naming: Self.excerpt(of: sql.text))
            cache.remember(key, as: name)
        }
        try link.send(within: answerMax) { Self.sendExecute($0, name, sql) }
        return try link.results(within: answerMax, naming: Self.excerpt(of: sql.text))
    }

    private func runPipeline(_ statements: [SQL]) throws(DatabaseError) -> [StatementResult] {
        guard !statements.isEmpty else { return [] }
        try link.enterPipeline()
        var prepared: [(key: StatementCache.Key, name: String)] = []
        var steps: [Link.Step] = []
        for (index, sql) in statements.enumerated() {
            let key = StatementCache.Key(text: sql.text, typeIDs: sql.parameters.typeIDs)
            let label = "\(Self.excerpt(of: sql.text)) (statement \(index + 1) of \(statements.count))"
            let name: String
            if let known = cache.name(of: key) ?? prepared.first(where: { $0.key == key })?.name {
                name = known
            } else {
                name = cache.nextName()
                try link.queue { Self.sendPrepare($0, name, sql) }
                steps.append(.prepare(index: prepared.count, label: label))
                prepared.append((key, name))
            }
            try link.queue { Self.sendExecute($0, name, sql) }
            steps.append(.execute(label: label))
        }
        try link.queue { PQpipelineSync($0) }
        // What was prepared before an error stays prepared: the transaction does not cover it.
        return try link.pipelineResults(steps, within: answerMax) { index in
            cache.remember(prepared[index].key, as: prepared[index].name)
        }
    }

    private func makeRoom() throws(DatabaseError) {
        guard link.transactionState == .idle else { return }
        for name in cache.evict() { try script("DEALLOCATE \(name)") }
    }

    private static func sendPrepare(_ handle: OpaquePointer, _ name: String, _ sql: SQL) -> Int32 {
        PQsendPrepare(handle, name, sql.text, Int32(sql.parameters.count), sql.parameters.typeIDs)
    }

    private static func sendExecute(_ handle: OpaquePointer, _ name: String, _ sql: SQL) -> Int32 {
        sql.parameters.withPointers { count, pointers, lengths, formats in
            PQsendQueryPrepared(handle, name, count, pointers, lengths, formats, 1)
        }
    }

    /// Enough of a statement to find it in the source; it holds no values, they are parameters.
    private static func excerpt(of text: String) -> Substring { text.prefix(80) }
}
