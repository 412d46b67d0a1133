/// How many people a business portfolio may write to first in a rolling day (Meta, messaging limits).
package enum MessagingTier: Hashable, Sendable {
    case recipients(Int)
    case unlimited

    /// Nil: unlimited.
    package var recipientsMax: Int? {
        switch self {
        case .recipients(let count): count
        case .unlimited: nil
        }
    }

    /// Meta's constants, the older ones too: `TIER_250`, `TIER_2K`, `TIER_UNLIMITED`; numbers as text; and Twilio's
    /// `10K Customers/24hr`. Nil for what names no limit, such as `TIER_NOT_SET`, and for what we do not know.
    package init?(_ text: some StringProtocol) {
        var word = text.uppercased()[...]
        if word.hasPrefix("TIER_") { word = word.dropFirst(5) }
        if let blank = word.firstIndex(of: " ") { word = word[..<blank] }
        if word == "UNLIMITED" {
            self = .unlimited
            return
        }
        var factor: Int64 = 1
        if word.hasSuffix("K") {
            factor = 1_000
            word = word.dropLast()
        }
        guard let count = Int64(word), count <= 1_000_000_000 else { return nil }
        self.init(count * factor)
    }

    /// Some webhooks write a number, -1 for no limit.
    package init?(_ number: Int64) {
        switch number {
        case -1: self = .unlimited
        case 1...1_000_000_000: self = .recipients(Int(number))
        default: return nil
        }
    }

    /// As Meta writes it.
    package var constant: String {
        switch self {
        case .unlimited: "TIER_UNLIMITED"
        case .recipients(let count):
            count >= 1_000 && count.isMultiple(of: 1_000) ? "TIER_\(count / 1_000)K" : "TIER_\(count)"
        }
    }
}
