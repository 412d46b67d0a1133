package import JSON
package import Models

/// Reads the fields of one JSON object and notes what is not as it should be.
package struct FieldReader {
    /// "" at the top, else with its point: `template.`
    package let path: String
    private var members: [(key: String, value: JSONValue)]
    private var nulls: Set<String> = []

    /// Notes every field that is not in `known`; a null counts as absent.
    package init(_ object: JSONValue, path: String = "", known: [String], problems: inout FieldProblems) {
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
            } else if member.value.isNull {
                nulls.insert(member.key)
            } else {
                members.append(member)
            }
        }
    }

    /// The fields of one recipient of a batch over those that all of them share.
    package init(_ own: FieldReader, over common: FieldReader) {
        path = ""
        members = own.members + common.members
    }

    package subscript(_ key: String) -> JSONValue? {
        members.first { $0.key == key }?.value
    }

    package func has(_ key: String) -> Bool { self[key] != nil }

    /// Written as null: where fields are changed one by one, that takes a value away.
    package func isNull(_ key: String) -> Bool { nulls.contains(key) }

    package func required(_ key: String, _ problems: inout FieldProblems) -> JSONValue? {
        if let value = self[key] { return value }
        problems.note("field_missing", path + key, "`\(path)\(key)` is required.")
        return nil
    }

    package func requiredText(_ key: String, _ problems: inout FieldProblems) -> String? {
        guard let value = required(key, &problems) else { return nil }
        return text(value, key, &problems)
    }

    package func text(_ key: String, _ problems: inout FieldProblems) -> String? {
        self[key].flatMap { text($0, key, &problems) }
    }

    private func text(_ value: JSONValue, _ key: String, _ problems: inout FieldProblems) -> String? {
        if let text = value.string { return text }
        problems.note("field_wrong_type", path + key, "`\(path)\(key)` must be a string.")
        return nil
    }

    package func boolean(_ key: String, _ problems: inout FieldProblems) -> Bool? {
        guard let value = self[key] else { return nil }
        if let boolean = value.boolean { return boolean }
        problems.note("field_wrong_type", path + key, "`\(path)\(key)` must be true or false.")
        return nil
    }

    package func integer(_ key: String, in range: ClosedRange<Int>, _ problems: inout FieldProblems) -> Int? {
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

    package func time(_ key: String, _ problems: inout FieldProblems) -> Timestamp? {
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
    package var shortened: String { count > 64 ? String(prefix(64)) + "…" : self }
}
