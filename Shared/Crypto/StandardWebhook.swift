/// Signatures as standardwebhooks.com has them: HMAC-SHA256 over id, time and body, and a list of signatures so that a
/// secret can be replaced without a gap.
package enum StandardWebhook {
    package static let secretPrefix = "whsec_"
    package static let secretBytesCount = 32
    /// How far a sender's clock may be off, in seconds.
    package static let toleranceSeconds = 300

    /// A new secret as it is shown: `whsec_` and base64.
    package static func makeSecret() -> String { secretPrefix + Base64.encode(randomBytes(secretBytesCount)) }

    /// Nil for what is no secret: 24 to 64 bytes in base64, with or without the prefix.
    package static func key(of secret: String) -> [UInt8]? {
        let text = secret.hasPrefix(secretPrefix) ? String(secret.dropFirst(secretPrefix.count)) : secret
        guard let key = Base64.decode(text), (24...64).contains(key.count) else { return nil }
        return key
    }

    /// The value of `webhook-signature`: one `v1,…` for each key, the newest first.
    ///
    /// - Parameter seconds: since 1970, the value of `webhook-timestamp`.
    package static func signature(keys: [[UInt8]], id: String, seconds: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return keys.map { "v1," + Base64.encode(HMACSHA256.authenticate(key: $0, message: signed)) }
            .joined(separator: " ")
    }

    /// Whether any of the signatures is this key's, and its time near ours: what a receiver does.
    package static func isValid(
        _ signature: String, key: [UInt8], id: String, seconds: Int64, body: [UInt8], now: Int64
    ) -> Bool {
        guard abs(now - seconds) <= Int64(toleranceSeconds) else { return false }
        let expected = Array(Self.signature(keys: [key], id: id, seconds: seconds, body: body).utf8)
        // Every one is compared, so that the time says nothing about which.
        return signature.split(separator: " ").reduce(false) { found, one in
            constantTimeEqual(Array(one.utf8), expected) || found
        }
    }
}
