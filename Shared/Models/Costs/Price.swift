/// What Meta charges for: a template's category, or an answer inside the service window.
package enum PriceCategory: String, CaseIterable, Hashable, Sendable {
    case marketing
    case utility
    case authentication
    case authenticationInternational = "authentication_international"
    case service

    /// Of a receipt's `pricing.category`, which is written with a hyphen there; nil for one without a price of its own.
    package init?(receipt word: String) {
        switch word {
        case "marketing_lite": self = .marketing
        case "authentication-international": self = .authenticationInternational
        default:
            guard let category = PriceCategory(rawValue: word) else { return nil }
            self = category
        }
    }

    package init(_ category: TemplateCategory) {
        switch category {
        case .marketing: self = .marketing
        case .utility: self = .utility
        case .authentication: self = .authentication
        }
    }
}

/// Money in millionths of its currency.
package struct Amount: Hashable, Comparable, Sendable {
    package let micros: Int64

    package init(micros: Int64) {
        self.micros = micros
    }

    /// A decimal number with at most six digits behind its point, as price lists and Twilio write it. A sign is left out:
    /// Twilio's prices are negative.
    package init?(decimal text: some StringProtocol) {
        let unsigned = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Self.digits(parts[0]), whole <= 1_000_000_000 else { return nil }
        var fraction: Int64 = 0
        if parts.count == 2 {
            guard (1...12).contains(parts[1].utf8.count), let first = Self.digits(parts[1].prefix(6)),
                parts[1].dropFirst(6).utf8.allSatisfy({ (48...57).contains($0) })
            else { return nil }
            fraction = first
            for _ in 0..<max(0, 6 - parts[1].utf8.count) { fraction *= 10 }
        }
        micros = whole * 1_000_000 + fraction
    }

    private static func digits(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 12, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }

    package static func < (left: Amount, right: Amount) -> Bool { left.micros < right.micros }

    /// "12.3456": no digits that say nothing, but at least two behind the point.
    package var decimal: String {
        let magnitude = micros.magnitude
        var fraction = String(magnitude % 1_000_000)
        fraction = String(repeating: "0", count: 6 - fraction.count) + fraction
        while fraction.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(micros < 0 ? "-" : "")\(magnitude / 1_000_000).\(fraction)"
    }
}

/// A price list: what one message costs, by market and category, in one currency from one day on.
package struct RateCard: Hashable, Sendable {
    package struct Key: Hashable, Sendable {
        package let market: String
        package let category: PriceCategory

        package init(market: String, category: PriceCategory) {
            self.market = market
            self.category = category
        }
    }

    package let currency: String
    /// The first moment (00:00 UTC of its day) from which it holds.
    package let validFrom: Timestamp
    package var prices: [Key: Amount]

    package init(currency: String, validFrom: Timestamp, prices: [Key: Amount]) {
        self.currency = currency
        self.validFrom = validFrom
        self.prices = prices
    }
}

/// All price lists, and which of them holds when.
package struct RateBook: Sendable {
    /// 1 October 2026, 00:00 UTC: new markets, and answers inside the service window are charged (Meta, pricing).
    package static let october2026 = Timestamp(microseconds: 1_790_812_800_000_000)

    private let cards: [String: [RateCard]]

    package init(_ cards: [RateCard]) {
        self.cards = Dictionary(grouping: cards, by: \.currency)
            .mapValues { $0.sorted { $0.validFrom > $1.validFrom } }
    }

    package static func market(of country: String?, at moment: Timestamp) -> Market {
        Market(country: country, hasOctober2026: moment >= october2026)
    }

    /// The list price of one message; nil where no list names it.
    package func price(
        _ category: PriceCategory, to country: String?, in currency: String, at moment: Timestamp
    ) -> Amount? {
        guard let card = cards[currency]?.first(where: { $0.validFrom <= moment }) else { return nil }
        return card.prices[RateCard.Key(market: Self.market(of: country, at: moment).name, category: category)]
    }
}
