internal import JSON
package import Models

/// The shape of a log line, apart from where it goes.
package enum LogLine {
    /// A field beyond this is cut: one error text must not fill the disk.
    package static let fieldBytesMax = 2_048

    package static func bytes(
        at instant: Timestamp, level: LogLevel, service: String, sentence: StaticString, fields: LogFields
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.object { line in
            line.field("time", text(of: instant))
            line.field("level", level.rawValue)
            line.field("service", service)
            line.field("message", sentence.description)
            for (name, value) in fields {
                line.key(name)
                line.string(cut(value))
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func cut(_ value: String) -> String {
        guard value.utf8.count > fieldBytesMax else { return value }
        return String(decoding: value.utf8.prefix(fieldBytesMax), as: UTF8.self) + "…"
    }

    /// RFC 3339 in UTC with microseconds: "2026-11-20T23:59:33.004217Z".
    package static func text(of instant: Timestamp) -> String {
        let (days, rest) = floorDivision(instant.microseconds, 86_400_000_000)
        let (year, month, day) = civilDate(daysSince1970: days)
        let (seconds, microseconds) = floorDivision(rest, 1_000_000)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T"
            + padded(seconds / 3_600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
            + "." + padded(microseconds, 6) + "Z"
    }

    private static func floorDivision(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let rest = value % divisor
        return rest < 0 ? (value / divisor - 1, rest + divisor) : (value / divisor, rest)
    }

    /// Howard Hinnant's `civil_from_days`: years counted from March, so that the leap day comes last.
    private static func civilDate(daysSince1970 days: Int64) -> (Int64, Int64, Int64) {
        let (era, dayOfEra) = floorDivision(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
