import Models
import Spreadsheet
import Storage

/// Messages as a table for spreadsheets.
enum MessageTable {
    static let columns: [Column] = [
        Column("Id", width: 38), Column("Recipient"), Column("Status", width: 12), Column("Critical", width: 9),
        Column("Type", width: 10), Column("Kind"), Column("Template", width: 24), Column("Language", width: 9),
        Column("Text", width: 40), Column("Reference", width: 20), Column("Retries", width: 8),
        Column("Retries at most", width: 8), Column("Error code", width: 11), Column("Error", width: 32),
        Column("What to do", width: 48), Column("Accepted (UTC)", width: 20), Column("Sent (UTC)", width: 20),
        Column("Delivered (UTC)", width: 20), Column("Read (UTC)", width: 20), Column("Ended (UTC)", width: 20),
    ]

    static func cells(_ row: LogRow) -> [Cell] {
        let error = row.errorCode.map { ProviderErrors.describe(code: $0) }
        return [
            .text(row.id.description), .text(row.recipient), .text(row.state.name), .text(row.isCritical ? "yes" : "no"),
            .text(row.type), .text(row.kind), .text(row.template), .text(row.language),
            .text(row.template == nil ? row.preview : nil), .text(row.reference), .integer(row.retries),
            .integer(row.retriesMax), .integer(row.errorCode), .text(error?.title), .text(error?.remedy),
            .time(row.createdAt), .time(row.sentAt), .time(row.deliveredAt), .time(row.readAt), .time(row.endedAt),
        ]
    }
}
