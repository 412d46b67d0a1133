package import Models
package import Postgres

/// The dispatcher's side of the database: claims before the call, outcomes after it. Never both in one transaction,
/// and no connection is held in between.
package struct DispatchStore: Sendable {
    private let database: Database
    private let writer: GroupWriter<RecordedOutcome, Bool>

    package static let claimsMax = 500

    /// - Parameters:
    ///   - database: a pool whose sessions are pinned to index plans.
    ///   - settings: for the writer's own connections.
    package init(database: Database, settings: DatabaseSettings) {
        self.database = database
        writer = GroupWriter(
            name: "outcomes",
            settings: settings,
            connections: 1,
            batchMax: 500,
            queueMax: 10_000,
            write: { connection, outcomes in try OutcomeWriter.write(outcomes, on: connection) }
        )
    }

    package func start() async throws { try await writer.start() }
    package func stop() async { await writer.stop() }

    /// What is told and still queued, in no order.
    package func prepare(_ told: [ToldMessage]) async throws(DatabaseError) -> [PreparedMessage] {
        if told.isEmpty { return [] }
        let answers = try await database.pipeline([
            .actFor(told.map(\.tenantID)), DispatchStatements.prepare(told),
        ])
        var prepared: [PreparedMessage] = []
        for row in answers.last ?? [] { prepared.append(try PreparedMessage(row)) }
        return prepared
    }

    /// Takes the messages that are still queued; whoever else was told the same gets nothing.
    ///
    /// - Parameter lease: longer than the provider call can last; after it the attempt counts as unanswered.
    package func claim(_ orders: [ClaimOrder], lease: Duration) async throws(DatabaseError) -> Claim {
        if orders.isEmpty { return Claim() }
        var statements: [SQL] = [
            .actFor(orders.map(\.message.tenantID)), DispatchStatements.claim(orders.map(\.message), lease: lease),
        ]
        if let pairs = DispatchStatements.rememberPairs(orders) { statements.append(pairs) }
        let answers = try await database.pipeline(statements)
        var byID: [MessageID: PreparedMessage] = [:]
        for order in orders { byID[order.message.messageID] = order.message }
        var claim = Claim()
        for row in answers[1] {
            guard let message = byID[try row.value("id")] else { continue }
            guard let state = MessageState(rawValue: try row.value("state")) else {
                throw .decoding("an unknown state")
            }
            if state == .sending {
                claim.claimed.append(
                    ClaimedMessage(
                        message, attempt: Int(try row.value("attempts", as: Int16.self)),
                        retries: Int(try row.value("retries", as: Int16.self))))
            } else {
                claim.ended.append((message, state))
            }
        }
        return claim
    }

    /// Queued messages leave us unsent.
    package func giveBack(_ messages: [GivenBack]) async throws(DatabaseError) {
        if messages.isEmpty { return }
        _ = try await database.pipeline([
            .actFor(messages.map(\.tenantID)), DispatchStatements.giveBack(messages),
        ])
    }

    /// Moves of messages that nobody has claimed: to `held` or `expired`.
    ///
    /// - Returns: those that moved; what is missing was taken by somebody else.
    package func move(_ moves: [Move]) async throws(DatabaseError) -> Set<MessageID> {
        if moves.isEmpty { return [] }
        return try await database.run { connection in
            try MoveWriter.write(moves: moves, actingFor: Set(moves.map(\.tenantID)), on: connection)
        }
    }

    /// Writes an outcome with many others in one commit; returns after it.
    ///
    /// - Returns: whether the message moved by it. If not, a receipt or the scheduler was faster, and the attempt's
    ///   row holds the outcome all the same.
    package func record(_ outcome: RecordedOutcome) async throws(DatabaseError) -> Bool {
        try await writer.submit(outcome)
    }
}
