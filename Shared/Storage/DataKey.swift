package import Crypto

/// A tenant's data key, opened for as long as something is sealed or opened with it. It is never printed.
package struct DataKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The id under which a tenant's first data key seals.
    private static let id = "t1"
    let bytes: [UInt8]

    package var description: String { "data key" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    package func seal(_ plaintext: [UInt8], for purpose: SecretPurpose) -> [UInt8] {
        AESGCM.seal(plaintext, key: bytes, keyID: Self.id, associatedData: purpose.binding)
    }

    package func open(_ sealed: [UInt8], for purpose: SecretPurpose) throws(SealError) -> [UInt8] {
        try AESGCM.open(sealed, key: bytes, keyID: Self.id, associatedData: purpose.binding)
    }
}
