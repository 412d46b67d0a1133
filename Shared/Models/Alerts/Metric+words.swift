/// A measured figure for people who do not know our words.
package struct MetricWords: Hashable, Sendable {
    /// `delivery rate`: after "the".
    package let name: String
    /// What is measured, in one sentence.
    package let meaning: String
    /// What to do when it is past its threshold.
    package let remedy: String
    package let who: ErrorOwner

    /// `Delivery rate`: alone, or at the beginning.
    package var title: String { name.prefix(1).uppercased() + name.dropFirst() }
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
        MetricWords(name: name, meaning: meaning, remedy: remedy, who: who)
    }

    private var name: String {
        switch self {
        case .deliveryRate: "delivery rate"
        case .failureRate: "failure rate"
        case .qualityScore: "quality score"
        case .retrySuccessRate: "success rate of retries"
        case .averageRetries: "average number of retries"
        case .queueTimeMedian: "median queue time"
        case .queueTimeP99: "longest queue time of 99 in 100"
        case .unansweredShare: "share of sends without an answer"
        case .receiptsSilence: "silence of receipts"
        case .webhookMedian: "median answer time of webhooks"
        case .webhookMax: "slowest answer to a webhook"
        case .webhookSlowShare: "share of slow webhooks"
        case .backlogAge: "age of the oldest due message"
        case .consumerLag: "consumer lag"
        case .failedChecks: "number of failed checks in a row"
        case .diskFreeShare: "free space on the disk"
        case .limitUse: "use of the day's limit"
        case .limitHoursLeft: "time until the limit is used up"
        case .failureBurnRate: "failure burn rate of the last hour"
        case .failureBurnRateSixHours: "failure burn rate of the last six hours"
        case .tokenDaysLeft: "time until the access token ends"
        case .senderChecksFailed: "number of failed checks of the number in a row"
        }
    }

    private var meaning: String {
        switch self {
        case .deliveryRate: "Messages that reached a phone, of those whose time to live is over."
        case .failureRate: "Messages that failed, were not delivered or expired, of those that ended."
        case .qualityScore: "Delivery, failures, reading and complaints in one figure."
        case .retrySuccessRate: "Messages that were sent in the end, of those that were retried."
        case .averageRetries: "Retries of a message that was sent in the end."
        case .queueTimeMedian: "From due to the first byte at WhatsApp, of half the messages."
        case .queueTimeP99: "From due to the first byte at WhatsApp."
        case .unansweredShare: "Attempts that got no answer, of all attempts."
        case .receiptsSilence: "Since the last receipt came, while messages wait for theirs."
        case .webhookMedian: "How long half of the provider's calls wait for us."
        case .webhookMax: "How long a provider's call waited for us at most."
        case .webhookSlowShare: "The provider's calls that we answered after more than a second."
        case .backlogAge: "How long it has been due and not taken up."
        case .consumerLag: "Records that the slowest consumer group has still to read."
        case .failedChecks: "How often it did not answer when it was asked."
        case .diskFreeShare: "Where the services write."
        case .limitUse: "Unique recipients of 24 hours, of what the number may reach."
        case .limitHoursLeft: "At the pace of the last hours."
        case .failureBurnRate, .failureBurnRateSixHours:
            "Failures against what the threshold allows: 1 spends the allowance exactly."
        case .tokenDaysLeft: "Without a token nothing is sent."
        case .senderChecksFailed: "How often the provider refused or did not answer a question about it."
        }
    }

    private var remedy: String {
        switch self {
        case .deliveryRate, .failureRate:
            "Read the error codes in the message log: the commonest one says what to mend."
        case .qualityScore: "See which part of the score is low, and send less of what people do not want."
        case .retrySuccessRate: "What does not heal by itself should not be retried: look at the codes."
        case .averageRetries:
            "Many retries mean that WhatsApp refuses or throttles: look at the codes and the limits."
        case .queueTimeMedian, .queueTimeP99:
            "See whether a limit holds messages back, and whether dispatchers keep up."
        case .unansweredShare: "The way to WhatsApp is slow or broken: look at the provider's health."
        case .receiptsSilence:
            "See whether the webhook is still set up with the provider, and reachable from outside."
        case .webhookMedian: "See whether webhook-receiver and Kafka keep up. Meta's bar is 250 ms."
        case .webhookMax: "See whether webhook-receiver and Kafka keep up. After 20 s the provider gives up."
        case .webhookSlowShare: "See whether webhook-receiver and Kafka keep up. Meta's bar is 1 %."
        case .backlogAge: "See whether dispatcher and retry-scheduler run and keep up."
        case .consumerLag: "See which service is behind, and start more copies of it."
        case .failedChecks: "See its log, and whether it runs at all."
        case .diskFreeShare: "Remove what is not needed, shorten the retention, or make the disk larger."
        case .limitUse, .limitHoursLeft:
            "Spread what is not urgent over the next days, or have the number's limit raised."
        case .failureBurnRate, .failureBurnRateSixHours:
            "Failures grow. Read the error codes in the message log before the month's figure is spoilt."
        case .tokenDaysLeft: "Make a new token with the provider and store it."
        case .senderChecksFailed: "See whether the token works and the number is registered with the provider."
        }
    }

    private var who: ErrorOwner {
        switch self {
        case .deliveryRate, .failureRate, .qualityScore, .retrySuccessRate, .averageRetries, .limitUse,
            .limitHoursLeft, .failureBurnRate, .failureBurnRateSixHours, .tokenDaysLeft, .senderChecksFailed:
            .tenant
        case .queueTimeMedian, .queueTimeP99, .unansweredShare, .receiptsSilence, .webhookMedian, .webhookMax,
            .webhookSlowShare, .backlogAge, .consumerLag, .failedChecks, .diskFreeShare:
            .platform
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
