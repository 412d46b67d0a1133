import Models
import Spreadsheet
import Storage

/// Messages as a table for spreadsheets. What a business writes to whom is its own: founders see which business, the template
/// and a masked number.
enum MessageTable {
    static func columns(isAcrossTenants: Bool) -> [Column] {
        let own: [Column] =
            isAcrossTenants ? [] : [Column("Text", width: 40), Column("Reference", width: 20)]
        return [Column("Id", width: 38)] + (isAcrossTenants ? [Column("Business", width: 24)] : []) + [
            Column("Recipient"), Column("Status", width: 12), Column("Critical", width: 9), Column("Type", width: 10),
            Column("Kind"), Column("Template", width: 24), Column("Language", width: 9),
        ] + own + [
            Column("Retries", width: 8), Column("Retries at most", width: 8), Column("Error code", width: 11),
            Column("Error", width: 32), Column("What to do", width: 48), Column("Accepted (UTC)", width: 20),
            Column("Sent (UTC)", width: 20), Column("Delivered (UTC)", width: 20), Column("Read (UTC)", width: 20),
            Column("Ended (UTC)", width: 20),
        ]
    }

    static func cells(_ row: LogRow, isAcrossTenants: Bool) -> [Cell] {
        let error = row.errorCode.map { ProviderErrors.describe(code: $0) }
        let recipient = isAcrossTenants ? maskedPhone(row.recipient) : row.recipient
        let own: [Cell] = isAcrossTenants ? [] : [.text(row.template == nil ? row.preview : nil), .text(row.reference)]
        return [.text(row.id.description)] + (isAcrossTenants ? [.text(row.business)] : []) + [
            .text(recipient), .text(row.state.name), .text(row.isCritical ? "yes" : "no"), .text(row.type),
            .text(row.kind), .text(row.template), .text(row.language),
        ] + own + [
            .integer(row.retries), .integer(row.retriesMax), .integer(row.errorCode), .text(error?.title),
            .text(error?.remedy), .time(row.createdAt), .time(row.sentAt), .time(row.deliveredAt), .time(row.readAt),
            .time(row.endedAt),
        ]
    }
}
