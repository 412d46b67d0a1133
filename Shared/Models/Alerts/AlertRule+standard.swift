/// The rules that hold where nobody wrote one.
extension AlertRule {
    /// - Parameter thresholds: what the business wants to be told of; its own rules come before them.
    package static func standard(_ metric: Metric, _ thresholds: TenantThresholds = .standard) -> AlertRule {
        switch metric {
        case .deliveryRate:
            AlertRule(
                metric, raiseAt: thresholds.deliveryRate, clearAt: min(1, thresholds.deliveryRate + 0.01), cycles: 2,
                sampleMin: 50, severity: .warning)
        case .failureRate:
            AlertRule(
                metric, raiseAt: thresholds.failureRate, clearAt: thresholds.failureRate * 0.8, cycles: 2, sampleMin: 50,
                severity: .warning)
        case .qualityScore:
            AlertRule(
                metric, raiseAt: thresholds.qualityScore, clearAt: min(1, thresholds.qualityScore + 0.02), cycles: 2,
                sampleMin: 50, severity: .warning)
        case .retrySuccessRate:
            AlertRule(metric, raiseAt: 0.5, clearAt: 0.6, cycles: 3, sampleMin: 30, severity: .warning)
        case .averageRetries:
            AlertRule(metric, raiseAt: 2, clearAt: 1.5, cycles: 3, sampleMin: 30, severity: .info)
        case .queueTimeMedian:
            AlertRule(metric, raiseAt: 10, clearAt: 5, cycles: 2, sampleMin: 20, severity: .warning)
        case .queueTimeP99:
            AlertRule(metric, raiseAt: 60, clearAt: 30, cycles: 2, sampleMin: 100, severity: .warning)
        case .unansweredShare:
            AlertRule(metric, raiseAt: 0.02, clearAt: 0.01, cycles: 2, sampleMin: 50, severity: .warning)
        case .receiptsSilence:
            AlertRule(metric, raiseAt: 900, clearAt: 300, sampleMin: 5, severity: .warning)
        case .webhookMedian:
            // Meta's own bar for partners, as the slow share below; 20 seconds is where it gives up.
            AlertRule(metric, raiseAt: 0.25, clearAt: 0.2, cycles: 2, sampleMin: 20, severity: .warning)
        case .webhookMax:
            AlertRule(metric, raiseAt: 20, clearAt: 10, sampleMin: 1, severity: .critical)
        case .webhookSlowShare:
            AlertRule(metric, raiseAt: 0.01, clearAt: 0.005, cycles: 2, sampleMin: 100, severity: .warning)
        case .backlogAge:
            AlertRule(metric, raiseAt: 120, clearAt: 30, cycles: 2, sampleMin: 1, severity: .warning)
        case .consumerLag:
            AlertRule(metric, raiseAt: 50_000, clearAt: 10_000, cycles: 2, severity: .warning)
        case .failedChecks:
            AlertRule(metric, raiseAt: 2, clearAt: 0, severity: .critical)
        case .diskFreeShare:
            AlertRule(metric, raiseAt: 0.1, clearAt: 0.15, severity: .critical)
        case .limitUse:
            AlertRule(metric, raiseAt: 0.9, clearAt: 0.8, severity: .info)
        case .limitHoursLeft:
            AlertRule(metric, raiseAt: 2, clearAt: 4, cycles: 2, severity: .info)
        case .failureBurnRate:
            AlertRule(metric, raiseAt: 6, clearAt: 3, cycles: 2, sampleMin: 50, severity: .warning)
        case .failureBurnRateSixHours:
            AlertRule(metric, raiseAt: 2, clearAt: 1, cycles: 2, sampleMin: 100, severity: .warning)
        case .tokenDaysLeft:
            // Alerts of tokens come by themselves 14, 3 and 1 days before the end: a rule is for who wants another.
            AlertRule(metric, raiseAt: 14, clearAt: 15, severity: .warning, isEnabled: false)
        case .senderChecksFailed:
            AlertRule(metric, raiseAt: 2, clearAt: 0, severity: .warning)
        }
    }
}

extension Metric {
    package var comparison: AlertRule.Comparison {
        switch self {
        case .deliveryRate, .qualityScore, .retrySuccessRate, .diskFreeShare, .limitHoursLeft, .tokenDaysLeft: .below
        case .failureRate, .averageRetries, .queueTimeMedian, .queueTimeP99, .unansweredShare, .receiptsSilence,
            .webhookMedian, .webhookMax, .webhookSlowShare, .backlogAge, .consumerLag, .failedChecks, .limitUse,
            .failureBurnRate, .failureBurnRateSixHours, .senderChecksFailed:
            .above
        }
    }

    /// What a business may write rules about: what it is told of. The others are the platform's alone.
    package var isOfBusinesses: Bool { !alert(of: "").isForPlatformOnly }

    /// Begins the name of a checked endpoint of a provider: `provider:meta`.
    package static let providerCheckPrefix = "provider:"

    /// `meta` for `provider:meta`, and for `meta`.
    package static func provider(checked subject: String) -> String {
        subject.hasPrefix(providerCheckPrefix) ? String(subject.dropFirst(providerCheckPrefix.count)) : subject
    }

    /// - Parameter subject: what was measured, where one metric is about several things.
    package func alert(of subject: String) -> AlertCode {
        switch self {
        case .deliveryRate: .deliveryRateLow
        case .failureRate: .failureRateHigh
        case .qualityScore: .qualityScoreLow
        case .retrySuccessRate, .averageRetries: .retriesFailing
        case .queueTimeMedian, .queueTimeP99, .backlogAge: .backlogGrowing
        case .unansweredShare: .unansweredShareHigh
        case .receiptsSilence: .receiptsSilent
        case .webhookMedian, .webhookMax, .webhookSlowShare: .webhookTimeout
        case .consumerLag: .consumerLagHigh
        case .failedChecks: subject.hasPrefix(Self.providerCheckPrefix) ? .apiEndpointDown : .serviceDown
        case .diskFreeShare: .diskNearlyFull
        case .limitUse, .limitHoursLeft: .limitNearlyUsed
        case .failureBurnRate, .failureBurnRateSixHours: .failureTrend
        case .tokenDaysLeft: .tokenExpiring
        case .senderChecksFailed: .senderCheckFailing
        }
    }
}
