/// Bytes as hexadecimal digits: written in lower case, read in either.
package enum Hexadecimal {
    package static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            var position = 0
            for byte in bytes {
                for nibble in [byte >> 4, byte & 15] {
                    text[position] = nibble < 10 ? 48 + nibble : 87 + nibble
                    position += 1
                }
            }
            return position
        }
    }

    /// Nil for an odd number of digits or anything that is no digit.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        case 65...70: digit - 55
        default: nil
        }
    }
}

/// Base64 (RFC 4648, section 4), padded.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String { standard.encode(bytes) }

    /// Nil for anything but the one way to write these bytes: padding is needed, blanks are not skipped.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? { standard.decode(text) }

    private static let standard = Alphabet(last: (UInt8(ascii: "+"), UInt8(ascii: "/")), isPadded: true)
}

/// Base64 for URLs and file names (RFC 4648, section 5), without padding.
package enum Base64URL {
    package static func encode(_ bytes: [UInt8]) -> String { url.encode(bytes) }

    /// Nil for anything but the one way to write these bytes; padding is refused.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? { url.decode(text) }

    private static let url = Alphabet(last: (UInt8(ascii: "-"), UInt8(ascii: "_")), isPadded: false)
}

private struct Alphabet: Sendable {
    private let digits: [UInt8]
    private let values: [UInt8]
    private let isPadded: Bool
    private static let noDigit: UInt8 = 255

    init(last: (UInt8, UInt8), isPadded: Bool) {
        let digits = Array(65...90) + Array(97...122) + Array(48...57) + [last.0, last.1] as [UInt8]
        var values = [UInt8](repeating: Self.noDigit, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        self.digits = digits
        self.values = values
        self.isPadded = isPadded
    }

    func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for position in 0...group.count {
                text.append(digits[Int(bits >> (18 - 6 * UInt32(position)) & 63)])
            }
            if isPadded { text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - group.count)) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    func decode(_ text: some StringProtocol) -> [UInt8]? {
        var input = Array(text.utf8)
        if isPadded {
            guard input.count.isMultiple(of: 4) else { return nil }
            for _ in 0..<2 where input.last == UInt8(ascii: "=") { input.removeLast() }
        }
        guard input.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count * 3 / 4)
        var bits: UInt32 = 0
        var bitsCount: UInt32 = 0
        for digit in input {
            let value = values[Int(digit)]
            guard value != Self.noDigit else { return nil }
            bits = bits << 6 | UInt32(value)
            bitsCount += 6
            if bitsCount >= 8 {
                bitsCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitsCount))
                bits &= (1 << bitsCount) - 1
            }
        }
        // Bits left over must be zero, or one value could be written in several ways.
        return bits == 0 ? bytes : nil
    }
}
