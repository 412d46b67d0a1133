internal import Clibpq

/// One row of an answer. Values are decoded when they are asked for.
package struct Row: Sendable {
    private let table: ResultTable
    private let index: Int32

    init(_ table: ResultTable, at index: Int32) {
        self.table = table
        self.index = index
    }

    /// The value of a column by its position from 0.
    ///
    /// - Throws: `.decoding` for a null where the type is not optional, another type, or no such column.
    package func value<Value: SQLValue>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        guard column >= 0, column < table.columnCount else {
            throw .decoding("no column \(column): there are \(table.columnCount)")
        }
        do {
            // The cell points into the table, which must not be released before the value is made.
            defer { withExtendedLifetime(table) {} }
            return try Value(cell: table.cell(row: index, column: Int32(column)))
        } catch {
            throw .decoding("\(Self.reason(error)) (column \(table.name(of: Int32(column))))")
        }
    }

    /// The value of a column by its name as the server gives it.
    package func value<Value: SQLValue>(
        _ name: String,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        guard let column = table.column(named: name) else { throw .decoding("no column \(name)") }
        return try value(Int(column), as: type)
    }

    package var columnNames: [String] { (0..<Int32(table.columnCount)).map(table.name(of:)) }

    private static func reason(_ error: DatabaseError) -> String {
        if case .decoding(let text) = error { text } else { error.logText }
    }
}

/// Owns one answer of libpq; the rows keep it alive.
// Safety: libpq documents a PGresult as read-only after its creation and free to pass between threads.
final class ResultTable: @unchecked Sendable {
    private let result: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    init(takingOwnershipOf result: OpaquePointer) {
        self.result = result
        rowCount = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
    }

    deinit { PQclear(result) }

    var rows: [Row] { (0..<Int32(rowCount)).map { Row(self, at: $0) } }

    /// How many rows the statement changed or returned.
    var affected: Int {
        guard let text = PQcmdTuples(result) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    func cell(row: Int32, column: Int32) -> Cell {
        let typeID = PQftype(result, column)
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else {
            return Cell(bytes: nil, typeID: typeID)
        }
        let length = Int(PQgetlength(result, row, column))
        return Cell(bytes: UnsafeRawBufferPointer(start: start, count: length), typeID: typeID)
    }

    func name(of column: Int32) -> String {
        PQfname(result, column).map { String(cString: $0) } ?? ""
    }

    /// Not `PQfnumber`, which folds case.
    func column(named name: String) -> Int32? {
        name.withCString { wanted in
            (0..<Int32(columnCount)).first { column in
                guard let found = PQfname(result, column) else { return false }
                var offset = 0
                while found[offset] == wanted[offset] {
                    if wanted[offset] == 0 { return true }
                    offset += 1
                }
                return false
            }
        }
    }
}

/// What one statement of a pipeline answered.
package struct StatementResult: Sendable {
    package let rows: [Row]
    /// Rows changed, or returned by a query.
    package let affected: Int
}
