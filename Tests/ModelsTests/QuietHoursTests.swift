import Models
import Testing

/// Planted and seen to fail: the offset of `now` used for the end too, `to` counted as quiet, a day of 24 hours always.
@Suite struct QuietHoursTests {
    /// Clocks in Rome: put forward on 29 March 2026 and back on 25 October, both at 01:00 UTC.
    private let rome = LocalClock(
        offset: .seconds(3_600),
        changes: [
            LocalClock.Change(at: Self.at("2026-10-25T01:00:00Z"), offset: .seconds(3_600)),
            LocalClock.Change(at: Self.at("2026-03-29T01:00:00Z"), offset: .seconds(7_200)),
        ])
    /// A place that puts its clocks forward at midnight: the day begins at one.
    private let midnightChange = LocalClock(
        offset: .seconds(7_200),
        changes: [LocalClock.Change(at: Self.at("2026-04-23T22:00:00Z"), offset: .seconds(10_800))])

    private static func at(_ text: String) -> Timestamp { Timestamp(rfc3339: text) ?? Timestamp(microseconds: 0) }

    private func hours(_ from: Int, _ to: Int) throws -> QuietHours {
        try #require(QuietHours(fromMinute: from, toMinute: to))
    }

    private func until(_ hours: QuietHours, _ now: String, _ clock: LocalClock) -> String? {
        switch hours.standing(at: Self.at(now), category: .marketing, clock: clock) {
        case .open: nil
        case .closedUntil(let end): end.rfc3339
        }
    }

    @Test func nightsSpanMidnight() throws {
        let night = try hours(22 * 60, 8 * 60)
        #expect(until(night, "2026-01-10T20:59:59Z", rome) == nil)
        #expect(until(night, "2026-01-10T21:00:00Z", rome) == Self.at("2026-01-11T07:00:00Z").rfc3339)
        #expect(until(night, "2026-01-10T23:30:00Z", rome) == Self.at("2026-01-11T07:00:00Z").rfc3339)
        #expect(until(night, "2026-01-11T06:59:59Z", rome) == Self.at("2026-01-11T07:00:00Z").rfc3339)
        #expect(until(night, "2026-01-11T07:00:00Z", rome) == nil)
    }

    @Test func aRestAtNoonEndsOnItsDay() throws {
        let noon = try hours(12 * 60, 14 * 60)
        #expect(until(noon, "2026-07-01T09:59:00Z", rome) == nil)
        #expect(until(noon, "2026-07-01T10:00:00Z", rome) == Self.at("2026-07-01T12:00:00Z").rfc3339)
        #expect(until(noon, "2026-07-01T12:00:00Z", rome) == nil)
    }

    @Test func theEndIsWhatTheClockWillShowAfterItsChange() throws {
        let night = try hours(22 * 60, 8 * 60)
        // The night of the change is an hour shorter in spring and an hour longer in autumn.
        #expect(until(night, "2026-03-28T21:00:00Z", rome) == Self.at("2026-03-29T06:00:00Z").rfc3339)
        #expect(until(night, "2026-10-24T20:00:00Z", rome) == Self.at("2026-10-25T07:00:00Z").rfc3339)
    }

    @Test func anHourThatIsLeftOutIsNotWaitedFor() throws {
        // 02:30 does not come on that day: at 01:00 UTC the clock shows 03:00.
        #expect(until(try hours(0, 150), "2026-03-29T00:10:00Z", rome) == Self.at("2026-03-29T01:00:00Z").rfc3339)
    }

    @Test func anHourThatComesTwiceIsQuietTwice() throws {
        let early = try hours(0, 150)
        #expect(until(early, "2026-10-25T00:10:00Z", rome) == Self.at("2026-10-25T00:30:00Z").rfc3339)
        #expect(until(early, "2026-10-25T00:40:00Z", rome) == nil)
        #expect(until(early, "2026-10-25T01:10:00Z", rome) == Self.at("2026-10-25T01:30:00Z").rfc3339)
    }

    @Test func loginCodesKnowNoNight() throws {
        let night = try hours(22 * 60, 8 * 60)
        let now = Self.at("2026-01-10T23:00:00Z")
        #expect(night.standing(at: now, category: .authentication, clock: rome) == .open)
        #expect(night.standing(at: now, category: .utility, clock: rome) != .open)
    }

    @Test func whatWouldBeAlwaysOrNeverIsNoQuietHours() {
        #expect(QuietHours(fromMinute: 60, toMinute: 60) == nil)
        #expect(QuietHours(fromMinute: 60, toMinute: 1_440) == nil)
        #expect(QuietHours(fromMinute: -1, toMinute: 60) == nil)
    }

    /// Minute by minute over the changes: never closed for nothing, and open at the very moment that was named.
    @Test func theMomentNamedIsTheFirstThatIsOpen() throws {
        for (from, to) in [(1_320, 480), (0, 150), (120, 180), (60, 121), (720, 840), (1_439, 0)] {
            let hours = try hours(from, to)
            for start in ["2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z"].map(Self.at) {
                var opensAt: Timestamp?
                for minute in 0..<1_500 {
                    let now = start + .seconds(60) * minute
                    switch hours.standing(at: now, category: .utility, clock: rome) {
                    case .open: opensAt = nil
                    case .closedUntil(let end):
                        #expect(end > now)
                        #expect(opensAt == nil || opensAt == end)
                        opensAt = end
                        #expect(hours.standing(at: end, category: .utility, clock: rome) == .open)
                    }
                }
            }
        }
    }

    @Test func midnightIsTheFirstMomentOfTheNextLocalDay() {
        func next(_ now: String, _ clock: LocalClock) -> String {
            clock.nextMidnight(after: Self.at(now)).rfc3339
        }
        #expect(next("2026-01-10T12:00:00Z", .utc) == Self.at("2026-01-11T00:00:00Z").rfc3339)
        #expect(next("2026-01-11T00:00:00Z", .utc) == Self.at("2026-01-12T00:00:00Z").rfc3339)
        #expect(next("2026-03-28T23:30:00Z", rome) == Self.at("2026-03-29T22:00:00Z").rfc3339)
        #expect(next("2026-10-25T00:30:00Z", rome) == Self.at("2026-10-25T23:00:00Z").rfc3339)
        #expect(next("2026-04-23T12:00:00Z", midnightChange) == Self.at("2026-04-23T22:00:00Z").rfc3339)
    }

    @Test func aDayBefore1970IsADayToo() {
        #expect(LocalClock.utc.day(at: Timestamp(microseconds: -1)) == -1)
        #expect(LocalClock.utc.timeOfDay(at: Timestamp(microseconds: -1)) == .microseconds(86_399_999_999))
    }
}
