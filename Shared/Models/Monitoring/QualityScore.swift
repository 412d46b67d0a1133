/// How well a business (or a sender) does in one figure: the weighted mean of what is known, each part from 0 to 1.
///
///     score = Σ weight × part ÷ Σ weight        over the parts that are known
///
/// | part | weight | what it is |
/// |---|---|---|
/// | delivery | 0.40 | the delivery rate |
/// | failures | 0.20 | 1 − the failure rate |
/// | reading | 0.10 | read, of what was delivered, over a half: half of them read is full marks, because many people hide it |
/// | sender | 0.15 | Meta's rating of the number: GREEN 1, YELLOW ½, RED 0 |
/// | templates | 0.10 | the mean rating of the approved templates that have one, likewise |
/// | webhooks | 0.05 | 1 while at most 1 % of our answers to webhooks took more than a second; 0 from 11 % on |
///
/// Without traffic in the window there is no score: ratings alone say nothing about what people get.
package struct QualityScore: Hashable, Sendable {
    package enum Part: String, CaseIterable, Hashable, Sendable {
        case delivery
        case failures
        case reading
        case sender
        case templates
        case webhooks

        package var weight: Double {
            switch self {
            case .delivery: 0.40
            case .failures: 0.20
            case .reading: 0.10
            case .sender: 0.15
            case .templates: 0.10
            case .webhooks: 0.05
            }
        }
    }

    /// What goes in; nil where nothing is known. Shares of 1.
    package struct Facts: Hashable, Sendable {
        package var deliveryRate: Double?
        package var failureRate: Double?
        /// Read, of what was delivered.
        package var readShare: Double?
        package var senderRatings: [QualityRating] = []
        package var templateRatings: [QualityRating] = []
        /// Answers to webhooks that took more than a second.
        package var webhookSlowShare: Double?

        package init() {}
    }

    /// Read by this share of those who got it is as good as it gets.
    package static let readShareFull = 0.5
    package static let slowShareAllowed = 0.01
    package static let slowShareWorst = 0.11

    package let value: Double
    package let parts: [Part: Double]

    /// Nil without traffic: neither a delivery nor a failure rate is known.
    package init?(_ facts: Facts) {
        guard facts.deliveryRate != nil || facts.failureRate != nil else { return nil }
        var parts: [Part: Double] = [:]
        parts[.delivery] = facts.deliveryRate
        parts[.failures] = facts.failureRate.map { 1 - $0 }
        parts[.reading] = facts.readShare.map { $0 / Self.readShareFull }
        parts[.sender] = QualityRating.mean(facts.senderRatings)
        parts[.templates] = QualityRating.mean(facts.templateRatings)
        parts[.webhooks] = facts.webhookSlowShare.map {
            1 - ($0 - Self.slowShareAllowed) / (Self.slowShareWorst - Self.slowShareAllowed)
        }
        parts = parts.mapValues { min(1, max(0, $0)) }
        // In one order, so that the same facts give the same last digit, and all of everything is 1.
        let weights = Part.allCases.reduce(0) { $0 + (parts[$1] == nil ? 0 : $1.weight) }
        value = Part.allCases.reduce(0) { $0 + $1.weight * (parts[$1] ?? 0) } / weights
        self.parts = parts
    }
}

/// Meta's rating of a number or a template.
package enum QualityRating: String, CaseIterable, Hashable, Sendable {
    case green = "GREEN"
    case yellow = "YELLOW"
    case red = "RED"

    /// Nil for what is no rating: UNKNOWN, NA, and whatever a provider may write one day.
    package init?(provider text: String?) {
        switch text {
        case "GREEN", "HIGH": self = .green
        case "YELLOW", "MEDIUM": self = .yellow
        case "RED", "LOW": self = .red
        case .some, .none: return nil
        }
    }

    package var part: Double {
        switch self {
        case .green: 1
        case .yellow: 0.5
        case .red: 0
        }
    }

    static func mean(_ ratings: [QualityRating]) -> Double? {
        ratings.isEmpty ? nil : ratings.reduce(0) { $0 + $1.part } / Double(ratings.count)
    }
}
