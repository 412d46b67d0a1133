/// The 16 bytes that all spans of one trace share; never zero.
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// The trace of what an id names: its 16 bytes are the trace's, so whoever knows the id knows the trace.
    package init?<Kind>(of id: Identifier<Kind>) {
        self.init(high: id.value.high, low: id.value.low)
    }

    /// 32 lower-case hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8
        guard digits.count == 32, let high = hexValue(digits.prefix(16)), let low = hexValue(digits.suffix(16)) else {
            return nil
        }
        self.init(high: high, low: low)
    }

    package var description: String { hexText(high, digits: 16) + hexText(low, digits: 16) }
}

/// The 8 bytes of one span; never zero.
package struct SpanID: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init?(_ value: UInt64) {
        guard value != 0 else { return nil }
        self.value = value
    }

    /// 16 lower-case hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 16, let value = hexValue(text.utf8) else { return nil }
        self.init(value)
    }

    package var description: String { hexText(value, digits: 16) }
}

/// Nil unless every byte is a digit or one of a to f: the standard takes no capitals.
func hexValue(_ digits: some Sequence<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for byte in digits {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
        default: return nil
        }
    }
    return value
}

func hexText(_ value: UInt64, digits: Int) -> String {
    String(unsafeUninitializedCapacity: digits) { buffer in
        for position in 0..<digits {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64((digits - 1 - position) * 4)) & 15
            buffer[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
        }
        return digits
    }
}
