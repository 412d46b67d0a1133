/// A measured figure for people who do not know our words.
package struct MetricWords: Hashable, Sendable {
    /// `delivery rate`: after "the".
    package let name: String
    /// What is measured, in one sentence.
    package let meaning: String
    /// What to do when it is past its threshold.
    package let remedy: String
    package let who: ErrorOwner
}

extension Metric {
    /// How a figure is written.
    package enum Unit: Hashable, Sendable {
        /// Of 1; people read per cent.
        case share
        case seconds
        case hours
        case days
        /// A number of things.
        case count
        /// So many times as much.
        case ratio
    }

    package var unit: Unit {
        switch self {
        case .deliveryRate, .failureRate, .qualityScore, .retrySuccessRate, .unansweredShare, .webhookSlowShare,
            .diskFreeShare, .limitUse:
            .share
        case .queueTimeMedian, .queueTimeP99, .receiptsSilence, .webhookMedian, .webhookMax, .backlogAge: .seconds
        case .limitHoursLeft: .hours
        case .tokenDaysLeft: .days
        case .consumerLag, .failedChecks, .senderChecksFailed: .count
        case .averageRetries, .failureBurnRate, .failureBurnRateSixHours: .ratio
        }
    }

    package var words: MetricWords {
        switch self {
        case .deliveryRate:
            MetricWords(
                name: "delivery rate", meaning: "Messages that reached a phone, of those whose time to live is over.",
                remedy: "Read the error codes in the message log: the commonest one says what to mend.", who: .tenant)
        case .failureRate:
            MetricWords(
                name: "failure rate", meaning: "Messages that failed, were not delivered or expired, of those that ended.",
                remedy: "Read the error codes in the message log: the commonest one says what to mend.", who: .tenant)
        case .qualityScore:
            MetricWords(
                name: "quality score", meaning: "Delivery, failures, reading and complaints in one figure.",
                remedy: "See which part of the score is low, and send less of what people do not want.", who: .tenant)
        case .retrySuccessRate:
            MetricWords(
                name: "success rate of retries", meaning: "Messages that were sent in the end, of those that were retried.",
                remedy: "What does not heal by itself should not be retried: look at the codes.", who: .tenant)
        case .averageRetries:
            MetricWords(
                name: "average number of retries", meaning: "Retries of a message that was sent in the end.",
                remedy: "Many retries mean that WhatsApp refuses or throttles: look at the codes and the limits.",
                who: .tenant)
        case .queueTimeMedian:
            MetricWords(
                name: "median queue time", meaning: "From due to the first byte at WhatsApp, of half the messages.",
                remedy: "See whether a limit holds messages back, and whether dispatchers keep up.", who: .platform)
        case .queueTimeP99:
            MetricWords(
                name: "longest queue time of 99 in 100", meaning: "From due to the first byte at WhatsApp.",
                remedy: "See whether a limit holds messages back, and whether dispatchers keep up.", who: .platform)
        case .unansweredShare:
            MetricWords(
                name: "share of sends without an answer", meaning: "Attempts that got no answer, of all attempts.",
                remedy: "The way to WhatsApp is slow or broken: look at the provider's health.", who: .platform)
        case .receiptsSilence:
            MetricWords(
                name: "silence of receipts", meaning: "Since the last receipt came, while messages wait for theirs.",
                remedy: "See whether the webhook is still set up with the provider, and reachable from outside.",
                who: .platform)
        case .webhookMedian:
            MetricWords(
                name: "median answer time of webhooks", meaning: "How long half of the provider's calls wait for us.",
                remedy: "See whether webhook-receiver and Kafka keep up. Meta's bar is 250 ms.", who: .platform)
        case .webhookMax:
            MetricWords(
                name: "slowest answer to a webhook", meaning: "How long a provider's call waited for us at most.",
                remedy: "See whether webhook-receiver and Kafka keep up. After 20 s the provider gives up.",
                who: .platform)
        case .webhookSlowShare:
            MetricWords(
                name: "share of slow webhooks", meaning: "The provider's calls that we answered after more than a second.",
                remedy: "See whether webhook-receiver and Kafka keep up. Meta's bar is 1 %.", who: .platform)
        case .backlogAge:
            MetricWords(
                name: "age of the oldest due message", meaning: "How long it has been due and not taken up.",
                remedy: "See whether dispatcher and retry-scheduler run and keep up.", who: .platform)
        case .consumerLag:
            MetricWords(
                name: "consumer lag", meaning: "Records that the slowest consumer group has still to read.",
                remedy: "See which service is behind, and start more copies of it.", who: .platform)
        case .failedChecks:
            MetricWords(
                name: "number of failed checks in a row", meaning: "How often it did not answer when it was asked.",
                remedy: "See its log, and whether it runs at all.", who: .platform)
        case .diskFreeShare:
            MetricWords(
                name: "free space on the disk", meaning: "Where the services write.",
                remedy: "Remove what is not needed, shorten the retention, or make the disk larger.", who: .platform)
        case .limitUse:
            MetricWords(
                name: "use of the day's limit", meaning: "Unique recipients of 24 hours, of what the number may reach.",
                remedy: "Spread what is not urgent over the next days, or have the number's limit raised.", who: .tenant)
        case .limitHoursLeft:
            MetricWords(
                name: "time until the limit is used up", meaning: "At the pace of the last hours.",
                remedy: "Spread what is not urgent over the next days, or have the number's limit raised.", who: .tenant)
        case .failureBurnRate:
            MetricWords(
                name: "failure burn rate of the last hour",
                meaning: "Failures against what the threshold allows: 1 spends the allowance exactly.",
                remedy: "Failures grow. Read the error codes in the message log before the month's figure is spoilt.",
                who: .tenant)
        case .failureBurnRateSixHours:
            MetricWords(
                name: "failure burn rate of the last six hours",
                meaning: "Failures against what the threshold allows: 1 spends the allowance exactly.",
                remedy: "Failures grow. Read the error codes in the message log before the month's figure is spoilt.",
                who: .tenant)
        case .tokenDaysLeft:
            MetricWords(
                name: "time until the access token ends", meaning: "Without a token nothing is sent.",
                remedy: "Make a new token with the provider and store it.", who: .tenant)
        case .senderChecksFailed:
            MetricWords(
                name: "number of failed checks of the number in a row",
                meaning: "How often the provider refused or did not answer a question about it.",
                remedy: "See whether the token works and the number is registered with the provider.", who: .tenant)
        }
    }

