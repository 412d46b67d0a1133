/// SQL text with values in it: each interpolated value becomes a parameter.
///
///     let found = try connection.rows("SELECT body FROM messages WHERE id = \(id)")
///
/// One text is prepared once on each connection, so a text must not vary with its values. A statement may
/// hold other statements' fragments (`\(fragment)` with a fragment of type `SQL`); their parameters are
/// renumbered.
package struct SQL: ExpressibleByStringInterpolation, Sendable, CustomStringConvertible {
    package private(set) var text: String
    var parameters = Parameters()
    /// Where in the text (UTF-8) each `$n` stands, for taking this SQL into another one.
    private var placeholders: [Int] = []

    package init(stringLiteral text: String) {
        self.text = text
    }

    package init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.sql
    }

    /// Text that comes from the program, never from a caller.
    package init(raw text: String) {
        self.text = text
    }

    /// The text only: values stay out of whatever prints this.
    package var description: String { text }

    package static func + (left: SQL, right: SQL) -> SQL {
        var joined = left
        joined.append(right)
        return joined
    }

    package mutating func append(_ fragment: SQL) {
        guard !fragment.placeholders.isEmpty else {
            text += fragment.text
            return
        }
        let bytes = fragment.text.utf8
        var from = bytes.startIndex
        for (index, offset) in fragment.placeholders.enumerated() {
            let place = bytes.index(bytes.startIndex, offsetBy: offset)
            text += fragment.text[from..<place]
            appendPlaceholder(number: parameters.count + index + 1)
            from = bytes.index(place, offsetBy: 1 + String(index + 1).utf8.count)
        }
        text += fragment.text[from...]
        parameters.append(fragment.parameters)
    }

    private mutating func appendPlaceholder(number: Int) {
        placeholders.append(text.utf8.count)
        text += "$\(number)"
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql: SQL

        package init(literalCapacity: Int, interpolationCount: Int) {
            sql = SQL(raw: "")
            sql.text.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        package mutating func appendLiteral(_ literal: String) {
            sql.text += literal
        }

        package mutating func appendInterpolation(_ value: some SQLValue) {
            sql.appendPlaceholder(number: sql.parameters.count + 1)
            sql.parameters.append(value)
        }

        package mutating func appendInterpolation(_ fragment: SQL) {
            sql.append(fragment)
        }

        /// Text taken as it is. Only for names and clauses the program itself chooses.
        package mutating func appendInterpolation(raw text: String) {
            sql.text += text
        }
    }
}

extension [SQL] {
    /// For lists of conditions: `conditions.joined(separator: " AND ")`.
    package func joined(separator: StaticString) -> SQL {
        var whole = SQL(raw: "")
        for (index, fragment) in enumerated() {
            if index > 0 { whole.append(SQL(raw: separator.description)) }
            whole.append(fragment)
        }
        return whole
    }
}

/// The values of one statement in one buffer.
struct Parameters: Sendable {
    private var buffer = EncodingBuffer()
    private var offsets: [Int] = []
    private(set) var lengths: [Int32] = []
    private(set) var typeIDs: [UInt32] = []

    var count: Int { typeIDs.count }

    mutating func append<Value: SQLValue>(_ value: Value) {
        // An empty value needs a pointer too, without one it would be a null: so the buffer is never empty.
        if typeIDs.isEmpty { buffer.append(UInt8(0)) }
        typeIDs.append(Value.typeID)
        let start = buffer.bytes.count
        if value.isNull {
            offsets.append(-1)
            lengths.append(0)
            return
        }
        value.encode(into: &buffer)
        offsets.append(start)
        lengths.append(Int32(buffer.bytes.count - start))
    }

    mutating func append(_ others: Parameters) {
        let base = buffer.bytes.count
        buffer.append(others.buffer.bytes)
        offsets += others.offsets.map { $0 < 0 ? -1 : $0 + base }
        lengths += others.lengths
        typeIDs += others.typeIDs
    }

    /// The form libpq takes: a pointer, a length and a format for each value. A null pointer is a null.
    func withPointers<Outcome>(
        _ body: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) -> Outcome
    ) -> Outcome {
        buffer.bytes.withUnsafeBytes { raw in
            let pointers = offsets.map { offset in
                offset < 0 ? nil : raw.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
            }
            return body(Int32(count), pointers, lengths, Array(repeating: 1, count: count))
        }
    }
}
