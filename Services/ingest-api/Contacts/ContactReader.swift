import APIKit
import JSON
import Models
import PhoneNumbers
import Postgres
import Storage

/// Reads what a caller says about a person.
struct ContactReader {
    static let fields = [
        "phone", "user_id", "external_id", "name", "language", "attributes", "tags", "consents",
    ]
    static let patchFields = fields.filter { $0 != "consents" }
    static let nameCharactersMax = 255
    static let attributesBytesMax = 8_192
    static let tagsMax = 50
    static let tagCharactersMax = 64

    let defaultRegion: String?
    let now: Timestamp

    /// Nil when there were problems; then they have been noted.
    func draft(from object: JSONValue, source: String, _ problems: inout FieldProblems) -> ContactDraft? {
        let reader = FieldReader(object, known: Self.fields, problems: &problems)
        guard object.kind == .object else { return nil }
        var draft = ContactDraft()
        draft.phone = phone(reader, &problems)
        draft.userID = userID(reader, &problems)
        draft.externalID = text("external_id", reader, max: Self.nameCharactersMax, &problems)
        draft.name = text("name", reader, max: Self.nameCharactersMax, &problems)
        draft.language = language(reader, &problems)
        draft.attributes = attributes(reader, &problems)
        draft.tags = tags(reader, &problems)
        draft.consents = ConsentReader(now: now).list(reader, source: source, &problems)
        if !reader.has("phone"), !reader.has("user_id"), !reader.has("external_id") {
            problems.note(
                "contact_unnamed", "phone", "Name the person by at least one of `phone`, `user_id` and `external_id`.")
        }
        return problems.isEmpty ? draft : nil
    }

    func patch(from object: JSONValue, _ problems: inout FieldProblems) -> ContactPatch? {
        let reader = FieldReader(object, known: Self.patchFields, problems: &problems)
        guard object.kind == .object else { return nil }
        var patch = ContactPatch()
        patch.phone = change("phone", reader) { phone(reader, &problems) }
        patch.userID = change("user_id", reader) { userID(reader, &problems) }
        patch.externalID = change("external_id", reader) {
            text("external_id", reader, max: Self.nameCharactersMax, &problems)
        }
        patch.name = change("name", reader) { text("name", reader, max: Self.nameCharactersMax, &problems) }
        patch.language = change("language", reader) { language(reader, &problems) }
        patch.attributes = change("attributes", reader) { attributes(reader, &problems) }
        patch.tags = change("tags", reader) { tags(reader, &problems) }
        return problems.isEmpty ? patch : nil
    }

    private func change<Value>(
        _ key: String, _ reader: FieldReader, _ read: () -> Value?
    ) -> FieldChange<Value> {
        if reader.isNull(key) { return .set(nil) }
        return reader.has(key) ? .set(read()) : .keep
    }

    private func phone(_ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let written = reader.text("phone", &problems) else { return nil }
        if let number = try? PhoneNumber.parse(written, defaultRegion: defaultRegion) { return number.e164 }
        problems.note(
            "phone_invalid", "phone",
            "`phone` is no possible telephone number. Write it with its country code, as in +393401234567.")
        return nil
    }

    private func userID(_ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let written = reader.text("user_id", &problems) else { return nil }
        if UserIDText.isValid(written) { return written }
        problems.note(
            "user_id_invalid", "user_id",
            "`user_id` is the id that WhatsApp gives a person for your business, as in IT.4410928374650192837.")
        return nil
    }

    private func text(
        _ key: String, _ reader: FieldReader, max: Int, _ problems: inout FieldProblems
    ) -> String? {
        guard let text = reader.text(key, &problems) else { return nil }
        let count = text.unicodeScalars.count
        if (1...max).contains(count) { return text }
        problems.note("\(key)_invalid", key, "`\(key)` must have 1 to \(max) characters; it has \(count).")
        return nil
    }

    private func language(_ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let written = reader.text("language", &problems) else { return nil }
        let language = String(written.map { $0 == "-" ? "_" : $0 })
        if MessageContent.isLanguage(language) { return language }
        problems.note("language_invalid", "language", "Write a language as en, en_US or pt_BR.")
        return nil
    }

    private func attributes(_ reader: FieldReader, _ problems: inout FieldProblems) -> JSONText? {
        guard let value = reader["attributes"] else { return nil }
        guard value.kind == .object else {
            problems.note("field_wrong_type", "attributes", "`attributes` must be a JSON object.")
            return nil
        }
        let bytes = value.serialized()
        if bytes.count <= Self.attributesBytesMax { return JSONText(bytes) }
        problems.note(
            "attributes_too_large", "attributes",
            "`attributes` may have \(Self.attributesBytesMax) bytes without blanks; it has \(bytes.count).")
        return nil
    }

