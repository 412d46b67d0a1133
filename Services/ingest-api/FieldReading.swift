import JSON
import Models

/// Reads the fields of one JSON object and notes what is not as it should be.
struct FieldReader {
    /// "" at the top, else with its point: `template.`
    let path: String
    private var members: [(key: String, value: JSONValue)]

    /// Notes every field that is not in `known`; a null counts as absent.
    init(_ object: JSONValue, path: String = "", known: [String], problems: inout FieldProblems) {
        self.path = path
        members = []
        guard let found = object.members else {
            let name = path.isEmpty ? nil : String(path.dropLast())
            problems.note(
                "field_wrong_type",
                name,
                "\(name.map { "`\($0)`" } ?? "The body") must be a JSON object."
            )
            return
        }
        for member in found {
            if !known.contains(member.key) {
                problems.note(
                    "field_unknown",
                    path + member.key.shortened,
                    "There is no field `\(member.key.shortened)` here. Known fields: \(known.joined(separator: ", "))."
                )
            } else if !member.value.isNull {
                members.append(member)
            }
        }
    }

    /// The fields of one recipient of a batch over those that all of them share.
    init(_ own: FieldReader, over common: FieldReader) {
        path = ""
        members = own.members + common.members
    }

    subscript(_ key: String) -> JSONValue? {
        members.first { $0.key == key }?.value
    }

    func has(_ key: String) -> Bool { self[key] != nil }

    func required(_ key: String, _ problems: inout FieldProblems) -> JSONValue? {
        if let value = self[key] { return value }
        problems.note("field_missing", path + key, "`\(path)\(key)` is required.")
        return nil
    }

    func requiredText(_ key: String, _ problems: inout FieldProblems) -> String? {
        guard let value = required(key, &problems) else { return nil }
        return text(value, key, &problems)
    }

    func text(_ key: String, _ problems: inout FieldProblems) -> String? {
        self[key].flatMap { text($0, key, &problems) }
    }

    private func text(_ value: JSONValue, _ key: String, _ problems: inout FieldProblems) -> String? {
        if let text = value.string { return text }
        problems.note("field_wrong_type", path + key, "`\(path)\(key)` must be a string.")
        return nil
    }

    func boolean(_ key: String, _ problems: inout FieldProblems) -> Bool? {
        guard let value = self[key] else { return nil }
        if let boolean = value.boolean { return boolean }
        problems.note("field_wrong_type", path + key, "`\(path)\(key)` must be true or false.")
        return nil
    }

    func integer(_ key: String, in range: ClosedRange<Int>, _ problems: inout FieldProblems) -> Int? {
        guard let value = self[key] else { return nil }
        guard let number = value.integer else {
            problems.note("field_wrong_type", path + key, "`\(path)\(key)` must be a whole number.")
            return nil
        }
        if let number = Int(exactly: number), range.contains(number) { return number }
        problems.note(
            "\(key)_out_of_range",
            path + key,
            "`\(path)\(key)` must lie between \(range.lowerBound) and \(range.upperBound)."
        )
        return nil
    }

    func time(_ key: String, _ problems: inout FieldProblems) -> Timestamp? {
        guard let written = text(key, &problems) else { return nil }
        if let time = Timestamp(rfc3339: written) { return time }
        problems.note(
            "\(key)_invalid",
            path + key,
            "`\(path)\(key)` must be a time with its offset, as in 2027-01-31T09:30:00Z (RFC 3339)."
        )
        return nil
    }
}

extension String {
    /// For repeating a caller's own words back: never a whole page of them.
    var shortened: String { count > 64 ? String(prefix(64)) + "…" : self }
}
