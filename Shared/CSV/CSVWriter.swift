internal import Ccsv

/// Writes comma separated values as RFC 4180 has them: every field in quotes, quotes doubled by libcsv, CR LF after a row.
package struct CSVWriter: Sendable {
    /// Without it Excel takes UTF-8 for something else.
    package static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// What was written and not taken yet.
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ row: [String]) {
        for (index, field) in row.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(field)
        }
        bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }

    /// Hands out what was written so far and forgets it.
    package mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    private mutating func append(_ field: String) {
        let source = Array(field.utf8)
        // At worst every byte is a quote, and there are two around it.
        let roomMax = 2 * source.count + 2
        let field = [UInt8](unsafeUninitializedCapacity: roomMax) { room, count in
            count = csv_write(room.baseAddress, roomMax, source, source.count)
        }
        bytes += field
    }
}
