/// Writes lines of CSV (RFC 4180) that a spreadsheet shows and does not run.
package enum CSVWriter {
    /// A cell that would begin a formula gets an apostrophe before it, but for numbers and telephone numbers.
    package static func line(_ cells: [String]) -> String {
        cells.map { quoted(safe($0)) }.joined(separator: ",") + "\r\n"
    }

    private static func safe(_ cell: String) -> String {
        guard let first = cell.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else { return cell }
        let isNumber = (first == "+" || first == "-") && cell.utf8.dropFirst().allSatisfy { (48...57).contains($0) || $0 == 46 }
        return isNumber && cell.utf8.count > 1 ? cell : "'" + cell
    }

    private static func quoted(_ cell: String) -> String {
        guard cell.utf8.contains(where: { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 13 }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}
