import Models
import Postgres
import Spreadsheet
import Storage

/// Contacts as a table for spreadsheets.
enum ContactTable {
    static let columns: [Column] =
        [
            Column("Id", width: 38), Column("Phone"), Column("WhatsApp user id", width: 20), Column("Your own id", width: 20),
            Column("Name", width: 24), Column("Profile name", width: 24), Column("User name"), Column("Language", width: 9),
            Column("Tags", width: 24), Column("Attributes", width: 40),
        ]
        + TemplateCategory.allCases.map { Column(Piece.sentence($0.rawValue), width: 14) } + [
            Column("Origin", width: 12), Column("Last heard of (UTC)", width: 20), Column("Added (UTC)", width: 20),
            Column("Changed (UTC)", width: 20),
        ]

    static func cells(_ contact: Contact) -> [Spreadsheet.Cell] {
        let consents = TemplateCategory.allCases.map { category -> Spreadsheet.Cell in
            .text(contact.consents.first { $0.category == category }?.status.rawValue)
        }
        let attributes = contact.attributes.text
        return [
            .text(contact.id.description), .text(contact.phone), .text(contact.userID), .text(contact.externalID),
            .text(contact.name), .text(contact.profileName), .text(contact.username), .text(contact.language),
            .text(contact.tags.joined(separator: ";")), .text(attributes == "{}" ? nil : attributes),
        ] + consents + [
            .text(contact.origin), .time(contact.lastInboundAt), .time(contact.createdAt), .time(contact.updatedAt),
        ]
    }
}

/// Those who must not be written to as a table for spreadsheets.
enum SuppressionTable {
    static let columns: [Column] = [
        Column("Number or user id", width: 20), Column("Not to be sent"), Column("Reason"), Column("Source", width: 12),
        Column("Note", width: 40), Column("Since (UTC)", width: 20), Column("Until (UTC)", width: 20),
    ]

    static func cells(_ entry: Suppression) -> [Spreadsheet.Cell] {
        [
            .text(entry.recipient), .text(entry.category.word), .text(entry.reason.rawValue), .text(entry.source),
            .text(entry.note), .time(entry.createdAt), .time(entry.until),
        ]
    }
}
