/// RFC 3339, the one form of time our APIs, pages and files speak.
extension Timestamp {
    /// In UTC; milliseconds when there are any below the second, microseconds only when they are needed:
    /// "2026-11-20T23:59:33Z", "2026-11-20T23:59:33.004Z", "2026-11-20T23:59:33.004217Z".
    package var rfc3339: String {
        let (days, rest) = Self.floorDivision(microseconds, 86_400_000_000)
        let (year, month, day) = Self.civilDate(daysSince1970: days)
        let seconds = rest / 1_000_000
        let fraction = rest % 1_000_000
        return String(unsafeUninitializedCapacity: 40) { buffer in
            var length = 0
            func put(_ byte: UInt8) {
                buffer[length] = byte
                length += 1
            }
            func put(_ number: Int64, digits: Int) {
                var divisor: Int64 = 1
                for _ in 1..<digits { divisor *= 10 }
                while divisor > 0 {
                    put(48 + UInt8(truncatingIfNeeded: number / divisor % 10))
                    divisor /= 10
                }
            }
            // Years beyond 9999 do not exist in RFC 3339; a bound is better than a text nobody can read.
            put(min(max(year, 0), 9_999), digits: 4)
            put(UInt8(ascii: "-"))
            put(month, digits: 2)
            put(UInt8(ascii: "-"))
            put(day, digits: 2)
            put(UInt8(ascii: "T"))
            put(seconds / 3_600, digits: 2)
            put(UInt8(ascii: ":"))
            put(seconds / 60 % 60, digits: 2)
            put(UInt8(ascii: ":"))
            put(seconds % 60, digits: 2)
            if fraction != 0 {
                put(UInt8(ascii: "."))
                if fraction % 1_000 == 0 {
                    put(fraction / 1_000, digits: 3)
                } else {
                    put(fraction, digits: 6)
                }
            }
            put(UInt8(ascii: "Z"))
            return length
        }
    }

    /// Reads RFC 3339 with its mandatory offset ("Z" or "+02:00"). Nil for anything else, an impossible date and
    /// a leap second included; digits below the microsecond are cut.
    package init?(rfc3339 text: some StringProtocol) {
        var reader = DigitReader(Array(text.utf8))
        guard
            let year = reader.number(digits: 4), reader.take("-"),
            let month = reader.number(digits: 2), reader.take("-"),
            let day = reader.number(digits: 2), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(digits: 2), reader.take(":"),
            let minute = reader.number(digits: 2), reader.take(":"),
            let second = reader.number(digits: 2),
            let fraction = reader.fraction(),
            let offsetMinutes = reader.offset(), reader.isAtEnd,
            (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        // A 31st of June comes back as another day.
        guard Self.civilDate(daysSince1970: days) == (year, month, day) else { return nil }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offsetMinutes * 60
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    static func floorDivision(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let rest = value % divisor
        return rest < 0 ? (value / divisor - 1, rest + divisor) : (value / divisor, rest)
    }

    /// Howard Hinnant's `civil_from_days`: years counted from March, so that the leap day comes last.
    static func civilDate(daysSince1970 days: Int64) -> (Int64, Int64, Int64) {
        let (era, dayOfEra) = floorDivision(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Its inverse, `days_from_civil`.
    static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivision(marchYear, 400)
        let marchMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

/// Walks over the fixed fields of a time.
private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func number(digits: Int) -> Int64? {
        guard position + digits <= bytes.count else { return nil }
        var number: Int64 = 0
        for byte in bytes[position..<position + digits] {
            guard (48...57).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - 48)
        }
        position += digits
        return number
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Microseconds; 0 when there is no fraction, nil for a point without digits or with more than nine.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        var digits = 0
        var microseconds: Int64 = 0
        while position < bytes.count, (48...57).contains(bytes[position]) {
            if digits < 6 { microseconds = microseconds * 10 + Int64(bytes[position] - 48) }
            digits += 1
            position += 1
        }
        guard (1...9).contains(digits) else { return nil }
        for _ in min(digits, 6)..<6 { microseconds *= 10 }
        return microseconds
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), take(":"), let minutes = number(digits: 2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
