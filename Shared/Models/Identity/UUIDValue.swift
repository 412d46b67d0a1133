/// A 128-bit UUID (RFC 9562) as a plain value: no Foundation, no allocation.
package struct UUIDValue: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// A version 7 UUID: 48 bits of Unix milliseconds, then what the caller's generator made of the rest.
    ///
    /// - Parameters:
    ///   - random: 128 random bits, of which 74 are used.
    package static func version7(at instant: Timestamp, random: (UInt64, UInt64)) -> Self {
        let milliseconds = UInt64(max(0, instant.microseconds / 1_000))
        return Self(
            high: (milliseconds << 16) | 0x7000 | (random.0 & 0x0FFF),
            low: (random.1 & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        )
    }

    /// The smallest version 7 UUID of an instant: a lower bound for ranges and partitions.
    package static func floor(of instant: Timestamp) -> Self {
        Self(high: UInt64(max(0, instant.microseconds / 1_000)) << 16, low: 0)
    }

    /// When a version 7 UUID was made, to the millisecond; meaningless for other versions.
    package var instant: Timestamp {
        Timestamp(microseconds: Int64(high >> 16) * 1_000)
    }

    /// Accepts the 36-character form with hyphens, in either case, and nothing else.
    package init?(_ text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        var position = 0
        for byte in text.utf8 {
            defer { position += 1 }
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.hexDigit(byte), digits < 32 else { return nil }
            if digits < 16 { high = high << 4 | digit } else { low = low << 4 | digit }
            digits += 1
        }
        guard digits == 32, position == 36 else { return nil }
        self.init(high: high, low: low)
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = digit < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> (UInt64(15 - (digit & 15)) * 4)) & 15
                buffer[position] = nibble < 10 ? 48 + nibble : 87 + nibble
                position += 1
            }
            return 36
        }
    }

    private static func hexDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 48...57: UInt64(byte - 48)
        case 97...102: UInt64(byte - 87)
        case 65...70: UInt64(byte - 55)
        default: nil
        }
    }
}
