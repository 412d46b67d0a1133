internal import CSV
internal import Models

/// A table as CSV for spreadsheets: with a byte order mark, times as "2026-11-20 14:05:09", and no text that a spreadsheet
/// would take for a formula.
package struct CSVTable: Sendable {
    private var writer = CSVWriter()
    private var isBegun = false

    package init(_ columns: [Column]) {
        writer.write(columns.map { Self.guarded($0.title) })
    }

    package mutating func append(_ row: [Cell]) {
        writer.write(row.map(Self.text))
    }

    package var bytesCount: Int { writer.bytes.count }

    /// What was written since the last time.
    package mutating func take() -> [UInt8] {
        defer { isBegun = true }
        return (isBegun ? [] : CSVWriter.byteOrderMark) + writer.take()
    }

    private static func text(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): guarded(text)
        case .integer(let number): number.description
        case .decimal(let number): number.description
        case .time(let moment): String(moment.rfc3339.prefix(19)).replacing("T", with: " ")
        case .nothing: ""
        }
    }

    /// A cell that begins with one of these is a formula to Excel, LibreOffice or Google Sheets, and a formula can fetch and
    /// send: an apostrophe before it makes it text (OWASP, "CSV Injection"). That is also what keeps the plus of a number.
    static func guarded(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, dangerous.contains(first) else { return text }
        return "'" + text
    }

    private static let dangerous: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
}
