internal import Crypto

/// Twilio's proof of origin: `X-Twilio-Signature`, an HMAC over the public address and the form's fields, under the
/// account's auth token (Twilio, security of webhooks).
package enum TwilioSignature {
    package static let header = "X-Twilio-Signature"
    /// `key=<id>,algorithm=HMAC_SHA256`; absent means SHA-1.
    package static let settingsHeader = "X-Twilio-Webhooks-Signature-Settings"
    /// Of a JSON body, in the address.
    static let bodyHash = "bodySHA256"

    package enum Algorithm: Sendable, CaseIterable {
        case sha1
        case sha256
    }

    /// - Parameters:
    ///   - url: as Twilio was given it, query included; a fragment is not part of what is signed.
    ///   - contentType: tells a form, whose fields are signed, from anything else, whose hash is in the address.
    package static func isValid(
        _ value: String?, settings: String?, url: String, body: [UInt8], contentType: String?, token: String
    ) -> Bool {
        guard let value, let given = Base64.decode(value), !token.isEmpty,
            let algorithm = Algorithm(settings: settings)
        else { return false }
        let url = url.split(separator: "#", maxSplits: 1).first.map(String.init) ?? ""
        let isForm = isForm(contentType)
        if !isForm && !bodyHashFits(url, body) { return false }
        let fields = isForm ? signedFields(FormFields(parsing: body)) : ""
        // Twilio itself is not of one mind about the default port. Every spelling is tried, so that the time taken
        // says nothing about which one fits.
        var isValid = false
        for spelling in spellings(of: url) {
            if constantTimeEqual(code(spelling + fields, token, algorithm), given) { isValid = true }
        }
        return isValid
    }

    package static func sign(
        url: String, form: FormFields, token: String, algorithm: Algorithm = .sha1
    ) -> String {
        Base64.encode(code(url + signedFields(form), token, algorithm))
    }

    package static func isForm(_ contentType: String?) -> Bool {
        guard let contentType else { return true }
        return contentType.lowercased().hasPrefix("application/x-www-form-urlencoded")
    }

    /// Each name, sorted by its bytes, followed by its distinct values.
    static func signedFields(_ form: FormFields) -> String {
        var values: [String: Set<String>] = [:]
        for field in form.fields { values[field.name, default: []].insert(field.value) }
        var text = ""
        for name in values.keys.sorted(by: precedes) {
            for value in (values[name] ?? []).sorted(by: precedes) { text += name + value }
        }
        return text
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func bodyHashFits(_ url: String, _ body: [UInt8]) -> Bool {
        guard let query = url.split(separator: "?", maxSplits: 1).dropFirst().first,
            let given = FormFields(parsing: Array(query.utf8))[bodyHash].flatMap({ Hexadecimal.decode($0) })
        else { return false }
        return constantTimeEqual(SHA256.hash(body), given)
    }

    private static func code(_ text: String, _ token: String, _ algorithm: Algorithm) -> [UInt8] {
        switch algorithm {
        case .sha1: HMACSHA1.authenticate(key: token, message: Array(text.utf8))
        case .sha256: HMACSHA256.authenticate(key: token, message: Array(text.utf8))
        }
    }

    /// As given, with the scheme's default port, and without a port.
    static func spellings(of url: String) -> [String] {
        guard let scheme = url.firstRange(of: "://") else { return [url] }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest[authority.endIndex...]
        let prefix = url[..<scheme.upperBound]
        guard let colon = authority.lastIndex(of: ":"),
            authority[authority.index(after: colon)...].allSatisfy({ ("0"..."9").contains($0) })
        else {
            return [url, "\(prefix)\(authority):\(prefix == "https://" ? 443 : 80)\(tail)"]
        }
        return [url, "\(prefix)\(authority[..<colon])\(tail)"]
    }
}

extension TwilioSignature.Algorithm {
    /// Nil for one we do not know.
    init?(settings: String?) {
        guard let settings, !settings.isEmpty else {
            self = .sha1
            return
        }
        for setting in settings.split(separator: ",") {
            let halves = setting.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
            guard halves.count == 2, halves[0].lowercased() == "algorithm" else { continue }
            switch halves[1].uppercased() {
            case "HMAC_SHA256": self = .sha256
            case "HMAC_SHA1": self = .sha1
            default: return nil
            }
            return
        }
        return nil
    }
}
