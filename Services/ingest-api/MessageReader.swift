import APIKit
import JSON
import Models
import PhoneNumbers
import Postgres
import Storage

/// Turns what a caller wrote into a message that may be accepted, or says everything that is wrong with it.
struct MessageReader {
    static let kindStandard = "general"
    static let kindBytesMax = 50
    static let referenceCharactersMax = 255
    static let metadataBytesMax = 4_096
    static let recipientCharactersMax = 64
    /// Free-form messages only arrive within WhatsApp's service window of 24 hours.
    static let expiryOfFreeForm: Duration = .seconds(24 * 3_600)
    static let scheduleMax: Duration = .seconds(90 * 86_400)
    static let expiryAfterStartMax: Duration = .seconds(30 * 86_400)

    static let fields = [
        "to", "contact_id", "type", "kind", "template", "text", "image", "document", "audio", "video", "sender_id",
        "priority",
        "scheduled_for", "expires_at", "reference", "metadata",
    ]

    let catalog: TenantCatalog
    let now: Timestamp
    /// Those whom `contact_id` names, read before.
    var contacts: [ContactID: Contact] = [:]

    struct Reading: Sendable {
        var message: NewMessage
        let recipient: Recipient
        /// A text that may not go out has become the tenant's fallback template.
        var isFallback = false
    }

    /// Who is written to, and how the caller has named them.
    struct Recipient: Sendable {
        /// E.164, or a business-scoped user id.
        let address: String
        let field: String
        /// Two letters; nil where the number does not tell, and for user ids.
        var region: String?
        /// True when the number has a possible length but is not known to be in use.
        var isDoubtful = false
        var isUserID = false
    }

    /// Nil when there were problems; then they have been noted.
    func message(
        from object: JSONValue,
        id: MessageID,
        batchID: BatchID? = nil,
        problems: inout FieldProblems
    ) -> Reading? {
        let reader = FieldReader(object, known: Self.fields, problems: &problems)
        return message(from: reader, id: id, batchID: batchID, problems: &problems)
    }

    /// - Parameter variables: this recipient's own, over those of the template all recipients share.
    func message(
        from reader: FieldReader,
        variables: JSONValue? = nil,
        id: MessageID,
        batchID: BatchID?,
        problems: inout FieldProblems
    ) -> Reading? {
        let recipient = recipient(reader, &problems)
        // Which templates there are to send depends on who sends.
        let sender = sender(reader, &problems)
        let content = ContentReader(catalog: catalog, accountID: sender?.accountID, ownVariables: variables)
            .content(reader, &problems)
        let kind = kind(reader, &problems)
        let priority = reader.integer("priority", in: Priority.range, &problems) ?? Priority.standard
        let reference = reference(reader, &problems)
        let metadata = metadata(reader, &problems)
        let times = times(reader, expiryStandard: content?.expiryStandard ?? Self.expiryOfFreeForm, &problems)
        guard problems.isEmpty, let recipient, let content, let sender else { return nil }
        let message = NewMessage(
            tenantID: catalog.tenantID,
            id: id,
            senderID: sender.id,
            templateID: content.templateID,
            batchID: batchID,
            type: content.content.type,
            kind: kind,
            lane: content.lane,
            priority: priority,
            recipient: recipient.address,
            content: content.content,
            reference: reference,
            metadata: metadata,
            scheduledFor: times.scheduledFor,
            expiresAt: times.expiresAt,
            createdAt: now
        )
        return Reading(message: message, recipient: recipient)
    }

    private func recipient(_ reader: FieldReader, _ problems: inout FieldProblems) -> Recipient? {
        if reader.has("contact_id") { return contact(reader, &problems) }
        guard let written = reader.requiredText("to", &problems) else { return nil }
        let field = reader.path + "to"
        if UserIDText.isValid(written) { return Recipient(address: written, field: field, isUserID: true) }
        if let number = number(written) { return Recipient(number, field: field) }
        problems.note(
            "to_invalid",
            field,
            "`to` is no possible telephone number. Write it with its country code, as in +393401234567."
        )
        return nil
    }

    private func number(_ written: String) -> PhoneNumber? {
        guard written.utf8.count <= Self.recipientCharactersMax else { return nil }
        return try? PhoneNumber.parse(written, defaultRegion: catalog.defaultRegion)
    }

    private func contact(_ reader: FieldReader, _ problems: inout FieldProblems) -> Recipient? {
        let field = reader.path + "contact_id"
        if reader.has("to") {
            problems.note("recipient_ambiguous", field, "Give either `to` or `contact_id`.")
            return nil
        }
        guard let written = reader.text("contact_id", &problems) else { return nil }
        guard let contact = ContactID(written).flatMap({ contacts[$0] }) else {
            problems.note("contact_not_found", field, "You have no contact with this id.")
            return nil
        }
        if let phone = contact.phone {
            return number(phone).map { Recipient($0, field: field) } ?? Recipient(address: phone, field: field)
        }
        if let userID = contact.userID { return Recipient(address: userID, field: field, isUserID: true) }
        problems.note(
            "contact_unreachable", field,
            "This contact has neither a phone nor a user id: give it one with PATCH /v1/contacts/{id}.")
        return nil
    }

