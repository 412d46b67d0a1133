import APIKit
import JSON
import Models
import PhoneNumbers
import Postgres
import Storage

/// An event as its business told it, read and in form.
struct IncomingEvent {
    struct Recipient {
        var written: String?
        var contactID: ContactID?
        var name: String?
        var language: String?
        var data: JSONText = JSONText("{}")
        var values: DataValue = .object([:])
    }

    var type: String
    var occurredAt: Timestamp
    var subject: String?
    var data: JSONText
    var values: DataValue
    var recipients: [Recipient]
}

/// Reads `{"type": …, "occurred_at": …, "subject": …, "recipient": …, "data": …}`, or with `recipients` for many.
///
/// What a program writes wrongly is refused. What is wrong with a person's number is not: it is recorded and reported,
/// and whoever told of the event goes on with its own business.
struct EventReader {
    static let fields = ["type", "occurred_at", "subject", "recipient", "recipients", "data"]
    static let recipientFields = ["to", "contact_id", "name", "language", "data"]
    static let recipientsMax = 1_000
    static let bodyBytesMax = 4 << 20
    static let dataBytesMax = 64 << 10
    static let recipientDataBytesMax = 8 << 10
    static let nameCharactersMax = 200

    let now: Timestamp

    /// Nil when there were problems; then they have been noted.
    func event(_ root: JSONValue, _ problems: inout FieldProblems) -> IncomingEvent? {
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        let type = reader.eventType("type", &problems)
        let occurredAt = reader.time("occurred_at", &problems) ?? now
        let subject = reader.text("subject", charactersMax: FieldReader.subjectCharactersMax, &problems)
        let data = reader.object("data", bytesMax: Self.dataBytesMax, &problems)
        let recipients = Self.recipients(reader, &problems)
        guard problems.isEmpty, let type else { return nil }
        return IncomingEvent(
            type: type, occurredAt: occurredAt, subject: subject, data: data?.jsonText ?? JSONText("{}"),
            values: data.map { DataValue($0) } ?? .object([:]), recipients: recipients)
    }

    /// `recipient`, or `recipients`; none at all is none.
    static func recipients(_ reader: FieldReader, _ problems: inout FieldProblems) -> [IncomingEvent.Recipient] {
        if reader.has("recipient"), reader.has("recipients") {
            problems.note("recipients_twice", "recipients", "Give either `recipient` or `recipients`.")
            return []
        }
        if let one = reader["recipient"] {
            return recipient(one, path: "recipient.", &problems).map { [$0] } ?? []
        }
        guard let value = reader["recipients"] else { return [] }
        guard let list = value.elements else {
            problems.note("field_wrong_type", "recipients", "`recipients` must be a list.")
            return []
        }
        guard list.count <= recipientsMax else {
            problems.note(
                "event_recipients_too_many", "recipients",
                "`recipients` may have \(recipientsMax) entries; it has \(list.count). Send several events.")
            return []
        }
        return list.enumerated().compactMap { recipient($1, path: "recipients[\($0)].", &problems) }
    }

    private static func recipient(
        _ value: JSONValue, path: String, _ problems: inout FieldProblems
    ) -> IncomingEvent.Recipient? {
        let reader = FieldReader(value, path: path, known: recipientFields, problems: &problems)
        guard value.kind == .object else { return nil }
        var recipient = IncomingEvent.Recipient()
        recipient.written = reader.text("to", &problems)
        recipient.contactID = reader.identifier("contact_id", &problems)
        // An empty name is nobody's mistake worth an error.
        if let name = reader.text("name", &problems), !name.isEmpty {
            recipient.name = String(name.prefix(nameCharactersMax))
        }
        if let language = reader.text("language", &problems), !language.isEmpty {
            recipient.language = String(language.map { $0 == "-" ? "_" : $0 }.prefix(20))
        }
        if let data = reader.object("data", bytesMax: recipientDataBytesMax, &problems) {
            (recipient.data, recipient.values) = (data.jsonText, DataValue(data))
        }
        return recipient
    }
}
