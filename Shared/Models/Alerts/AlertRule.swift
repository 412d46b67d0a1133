/// When a measured figure raises an alert, and when the alert is over.
///
/// Two thresholds with a band between them: what wavers around one of them raises nothing and clears nothing.
package struct AlertRule: Hashable, Sendable {
    package enum Comparison: String, CaseIterable, Hashable, Sendable {
        /// Too much of it is trouble.
        case above
        /// Too little of it is.
        case below
    }

    package static let cyclesRange = 1...1_000
    /// Up to a week.
    package static let lastingSecondsRange = 0...604_800
    package static let sampleRange = 0...1_000_000_000
    /// A raised alert is over when nothing was measured for so long: what it was about is gone, or too small to tell.
    package static let silenceMax = Duration.seconds(2 * 3_600)

    package let metric: Metric
    /// Past it, and not on it, the alert is raised.
    package var raiseAt: Double
    /// On it or better, the alert is over.
    package var clearAt: Double
    /// The alert is raised when the figure was past `raiseAt` this often in a row …
    package var cycles: Int
    /// … and for this long.
    package var lasting: Duration
    /// A measurement with fewer messages, attempts or checks behind it says nothing.
    package var sampleMin: Int64
    package var severity: AlertSeverity
    package var isEnabled: Bool

    package init(
        _ metric: Metric, raiseAt: Double, clearAt: Double, cycles: Int = 1, lasting: Duration = .zero,
        sampleMin: Int64 = 0, severity: AlertSeverity, isEnabled: Bool = true
    ) {
        self.metric = metric
        self.raiseAt = raiseAt
        self.clearAt = clearAt
        self.cycles = cycles
        self.lasting = lasting
        self.sampleMin = sampleMin
        self.severity = severity
        self.isEnabled = isEnabled
    }

    package var comparison: Comparison { metric.comparison }

    /// What would make the rule flap or never end.
    package var isBandUsable: Bool {
        guard raiseAt.isFinite, clearAt.isFinite else { return false }
        return switch comparison {
        case .above: clearAt <= raiseAt
        case .below: clearAt >= raiseAt
        }
    }

    package func isPast(_ value: Double) -> Bool {
        switch comparison {
        case .above: value > raiseAt
        case .below: value < raiseAt
        }
    }

    package func isWell(_ value: Double) -> Bool {
        switch comparison {
        case .above: value <= clearAt
        case .below: value >= clearAt
        }
    }
}

/// Where a rule stands with one thing it watches.
package struct AlertRuleState: Hashable, Sendable {
    /// Since when the figure has been past the threshold without a break.
    package var breachedSince: Timestamp?
    /// How often in a row.
    package var breaches = 0
    package var isRaised = false
    /// The last measurement that said something; nil before the first.
    package var seenAt: Timestamp?

    package init() {}

    package init(breachedSince: Timestamp?, breaches: Int, isRaised: Bool, seenAt: Timestamp?) {
        self.breachedSince = breachedSince
        self.breaches = breaches
        self.isRaised = isRaised
        self.seenAt = seenAt
    }

    /// Nothing that the next measurement would need to know.
    package var isCalm: Bool { !isRaised && breaches == 0 }
}

/// What is to be done about an alert after a measurement.
package enum AlertStep: Hashable, Sendable {
    case nothing
    case raise
    /// It stays open, with a new figure.
    case update
    case clear
}

extension AlertRule {
    /// What a measurement of the rule's metric means. A measurement that is not newer than the last one means nothing.
    package func evaluate(_ state: AlertRuleState, _ measurement: Measurement) -> (AlertRuleState, AlertStep) {
        precondition(measurement.metric == metric)
        if let seenAt = state.seenAt, measurement.at <= seenAt { return (state, .nothing) }
        guard isEnabled else { return (AlertRuleState(), state.isRaised ? .clear : .nothing) }
        guard measurement.sample >= sampleMin else { return expire(state, now: measurement.at) }
        var next = state
        next.seenAt = measurement.at
        if isPast(measurement.value) {
            next.breaches = min(state.breaches + 1, Self.cyclesRange.upperBound)
            next.breachedSince = state.breachedSince ?? measurement.at
            if state.isRaised { return (next, .update) }
            guard next.breaches >= cycles, let since = next.breachedSince, measurement.at - since >= lasting else {
                return (next, .nothing)
            }
            next.isRaised = true
            return (next, .raise)
        }
        next.breaches = 0
        next.breachedSince = nil
        guard state.isRaised else { return (next, .nothing) }
        // In the band: no better than before.
        guard isWell(measurement.value) else { return (next, .update) }
        next.isRaised = false
        return (next, .clear)
    }

    /// A raised alert that nothing was measured for.
    package func expire(_ state: AlertRuleState, now: Timestamp) -> (AlertRuleState, AlertStep) {
        guard state.isRaised, let seenAt = state.seenAt, now - seenAt >= Self.silenceMax else { return (state, .nothing) }
        return (AlertRuleState(), .clear)
    }
}

/// A rule over figures of the past: when its alerts would have been open.
package struct AlertRehearsal: Sendable {
    /// One alert that would have been.
    package struct Firing: Hashable, Sendable {
        package let scope: MetricScope
        package let from: Timestamp
        /// Nil: it would be open still.
        package var to: Timestamp?
        /// The figure that was furthest past the threshold.
        package var worst: Double
    }

    package static let firingsMax = 1_000

    package let rule: AlertRule
    package private(set) var firings: [Firing] = []
    /// Of all, also those beyond `firingsMax`.
    package private(set) var fired = 0
    package private(set) var measurements = 0
    private var lastAt: Timestamp?
    private var states: [MetricScope: AlertRuleState] = [:]
    private var open: [MetricScope: Int] = [:]

    package init(_ rule: AlertRule) {
        self.rule = rule
    }

    /// The next measurement; of one scope the oldest first.
    package mutating func take(_ measurement: Measurement) {
        let scope = measurement.scope
        measurements += 1
        lastAt = max(lastAt ?? measurement.at, measurement.at)
        let (next, step) = rule.evaluate(states[scope] ?? AlertRuleState(), measurement)
        states[scope] = next
        switch step {
        case .nothing: break
        case .raise:
            fired += 1
            guard firings.count < Self.firingsMax else { return }
            open[scope] = firings.count
            firings.append(Firing(scope: scope, from: measurement.at, worst: measurement.value))
        case .update:
            guard let index = open[scope] else { return }
            firings[index].worst = rule.worse(firings[index].worst, measurement.value)
        case .clear:
            guard let index = open.removeValue(forKey: scope) else { return }
            firings[index].to = measurement.at
        }
    }

    /// The longest of the firings; one that is open still is as long as there were measurements.
    package var longest: Duration {
        guard let lastAt else { return .zero }
        return firings.map { ($0.to ?? lastAt) - $0.from }.max() ?? .zero
    }
}

extension AlertRule {
    fileprivate func worse(_ one: Double, _ other: Double) -> Double {
        switch comparison {
        case .above: max(one, other)
        case .below: min(one, other)
        }
    }
}