    private func sender(_ reader: FieldReader, _ problems: inout FieldProblems) -> CatalogSender? {
        let field = reader.path + "sender_id"
        guard reader.has("sender_id") else {
            guard let sender = catalog.defaultSender else {
                problems.note(
                    "sender_missing",
                    field,
                    "You have no default sender: name one of your senders in `sender_id`."
                )
                return nil
            }
            return usable(sender, field, &problems)
        }
        guard let written = reader.text("sender_id", &problems) else { return nil }
        guard let sender = SenderID(written).flatMap(catalog.sender) else {
            problems.note("sender_not_found", field, "You have no sender with this id.")
            return nil
        }
        return usable(sender, field, &problems)
    }

    /// A paused sender still takes messages: they are held until it runs again.
    private func usable(
        _ sender: CatalogSender,
        _ field: String,
        _ problems: inout FieldProblems
    ) -> CatalogSender? {
        if sender.status != "disabled" { return sender }
        problems.note("sender_disabled", field, "This sender is disabled. Use another one.")
        return nil
    }

    private func kind(_ reader: FieldReader, _ problems: inout FieldProblems) -> String {
        guard let kind = reader.text("kind", &problems) else {
            return reader.has("kind") ? Self.kindStandard : allowed(Self.kindStandard, reader, &problems)
        }
        if Self.isKind(kind) { return allowed(kind, reader, &problems) }
        problems.note(
            "kind_invalid",
            reader.path + "kind",
            "`kind` must be 1 to \(Self.kindBytesMax) of a-z, 0-9 and _, beginning with a letter."
        )
        return Self.kindStandard
    }

    /// A word that may stand for what a message is about.
    static func isKind(_ text: String) -> Bool {
        let bytes = text.utf8
        let startsWell = bytes.first.map { (97...122).contains($0) } ?? false
        let isWord = bytes.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
        }
        return startsWell && isWord && bytes.count <= kindBytesMax
    }

    /// A tenant that keeps a list of kinds takes no others.
    private func allowed(_ kind: String, _ reader: FieldReader, _ problems: inout FieldProblems) -> String {
        guard let kinds = catalog.messageKinds, !kinds.contains(kind) else { return kind }
        problems.note(
            "kind_not_allowed",
            reader.path + "kind",
            "`kind` must be one of your `message_kinds`: \(kinds.joined(separator: ", "))."
        )
        return kind
    }

    private func reference(_ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let reference = reader.text("reference", &problems) else { return nil }
        let count = reference.unicodeScalars.count
        if (1...Self.referenceCharactersMax).contains(count) { return reference }
        problems.note(
            "reference_invalid",
            reader.path + "reference",
            "`reference` must have 1 to \(Self.referenceCharactersMax) characters; it has \(count)."
        )
        return nil
    }

    private func metadata(_ reader: FieldReader, _ problems: inout FieldProblems) -> JSONText? {
        guard let value = reader["metadata"] else { return nil }
        guard value.kind == .object else {
            problems.note("field_wrong_type", reader.path + "metadata", "`metadata` must be a JSON object.")
            return nil
        }
        let bytes = value.serialized()
        if bytes.count <= Self.metadataBytesMax { return JSONText(bytes) }
        problems.note(
            "metadata_too_large",
            reader.path + "metadata",
            "`metadata` may have \(Self.metadataBytesMax) bytes without blanks; it has \(bytes.count)."
        )
        return nil
    }

    private func times(
        _ reader: FieldReader,
        expiryStandard: Duration,
        _ problems: inout FieldProblems
    ) -> (scheduledFor: Timestamp?, expiresAt: Timestamp) {
        var scheduledFor = reader.time("scheduled_for", &problems)
        if let time = scheduledFor {
            if time > now + Self.scheduleMax {
                problems.note(
                    "scheduled_for_too_late",
                    reader.path + "scheduled_for",
                    "`scheduled_for` may lie at most 90 days ahead."
                )
            }
            // What should have gone out already goes out now.
            if time <= now { scheduledFor = nil }
        }
        let start = scheduledFor ?? now
        guard let expiresAt = reader.time("expires_at", &problems) else {
            return (scheduledFor, start + expiryStandard)
        }
        let field = reader.path + "expires_at"
        if expiresAt <= start {
            let what = scheduledFor == nil ? "in the future" : "after `scheduled_for`"
            problems.note("expires_at_too_early", field, "`expires_at` must lie \(what).")
        } else if expiresAt > start + Self.expiryAfterStartMax {
            problems.note(
                "expires_at_too_late",
                field,
                "`expires_at` may lie at most 30 days after the message is to go out."
            )
        }
        return (scheduledFor, expiresAt)
    }
}

extension MessageReader.Recipient {
    fileprivate init(_ number: PhoneNumber, field: String) {
        self.init(address: number.e164, field: field, region: number.region, isDoubtful: !number.isValid)
    }
}
