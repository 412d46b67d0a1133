package import Models

/// One value of a table that becomes a file.
package enum Cell: Sendable, Hashable {
    case text(String)
    case integer(Int64)
    case decimal(Double)
    /// In UTC, to the second.
    case time(Timestamp)
    case nothing

    package static func text(_ value: String?) -> Cell { value.map { .text($0) } ?? .nothing }
    package static func time(_ value: Timestamp?) -> Cell { value.map { .time($0) } ?? .nothing }
    package static func integer(_ value: Int?) -> Cell { value.map { .integer(Int64($0)) } ?? .nothing }
}

package struct Column: Sendable, Hashable {
    package let title: String
    /// In characters, as spreadsheets measure.
    package let width: Double

    package init(_ title: String, width: Double = 16) {
        self.title = title
        self.width = width
    }
}

package enum TableFormat: String, CaseIterable, Sendable {
    case csv
    case xlsx

    package var contentType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        }
    }
}
