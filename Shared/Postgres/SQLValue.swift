/// A value that travels as a parameter and comes back in a row, in Postgres' binary format.
///
/// Conforming: `String`, `Bool`, `Int`, `Int64`, `Int32`, `Int16`, `Double`, `UUIDValue`, `Identifier`,
/// `Timestamp` (timestamptz), `JSONText` (jsonb), `[UInt8]` and `Bytes` (bytea), optionals of these,
/// and arrays of these and of their optionals (for `unnest`).
package protocol SQLValue: Sendable {
    /// The type's object id in `pg_type`; fixed numbers for built-in types.
    static var typeID: UInt32 { get }
    /// The object id of the array of this type.
    static var arrayTypeID: UInt32 { get }
    /// False for the null of an optional: nothing is encoded then.
    var isNull: Bool { get }
    func encode(into buffer: inout EncodingBuffer)
    init(cell: Cell) throws(DatabaseError)

    /// A requirement, not only an extension, so that each conforming type gets its own specialised loop.
    static func encode(array: [Self], into buffer: inout EncodingBuffer)
    static func decode(array cell: Cell) throws(DatabaseError) -> [Self]
}

extension SQLValue {
    package var isNull: Bool { false }

    package static func encode(array: [Self], into buffer: inout EncodingBuffer) {
        buffer.beginArray(of: typeID, count: array.count)
        for element in array {
            if element.isNull {
                buffer.append(Int32(-1))
                continue
            }
            let start = buffer.beginField()
            element.encode(into: &buffer)
            buffer.endField(startedAt: start)
        }
    }

    package static func decode(array cell: Cell) throws(DatabaseError) -> [Self] {
        var elements: [Self] = []
        var reader = try ArrayReader(cell)
        elements.reserveCapacity(reader.count)
        while let element = try reader.next() {
            elements.append(try Self(cell: element))
        }
        return elements
    }
}

/// Object ids of built-in types; they are the same in every Postgres (`src/include/catalog/pg_type.dat`).
enum TypeID {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let date: UInt32 = 1082
    static let timestamp: UInt32 = 1114
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802
    static let text: UInt32 = 25

    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let float8Array: UInt32 = 1022
    static let timestamptzArray: UInt32 = 1185
    static let uuidArray: UInt32 = 2951
    static let jsonbArray: UInt32 = 3807
}

/// A JSON document as text, for a `jsonb` column. Postgres checks that it is JSON.
package struct JSONText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Malformed UTF-8 is repaired here and would not be JSON anyway.
    package init(_ bytes: [UInt8]) {
        text = String(decoding: bytes, as: UTF8.self)
    }

    package var bytes: [UInt8] { Array(text.utf8) }
}

/// A `bytea`. `[UInt8]` works too; this names the intent.
package struct Bytes: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}
