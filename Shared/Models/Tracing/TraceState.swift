/// The form of a `tracestate`: what is wrong in it must not be passed on.
enum TraceState {
    static let membersMax = 32
    /// More than the 512 that must be passed on.
    static let bytesMax = 1_024

    static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= bytesMax else { return false }
        var keys: Set<Substring> = []
        for member in text.split(separator: ",").map({ trimmed($0) }) where !member.isEmpty {
            guard let equals = member.firstIndex(of: "="), isKey(member[..<equals]),
                isValue(member[member.index(after: equals)...]), keys.insert(member[..<equals]).inserted
            else { return false }
        }
        return keys.count <= membersMax
    }

    private static func isKey(_ key: Substring) -> Bool {
        guard let first = key.utf8.first, isLowerOrDigit(first), key.utf8.count <= 256 else { return false }
        return key.utf8.allSatisfy { isLowerOrDigit($0) || "_-*/@".utf8.contains($0) }
    }

    /// Printable, without a comma or an equals sign, not ending in a blank.
    private static func isValue(_ value: Substring) -> Bool {
        guard (1...256).contains(value.utf8.count), value.utf8.last != UInt8(ascii: " ") else { return false }
        return value.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        let withoutHead = text.drop(while: isBlank)
        guard let last = withoutHead.lastIndex(where: { !isBlank($0) }) else { return "" }
        return withoutHead[...last]
    }
}
