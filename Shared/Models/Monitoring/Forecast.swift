/// What will go wrong if things go on as they do: told before it does.
package struct Forecast: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The limit on unique recipients of a day: how much is used, and the hours until it is used up at the pace of the
        /// last hour; nil: not within a day.
        case limit(share: Double, hoursLeft: Double?)
        /// Failures against what is allowed: 1 spends the allowance exactly.
        case failures(lastHour: Double, lastSixHours: Double)
        /// An access token ends.
        case token(daysLeft: Double)

        package var name: String {
            switch self {
            case .limit: "limit"
            case .failures: "failures"
            case .token: "token"
            }
        }
    }

    /// Below this much of a limit nobody is told of it, however fast it is used.
    package static let limitShareMin = 0.5
    package static let limitShareTold = 0.9
    /// A burn that is worth a word, and one that spends a month's allowance in hours.
    package static let burnTold = 1.0
    package static let burnUrgent = (lastHour: 6.0, lastSixHours: 2.0)
    package static let burnSampleMin: Int64 = 20
    package static let tokenDaysTold = 14.0
    package static let tokenDaysUrgent = 3.0
    package static let limitHoursUrgent = 2.0

    package let scope: MetricScope
    package let kind: Kind

    package init(scope: MetricScope, kind: Kind) {
        self.scope = scope
        self.kind = kind
    }

    /// Somebody should act today.
    package var isUrgent: Bool {
        switch kind {
        case .limit(let share, let hoursLeft): share >= 1 || hoursLeft.map { $0 <= Self.limitHoursUrgent } ?? false
        case .failures(let lastHour, let lastSixHours):
            lastHour >= Self.burnUrgent.lastHour && lastSixHours >= Self.burnUrgent.lastSixHours
        case .token(let daysLeft): daysLeft <= Self.tokenDaysUrgent
        }
    }

    private var limitName: String { scope.subject.isEmpty ? "quota of messages" : "limit on recipients" }

    /// One sentence for people.
    package var words: String {
        switch kind {
        case .limit(let share, let hoursLeft):
            if share >= 1 {
                "The day's \(limitName) is used up: further messages wait."
            } else if let hoursLeft {
                "At the present pace the day's \(limitName) is used up in \(Self.span(hours: hoursLeft))."
            } else {
                "\(Int(share * 100)) % of the day's \(limitName) is used; at this pace it lasts."
            }
        case .failures(let lastHour, let lastSixHours):
            if lastHour >= lastSixHours {
                "Failures grow: in the last hour \(Self.times(lastHour)) what is allowed, in the last six hours \(Self.times(lastSixHours))."
            } else {
                "Failures are above what is allowed, and fewer than before: \(Self.times(lastHour)) in the last hour, \(Self.times(lastSixHours)) in the last six."
            }
        case .token(let daysLeft):
            daysLeft <= 0
                ? "The access token has ended: nothing is sent through this sender."
                : "The access token ends in \(Self.span(hours: daysLeft * 24)). Without one nothing is sent."
        }
    }

    /// What follows from the measurements of one cycle, the most urgent first.
    package static func all(from measurements: [Measurement]) -> [Forecast] {
        let byScope = Dictionary(grouping: measurements, by: \.scope)
        let forecasts = byScope.flatMap { scope, list in
            let values = Dictionary(list.map { ($0.metric, $0) }, uniquingKeysWith: { $0.at > $1.at ? $0 : $1 })
            return [limit(values), failures(values), token(values)].compactMap { kind in
                kind.map { Forecast(scope: scope, kind: $0) }
            }
        }
        return forecasts.sorted {
            ($0.isUrgent ? 0 : 1, $0.kind.name, $0.scope.subject) < ($1.isUrgent ? 0 : 1, $1.kind.name, $1.scope.subject)
        }
    }

    private static func limit(_ values: [Metric: Measurement]) -> Kind? {
        guard let share = values[.limitUse]?.value, share >= limitShareMin else { return nil }
        let hours = values[.limitHoursLeft]?.value
        let hoursLeft = hours.flatMap { $0 < LimitOutlook.dayHours ? $0 : nil }
        return hoursLeft != nil || share >= limitShareTold ? .limit(share: share, hoursLeft: hoursLeft) : nil
    }

    private static func failures(_ values: [Metric: Measurement]) -> Kind? {
        guard let hour = values[.failureBurnRate], let six = values[.failureBurnRateSixHours],
            hour.sample >= burnSampleMin, hour.value > burnTold, six.value > burnTold
        else { return nil }
        return .failures(lastHour: hour.value, lastSixHours: six.value)
    }

    private static func token(_ values: [Metric: Measurement]) -> Kind? {
        values[.tokenDaysLeft].flatMap { $0.value <= tokenDaysTold ? .token(daysLeft: $0.value) : nil }
    }

    private static func span(hours: Double) -> String {
        switch hours {
        case ..<1: "less than an hour"
        case ..<48: "about \(Int(hours.rounded())) \(Int(hours.rounded()) == 1 ? "hour" : "hours")"
        default: "about \(Int((hours / 24).rounded())) days"
        }
    }

    /// `3.2 times`
    private static func times(_ factor: Double) -> String {
        let tenths = Int((min(factor, EndFigures.burnMax) * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) times" : "\(tenths / 10).\(tenths % 10) times"
    }
}
