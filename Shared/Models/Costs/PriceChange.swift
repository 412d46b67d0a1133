/// Something that one price list has otherwise than another.
package struct PriceChange: Hashable, Sendable {
    package let key: RateCard.Key
    /// Nil: there was no price.
    package let before: Amount?
    /// Nil: there is no price any more.
    package let after: Amount?

    /// By market and category; what is the same in both is left out.
    package static func between(
        _ before: [RateCard.Key: Amount], _ after: [RateCard.Key: Amount]
    ) -> [PriceChange] {
        Set(before.keys).union(after.keys)
            .sorted { ($0.market, $0.category.rawValue) < ($1.market, $1.category.rawValue) }
            .map { PriceChange(key: $0, before: before[$0], after: after[$0]) }
            .filter { $0.before != $0.after }
    }
}
