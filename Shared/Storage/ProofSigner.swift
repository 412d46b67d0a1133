package import Crypto

/// Signs seals and proofs, and vouches for nothing else.
package struct ProofSigner: Sendable {
    private let key: Ed25519.PrivateKey

    /// - Parameter seed: 32 bytes. Nil for another length.
    package init?(seed: [UInt8]) {
        guard let key = Ed25519.PrivateKey(seed: seed) else { return nil }
        self.key = key
    }

    /// For whoever sets no key of its own: made of the newest master key.
    package init(derivedFrom masterKeys: MasterKeys) {
        key = Ed25519.PrivateKey(
            hashing: HMACSHA256.authenticate(
                key: masterKeys.current.bytes, message: Array("tidings proof signing key v1".utf8)))
    }

    package var publicKey: [UInt8] { key.publicKey }
    package var keyID: String { Self.id(of: key.publicKey) }

    /// The first half of the key's hash.
    package static func id(of publicKey: [UInt8]) -> String { String(SHA256.hex(publicKey).prefix(32)) }

    package func sign(_ text: String) -> [UInt8] { key.sign(Array(text.utf8)) }
}
