package import Models

extension Bool: SQLValue {
    package static var typeID: UInt32 { TypeID.bool }
    package static var arrayTypeID: UInt32 { TypeID.boolArray }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(UInt8(self ? 1 : 0)) }

    package init(cell: Cell) throws(DatabaseError) {
        _ = try cell.content(of: TypeID.bool, for: "Bool")
        self = try cell.number(UInt8.self) != 0
    }
}

extension Int64: SQLValue {
    package static var typeID: UInt32 { TypeID.int8 }
    package static var arrayTypeID: UInt32 { TypeID.int8Array }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(self) }

    /// Any integer column, and a whole `numeric`: `sum(bigint)` is one.
    package init(cell: Cell) throws(DatabaseError) {
        guard cell.bytes != nil else { throw .decoding("null where an integer is wanted") }
        switch cell.typeID {
        case TypeID.int8: self = try cell.number(Int64.self)
        case TypeID.int4: self = Int64(try cell.number(Int32.self))
        case TypeID.int2: self = Int64(try cell.number(Int16.self))
        case TypeID.numeric: self = try Numeric(cell).integer()
        default: throw cell.mismatch("an integer")
        }
    }
}

extension Int: SQLValue {
    package static var typeID: UInt32 { TypeID.int8 }
    package static var arrayTypeID: UInt32 { TypeID.int8Array }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(Int64(self)) }

    package init(cell: Cell) throws(DatabaseError) { self = Int(try Int64(cell: cell)) }
}

extension Int32: SQLValue {
    package static var typeID: UInt32 { TypeID.int4 }
    package static var arrayTypeID: UInt32 { TypeID.int4Array }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(self) }

    package init(cell: Cell) throws(DatabaseError) {
        guard let number = Int32(exactly: try Int64(cell: cell)) else {
            throw .decoding("an integer that does not fit 32 bits")
        }
        self = number
    }
}

extension Int16: SQLValue {
    package static var typeID: UInt32 { TypeID.int2 }
    package static var arrayTypeID: UInt32 { TypeID.int2Array }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(self) }

    package init(cell: Cell) throws(DatabaseError) {
        guard let number = Int16(exactly: try Int64(cell: cell)) else {
            throw .decoding("an integer that does not fit 16 bits")
        }
        self = number
    }
}

/// An array of `UInt8` is a `bytea`; a single one travels as a small integer.
extension UInt8: SQLValue {
    package static var typeID: UInt32 { TypeID.int2 }
    package static var arrayTypeID: UInt32 { TypeID.bytea }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(Int16(self)) }

    package init(cell: Cell) throws(DatabaseError) {
        guard let number = UInt8(exactly: try Int64(cell: cell)) else {
            throw .decoding("an integer that does not fit 8 bits")
        }
        self = number
    }

    package static func encode(array: [UInt8], into buffer: inout EncodingBuffer) { buffer.append(array) }

    package static func decode(array cell: Cell) throws(DatabaseError) -> [UInt8] {
        Array(try cell.content(of: TypeID.bytea, for: "bytes"))
    }
}

extension Double: SQLValue {
    package static var typeID: UInt32 { TypeID.float8 }
    package static var arrayTypeID: UInt32 { TypeID.float8Array }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(bitPattern) }

    /// Any number column.
    package init(cell: Cell) throws(DatabaseError) {
        guard cell.bytes != nil else { throw .decoding("null where a number is wanted") }
        switch cell.typeID {
        case TypeID.float8: self = Double(bitPattern: try cell.number(UInt64.self))
        case TypeID.float4: self = Double(Float(bitPattern: try cell.number(UInt32.self)))
        case TypeID.numeric: self = try Numeric(cell).double()
        default: self = Double(try Int64(cell: cell))
        }
    }
}

