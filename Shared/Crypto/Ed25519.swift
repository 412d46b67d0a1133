internal import Clibcrypto

/// Signatures that anybody can check (RFC 8032).
package enum Ed25519 {
    package static let keyBytesCount = 32
    package static let signatureBytesCount = 64

    /// A private key; never printed.
    package struct PrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
        private let seed: [UInt8]
        /// 32 bytes, for everybody.
        package let publicKey: [UInt8]

        /// Nil unless the seed has 32 bytes.
        package init?(seed: [UInt8]) {
            guard seed.count == keyBytesCount else { return nil }
            self.seed = seed
            publicKey = Self.publicKey(of: seed)
        }

        /// A key made of another secret.
        package init(hashing secret: [UInt8]) {
            seed = SHA256.hash(secret)
            publicKey = Self.publicKey(of: seed)
        }

        package func sign(_ message: [UInt8]) -> [UInt8] {
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
            defer { EVP_PKEY_free(key) }
            let context = EVP_MD_CTX_new()
            defer { EVP_MD_CTX_free(context) }
            return [UInt8](unsafeUninitializedCapacity: signatureBytesCount) { signature, count in
                var written = signatureBytesCount
                // Both fail for want of memory only: the key was made of these bytes before.
                let isBegun = EVP_DigestSignInit(context, nil, nil, nil, key) == 1
                let isDone =
                    isBegun && EVP_DigestSign(context, signature.baseAddress, &written, message, message.count) == 1
                precondition(isDone && written == signatureBytesCount, "Ed25519 failed")
                count = written
            }
        }

        private static func publicKey(of seed: [UInt8]) -> [UInt8] {
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
            defer { EVP_PKEY_free(key) }
            return [UInt8](unsafeUninitializedCapacity: keyBytesCount) { bytes, count in
                count = keyBytesCount
                // Any 32 bytes are a key: this fails for want of memory only.
                let isMade = key != nil && EVP_PKEY_get_raw_public_key(key, bytes.baseAddress, &count) == 1
                precondition(isMade && count == keyBytesCount, "Ed25519 failed")
            }
        }

        package var description: String { "an Ed25519 key" }
        package var customMirror: Mirror { Mirror(self, children: [:]) }
    }

    /// False also for keys and signatures of another length.
    package static func isValid(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        guard publicKey.count == keyBytesCount, signature.count == signatureBytesCount,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// As files of keys are written (RFC 8410).
    package static func pem(ofPublicKey key: [UInt8]) -> String {
        let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        return "-----BEGIN PUBLIC KEY-----\n\(Base64.encode(prefix + key))\n-----END PUBLIC KEY-----\n"
    }
}
