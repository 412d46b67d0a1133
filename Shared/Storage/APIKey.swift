internal import Crypto
package import Runtime

/// A key of a tenant's program, or of a founder's: `tdg_` or `tda_`, eight characters that may be shown, `_`, and 256
/// random bits.
package struct APIKey: Sendable {
    package enum Kind: String, Sendable {
        case tenant = "tdg_"
        /// What a founder may do, for programs.
        case admin = "tda_"
    }


    /// The whole key. It is shown once and stored nowhere.
    package let secret: Secret
    /// Its visible beginning, by which people tell keys apart.
    package let prefix: String

    private static let publicCharactersCount = 8
    private static let secretBytesCount = 32
    /// 32 bytes in base64url without padding.
    private static let secretCharactersCount = 43

    package static func make(_ kind: Kind = .tenant) -> APIKey {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        let shown = randomBytes(publicCharactersCount).map { alphabet[Int($0 & 31)] }
        let prefix = kind.rawValue + String(decoding: shown, as: UTF8.self)
        return APIKey(
            secret: Secret(prefix + "_" + Base64URL.encode(randomBytes(secretBytesCount))),
            prefix: prefix
        )
    }

    /// Nil when the text cannot be a tenant's key: then nobody needs to be asked.
    package init?(_ text: String) {
        self.init(text, .tenant)
    }

    package init?(_ text: String, _ kind: Kind) {
        let bytes = Array(text.utf8)
        let prefixCount = kind.rawValue.utf8.count + Self.publicCharactersCount
        guard bytes.count == prefixCount + 1 + Self.secretCharactersCount, text.hasPrefix(kind.rawValue),
            bytes[prefixCount] == UInt8(ascii: "_"), bytes.allSatisfy(Self.isKeyCharacter)
        else { return nil }
        self.init(secret: Secret(text), prefix: String(decoding: bytes[..<prefixCount], as: UTF8.self))
    }

    private init(secret: Secret, prefix: String) {
        self.secret = secret
        self.prefix = prefix
    }

    /// What the database knows the key by.
    package var hash: [UInt8] { SHA256.hash(secret.reveal()) }

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
