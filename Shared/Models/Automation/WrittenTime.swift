/// A time as businesses write it: a moment, a time of a place's clocks, or only a day.
package enum WrittenTime: Hashable, Sendable {
    case moment(Timestamp)
    /// Microseconds since 1970 as the clock on the wall counts them.
    case local(microseconds: Int64)
    /// Days since 1970 of the local calendar.
    case day(Int)

    /// `2027-03-14T18:30:00Z`, `2027-03-14T18:30`, `2027-03-14`, or Unix time in seconds or milliseconds.
    package init?(_ value: DataValue) {
        switch value {
        case .text(let text):
            guard let time = Self.reading(text) else { return nil }
            self = time
        case .number(let number):
            // Between 2001 and 2286 in seconds, and the same in milliseconds: the two do not meet.
            if (1e9..<1e10).contains(number) {
                self = .moment(Timestamp(microseconds: Int64(number * 1_000_000)))
            } else if (1e12..<1e13).contains(number) {
                self = .moment(Timestamp(microseconds: Int64(number * 1_000)))
            } else {
                return nil
            }
        case .null, .boolean, .list, .object: return nil
        }
    }

    private static func reading(_ text: String) -> WrittenTime? {
        if let moment = Timestamp(rfc3339: text) { return .moment(moment) }
        if let wall = Timestamp(rfc3339: text + "Z") ?? Timestamp(rfc3339: text + ":00Z") {
            return .local(microseconds: wall.microseconds)
        }
        return Timestamp(rfc3339: text + "T00:00:00Z").map { .day(Int($0.microseconds / LocalClock.dayMicroseconds)) }
    }

    /// The local calendar day, and the time of day where one was written.
    package func standing(by clock: LocalClock) -> (day: Int, time: Duration?) {
        switch self {
        case .moment(let moment): return (clock.day(at: moment), clock.timeOfDay(at: moment))
        case .local(let microseconds):
            let (day, rest) = Timestamp.floorDivision(microseconds, LocalClock.dayMicroseconds)
            return (Int(day), .microseconds(rest))
        case .day(let day): return (day, nil)
        }
    }
}

extension LocalClock {
    /// When the clock on the wall shows a time of a local day. What it shows twice is the first of the two; what a change
    /// of clocks leaves out is the moment as far after the change as it would have been.
    package func moment(day: Int, time: Duration) -> Timestamp {
        let wall = Timestamp(microseconds: Int64(day) * Self.dayMicroseconds + time.microseconds)
        // No place is more than 14 hours from UTC: a day before and after lie on either side of any change.
        let (before, after) = (offset(at: wall - Self.day), offset(at: wall + Self.day))
        let early = Timestamp(microseconds: wall.microseconds - before.microseconds)
        if offset(at: early) == before { return early }
        let late = Timestamp(microseconds: wall.microseconds - after.microseconds)
        return offset(at: late) == after ? late : early
    }
}

extension Timestamp {
    fileprivate static func - (instant: Self, span: Duration) -> Self {
        Self(microseconds: instant.microseconds - span.microseconds)
    }
}
