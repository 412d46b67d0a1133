internal import Cphonenumber

/// Why a text is no number we can send to. Never holds the text.
package enum PhoneNumberError: Error, Equatable, Sendable {
    /// Longer than `PhoneNumber.textBytesMax`, or nothing in it looks like a number.
    case notANumber
    /// No such country code, or none given and no default region.
    case unknownCountryCode
    case tooShort
    case tooLong
    /// Right in length for no kind of number of its country.
    case notPossible
}

/// A telephone number in international form (E.164), as libphonenumber understands it.
///
/// Being possible is the hard gate. Being valid is only a hint: the library's tables are older than some
/// number ranges, and WhatsApp keeps a few accounts under old formats.
package struct PhoneNumber: Hashable, Sendable {
    package enum Kind: Sendable {
        case mobile, fixed
        /// Some countries, the United States among them, do not tell the two apart.
        case fixedOrMobile
        /// Toll-free, premium, internet telephony and the like.
        case other
        case unknown
    }

    /// A longer text is refused unread.
    package static let textBytesMax = 64

    /// "+393401234567"
    package let e164: String
    /// Two letters (ISO 3166-1), "001" for numbers of no country, nil when the number does not tell.
    package let region: String?
    package let countryCode: Int
    package let kind: Kind
    /// False is a warning, not a refusal.
    package let isValid: Bool

    /// The digits alone, the form of Meta's `to` and `wa_id`.
    package var digits: String { String(e164.dropFirst()) }

    /// Only the last two digits, for log lines and pages.
    package var masked: String {
        "+" + String(repeating: "•", count: max(0, e164.count - 3)) + e164.suffix(2)
    }

    /// Costs about 20 µs.
    ///
    /// - Parameters:
    ///   - defaultRegion: two capital letters; lets a number be written the way it is dialled at home.
    ///     Without it the text must begin with +.
    package static func parse(
        _ text: String,
        defaultRegion: String? = nil
    ) throws(PhoneNumberError) -> PhoneNumber {
        guard text.utf8.count <= textBytesMax else { throw .notANumber }
        var text = text
        var number = tidings_phone_number()
        let status = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                tidings_phone_parse(characters.baseAddress, characters.count, defaultRegion, &number)
            }
        }
        switch status {
        case TIDINGS_PHONE_OK: return PhoneNumber(number)
        case TIDINGS_PHONE_INVALID_COUNTRY_CODE: throw .unknownCountryCode
        case TIDINGS_PHONE_TOO_SHORT, TIDINGS_PHONE_LOCAL_ONLY: throw .tooShort
        case TIDINGS_PHONE_TOO_LONG: throw .tooLong
        case TIDINGS_PHONE_NOT_POSSIBLE: throw .notPossible
        default: throw .notANumber
        }
    }

    private init(_ number: tidings_phone_number) {
        e164 = Self.text(of: number.e164)
        let region = Self.text(of: number.region)
        self.region = region.isEmpty ? nil : region
        countryCode = Int(number.country_code)
        isValid = number.is_valid
        kind =
            switch number.kind {
            case TIDINGS_PHONE_KIND_MOBILE: .mobile
            case TIDINGS_PHONE_KIND_FIXED: .fixed
            case TIDINGS_PHONE_KIND_FIXED_OR_MOBILE: .fixedOrMobile
            case TIDINGS_PHONE_KIND_OTHER: .other
            default: .unknown
            }
    }

    /// The characters of a C array up to its NUL.
    private static func text(of characters: some Any) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
