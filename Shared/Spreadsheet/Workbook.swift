internal import Cxlsxwriter
internal import Glibc
internal import Models

package enum SpreadsheetError: Error, Sendable, Equatable {
    /// A sheet has 1,048,576 rows.
    case full
    /// libxlsxwriter's word for it, such as a disk without room.
    case failed(String)
}

/// A table as an Excel file with one sheet, written row by row into a temporary file: what is in memory does not grow with
/// the table. Texts are texts, whatever they begin with: only what is written as a formula is one, and nothing is.
///
/// Its calls block on the file: not for the cooperative pool.
package final class Workbook {
    /// With the one of the titles.
    package static let rowsMax = 1_048_575
    /// Excel cuts what is longer.
    private static let textBytesMax = 32_000

    private let path: String
    /// Nil once it is closed, which frees it.
    private var book: UnsafeMutablePointer<lxw_workbook>?
    private let sheet: UnsafeMutablePointer<lxw_worksheet>
    private let timeFormat: UnsafeMutablePointer<lxw_format>?
    private var rows: UInt32 = 0

    /// - Parameters:
    ///   - path: of the file to write.
    ///   - directory: for what is gathered until the file is closed.
    package init(_ columns: [Column], at path: String, directory: String) throws(SpreadsheetError) {
        self.path = path
        let book: UnsafeMutablePointer<lxw_workbook>? = directory.withCString { directory in
            var options = lxw_workbook_options()
            options.constant_memory = 1
            // Read only, while the book lives; it keeps a copy of its own.
            options.tmpdir = UnsafeMutablePointer(mutating: directory)
            return workbook_new_opt(path, &options)
        }
        guard let book, let sheet = workbook_add_worksheet(book, nil) else {
            throw SpreadsheetError.failed("the workbook cannot be made")
        }
        self.book = book
        self.sheet = sheet
        timeFormat = workbook_add_format(book)
        if let timeFormat { format_set_num_format(timeFormat, "yyyy-mm-dd hh:mm:ss") }
        let bold = workbook_add_format(book)
        if let bold { format_set_bold(bold) }
        worksheet_freeze_panes(sheet, 1, 0)
        for (index, column) in columns.enumerated() {
            worksheet_set_column(sheet, UInt16(index), UInt16(index), column.width, nil)
            try check(worksheet_write_string(sheet, 0, UInt16(index), column.title, bold))
        }
    }

    deinit {
        if let book { workbook_close(book) }
    }

    package func append(_ row: [Cell]) throws(SpreadsheetError) {
        guard rows < Self.rowsMax else { throw SpreadsheetError.full }
        rows += 1
        for (index, cell) in row.enumerated() {
            let column = UInt16(index)
            switch cell {
            case .text(let text):
                try check(worksheet_write_string(sheet, rows, column, Self.shortened(text), nil))
            case .integer(let number): try check(worksheet_write_number(sheet, rows, column, Double(number), nil))
            case .decimal(let number): try check(worksheet_write_number(sheet, rows, column, number, nil))
            case .time(let moment):
                try check(worksheet_write_number(sheet, rows, column, Self.serial(moment), timeFormat))
            case .nothing: break
            }
        }
    }

    /// Writes the file; nothing can be added any more.
    package func close() throws(SpreadsheetError) {
        guard let book else { return }
        self.book = nil
        try check(workbook_close(book))
    }

    private func check(_ status: lxw_error) throws(SpreadsheetError) {
        guard status != LXW_NO_ERROR else { return }
        throw SpreadsheetError.failed(lxw_strerror(status).map { String(cString: $0) } ?? "error \(status.rawValue)")
    }

    /// Days since 1899-12-30, as sheets count them.
    static func serial(_ moment: Timestamp) -> Double {
        Double(moment.microseconds / 1_000_000) / 86_400 + 25_569
    }

    private static func shortened(_ text: String) -> String {
        if text.utf8.count <= textBytesMax { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: textBytesMax)
        // Not in the middle of a character.
        while end.samePosition(in: text) == nil { text.utf8.formIndex(before: &end) }
        return String(text[..<end])
    }
}