extension String: SQLValue {
    package static var typeID: UInt32 { TypeID.text }
    package static var arrayTypeID: UInt32 { TypeID.textArray }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(self) }

    /// Text, names, JSON and enums: all of them are UTF-8 in the binary format too.
    package init(cell: Cell) throws(DatabaseError) {
        guard let bytes = cell.bytes else { throw .decoding("null where text is wanted") }
        switch cell.typeID {
        case TypeID.jsonb:
            self = try JSONText(cell: cell).text
        case TypeID.bool, TypeID.bytea, TypeID.int2, TypeID.int4, TypeID.int8, TypeID.float4, TypeID.float8,
            TypeID.numeric, TypeID.uuid, TypeID.timestamp, TypeID.timestamptz, TypeID.date:
            throw cell.mismatch("text")
        default:
            // Domains and enums have ids of their own.
            self = String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension UUIDValue: SQLValue {
    package static var typeID: UInt32 { TypeID.uuid }
    package static var arrayTypeID: UInt32 { TypeID.uuidArray }

    package func encode(into buffer: inout EncodingBuffer) {
        buffer.append(high)
        buffer.append(low)
    }

    package init(cell: Cell) throws(DatabaseError) {
        _ = try cell.content(of: TypeID.uuid, for: "a UUID")
        self.init(high: try cell.number(UInt64.self), low: try cell.number(UInt64.self, at: 8))
    }
}

extension Identifier: SQLValue {
    package static var typeID: UInt32 { TypeID.uuid }
    package static var arrayTypeID: UInt32 { TypeID.uuidArray }

    package func encode(into buffer: inout EncodingBuffer) { value.encode(into: &buffer) }

    package init(cell: Cell) throws(DatabaseError) { self.init(try UUIDValue(cell: cell)) }
}

/// `Int64.max` and `Int64.min` microseconds are Postgres' `infinity` and `-infinity`.
extension Timestamp: SQLValue {
    package static var typeID: UInt32 { TypeID.timestamptz }
    package static var arrayTypeID: UInt32 { TypeID.timestamptzArray }

    /// Postgres counts from the first of January 2000.
    private static let epochDifference: Int64 = 946_684_800_000_000

    package func encode(into buffer: inout EncodingBuffer) {
        if microseconds == .max {
            buffer.append(Int64.max)
            return
        }
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(Self.epochDifference)
        buffer.append(overflow ? Int64.min : shifted)
    }

    package init(cell: Cell) throws(DatabaseError) {
        guard cell.bytes != nil else { throw .decoding("null where a time is wanted") }
        let since2000: Int64
        switch cell.typeID {
        case TypeID.timestamptz, TypeID.timestamp: since2000 = try cell.number(Int64.self)
        case TypeID.date: since2000 = Int64(try cell.number(Int32.self)) * 86_400_000_000
        default: throw cell.mismatch("a time")
        }
        if since2000 == .max || since2000 == .min {
            self.init(microseconds: since2000)
            return
        }
        let (shifted, overflow) = since2000.addingReportingOverflow(Self.epochDifference)
        if overflow { throw .decoding("a time beyond the year 294246") }
        self.init(microseconds: shifted)
    }
}

extension JSONText: SQLValue {
    package static var typeID: UInt32 { TypeID.jsonb }
    package static var arrayTypeID: UInt32 { TypeID.jsonbArray }

    /// `jsonb` is its text behind one byte of version.
    package func encode(into buffer: inout EncodingBuffer) {
        buffer.append(UInt8(1))
        buffer.append(text)
    }

    package init(cell: Cell) throws(DatabaseError) {
        let bytes = try cell.content(of: TypeID.jsonb, TypeID.json, TypeID.text, for: "JSON")
        self.init(
            String(decoding: cell.typeID == TypeID.jsonb ? bytes.dropFirst() : bytes[...], as: UTF8.self)
        )
    }
}

extension Bytes: SQLValue {
    package static var typeID: UInt32 { TypeID.bytea }
    package static var arrayTypeID: UInt32 { TypeID.byteaArray }

    package func encode(into buffer: inout EncodingBuffer) { buffer.append(bytes) }

    package init(cell: Cell) throws(DatabaseError) {
        self.init(Array(try cell.content(of: TypeID.bytea, for: "bytes")))
    }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    package static var typeID: UInt32 { Wrapped.typeID }
    package static var arrayTypeID: UInt32 { Wrapped.arrayTypeID }
    /// Asked for every element of a batch: a key path here would be made anew each time.
    package var isNull: Bool {
        switch self {
        case .none: true
        case .some(let value): value.isNull
        }
    }

    package func encode(into buffer: inout EncodingBuffer) { self?.encode(into: &buffer) }

    package init(cell: Cell) throws(DatabaseError) {
        self = cell.bytes == nil ? .none : .some(try Wrapped(cell: cell))
    }
}

extension Array: SQLValue where Element: SQLValue {
    package static var typeID: UInt32 { Element.arrayTypeID }

    /// Only bytes have arrays of arrays (`bytea[]`); 0 lets Postgres refuse any other.
    package static var arrayTypeID: UInt32 {
        Element.arrayTypeID == TypeID.bytea ? TypeID.byteaArray : 0
    }

    package func encode(into buffer: inout EncodingBuffer) { Element.encode(array: self, into: &buffer) }

    package init(cell: Cell) throws(DatabaseError) { self = try Element.decode(array: cell) }
}
