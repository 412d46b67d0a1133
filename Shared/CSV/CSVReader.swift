internal import Ccsv

/// Comma separated values as RFC 4180 has them, read piece by piece by libcsv: fields in quotes may hold commas, quotes
/// (doubled) and line ends; blank lines are skipped; blanks around a field without quotes are dropped.
package final class CSVReader {
    package enum Malformed: Error, Equatable, Sendable {
        /// A quote inside a field without quotes, or text after the closing quote; rows are counted from 1.
        case quote(row: Int)
        /// The text ends inside a quoted field.
        case open(row: Int)
        case notUTF8(row: Int)
        /// A field larger than `fieldBytesMax`.
        case fieldTooLarge(row: Int)
    }

    package static let fieldBytesMax = 64 << 10

    private var parser = csv_parser()
    private var row: [String] = []
    private var rows: [[String]] = []
    private var rowsEnded = 0
    private var problem: Malformed?

    /// - Parameter delimiter: one ASCII character; `;` for what spreadsheets of many countries write.
    package init(delimiter: Unicode.Scalar = ",") {
        let status = csv_init(&parser, UInt8(CSV_STRICT | CSV_STRICT_FINI))
        precondition(status == 0, "libcsv refuses its options")
        if delimiter.isASCII { csv_set_delim(&parser, UInt8(delimiter.value)) }
    }

    deinit { csv_free(&parser) }

    /// The rows that these bytes complete.
    package func read(_ bytes: some Sequence<UInt8>) throws(Malformed) -> [[String]] {
        var bytes = Array(bytes)
        let count = bytes.count
        let me = Unmanaged.passUnretained(self).toOpaque()
        let taken = bytes.withUnsafeMutableBytes { csv_parse(&parser, $0.baseAddress, count, Self.field, Self.end, me) }
        if problem == nil, taken < count { problem = .quote(row: rowsEnded + 1) }
        if problem == nil, parser.entry_pos > Self.fieldBytesMax { problem = .fieldTooLarge(row: rowsEnded + 1) }
        return try rowsSoFar()
    }

    /// The last row, where no line end closes it.
    package func finish() throws(Malformed) -> [[String]] {
        let me = Unmanaged.passUnretained(self).toOpaque()
        if csv_fini(&parser, Self.field, Self.end, me) != 0, problem == nil { problem = .open(row: rowsEnded + 1) }
        return try rowsSoFar()
    }

    private func rowsSoFar() throws(Malformed) -> [[String]] {
        if let problem { throw problem }
        defer { rows = [] }
        return rows
    }

    private static let field: @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeMutableRawPointer?) -> Void = {
        bytes, count, context in
        guard let context else { return }
        let reader = Unmanaged<CSVReader>.fromOpaque(context).takeUnretainedValue()
        let text = String(validating: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
        if text == nil, reader.problem == nil { reader.problem = .notUTF8(row: reader.rowsEnded + 1) }
        if count > fieldBytesMax, reader.problem == nil { reader.problem = .fieldTooLarge(row: reader.rowsEnded + 1) }
        reader.row.append(text ?? "")
    }

    private static let end: @convention(c) (Int32, UnsafeMutableRawPointer?) -> Void = { _, context in
        guard let context else { return }
        let reader = Unmanaged<CSVReader>.fromOpaque(context).takeUnretainedValue()
        reader.rowsEnded += 1
        reader.rows.append(reader.row)
        reader.row = []
    }
}
