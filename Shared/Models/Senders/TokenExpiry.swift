/// How near the end of an access token is. People are told once at each stage: most tokens of Meta's system users last
/// 60 days, and making a new one takes a person.
package enum TokenExpiry: String, CaseIterable, Hashable, Sendable {
    case fourteenDays = "14d"
    case threeDays = "3d"
    case oneDay = "1d"
    case over

    /// The longest stage; before it nobody is told.
    package static let horizon = Duration.seconds(14 * 86_400)

    /// Nil while there is time.
    package init?(endingAt end: Timestamp, now: Timestamp) {
        let left = end - now
        if left <= .zero {
            self = .over
        } else if left <= .seconds(86_400) {
            self = .oneDay
        } else if left <= .seconds(3 * 86_400) {
            self = .threeDays
        } else if left <= Self.horizon {
            self = .fourteenDays
        } else {
            return nil
        }
    }
}
