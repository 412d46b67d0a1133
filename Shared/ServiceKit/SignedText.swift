internal import Crypto

/// Text that people carry around for us and cannot change: readable by anybody, made by nobody without a master key.
struct SignedText: Sendable {
    /// The newest first, which signs.
    private let keys: [[UInt8]]

    /// - Parameter purpose: what is signed for one purpose is nothing for another.
    init(_ masterKeys: MasterKeys, purpose: String) {
        keys = masterKeys.ids.compactMap { masterKeys.key($0) }.map { key in
            HMACSHA256.authenticate(key: key.bytes, message: Array(purpose.utf8))
        }
    }

    /// Letters that stand in addresses and headers as they are.
    func sign(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes)
        return text + "." + Base64URL.encode(Self.proof(of: text, keys[0]))
    }

    /// Nil for what was not signed with one of our keys.
    func read(_ signed: Substring) -> [UInt8]? {
        let parts = signed.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let proof = Base64URL.decode(parts[1]),
            keys.contains(where: { constantTimeEqual(Self.proof(of: String(parts[0]), $0), proof) })
        else { return nil }
        return Base64URL.decode(parts[0])
    }

    private static func proof(of text: String, _ key: [UInt8]) -> [UInt8] {
        HMACSHA256.authenticate(key: key, message: Array(text.utf8))
    }
}