    private func tags(_ reader: FieldReader, _ problems: inout FieldProblems) -> [String]? {
        guard let value = reader["tags"] else { return nil }
        let tags = value.elements?.compactMap(\.string)
        guard let tags, tags.count == value.elements?.count, tags.count <= Self.tagsMax,
            tags.allSatisfy({ (1...Self.tagCharactersMax).contains($0.unicodeScalars.count) })
        else {
            problems.note(
                "tags_invalid", "tags",
                "`tags` must be a list of at most \(Self.tagsMax) texts of 1 to \(Self.tagCharactersMax) characters.")
            return nil
        }
        return Set(tags).sorted()
    }
}

/// Reads what people agreed to, and what not.
struct ConsentReader {
    static let fields = ["category", "status", "source", "at", "evidence"]
    static let sourceBytesMax = 50
    static let evidenceCharactersMax = 1_000
    static let listMax = 20
    /// Words that say that a person told us without the tenant.
    static let ownSources: Set<String> = ["keyword", "user_preferences"]

    let now: Timestamp

    /// `consents`, each like the body of `POST /v1/contacts/{id}/consents`.
    func list(_ reader: FieldReader, source: String, _ problems: inout FieldProblems) -> [ConsentDraft] {
        guard let value = reader["consents"] else { return [] }
        guard let list = value.elements, list.count <= Self.listMax else {
            problems.note(
                "field_wrong_type", "consents", "`consents` must be a list of at most \(Self.listMax) entries.")
            return []
        }
        return list.enumerated().flatMap { index, entry in
            drafts(from: entry, path: "consents[\(index)].", source: source, &problems)
        }
    }

    /// One a category: `category` may be a list, or "all".
    func drafts(
        from object: JSONValue, path: String, source: String, _ problems: inout FieldProblems
    ) -> [ConsentDraft] {
        let reader = FieldReader(object, path: path, known: Self.fields, problems: &problems)
        guard object.kind == .object else { return [] }
        let categories = categories(reader, &problems)
        let status = status(reader, &problems)
        let source = self.source(reader, standard: source, &problems)
        let at = reader.time("at", &problems) ?? now
        if at > now + .seconds(60) {
            problems.note("at_in_future", path + "at", "`at` must not lie in the future: it says when the person said so.")
        }
        let evidence = reader.text("evidence", &problems)
        if let evidence, evidence.unicodeScalars.count > Self.evidenceCharactersMax {
            problems.note(
                "evidence_too_long", path + "evidence",
                "`evidence` may have \(Self.evidenceCharactersMax) characters.")
        }
        guard let status else { return [] }
        return categories.map {
            ConsentDraft(category: $0, status: status, source: source, at: min(at, now), evidence: evidence)
        }
    }

    private func categories(_ reader: FieldReader, _ problems: inout FieldProblems) -> [TemplateCategory] {
        guard let value = reader.required("category", &problems) else { return [] }
        let words = value.string.map { [$0] } ?? value.elements?.compactMap(\.string) ?? []
        if words == ["all"] { return TemplateCategory.allCases }
        let categories = words.compactMap { TemplateCategory(rawValue: $0) }
        if !words.isEmpty, categories.count == words.count { return Set(categories).sorted { $0.rawValue < $1.rawValue } }
        problems.note(
            "category_unknown", reader.path + "category",
            "`category` must be marketing, utility, authentication, a list of them, or all.")
        return []
    }

    private func status(_ reader: FieldReader, _ problems: inout FieldProblems) -> ConsentStatus? {
        guard let word = reader.requiredText("status", &problems) else { return nil }
        if let status = ConsentStatus(rawValue: word) { return status }
        problems.note("status_unknown", reader.path + "status", "`status` must be opted_in or opted_out.")
        return nil
    }

    private func source(
        _ reader: FieldReader, standard: String, _ problems: inout FieldProblems
    ) -> String {
        guard let source = reader.text("source", &problems) else { return standard }
        let bytes = source.utf8
        let isWord = bytes.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
        }
        if (1...Self.sourceBytesMax).contains(bytes.count), isWord, !Self.ownSources.contains(source) { return source }
        problems.note(
            "source_invalid", reader.path + "source",
            "`source` says where the person said so, in 1 to \(Self.sourceBytesMax) of a-z, 0-9 and _: web_form. The "
                + "words keyword and user_preferences are ours.")
        return standard
    }
}
