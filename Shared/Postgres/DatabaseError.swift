/// What the database, or the way to it, did wrong. No text in here holds a value of a row.
package enum DatabaseError: Error, Sendable {
    /// The connection could not be made, or was lost. When it was lost under a statement that writes, the
    /// outcome is unknown: the server may have committed just before.
    case connection(String)
    /// The server has no free connection slot (53300).
    case tooManyConnections
    case serialization
    case deadlock
    case unique(constraint: String)
    case check(constraint: String)
    case foreignKey(constraint: String)
    case exclusion(constraint: String)
    /// `table.column`
    case notNull(column: String)
    /// Row-level security or a missing grant (42501).
    case permission(String)
    /// A value the statement cannot take (class 22).
    case data(sqlState: String, message: String)
    /// No connection became free in time, or the statement ran into its time limit (57014). It did nothing.
    case timeout
    /// A lock was not granted in time (55P03). The statement did nothing.
    case lockTimeout
    /// The queue is full: nothing was tried.
    case overloaded
    /// `stop()` was called: nothing was tried.
    case stopped
    /// The schema changed under a prepared statement. The next attempt prepares anew.
    case schemaChanged
    /// A row is not what the caller expects.
    case decoding(String)
    /// Any other refusal of the server.
    case server(sqlState: String, message: String)
    /// The closure threw an error of its own; whatever it had begun is rolled back.
    case closure(any Error)

    /// The same work may succeed when it is simply done again. Not so `.connection`: the first try may have
    /// worked.
    package var isRetryable: Bool {
        switch self {
        case .serialization, .deadlock, .schemaChanged: true
        case .connection, .tooManyConnections, .unique, .check, .foreignKey, .exclusion, .notNull,
            .permission, .data,
            .timeout, .lockTimeout, .overloaded, .stopped, .decoding, .server, .closure:
            false
        }
    }

    /// The fault lies in the values or the statement, not in the moment: other work of the same batch may be
    /// fine.
    package var isAboutTheData: Bool {
        switch self {
        case .unique, .check, .foreignKey, .exclusion, .notNull, .permission, .data, .decoding, .closure: true
        // Raised by our own functions (P0), or too big for an index (54). A missing table or a full disk
        // fails everything.
        case .server(let sqlState, _): sqlState.hasPrefix("P0") || sqlState.hasPrefix("54")
        case .connection, .tooManyConnections, .serialization, .deadlock, .timeout, .lockTimeout, .overloaded,
            .stopped, .schemaChanged:
            false
        }
    }

    /// The server's code, where the error came from the server.
    package var sqlState: String? {
        switch self {
        case .data(let sqlState, _), .server(let sqlState, _): sqlState
        case .tooManyConnections: "53300"
        case .serialization: "40001"
        case .deadlock: "40P01"
        case .unique: "23505"
        case .check: "23514"
        case .foreignKey: "23503"
        case .exclusion: "23P01"
        case .notNull: "23502"
        case .permission: "42501"
        case .lockTimeout: "55P03"
        case .schemaChanged: "0A000"
        case .connection, .timeout, .overloaded, .stopped, .decoding, .closure: nil
        }
    }

    /// May leave the building: names no table, column or statement.
    package var publicText: String {
        switch self {
        case .connection, .tooManyConnections: "The database cannot be reached at the moment."
        case .serialization, .deadlock, .schemaChanged: "The change collided with another one."
        case .unique: "It exists already."
        case .check, .foreignKey, .exclusion, .notNull, .data: "The data cannot be stored as it is."
        case .permission: "This is not allowed."
        case .timeout, .lockTimeout, .overloaded: "The database is too busy at the moment."
        case .stopped: "The service is stopping."
        case .decoding, .server, .closure: "An internal error occurred."
        }
    }

    /// For the log: what, and by which name in the schema, but no value.
    package var logText: String {
        switch self {
        case .connection(let text): "connection: \(text)"
        case .tooManyConnections: "the server has no free connection slot"
        case .serialization: "could not serialize access"
        case .deadlock: "deadlock"
        case .unique(let constraint): "unique constraint \(constraint)"
        case .check(let constraint): "check constraint \(constraint)"
        case .foreignKey(let constraint): "foreign key \(constraint)"
        case .exclusion(let constraint): "exclusion constraint \(constraint)"
        case .notNull(let column): "null in \(column)"
        case .permission(let text): "not permitted: \(text)"
        case .data(let sqlState, let message), .server(let sqlState, let message): "\(sqlState) \(message)"
        case .timeout: "time-out"
        case .lockTimeout: "a lock was not granted in time"
        case .overloaded: "the queue is full"
        case .stopped: "stopped"
        case .schemaChanged: "the schema changed under a prepared statement"
        case .decoding(let text): "unexpected answer: \(text)"
        case .closure(let error): "the closure failed: \(type(of: error))"
        }
    }
}

extension DatabaseError: CustomStringConvertible {
    package var description: String { logText }
}

extension DatabaseError: Equatable {
    /// Two errors are equal when the log could not tell them apart.
    package static func == (left: Self, right: Self) -> Bool { left.logText == right.logText }
}

extension DatabaseError {
    /// Turns what the server reports into a case. DETAIL, HINT and CONTEXT echo values and are never looked
    /// at.
    static func reported(
        sqlState: String,
        message: String,
        constraint: String,
        column: String,
        statement: String
    ) -> DatabaseError {
        switch sqlState {
        case "40001": return .serialization
        case "40P01": return .deadlock
        case "23505": return .unique(constraint: constraint)
        case "23514": return .check(constraint: constraint)
        case "23503": return .foreignKey(constraint: constraint)
        case "23P01": return .exclusion(constraint: constraint)
        case "23502": return .notNull(column: column)
        case "42501": return .permission(message + statement)
        case "53300": return .tooManyConnections
        case "57014": return .timeout
        case "55P03": return .lockTimeout
        case "26000": return .schemaChanged
        // Crash, shutdown, start-up, idle time-outs: the session is over.
        case "57P01", "57P02", "57P03", "57P05", "25P03": return .connection("\(sqlState) \(message)")
        case "0A000" where message == "cached plan must not change result type": return .schemaChanged
        default: break
        }
        if sqlState.hasPrefix("08") { return .connection("\(sqlState) \(message)") }
        if sqlState.hasPrefix("22") {
            return .data(sqlState: sqlState, message: withoutValues(message) + statement)
        }
        return .server(sqlState: sqlState, message: message + statement)
    }

    /// Class 22 quotes the offending value (`invalid input syntax for type uuid: "…"`): only the words
    /// remain.
    static func withoutValues(_ message: String) -> String {
        var kept = ""
        var quoted = false
        for character in message {
            if character == "\"" {
                quoted.toggle()
                kept += quoted ? "\"…" : "\""
                continue
            }
            if quoted { continue }
            kept.append(character)
        }
        return kept
    }
}
