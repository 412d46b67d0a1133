/// Where a rule comes from.
package enum AlertRuleSource: String, CaseIterable, Hashable, Sendable {
    /// The business wrote it.
    case own
    /// The business's thresholds, over the program's own rule.
    case thresholds
    /// A founder wrote it, for every business that has none of its own.
    case platform
    /// The program's own.
    case standard
}

/// All rules that somebody wrote, and which of them holds for what.
package struct AlertRuleBook: Sendable {
    private struct Place: Hashable {
        let tenantID: TenantID?
        let metric: Metric
        let subject: String
    }

    private var rules: [Place: AlertRule] = [:]
    private var thresholds: [TenantID: TenantThresholds] = [:]

    package init() {}

    /// - Parameter scope: whose rule it is; a subject of its own, or empty for all of them.
    package mutating func add(_ rule: AlertRule, of scope: MetricScope) {
        rules[Place(tenantID: scope.tenantID, metric: rule.metric, subject: scope.subject)] = rule
    }

    package mutating func add(_ thresholds: TenantThresholds, of tenantID: TenantID) {
        self.thresholds[tenantID] = thresholds
    }

    /// The rule that holds: the narrowest that somebody wrote, the business's before the platform's.
    package func rule(for metric: Metric, of scope: MetricScope) -> (rule: AlertRule, source: AlertRuleSource) {
        if let tenantID = scope.tenantID {
            if let own = written(metric, by: tenantID, scope.subject) { return (own, .own) }
            if let wanted = thresholds[tenantID], AlertRule.standard(metric, wanted) != AlertRule.standard(metric) {
                return (AlertRule.standard(metric, wanted), .thresholds)
            }
        }
        if let platforms = written(metric, by: nil, scope.subject) { return (platforms, .platform) }
        return (AlertRule.standard(metric), .standard)
    }

    private func written(_ metric: Metric, by tenantID: TenantID?, _ subject: String) -> AlertRule? {
        rules[Place(tenantID: tenantID, metric: metric, subject: subject)]
            ?? rules[Place(tenantID: tenantID, metric: metric, subject: "")]
    }
}
