internal import Crypto

/// Meta's proof of origin: `X-Hub-Signature-256: sha256=<hex>`, an HMAC-SHA256 of the raw body under the app secret
/// (Meta, webhooks). Over the bytes received: Meta escapes non-ASCII, and writing the JSON again would differ.
package enum MetaSignature {
    package static let header = "X-Hub-Signature-256"

    /// - Parameter secrets: several while a secret is being rotated; any may have signed.
    package static func isValid(_ value: String?, body: [UInt8], secrets: [String]) -> Bool {
        guard let value, value.hasPrefix("sha256="), let given = Hexadecimal.decode(String(value.dropFirst(7))) else {
            return false
        }
        // Every secret is tried, so that the time taken says nothing about which one fits.
        var isValid = false
        for secret in secrets {
            let expected = HMACSHA256.authenticate(key: Array(secret.utf8), message: body)
            if constantTimeEqual(expected, given) { isValid = true }
        }
        return isValid
    }

    package static func sign(body: [UInt8], secret: String) -> String {
        "sha256=" + Hexadecimal.encode(HMACSHA256.authenticate(key: Array(secret.utf8), message: body))
    }
}
