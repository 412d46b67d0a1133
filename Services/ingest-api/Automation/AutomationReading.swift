import APIKit
import JSON
import Models
import Postgres
import Storage

/// What several bodies of automation have alike.
extension FieldReader {
    static let wordBytesMax = 50
    static let eventTypeBytesMax = 100
    static let subjectCharactersMax = 255

    /// `MemberRegistered`, `booking.confirmed`.
    func eventType(_ key: String, isRequired: Bool = true, _ problems: inout FieldProblems) -> String? {
        guard let written = isRequired ? requiredText(key, &problems) : text(key, &problems) else { return nil }
        if Self.isEventType(written) { return written }
        problems.note(
            "event_type_invalid", path + key,
            "`\(path)\(key)` must be 1 to \(Self.eventTypeBytesMax) letters, digits, _ . : and -, beginning with a letter.")
        return nil
    }

    static func isEventType(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...eventTypeBytesMax).contains(bytes.count), bytes.first.map(isLetter) == true else { return false }
        return bytes.allSatisfy { isLetter($0) || (48...57).contains($0) || [45, 46, 58, 95].contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

    /// A word of the tenant's own: a-z, 0-9 and _.
    func ownWord(_ key: String, _ problems: inout FieldProblems) -> String? {
        guard let word = text(key, &problems) else { return nil }
        let bytes = word.utf8
        let isWord = bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
        if isWord, (1...Self.wordBytesMax).contains(bytes.count), bytes.first.map(Self.isLetter) == true { return word }
        problems.note(
            "\(key)_invalid", path + key,
            "`\(path)\(key)` must be 1 to \(Self.wordBytesMax) of a-z, 0-9 and _, beginning with a letter.")
        return nil
    }

    /// A text within its length.
    func text(_ key: String, charactersMax: Int, _ problems: inout FieldProblems) -> String? {
        guard let text = text(key, &problems) else { return nil }
        let count = text.unicodeScalars.count
        if (1...charactersMax).contains(count) { return text }
        problems.note(
            "\(key)_invalid", path + key,
            "`\(path)\(key)` must have 1 to \(charactersMax) characters; it has \(count).")
        return nil
    }

    /// A word of a closed set.
    func word<Word: CaseIterable & RawRepresentable>(
        _ key: String, as kind: Word.Type = Word.self, _ problems: inout FieldProblems
    ) -> Word? where Word.RawValue == String {
        guard let written = text(key, &problems) else { return nil }
        if let word = Word(rawValue: written) { return word }
        problems.note(
            "\(key)_unknown", path + key,
            "`\(path)\(key)` must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", ")).")
        return nil
    }

    /// A JSON object of at most so many bytes.
    func object(
        _ key: String, bytesMax: Int, tooLarge code: String = "data_too_large", _ problems: inout FieldProblems
    ) -> JSONValue? {
        guard let value = self[key] else { return nil }
        guard value.kind == .object else {
            problems.note("field_wrong_type", path + key, "`\(path)\(key)` must be a JSON object.")
            return nil
        }
        let count = value.serialized().count
        if count <= bytesMax { return value }
        problems.note(
            code, path + key,
            "`\(path)\(key)` may have \(bytesMax) bytes without blanks; it has \(count).")
        return nil
    }

    func identifier<Kind>(_ key: String, _ problems: inout FieldProblems) -> Identifier<Kind>? {
        guard let written = text(key, &problems) else { return nil }
        if let id = Identifier<Kind>(written) { return id }
        problems.note("id_invalid", path + key, "`\(path)\(key)` must be a UUID.")
        return nil
    }

    /// `{"name": …, "language": …}`: which template, whether it exists already or not.
    func template(isRequired: Bool, _ problems: inout FieldProblems) -> (name: String, language: String)? {
        guard let part = isRequired ? required("template", &problems) : self["template"] else { return nil }
        let reader = FieldReader(part, path: "\(path)template.", known: ["name", "language"], problems: &problems)
        guard part.kind == .object else { return nil }
        let (name, language) = (reader.requiredText("name", &problems), reader.requiredText("language", &problems))
        guard let name, let language else { return nil }
        let isName = (1...512).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
        if !isName {
            problems.note(
                "template_name_invalid", reader.path + "name", "A template's name consists of a-z, 0-9 and _.")
        }
        let isLanguage = (2...20).contains(language.utf8.count)
            && language.utf8.allSatisfy { Self.isLetter($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
        if !isLanguage {
            problems.note(
                "template_language_invalid", reader.path + "language", "Write a language as en, en_US or pt_BR.")
        }
        // WhatsApp itself writes both en-US and en_US.
        return isName && isLanguage ? (name, String(language.map { $0 == "-" ? "_" : $0 })) : nil
    }

    func sender(_ catalog: TenantCatalog, _ problems: inout FieldProblems) -> SenderID? {
        guard let id: SenderID = identifier("sender_id", &problems) else { return nil }
        if catalog.sender(id) != nil { return id }
        problems.note("sender_not_found", path + "sender_id", "You have no sender with this id.")
        return nil
    }
}

extension FieldProblems {
    mutating func note(_ problems: [RuleProblem]) {
        for problem in problems { note(problem.code, problem.field, problem.detail) }
    }
}

extension JSONValue {
    var jsonText: JSONText { JSONText(serialized()) }
}
