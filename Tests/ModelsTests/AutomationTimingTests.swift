import Models
import Testing

/// When a rule's message goes out.
@Suite struct AutomationTimingTests {
    /// Rome in 2027: summer time from 28 March, 01:00 UTC, to 31 October.
    private static let rome = LocalClock(
        offset: .seconds(3_600),
        changes: [
            .init(at: moment("2027-03-28T01:00:00Z"), offset: .seconds(7_200)),
            .init(at: moment("2027-10-31T01:00:00Z"), offset: .seconds(3_600)),
        ])

    private static func moment(_ text: String) -> Timestamp {
        guard let moment = Timestamp(rfc3339: text) else { preconditionFailure(text) }
        return moment
    }

    private func time(_ timing: RuleTiming, of value: DataValue) -> RuleTiming.Outcome {
        let facts = EventFacts(
            type: "t", occurredAt: Self.moment("2027-01-01T10:00:00Z"), data: .object(["starts_at": value]))
        return timing.time(for: facts, clock: Self.rome)
    }

    private static let anchor = DataPath("data.starts_at")

    @Test(arguments: [
        // A day before keeps the time on the clock, also when the clocks change in between.
        (-1, nil, "2027-03-28T18:30:00+02:00", "2027-03-27T18:30:00+01:00"),
        (-7, nil, "2027-03-30T18:30:00+02:00", "2027-03-23T18:30:00+01:00"),
        (0, 8, "2027-03-28T18:30:00+02:00", "2027-03-28T08:00:00+02:00"),
        // Whatever offset it is written with, the day is that of the tenant's clock: here the 27th.
        (-1, 8, "2027-03-28T00:30:00+02:00", "2027-03-26T08:00:00+01:00"),
        // Without an offset it is the tenant's own time; a date alone means nine in the morning.
        (0, nil, "2027-06-01T20:00", "2027-06-01T20:00:00+02:00"),
        (0, nil, "2027-06-01 20:00:15", "2027-06-01T20:00:15+02:00"),
        (-7, nil, "2027-06-05", "2027-05-29T09:00:00+02:00"),
        (1, 23, "2027-12-31", "2028-01-01T23:00:00+01:00"),
    ])
    func daysAreDaysOfTheTenantsCalendar(days: Int, hour: Int?, written: String, expected: String) {
        let timing = RuleTiming(anchor: Self.anchor, days: days, timeOfDay: hour.map { .seconds($0 * 3_600) })
        #expect(time(timing, of: .text(written)) == .at(Self.moment(expected)))
    }

    @Test func minutesAndHoursAreCountedAsTheyPass() {
        let timing = RuleTiming(anchor: Self.anchor, span: .seconds(-86_400))
        #expect(
            time(timing, of: .text("2027-03-28T18:30:00+02:00")) == .at(Self.moment("2027-03-27T16:30:00Z")))
        #expect(RuleTiming(span: .seconds(60)).time(
            for: EventFacts(type: "t", occurredAt: Self.moment("2027-01-01T10:00:00Z")), clock: Self.rome)
            == .at(Self.moment("2027-01-01T10:01:00Z")))
    }

    @Test func unixTimesAreUnderstoodInSecondsAndInMilliseconds() {
        let timing = RuleTiming(anchor: Self.anchor)
        let expected = RuleTiming.Outcome.at(Timestamp(microseconds: 1_800_000_000_000_000))
        #expect(time(timing, of: .number(1_800_000_000)) == expected)
        #expect(time(timing, of: .number(1_800_000_000_000)) == expected)
        #expect(time(timing, of: .number(17)) == .unreadable)
    }

    @Test func whatIsNoTimeIsToldFromWhatIsNotThere() {
        let timing = RuleTiming(anchor: Self.anchor)
        #expect(time(timing, of: .null) == .missing)
        #expect(time(timing, of: .text("next week")) == .unreadable)
        #expect(time(timing, of: .text("2027-02-30")) == .unreadable)
        #expect(time(timing, of: .list([])) == .unreadable)
    }

    @Test func aTimeThatTheClocksSkipOrRepeatIsOneMomentAllTheSame() {
        let skipped = RuleTiming(anchor: Self.anchor, timeOfDay: .seconds(2 * 3_600 + 1_800))
        #expect(time(skipped, of: .text("2027-03-28")) == .at(Self.moment("2027-03-28T01:30:00Z")))
        #expect(time(skipped, of: .text("2027-10-31")) == .at(Self.moment("2027-10-31T00:30:00Z")))
    }

    @Test func everyMomentOfAYearComesBackFromItsOwnClock() {
        var moment = Self.moment("2027-01-01T00:00:00Z")
        while moment < Self.moment("2028-01-01T00:00:00Z") {
            let back = Self.rome.moment(day: Self.rome.day(at: moment), time: Self.rome.timeOfDay(at: moment))
            // The hour that is shown twice is the first of the two.
            let isSecond = moment >= Self.moment("2027-10-31T01:00:00Z") && moment < Self.moment("2027-10-31T02:00:00Z")
            #expect(back == (isSecond ? Timestamp(microseconds: moment.microseconds - 3_600_000_000) : moment))
            moment = moment + .seconds(1_800)
        }
    }

    @Test(arguments: [
        (["days": .text("seven")], "timing_out_of_range"), (["at": .text("25:00")], "time_of_day_invalid"),
        (["at": .text("9")], "time_of_day_invalid"),
        (["at": .text("09:00"), "minutes": .number(5)], "timing_contradictory"),
        (["before": .text("x")], "field_unknown"), (["relative_to": .text("a b")], "path_invalid"),
        (["days": .number(731)], "timing_out_of_range"),
        (["hours": .number(17_520), "minutes": .number(60)], "timing_too_far"),
    ] as [([String: DataValue], String)])
    func aTimingThatSaysNothingClearIsRefused(members: [String: DataValue], code: String) {
        var problems: [RuleProblem] = []
        _ = RuleTiming(.object(members), problems: &problems)
        #expect(problems.map(\.code) == [code])
    }
}
