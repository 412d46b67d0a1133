import Models
import Testing

@Suite struct MonitoringFiguresTests {
    private static let now = Timestamp(microseconds: 1_790_000_000_000_000)

    // MARK: Rates

    @Test func whatIsStillOpenIsInNoRate() {
        var figures = MessageFigures()
        figures.open = 500
        #expect(figures.deliveryRate == nil)
        figures.delivered = 3
        figures.lost = 1
        figures.overdue = 1
        #expect(figures.deliveryRate == 0.6)
    }

    @Test func oneBusinessReadInPartStandsForAllOfIts() {
        var big = MessageFigures()
        big.delivered = 100
        big.sample = 100
        var small = MessageFigures()
        small.lost = 100
        small.sample = 100
        var all = MessageFigures()
        all.add(big, weight: 9)
        all.add(small)
        #expect(all.deliveryRate == 0.9)
        #expect(all.sample == 200)
    }

    // MARK: Burn rate

    @Test func burningExactlyWhatIsAllowedIsOne() throws {
        var ends = EndFigures()
        ends.delivered = 95
        ends.failed = 5
        #expect(abs(try #require(ends.burnRate(allowed: 0.05)) - 1) < 1e-12)
        #expect(abs(try #require(ends.burnRate(allowed: 0.01)) - 5) < 1e-12)
    }

    @Test func burnRateHasItsEdges() {
        var ends = EndFigures()
        #expect(ends.burnRate(allowed: 0.05) == nil)
        ends.delivered = 10
        #expect(ends.burnRate(allowed: 0) == 0)
        ends.failed = 1
        #expect(ends.burnRate(allowed: 0) == EndFigures.burnMax)
        #expect(ends.burnRate(allowed: 1e-9) == EndFigures.burnMax)
    }

    @Test func answersThatComeForEarlierAttemptsNeverExceedAll() {
        var ends = EndFigures()
        #expect(ends.unansweredShare == nil)
        ends.attempts = 2
        ends.unanswered = 3
        #expect(ends.unansweredShare == 1)
    }

    // MARK: Answers to webhooks

    @Test func medianAndSlowShareOfAnswers() throws {
        var times = AnswerTimes()
        #expect(times.median == nil)
        #expect(times.slowShare == nil)
        for _ in 0..<98 { times.add(0.004) }
        times.add(1)
        times.add(3)
        #expect(times.slowShare == 0.01)
        #expect(times.slowest == 3)
        let median = try #require(times.median)
        #expect(median > 0.002 && median <= 0.005)
    }

    @Test func whatTookLongerThanTheLastBoundIsCountedToo() {
        var times = AnswerTimes()
        times.add(75)
        #expect(times.slowShare == 1)
        #expect(times.median.map { $0 > 20 && $0 <= 75 } == true)
    }

    // MARK: Limits

    @Test func aLimitIsForeseenAtThePaceOfTheLastHour() throws {
        let outlook = try #require(LimitOutlook(used: 800, most: 1_000, ofLastHour: 100))
        #expect(outlook.share == 0.8)
        #expect(outlook.hoursLeft == 2)
    }

    @Test func aLimitThatIsNeverReachedHasNoHours() {
        #expect(LimitOutlook(used: 5, most: nil, ofLastHour: 5) == nil)
        #expect(LimitOutlook(used: 5, most: 1_000, ofLastHour: 0)?.hoursLeft == nil)
        #expect(LimitOutlook(used: 0, most: 1_000, ofLastHour: 41)?.hoursLeft == nil)
        #expect(LimitOutlook(used: 1_000, most: 1_000, ofLastHour: 0)?.hoursLeft == 0)
        #expect(LimitOutlook(used: 0, most: 0, ofLastHour: 0)?.share == 1)
    }

    @Test func aQuotaIsForeseenUntilMidnight() throws {
        let outlook = try #require(LimitOutlook(sends: 600, quota: 1_000, hoursOfDayGone: 6))
        #expect(outlook.share == 0.6)
        #expect(outlook.hoursLeft == 4)
        #expect(LimitOutlook(sends: 600, quota: 1_000, hoursOfDayGone: 22)?.hoursLeft == nil)
        #expect(LimitOutlook(sends: 1_200, quota: 1_000, hoursOfDayGone: 3)?.hoursLeft == 0)
        #expect(LimitOutlook(sends: 0, quota: 1_000, hoursOfDayGone: 3)?.hoursLeft == nil)
        #expect(LimitOutlook(sends: 5, quota: nil, hoursOfDayGone: 3) == nil)
    }

    // MARK: What is read

    @Test func aSmallBusinessIsReadWhole() {
        let plan = ReadingPlan(
            hours: [(Self.now, 1_500), (Self.now + .seconds(3_600), 500)], from: Self.now,
            to: Self.now + .seconds(7_200), businesses: 3)
        #expect(plan.stretches.count == 1)
        #expect(plan.stretches.first?.from == Self.now)
        #expect(plan.accepted == 2_000)
    }

    @Test func aLargeBusinessIsReadEvenlyAndWithinBounds() {
        let hours = (0..<48).map { (hour: Self.now + .seconds($0 * 3_600), accepted: Int64($0 < 24 ? 10_000 : 90_000)) }
        let end = Self.now + .seconds(48 * 3_600)
        let plan = ReadingPlan(hours: hours, from: Self.now, to: end, businesses: 10)
        let most = plan.stretches.reduce(0) { $0 + $1.most }
        #expect(most >= ReadingPlan.wholeMax && most < ReadingPlan.wholeMax + 48 * ReadingPlan.partsOfHour)
        #expect(plan.stretches.allSatisfy { $0.from < $0.to && $0.to <= end })
        let late = plan.stretches.filter { $0.from >= hours[24].hour }.reduce(0) { $0 + $1.most }
        // Nine tenths of the messages are of the second day.
        #expect(Double(late) / Double(most) > 0.85)
    }

    @Test func manyBusinessesShareTheWorkOfACycle() {
        let hours = [(hour: Self.now, accepted: Int64(1_000_000))]
        let plan = ReadingPlan(hours: hours, from: Self.now, to: Self.now + .seconds(3_600), businesses: 1_000)
        #expect(plan.stretches.reduce(0) { $0 + $1.most } == ReadingPlan.cycleMax / 1_000)
    }
}
