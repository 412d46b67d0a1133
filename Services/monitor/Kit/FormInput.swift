import HTTPServer
import JSON
import Models

/// What somebody typed into a form, which is kept and shown again when something of it is wrong.
struct FormInput: Sendable {
    var texts: [String: String]
    /// What was uploaded; empty files are none.
    var files: [String: [UInt8]] = [:]

    /// Without spaces around it; empty where nothing was typed.
    subscript(name: String) -> String { texts[name]?.trimmed ?? "" }

    func isOn(_ name: String) -> Bool { !self[name].isEmpty }

    /// The fields `prefix` + something with a text, by that something.
    func group(_ prefix: String) -> [(name: String, text: String)] {
        texts.compactMap { name, text in
            name.hasPrefix(prefix) && !text.trimmed.isEmpty ? (String(name.dropFirst(prefix.count)), text.trimmed) : nil
        }.sorted { $0.name < $1.name }
    }

    /// The lines of a text area, or what commas part.
    func list(_ name: String) -> [String] {
        self[name].split(whereSeparator: { $0 == "," || $0.isNewline }).map { String($0).trimmed }.filter { !$0.isEmpty }
    }
}

extension People {
    /// The fields of a form that a session may send; see `form`.
    func input(_ request: Request) throws -> FormInput {
        guard let type = request.header("Content-Type"), type.lowercased().hasPrefix("multipart/") else {
            return FormInput(texts: try form(request))
        }
        try Self.requireOwnOrigin(request)
        guard let parts = Multipart.parts(request.body, contentType: type) else { throw Problem.formBroken }
        var input = FormInput(texts: [:])
        for part in parts {
            if part.file == nil {
                input.texts[part.name] = String(decoding: part.content, as: UTF8.self)
            } else if !part.content.isEmpty {
                input.files[part.name] = part.content
            }
        }
        try requireToken(in: input.texts, request)
        return input
    }
}

/// As it was typed: the API says what is wrong with it, and where.
extension JSONWriter {
    /// Nothing where nothing was typed.
    mutating func field(_ name: StaticString, typed text: String) {
        if !text.isEmpty { field(name, text) }
    }

    /// Null where nothing was typed: for changes that take something away.
    mutating func field(_ name: StaticString, typedOrNull text: String) {
        field(name, orNull: text.isEmpty ? nil : text)
    }

    /// Null where nothing was typed.
    mutating func field(_ name: StaticString, number text: String) {
        key(name)
        if text.isEmpty { null() } else { number(text) }
    }

    /// A number where it is one, or else the text.
    mutating func number(_ text: String) {
        if let whole = Int64(text) {
            integer(whole)
        } else if let value = Double(text.replacing(",", with: ".")), value.isFinite {
            double(value)
        } else {
            string(text)
        }
    }
}

extension FormInput {
    /// What a field of day and time says, in UTC, as RFC 3339 has it; as it was typed where it is none.
    func moment(_ name: String) -> String {
        let text = self[name]
        switch text.utf8.count {
        case 16: return text + ":00Z"
        case 19: return text + "Z"
        default: return text
        }
    }
}