    /// `91.2 %`, `12 s`, `4,112`: short, and never better than it is by rounding a share.
    package func text(_ value: Double) -> String {
        switch unit {
        case .share: Self.short(value * 100, decimals: 1) + " %"
        case .seconds: value < 1 ? "\(Int((value * 1_000).rounded())) ms" : Self.span(value)
        case .hours: Self.short(value, decimals: 1) + " h"
        case .days: Self.short(value, decimals: 1) + " days"
        case .count: Self.short(value, decimals: 0)
        case .ratio: Self.short(value, decimals: 1)
        }
    }

    private static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: short(seconds, decimals: 1) + " s"
        case ..<7_200: short(seconds / 60, decimals: 1) + " min"
        default: short(seconds / 3_600, decimals: 1) + " h"
        }
    }

    /// Rounded, without zeros at its end; digits in groups of three.
    private static func short(_ value: Double, decimals: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        let scale = decimals == 0 ? 1.0 : 10.0
        let scaled = Int((value.magnitude * scale).rounded())
        var whole = "\(scaled / Int(scale))"
        var place = whole.count - 3
        while place > 0 {
            whole.insert(",", at: whole.index(whole.startIndex, offsetBy: place))
            place -= 3
        }
        let rest = scaled % Int(scale)
        return (value < 0 && scaled > 0 ? "-" : "") + whole + (rest == 0 ? "" : ".\(rest)")
    }
}
