/// An e-mail address as we keep it: in lower case, so that people are found however they write theirs.
package struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// Of RFC 5321: 64 bytes before the at sign, 255 behind it.
    package static let bytesMax = 320

    package let text: String

    /// Nil for what no mail can be sent to. Stricter than the standard: no quotes, no comments, no addresses of hosts.
    package init?(_ written: some StringProtocol) {
        let text = written.lowercased()
        let halves = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.bytesMax, halves.count == 2, !halves[0].isEmpty, halves[0].utf8.count <= 64,
            halves[1].contains("."), !halves[1].contains(".."), halves[1].first != ".", halves[1].last != ".",
            text.utf8.allSatisfy(Self.mayStand)
        else { return nil }
        self.text = text
    }

    package var description: String { text }

    /// Printable ASCII but what would mean something in a header.
    private static func mayStand(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !"\"(),:;<>[\\]".utf8.contains(byte)
    }
}
