import Models
import Spreadsheet

/// A report for a spreadsheet: its figures a line each, then each table under its title.
enum ReportCSV {
    private static let columns = ["section", "id", "title", "value", "unit", "text", "definition"]

    static func bytes(of report: ComplianceReport) -> [UInt8] {
        var table = CSVTable(
            ["Compliance report", report.business, report.period.firstDay, report.period.lastDay, report.madeAt.rfc3339]
                .map { Column($0) })
        table.append(columns.map(Cell.text))
        for section in report.sections {
            for figure in section.figures {
                table.append([
                    .text(section.id), .text(figure.id), .text(figure.title), figure.value.map(number) ?? .nothing,
                    .text(figure.unit.rawValue), .text(figure.text), .text(figure.definition),
                ])
            }
        }
        for part in report.sections.flatMap(\.tables) where !part.rows.isEmpty {
            table.append([])
            table.append([.text(part.title)])
            table.append(part.columns.map(Cell.text))
            for row in part.rows { table.append(row.map { Double($0).map(number) ?? .text($0) }) }
        }
        return table.take()
    }

    private static func number(_ value: Double) -> Cell {
        Int64(exactly: value).map(Cell.integer) ?? .decimal(value)
    }
}
