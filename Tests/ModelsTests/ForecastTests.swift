import Models
import Testing

/// People are told before it happens, and not of what will not.
@Suite struct ForecastTests {
    private static let at = Timestamp(microseconds: 1_790_000_000_000_000)
    private static let scope = MetricScope(subject: "sender")

    private func forecasts(_ values: [(Metric, Double)], sample: Int64 = 100) -> [Forecast] {
        Forecast.all(from: values.map { Measurement($0.0, Self.scope, at: Self.at, value: $0.1, sample: sample) })
    }

    @Test func aLimitThatEndsTodayIsForeseen() throws {
        let forecast = try #require(forecasts([(.limitUse, 0.7), (.limitHoursLeft, 1.6)]).first)
        #expect(forecast.isUrgent)
        #expect(forecast.words.contains("about 2 hours"))
        #expect(try !#require(forecasts([(.limitUse, 0.7), (.limitHoursLeft, 9)]).first).isUrgent)
    }

    @Test func aLimitThatLastsIsToldOfOnlyWhenItIsNearlyUsed() {
        #expect(forecasts([(.limitUse, 0.7), (.limitHoursLeft, LimitOutlook.dayHours)]).isEmpty)
        #expect(forecasts([(.limitUse, 0.4), (.limitHoursLeft, 3)]).isEmpty)
        #expect(forecasts([(.limitUse, 0.93), (.limitHoursLeft, LimitOutlook.dayHours)]).map(\.isUrgent) == [false])
        #expect(forecasts([(.limitUse, 1), (.limitHoursLeft, 0)]).first?.words.contains("limit on recipients is used up:") == true)
    }

    @Test func failuresAreTrendedOverTwoSpans() {
        #expect(forecasts([(.failureBurnRate, 8), (.failureBurnRateSixHours, 0.5)]).isEmpty)
        #expect(forecasts([(.failureBurnRate, 0.5), (.failureBurnRateSixHours, 4)]).isEmpty)
        #expect(forecasts([(.failureBurnRate, 8), (.failureBurnRateSixHours, 3)], sample: 5).isEmpty)
        let growing = forecasts([(.failureBurnRate, 8), (.failureBurnRateSixHours, 3)])
        #expect(growing.map(\.isUrgent) == [true])
        #expect(growing.first?.words.hasPrefix("Failures grow: in the last hour 8 times") == true)
        let easing = forecasts([(.failureBurnRate, 1.5), (.failureBurnRateSixHours, 3.2)])
        #expect(easing.map(\.isUrgent) == [false])
        #expect(easing.first?.words.contains("3.2 times in the last six") == true)
    }

    @Test func aTokenIsForeseenTwoWeeksAhead() {
        #expect(forecasts([(.tokenDaysLeft, 14.1)]).isEmpty)
        #expect(forecasts([(.tokenDaysLeft, 14)]).map(\.isUrgent) == [false])
        #expect(forecasts([(.tokenDaysLeft, 2.9)]).map(\.isUrgent) == [true])
        #expect(forecasts([(.tokenDaysLeft, -1)]).first?.words.hasPrefix("The access token has ended") == true)
    }

    @Test func whatIsUrgentComesFirst() {
        let all = forecasts([(.limitUse, 0.95), (.limitHoursLeft, 12), (.tokenDaysLeft, 1)])
        #expect(all.map(\.kind.name) == ["token", "limit"])
    }

    @Test func availabilityHasALevel() {
        #expect(Availability().level == .unknown)
        #expect(Availability(checks: 1_440, up: 1_440).level == .up)
        #expect(Availability(checks: 1_440, up: 1_430).level == .brief)
        #expect(Availability(checks: 1_440, up: 1_400).level == .down)
    }
}
