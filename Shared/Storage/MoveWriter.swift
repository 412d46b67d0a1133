package import Models
package import Postgres

/// Writes moves, ends of attempts and facts of a batch in one transaction of one round trip.
package enum MoveWriter {
    /// - Parameter tenants: whose rows the transaction may touch; nil for the platform's role, which sees all.
    /// - Returns: the messages that moved. One that is missing was moved by somebody else before.
    package static func write(
        moves: [Move],
        ends: [AttemptEnd] = [],
        facts: [MessageFact] = [],
        actingFor tenants: Set<TenantID>?,
        on connection: Connection
    ) throws(DatabaseError) -> Set<MessageID> {
        var statements: [SQL] = []
        if let tenants { statements.append(.actFor(tenants)) }
        // What led to a move comes before it: callbacks keep the order in which events are written.
        if !facts.isEmpty { statements.append(MoveStatements.record(facts)) }
        var movesAt: Int?
        if !moves.isEmpty {
            movesAt = statements.count
            statements.append(MoveStatements.move(moves))
        }
        if !ends.isEmpty { statements.append(MoveStatements.end(ends)) }
        if movesAt == nil && ends.isEmpty && facts.isEmpty { return [] }
        let answers = try connection.pipeline(statements)
        guard let movesAt else { return [] }
        var moved: Set<MessageID> = []
        for row in answers[movesAt] { moved.insert(try row.value("id")) }
        return moved
    }

    /// Locks messages inside a transaction and answers what they are; an id that is not there (or not the acting
    /// tenants') is missing from the answer.
    package static func lock(
        _ messages: [(TenantID, MessageID)],
        on connection: Connection
    ) throws -> [MessageID: LockedMessage] {
        var locked: [MessageID: LockedMessage] = [:]
        for row in try connection.rows(MoveStatements.lock(messages)) {
            let message = try LockedMessage(row)
            locked[message.messageID] = message
        }
        return locked
    }
}
