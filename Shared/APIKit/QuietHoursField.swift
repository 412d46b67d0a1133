internal import JSON

/// `{"from":"22:00","to":"08:00"}`: times of the day in somebody's time zone, as minutes since midnight.
package enum QuietHoursField {
    /// Nil for what is absent or wrong; what is wrong is noted.
    package static func read(_ reader: FieldReader, _ problems: inout FieldProblems) -> (from: Int, to: Int)? {
        guard let value = reader["quiet_hours"] else { return nil }
        let before = problems.all.count
        let fields = FieldReader(value, path: "quiet_hours.", known: ["from", "to"], problems: &problems)
        guard problems.all.count == before, let from = fields.requiredText("from", &problems),
            let to = fields.requiredText("to", &problems)
        else { return nil }
        if let start = minutes(from), let end = minutes(to), start != end { return (start, end) }
        problems.note(
            "quiet_hours_invalid", "quiet_hours",
            "`quiet_hours` takes two different times of the day, as in {\"from\":\"22:00\",\"to\":\"08:00\"}.")
        return nil
    }

    /// `08:00`
    package static func text(_ minutes: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// Of `HH:MM`.
    private static func minutes(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
            [0, 1, 3, 4].allSatisfy({ (48...57).contains(bytes[$0]) }),
            let hours = Int(text.prefix(2)), let minutes = Int(text.suffix(2)), hours < 24, minutes < 60
        else { return nil }
        return hours * 60 + minutes
    }
}
