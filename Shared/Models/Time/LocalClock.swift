/// What the clocks of a place show: how far they are ahead of UTC, and when that changes.
///
/// The rules of time zones stand outside Models; a clock carries as much of them as a decision looks ahead.
package struct LocalClock: Hashable, Sendable {
    package struct Change: Hashable, Sendable {
        package let at: Timestamp
        /// Ahead of UTC from then on.
        package let offset: Duration

        package init(at: Timestamp, offset: Duration) {
            self.at = at
            self.offset = offset
        }
    }

    package static let utc = LocalClock(offset: .zero)

    private let first: Duration
    private let changes: [Change]

    /// - Parameters:
    ///   - offset: before the first change.
    ///   - changes: in any order, in the days a decision may look ahead.
    package init(offset: Duration, changes: [Change] = []) {
        first = offset
        self.changes = changes.sorted { $0.at < $1.at }
    }

    package func offset(at now: Timestamp) -> Duration {
        changes.last { $0.at <= now }?.offset ?? first
    }

    /// Days since 1970 of the local calendar.
    package func day(at now: Timestamp) -> Int {
        Int(floorDivided(local(now), by: Self.dayMicroseconds))
    }

    /// Microseconds since local midnight as the clock on the wall shows it, also on days of 23 or 25 hours.
    package func timeOfDay(at now: Timestamp) -> Duration {
        let local = local(now)
        return .microseconds(local - floorDivided(local, by: Self.dayMicroseconds) * Self.dayMicroseconds)
    }

    /// The first moment of the next local day. Where clocks are put forward at midnight, that is the change itself.
    package func nextMidnight(after now: Timestamp) -> Timestamp {
        let today = day(at: now)
        return first(from: now) { $0 > today ? .zero : Self.day * (today + 1 - $0) - $1 }
    }

    /// The first moment at or after `now` for which `remaining`, given the local day and the time of day, is zero.
    ///
    /// - Parameter remaining: how much the clock on the wall must go on; only the changes are stepped over one by one.
    func first(from now: Timestamp, where remaining: (_ day: Int, _ time: Duration) -> Duration) -> Timestamp {
        var moment = now
        for change in changes where change.at > now {
            let reached = moment + remaining(day(at: moment), timeOfDay(at: moment))
            if reached < change.at { return reached }
            moment = change.at
        }
        return moment + remaining(day(at: moment), timeOfDay(at: moment))
    }

    static let day: Duration = .seconds(86_400)
    static let dayMicroseconds: Int64 = 86_400_000_000

    private func local(_ now: Timestamp) -> Int64 { (now + offset(at: now)).microseconds }

    private func floorDivided(_ number: Int64, by divisor: Int64) -> Int64 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
