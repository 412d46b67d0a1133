internal import Clibcrypto

/// Why something sealed cannot be opened.
package enum SealError: Error, Equatable, Sendable {
    /// Shorter than its own parts say.
    case truncated
    /// Made by a version of the format this program does not know.
    case unknownVersion(UInt8)
    /// Sealed under another key than the one at hand; the id is not secret.
    case wrongKey(needed: String)
    /// The content, the place it belongs to, or the key is not what it was when it was sealed.
    case tampered
}

/// AES-256 in Galois/counter mode, in a form that names its key:
/// version (1 byte) · length of the key id (1) · key id · nonce (12) · ciphertext · tag (16).
///
/// The head is authenticated together with the associated data. Nonces are random: below 2^32 seals under one
/// key, which NIST SP 800-38D allows, a repeat is out of reach.
package enum AESGCM {
    package static let keyBytesCount = 32
    private static let version: UInt8 = 1
    private static let nonceBytesCount = 12
    private static let tagBytesCount = 16

    /// - Parameters:
    ///   - associatedData: what the secret belongs to (tenant, column), so that it opens nowhere else.
    package static func seal(
        _ plaintext: [UInt8],
        key: [UInt8],
        keyID: String,
        associatedData: [UInt8]
    ) -> [UInt8] {
        seal(
            plaintext,
            key: key,
            keyID: keyID,
            associatedData: associatedData,
            nonce: randomBytes(nonceBytesCount)
        )
    }

    package static func seal(_ plaintext: [UInt8], key: MasterKeys.Key, associatedData: [UInt8]) -> [UInt8] {
        seal(plaintext, key: key.bytes, keyID: key.id, associatedData: associatedData)
    }

    package static func open(
        _ sealed: [UInt8],
        key: [UInt8],
        keyID: String,
        associatedData: [UInt8]
    ) throws(SealError) -> [UInt8] {
        let parts = try Parts(sealed)
        guard parts.keyID == keyID else { throw .wrongKey(needed: parts.keyID) }
        let plaintext = decrypt(
            parts.ciphertext,
            tag: parts.tag,
            key: key,
            nonce: parts.nonce,
            associatedData: parts.head + associatedData
        )
        guard let plaintext else {
            // A failure left in this thread's queue would be taken by the next TLS call for its own.
            ERR_clear_error()
            throw .tampered
        }
        return plaintext
    }

    /// Opens with whichever of the master keys sealed it.
    package static func open(
        _ sealed: [UInt8],
        keys: MasterKeys,
        associatedData: [UInt8]
    ) throws(SealError) -> [UInt8] {
        let id = try keyID(of: sealed)
        guard let key = keys.key(id) else { throw .wrongKey(needed: id) }
        return try open(sealed, key: key.bytes, keyID: id, associatedData: associatedData)
    }

    /// Which key opens it; tells what to seal again after a rotation.
    package static func keyID(of sealed: [UInt8]) throws(SealError) -> String {
        try Parts(sealed).keyID
    }

    /// The first bytes of everything sealed under the key of this id: version, length of the id, id.
    package static func head(keyID: String) -> [UInt8] {
        precondition((1...255).contains(keyID.utf8.count), "a key id has 1 to 255 bytes")
        return [version, UInt8(keyID.utf8.count)] + Array(keyID.utf8)
    }

    /// With the nonce in the caller's hand, for tests only: a nonce used twice under a key gives everything
    /// away.
    static func seal(
        _ plaintext: [UInt8],
        key: [UInt8],
        keyID: String,
        associatedData: [UInt8],
        nonce: [UInt8]
    ) -> [UInt8] {
        let head = head(keyID: keyID)
        let (ciphertext, tag) = encrypt(
            plaintext,
            key: key,
            nonce: nonce,
            associatedData: head + associatedData
        )
        return head + nonce + ciphertext + tag
    }

    private struct Parts {
        let head: [UInt8]
        let keyID: String
        let nonce: [UInt8]
        let ciphertext: [UInt8]
        let tag: [UInt8]

        init(_ sealed: [UInt8]) throws(SealError) {
            guard let version = sealed.first else { throw .truncated }
            guard version == AESGCM.version else { throw .unknownVersion(version) }
            guard sealed.count >= 2, sealed[1] > 0 else { throw .truncated }
            let headCount = 2 + Int(sealed[1])
            let bodyStart = headCount + nonceBytesCount
            guard sealed.count >= bodyStart + tagBytesCount else { throw .truncated }
            let tagStart = sealed.count - tagBytesCount
            head = Array(sealed[..<headCount])
            keyID = String(decoding: sealed[2..<headCount], as: UTF8.self)
            nonce = Array(sealed[headCount..<bodyStart])
            ciphertext = Array(sealed[bodyStart..<tagStart])
            tag = Array(sealed[tagStart...])
        }
    }

    /// The bare cipher, so that tests can hold it against published vectors.
    static func encrypt(
        _ plaintext: [UInt8],
        key: [UInt8],
        nonce: [UInt8],
        associatedData: [UInt8]
    ) -> (ciphertext: [UInt8], tag: [UInt8]) {
        precondition(
            key.count == keyBytesCount && nonce.count == nonceBytesCount,
            "wrong length of key or nonce"
        )
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var written: Int32 = 0
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count)
        var tag = [UInt8](repeating: 0, count: tagBytesCount)
        var isDone = EVP_EncryptInit_ex2(context, Algorithms.aes256GCM, key, nonce, nil) == 1
        if !associatedData.isEmpty {
            let count = Int32(associatedData.count)
            isDone = isDone && EVP_EncryptUpdate(context, nil, &written, associatedData, count) == 1
        }
        if !plaintext.isEmpty {
            let count = Int32(plaintext.count)
            isDone = isDone && EVP_EncryptUpdate(context, &ciphertext, &written, plaintext, count) == 1
        }
        var nothing: UInt8 = 0
        isDone = isDone && EVP_EncryptFinal_ex(context, &nothing, &written) == 1
        isDone =
            isDone && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytesCount), &tag) == 1
        // All inputs were checked above: what is left is want of memory.
        precondition(isDone, "AES-GCM failed")
        return (ciphertext, tag)
    }

    /// Nil when the tag does not fit; the plaintext is not given out then.
    static func decrypt(
        _ ciphertext: [UInt8],
        tag: [UInt8],
        key: [UInt8],
        nonce: [UInt8],
        associatedData: [UInt8]
    ) -> [UInt8]? {
        precondition(
            key.count == keyBytesCount && nonce.count == nonceBytesCount,
            "wrong length of key or nonce"
        )
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var written: Int32 = 0
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count)
        var tag = tag
        guard tag.count == tagBytesCount,
            EVP_DecryptInit_ex2(context, Algorithms.aes256GCM, key, nonce, nil) == 1
        else { return nil }
        if !associatedData.isEmpty {
            let count = Int32(associatedData.count)
            guard EVP_DecryptUpdate(context, nil, &written, associatedData, count) == 1 else { return nil }
        }
        if !ciphertext.isEmpty {
            let count = Int32(ciphertext.count)
            guard EVP_DecryptUpdate(context, &plaintext, &written, ciphertext, count) == 1 else { return nil }
        }
        var nothing: UInt8 = 0
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytesCount), &tag) == 1,
            EVP_DecryptFinal_ex(context, &nothing, &written) == 1
        else { return nil }
        return plaintext
    }
}
