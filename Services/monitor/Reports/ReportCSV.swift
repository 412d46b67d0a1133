import Models
import Spreadsheet

/// A report for a spreadsheet: its figures a line each, then each table under its title.
enum ReportCSV {
    private static let columns = ["section", "id", "title", "value", "unit", "text", "definition"]

    static func bytes(of report: ComplianceReport) -> [UInt8] {
        let head = ["Compliance report", report.business, report.period.firstDay, report.period.lastDay, report.madeAt.rfc3339]
        var rows = [columns.map(Cell.text)]
        for section in report.sections {
            for figure in section.figures {
                rows.append([
                    .text(section.id), .text(figure.id), .text(figure.title), figure.value.map(number) ?? .nothing,
                    .text(figure.unit.rawValue), .text(figure.text), .text(figure.definition),
                ])
            }
        }
        for part in report.sections.flatMap(\.tables) where !part.rows.isEmpty {
            rows += [[], [.text(part.title)], part.columns.map(Cell.text)]
            rows += part.rows.map { row in row.map { Double($0).map(number) ?? .text($0) } }
        }
        // Readers of tables want every line as wide as the others.
        let width = max(head.count, rows.map(\.count).max() ?? 0)
        var table = CSVTable((head + Array(repeating: "", count: width - head.count)).map { Column($0) })
        for row in rows { table.append(row + Array(repeating: .nothing, count: width - row.count)) }
        return table.take()
    }

    private static func number(_ value: Double) -> Cell {
        Int64(exactly: value).map(Cell.integer) ?? .decimal(value)
    }
}
