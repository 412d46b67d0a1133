import Models

/// A report for a spreadsheet: its figures a line each, then each table under its title.
enum ReportCSV {
    private static let columns = ["section", "id", "title", "value", "unit", "text", "definition"]

    static func bytes(of report: ComplianceReport) -> [UInt8] {
        var lines = [
            ["Compliance report", report.business, report.period.firstDay, report.period.lastDay, report.madeAt.rfc3339],
            columns,
        ]
        for section in report.sections {
            for figure in section.figures {
                lines.append([
                    section.id, figure.id, figure.title, figure.value.map(number) ?? "", figure.unit.rawValue, figure.text,
                    figure.definition,
                ])
            }
        }
        for table in report.sections.flatMap(\.tables) where !table.rows.isEmpty {
            lines.append([])
            lines.append([table.title])
            lines.append(table.columns)
            lines += table.rows
        }
        let width = max(columns.count, lines.map(\.count).max() ?? 0)
        return Array(
            lines.map { line in
                (line + Array(repeating: "", count: width - line.count)).map(cell).joined(separator: ",") + "\r\n"
            }.joined().utf8)
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    /// A cell that a spreadsheet would take for a formula is made a text.
    private static func cell(_ text: String) -> String {
        let isFormula = text.utf8.first.map { "=+-@\t\r".utf8.contains($0) } ?? false
        let shown = isFormula && Double(text) == nil ? "'" + text : text
        guard shown.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return shown }
        return "\"" + shown.replacing("\"", with: "\"\"") + "\""
    }
}
