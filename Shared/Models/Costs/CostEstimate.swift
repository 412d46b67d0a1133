/// What messages will cost at list price, before they are sent: an upper bound, since tiers for many messages are counted
/// by Meta over all of a business, and what is not delivered is free.
package struct CostEstimate: Hashable, Sendable {
    package struct Line: Hashable, Sendable {
        /// Nil: the numbers do not tell their country.
        package let country: String?
        package let market: String
        package let messages: Int
        /// Of one message; nil when no price list names it.
        package let price: Amount?

        package var amount: Amount? { price.map { Amount(micros: $0.micros * Int64(messages)) } }
    }

    package let currency: String
    package let category: PriceCategory
    /// The dearest first, what has no price last.
    package let lines: [Line]

    package var messages: Int { lines.reduce(0) { $0 + $1.messages } }
    package var withoutPrice: Int { lines.reduce(0) { $0 + ($1.price == nil ? $1.messages : 0) } }
    package var total: Amount { Amount(micros: lines.reduce(0) { $0 + ($1.amount?.micros ?? 0) }) }

    /// - Parameter countries: how many messages go to each; nil for numbers that do not tell theirs.
    package init(
        _ countries: [String?: Int], category: PriceCategory, currency: String, at moment: Timestamp, book: RateBook
    ) {
        self.currency = currency
        self.category = category
        lines = countries.filter { $0.value > 0 }.map { country, messages in
            Line(
                country: country, market: RateBook.market(of: country, at: moment).name, messages: messages,
                price: book.price(category, to: country, in: currency, at: moment))
        }.sorted {
            ($0.amount?.micros ?? -1, $0.messages, $1.country ?? "") > ($1.amount?.micros ?? -1, $1.messages, $0.country ?? "")
        }
    }
}

/// What a receipt says about the price of its message.
package struct Charge: Hashable, Sendable {
    package enum Source: String, CaseIterable, Sendable {
        /// A list price of ours.
        case rateCard = "rate_card"
        /// The provider named it.
        case provider
        case free
    }

    package let category: String
    package let pricingType: String
    package let isBillable: Bool
    /// Nil: billable, and nobody knows the price.
    package let amount: Amount?
    package let currency: String
    package let source: Source
    /// Of Twilio.
    package let segments: Int?

    package init(
        category: String, pricingType: String, isBillable: Bool, amount: Amount?, currency: String, source: Source,
        segments: Int?
    ) {
        self.category = category
        self.pricingType = pricingType
        self.isBillable = isBillable
        self.amount = amount
        self.currency = currency
        self.source = source
        self.segments = segments
    }

    /// Meta's `pricing`: its category and whether it is charged decide; the price is ours to look up.
    ///
    /// - Parameter type: nil on payloads from before July 2025, which `isBillable` then decides about.
    package static func meta(
        category: String, type: String?, isBillable: Bool?, to country: String?, currency: String, at moment: Timestamp,
        book: RateBook
    ) -> Charge {
        let isCharged = type.map { $0 == "regular" } ?? isBillable ?? true
        let known = PriceCategory(receipt: category)
        let price = isCharged ? known.flatMap { book.price($0, to: country, in: currency, at: moment) } : Amount(micros: 0)
        return Charge(
            category: known?.rawValue ?? category, pricingType: type ?? (isCharged ? "regular" : "free"),
            isBillable: isCharged, amount: price, currency: currency, source: isCharged ? .rateCard : .free, segments: nil)
    }

    /// Twilio's own price, with what it pays to Meta inside.
    package static func twilio(price: Amount, currency: String, category: PriceCategory, segments: Int?) -> Charge {
        Charge(
            category: category.rawValue, pricingType: "regular", isBillable: price.micros > 0, amount: price,
            currency: currency, source: price.micros > 0 ? .provider : .free, segments: segments)
    }
}
