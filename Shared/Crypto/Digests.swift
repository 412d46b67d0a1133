internal import Clibcrypto

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    package static let bytesCount = 32

    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0) }
    }

    package static func hash(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }

    package static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytesCount) { digest, count in
            var written: UInt32 = 0
            let status = EVP_Digest(
                bytes.baseAddress,
                bytes.count,
                digest.baseAddress,
                &written,
                Algorithms.sha256,
                nil
            )
            // Fails for want of memory only: the algorithm was found when the process first needed it.
            precondition(status == 1 && Int(written) == bytesCount, "SHA-256 failed")
            count = Int(written)
        }
    }

    /// 64 lower-case digits.
    package static func hex(_ bytes: [UInt8]) -> String { Hexadecimal.encode(hash(bytes)) }

    package static func hex(_ text: String) -> String { Hexadecimal.encode(hash(text)) }
}

/// HMAC with SHA-256 (RFC 2104): Meta's webhook signatures and ours.
package enum HMACSHA256 {
    package static func authenticate(key: [UInt8], message: [UInt8]) -> [UInt8] {
        authenticationCode(Algorithms.sha256, 32, key, message)
    }

    package static func authenticate(key: String, message: [UInt8]) -> [UInt8] {
        authenticate(key: Array(key.utf8), message: message)
    }
}

/// HMAC with SHA-1, which only Twilio's webhook signatures still need.
package enum HMACSHA1 {
    package static func authenticate(key: [UInt8], message: [UInt8]) -> [UInt8] {
        authenticationCode(Algorithms.sha1, 20, key, message)
    }

    package static func authenticate(key: String, message: [UInt8]) -> [UInt8] {
        authenticate(key: Array(key.utf8), message: message)
    }
}

/// Whether two byte strings are equal, in a time that depends on their length only. Use it for every
/// comparison with something secret.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return CRYPTO_memcmp(left, right, left.count) == 0
}

/// Bytes nobody can guess, for keys, tokens and nonces.
package func randomBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        precondition(RAND_bytes(buffer.baseAddress, Int32(count)) == 1, "OpenSSL gives no randomness")
        filled = count
    }
}

private func authenticationCode(
    _ algorithm: OpaquePointer?,
    _ bytesCount: Int,
    _ key: [UInt8],
    _ message: [UInt8]
) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bytesCount) { code, count in
        var written: UInt32 = 0
        // OpenSSL takes a null key for "no key" and fails; an empty Swift array may have no address.
        let result = (key.isEmpty ? [0] : key).withUnsafeBufferPointer { secret in
            HMAC(
                algorithm,
                secret.baseAddress,
                Int32(key.count),
                message,
                message.count,
                code.baseAddress,
                &written
            )
        }
        precondition(result != nil && Int(written) == bytesCount, "HMAC failed")
        count = Int(written)
    }
}

/// Fetched once: OpenSSL 3 looks an algorithm up by name, under a lock, whenever it is asked for implicitly.
enum Algorithms {
    /// Safety: an EVP_MD or EVP_CIPHER is immutable once fetched and lives as long as the process.
    private struct Fetched: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private static let fetchedSHA256 = Fetched(pointer: EVP_MD_fetch(nil, "SHA2-256", nil))
    private static let fetchedSHA1 = Fetched(pointer: EVP_MD_fetch(nil, "SHA1", nil))
    private static let fetchedAES256GCM = Fetched(pointer: EVP_CIPHER_fetch(nil, "AES-256-GCM", nil))

    static var sha256: OpaquePointer? { fetchedSHA256.pointer }
    static var sha1: OpaquePointer? { fetchedSHA1.pointer }
    static var aes256GCM: OpaquePointer? { fetchedAES256GCM.pointer }
}
