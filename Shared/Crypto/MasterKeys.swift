/// The keys that seal every tenant's data key. Several at once, so that a new one can take over while
/// the old ones still open what they sealed.
package struct MasterKeys: Sendable, CustomStringConvertible, CustomReflectable {
    package struct Key: Sendable, CustomStringConvertible, CustomReflectable {
        package let id: String
        package let bytes: [UInt8]

        package init(id: String, bytes: [UInt8]) {
            self.id = id
            self.bytes = bytes
        }

        package var description: String { "key \(id)" }
        package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
    }

    /// What is wrong with the setting, by position; never with a value, since an id in the wrong place may be
    /// a key.
    package enum Problem: Error, Equatable, Sendable {
        case empty
        case entryWithoutID(position: Int)
        case idUnusable(position: Int)
        case idTwice(position: Int)
        case notBase64(position: Int)
        case wrongLength(position: Int, bytesNeeded: Int)
    }

    package static let keyBytesCount = 32
    package static let idBytesMax = 64

    private let keys: [Key]

    /// Reads "id1:base64,id2:base64". The first is the current one; each is 32 bytes.
    package init(parsing text: String) throws(Problem) {
        var keys: [Key] = []
        let entries = text.split(separator: ",", omittingEmptySubsequences: true)
        guard !entries.isEmpty else { throw .empty }
        for (index, entry) in entries.enumerated() {
            let position = index + 1
            let trimmed = entry.drop { $0.isWhitespace }
            guard let colon = trimmed.firstIndex(of: ":") else { throw .entryWithoutID(position: position) }
            let id = String(trimmed[..<colon])
            guard Self.isUsable(id) else { throw .idUnusable(position: position) }
            guard !keys.contains(where: { $0.id == id }) else { throw .idTwice(position: position) }
            let encoded = trimmed[trimmed.index(after: colon)...].filter { !$0.isWhitespace }
            guard let bytes = Base64.decode(encoded) else { throw .notBase64(position: position) }
            guard bytes.count == Self.keyBytesCount else {
                throw .wrongLength(position: position, bytesNeeded: Self.keyBytesCount)
            }
            keys.append(Key(id: id, bytes: bytes))
        }
        self.keys = keys
    }

    /// The key that seals from now on.
    package var current: Key { keys[0] }

    package func key(_ id: String) -> Key? { keys.first { $0.id == id } }

    package var ids: [String] { keys.map(\.id) }

    package var description: String { "master keys \(ids.joined(separator: ", "))" }
    package var customMirror: Mirror { Mirror(self, children: ["ids": ids]) }

    private static func isUsable(_ id: String) -> Bool {
        (1...idBytesMax).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            }
    }
}
