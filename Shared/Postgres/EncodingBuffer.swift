/// Network byte order, written once and handed to libpq as it is.
package struct EncodingBuffer: Sendable {
    package private(set) var bytes: [UInt8] = []

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ raw: [UInt8]) {
        bytes.append(contentsOf: raw)
    }

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    /// Makes room for a length; `endField` writes it.
    mutating func beginField() -> Int {
        let start = bytes.count
        append(Int32(0))
        return start
    }

    mutating func endField(startedAt start: Int) {
        let length = UInt32(bytes.count - start - 4)
        bytes[start] = UInt8(truncatingIfNeeded: length >> 24)
        bytes[start + 1] = UInt8(truncatingIfNeeded: length >> 16)
        bytes[start + 2] = UInt8(truncatingIfNeeded: length >> 8)
        bytes[start + 3] = UInt8(truncatingIfNeeded: length)
    }

    /// The header of an array: dimensions, "may hold nulls", element type, count, lower bound.
    mutating func beginArray(of elementType: UInt32, count: Int) {
        reserve(20 + count * 12)
        append(Int32(count == 0 ? 0 : 1))
        append(Int32(1))
        append(elementType)
        guard count > 0 else { return }
        append(Int32(count))
        append(Int32(1))
    }
}

/// One value of a row, or one element of an array: its bytes inside the answer, valid while it is being
/// decoded.
package struct Cell {
    let bytes: UnsafeRawBufferPointer?
    let typeID: UInt32

    /// The bytes of a value that is there, if the column has one of the types expected.
    func content(of expected: UInt32..., for wanted: String) throws(DatabaseError) -> UnsafeRawBufferPointer {
        guard let bytes else { throw .decoding("null where \(wanted) is wanted") }
        guard expected.contains(typeID) else { throw mismatch(wanted) }
        return bytes
    }

    func mismatch(_ wanted: String) -> DatabaseError {
        .decoding("a column of type id \(typeID) where \(wanted) is wanted")
    }

    func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int = 0) throws(DatabaseError)
        -> Number
    {
        guard let bytes, bytes.count >= offset + MemoryLayout<Number>.size else {
            throw .decoding("a value is shorter than its type")
        }
        return Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}

/// Walks the elements of a one-dimensional array.
struct ArrayReader {
    let count: Int
    private let cell: Cell
    private let elementType: UInt32
    private var offset = 20
    private var taken = 0

    init(_ cell: Cell) throws(DatabaseError) {
        guard cell.bytes != nil else { throw .decoding("null where an array is wanted") }
        self.cell = cell
        let dimensions = try cell.number(Int32.self)
        guard dimensions == 0 || dimensions == 1 else {
            throw .decoding("not a one-dimensional array")
        }
        elementType = try cell.number(UInt32.self, at: 8)
        let declared = dimensions == 0 ? 0 : Int(try cell.number(Int32.self, at: 12))
        // Every element has at least its length, so a count beyond that is not an array at all.
        guard declared >= 0, declared <= (cell.bytes?.count ?? 0) / 4 else {
            throw .decoding("an array with an impossible count")
        }
        count = declared
    }

    mutating func next() throws(DatabaseError) -> Cell? {
        guard taken < count, let bytes = cell.bytes else { return nil }
        taken += 1
        let length = Int(try cell.number(Int32.self, at: offset))
        offset += 4
        if length < 0 { return Cell(bytes: nil, typeID: elementType) }
        guard offset + length <= bytes.count else { throw .decoding("an array element is cut off") }
        defer { offset += length }
        return Cell(
            bytes: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]),
            typeID: elementType
        )
    }
}
