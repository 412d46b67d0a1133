/// How much of a rolling day's limit is used, and when it will be used up if things go on as in the last hour.
package struct LimitOutlook: Hashable, Sendable {
    /// Of the limit; a share of 1, more when the limit was lowered.
    package let share: Double
    /// Nil: at this pace it never is, because the rolling day gives back as much as is taken.
    package let hoursLeft: Double?

    /// - Parameters:
    ///   - most: nil: unlimited, or not known. Then there is no outlook.
    ///   - ofLastHour: what the last hour used.
    package init?(used: Int, most: Int?, ofLastHour: Int) {
        guard let most else { return nil }
        share = most > 0 ? Double(used) / Double(most) : 1
        let left = max(0, most - used)
        if left == 0 {
            hoursLeft = 0
        } else if ofLastHour == 0 {
            hoursLeft = nil
        } else {
            // What is used now comes back within a day: a pace that needs longer than that never uses it up.
            let hours = Double(left) / Double(ofLastHour)
            hoursLeft = hours <= Self.dayHours ? hours : nil
        }
    }

    /// A quota of a calendar day, at the pace of the day so far; beyond midnight it is a new one.
    ///
    /// - Parameter quota: nil: none. Then there is no outlook.
    package init?(sends: Int, quota: Int?, hoursOfDayGone: Double) {
        guard let quota else { return nil }
        share = quota > 0 ? Double(sends) / Double(quota) : 1
        let left = max(0, quota - sends)
        if left == 0 {
            hoursLeft = 0
        } else if sends == 0 || hoursOfDayGone <= 0 {
            hoursLeft = nil
        } else {
            let hours = Double(left) / (Double(sends) / hoursOfDayGone)
            hoursLeft = hours <= Self.dayHours - hoursOfDayGone ? hours : nil
        }
    }

    package static let dayHours = 24.0
}
