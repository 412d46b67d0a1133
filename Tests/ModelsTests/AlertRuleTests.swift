import Models
import TestSupport
import Testing

/// When a figure raises an alert and when it clears it.
@Suite struct AlertRuleTests {
    private static let start = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let scope = MetricScope(tenantID: TenantID(UUIDValue.version7(at: start, random: (1, 1))))

    private static func measured(_ value: Double, minute: Int, of metric: Metric = .failureRate, sample: Int64 = 100) -> Measurement {
        Measurement(metric, scope, at: start + .seconds(60 * minute), value: value, sample: sample)
    }

    private static func steps(_ rule: AlertRule, _ values: [Double]) -> [AlertStep] {
        var state = AlertRuleState()
        return values.enumerated().map { minute, value in
            let (next, step) = rule.evaluate(state, measured(value, minute: minute, of: rule.metric))
            state = next
            return step
        }
    }

    @Test func itIsRaisedAfterSoManyCyclesAndClearedAtTheOtherThreshold() {
        let rule = AlertRule(.failureRate, raiseAt: 0.05, clearAt: 0.04, cycles: 2, severity: .warning)
        #expect(
            Self.steps(rule, [0.06, 0.02, 0.06, 0.07, 0.08, 0.045, 0.06, 0.04, 0.045])
                == [.nothing, .nothing, .nothing, .raise, .update, .update, .update, .clear, .nothing])
    }

    @Test func whatShallBeHighRaisesBelow() {
        let rule = AlertRule(.deliveryRate, raiseAt: 0.95, clearAt: 0.96, severity: .warning)
        #expect(Self.steps(rule, [0.95, 0.949, 0.955, 0.96]) == [.nothing, .raise, .update, .clear])
    }

    @Test func itMustLastAsLongAsTheRuleSays() {
        let rule = AlertRule(.failureRate, raiseAt: 0.05, clearAt: 0.04, lasting: .seconds(180), severity: .warning)
        #expect(Self.steps(rule, [0.06, 0.06, 0.06, 0.06]) == [.nothing, .nothing, .nothing, .raise])
    }

    @Test func aSmallSampleSaysNothingAndTwoHoursOfThemEndAnAlert() {
        let rule = AlertRule(.failureRate, raiseAt: 0.05, clearAt: 0.04, sampleMin: 50, severity: .warning)
        var (state, step) = rule.evaluate(AlertRuleState(), Self.measured(0.5, minute: 0, sample: 49))
        #expect(step == .nothing && state.isCalm)
        (state, step) = rule.evaluate(state, Self.measured(0.5, minute: 1, sample: 50))
        #expect(step == .raise)
        (state, step) = rule.evaluate(state, Self.measured(0, minute: 120, sample: 3))
        #expect(step == .nothing && state.isRaised)
        (state, step) = rule.evaluate(state, Self.measured(0, minute: 121, sample: 3))
        #expect(step == .clear && state.isCalm)
    }

    @Test func anOldMeasurementChangesNothingAndAnEndedRuleClears() {
        var rule = AlertRule(.failureRate, raiseAt: 0.05, clearAt: 0.04, severity: .warning)
        var (state, step) = rule.evaluate(AlertRuleState(), Self.measured(0.5, minute: 5))
        (state, step) = rule.evaluate(state, Self.measured(0, minute: 5))
        #expect(step == .nothing && state.isRaised)
        rule.isEnabled = false
        (state, step) = rule.evaluate(state, Self.measured(0.5, minute: 6))
        #expect(step == .clear && state.isCalm)
        #expect(rule.evaluate(state, Self.measured(0.5, minute: 7)).1 == .nothing)
    }

    /// Every rule of the program's own, over a thousand seeded walks: between a raise and a clear the figure has been past
    /// the one threshold and on the other; noise inside the band does nothing.
    @Test(arguments: Metric.allCases) func nothingFlaps(metric: Metric) {
        var rule = AlertRule.standard(metric)
        rule.isEnabled = true
        #expect(rule.isBandUsable)
        let (low, high) = (min(rule.raiseAt, rule.clearAt), max(rule.raiseAt, rule.clearAt))
        let width = max(high - low, high * 0.1, 0.01)
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var state = AlertRuleState()
            var hasBeenPast = false
            var hasBeenWell = true
            for minute in 0..<100 {
                let value = Double.random(in: (low - width)...(high + width), using: &random)
                let (next, step) = rule.evaluate(state, Self.measured(value, minute: minute, of: metric, sample: .max))
                hasBeenPast = hasBeenPast || rule.isPast(value)
                hasBeenWell = hasBeenWell || rule.isWell(value)
                if step == .raise {
                    #expect(hasBeenPast && hasBeenWell && rule.isPast(value), "seed \(seed)")
                    (hasBeenPast, hasBeenWell) = (false, false)
                }
                if step == .clear {
                    #expect(rule.isWell(value), "seed \(seed)")
                    (hasBeenPast, hasBeenWell) = (false, true)
                }
                state = next
            }
            guard low < high else { continue }
            for raised in [true, false] {
                var state = AlertRuleState(breachedSince: nil, breaches: 0, isRaised: raised, seenAt: Self.start)
                for minute in 1...200 {
                    // Inside, neither past the one nor on the other.
                    let value = low + (high - low) * Double.random(in: 0.01...0.99, using: &random)
                    let (next, step) = rule.evaluate(state, Self.measured(value, minute: minute, of: metric, sample: .max))
                    #expect(step == (raised ? .update : .nothing), "seed \(seed)")
                    state = next
                }
            }
        }
    }

    @Test func aRehearsalSaysHowOftenAndHowLong() {
        var rehearsal = AlertRehearsal(AlertRule(.failureRate, raiseAt: 0.05, clearAt: 0.04, severity: .warning))
        let values = [0.06, 0.09, 0.045, 0.01, 0.03, 0.07, 0.01, 0.2, 0.3]
        for (minute, value) in values.enumerated() { rehearsal.take(Self.measured(value, minute: 20 * minute)) }
        #expect(rehearsal.fired == 3)
        #expect(rehearsal.firings.map(\.worst) == [0.09, 0.07, 0.3])
        #expect(rehearsal.firings.map { $0.to != nil } == [true, true, false])
        #expect(rehearsal.longest == .seconds(3_600))
        #expect(rehearsal.measurements == 9)
    }

    @Test func theNarrowestRuleHolds() {
        let (mine, other) = (Self.scope.tenantID, TenantID(UUIDValue.version7(at: Self.start, random: (2, 2))))
        func rule(_ raiseAt: Double) -> AlertRule { AlertRule(.failureRate, raiseAt: raiseAt, clearAt: 0, severity: .info) }
        var book = AlertRuleBook()
        func holds(_ tenantID: TenantID?, _ subject: String = "") -> (Double, AlertRuleSource) {
            let found = book.rule(for: .failureRate, of: MetricScope(tenantID: tenantID, subject: subject))
            return (found.rule.raiseAt, found.source)
        }
        #expect(holds(mine) == (0.05, .standard))
        book.add(rule(0.1), of: MetricScope())
        #expect(holds(mine) == (0.1, .platform))
        var thresholds = TenantThresholds()
        thresholds.failureRate = 0.2
        book.add(thresholds, of: other)
        #expect(holds(other) == (0.2, .thresholds))
        #expect(book.rule(for: .deliveryRate, of: MetricScope(tenantID: other)).source == .standard)
        book.add(rule(0.3), of: MetricScope(tenantID: mine))
        book.add(rule(0.4), of: MetricScope(tenantID: mine, subject: "sender"))
        #expect(holds(mine) == (0.3, .own))
        #expect(holds(mine, "sender") == (0.4, .own))
        #expect(holds(mine, "another") == (0.3, .own))
        #expect(holds(nil) == (0.1, .platform))
    }

    @Test func figuresAreShortTexts() {
        #expect(Metric.deliveryRate.text(0.9123) == "91.2 %")
        #expect(Metric.deliveryRate.text(1) == "100 %")
        #expect(Metric.webhookMedian.text(0.2504) == "250 ms")
        #expect(Metric.receiptsSilence.text(900) == "15 min")
        #expect(Metric.consumerLag.text(1_234_567) == "1,234,567")
        #expect(Metric.tokenDaysLeft.text(2.96) == "3 days")
        #expect(Metric.failureBurnRate.text(.infinity) == "–")
        #expect(Metric.limitHoursLeft.text(-0.04) == "0 h")
    }
}
