/// What is measured each cycle of monitoring. The raw values stand in the API and in `monitoring_metrics`.
package enum Metric: String, CaseIterable, Hashable, Sendable {
    /// Delivered or read, of what was sent and is past its time to live; a share of 1.
    case deliveryRate = "delivery_rate"
    /// Failed, undelivered or expired, of what ended; a share of 1.
    case failureRate = "failure_rate"
    /// The composite score; a share of 1.
    case qualityScore = "quality_score"
    /// Messages that were sent or better after at least one retry, of those that were retried; a share of 1.
    case retrySuccessRate = "retry_success_rate"
    /// Retries a message, over those that were sent in the end and retried.
    case averageRetries = "average_retries"
    /// From due to the first byte at the provider: median and 99th percentile, seconds.
    case queueTimeMedian = "queue_time_median_seconds"
    case queueTimeP99 = "queue_time_p99_seconds"
    /// Attempts without an answer, of all attempts; a share of 1.
    case unansweredShare = "unanswered_share"
    /// Since the last receipt, while messages wait for theirs; seconds.
    case receiptsSilence = "receipts_silence_seconds"
    /// Our answers to providers' webhooks: median, slowest, and the share above a second.
    case webhookMedian = "webhook_median_seconds"
    case webhookMax = "webhook_max_seconds"
    case webhookSlowShare = "webhook_slow_share"
    /// The age of the oldest message that is due and was not taken up; seconds.
    case backlogAge = "backlog_age_seconds"
    /// Records that a consumer group has still to read; `subject` names the service.
    case consumerLag = "consumer_lag_records"
    /// Checks in a row that found something down; `subject` names what is checked.
    case failedChecks = "failed_checks"
    /// Free space where the services write; a share of 1.
    case diskFreeShare = "disk_free_share"
    /// Unique recipients of the last 24 hours, of the sender's limit; a share of 1.
    case limitUse = "limit_use_share"
    /// Hours until the day's limit is used up at the present pace; 24: not within a day.
    case limitHoursLeft = "limit_hours_left"
    /// Failure rate over what the business allows: 1 spends the allowance exactly. Of the last hour, and of the last six:
    /// what burns in both is no passing trouble.
    case failureBurnRate = "failure_burn_rate"
    case failureBurnRateSixHours = "failure_burn_rate_6h"
    /// Until a token of the tenant ends; days.
    case tokenDaysLeft = "token_days_left"
    /// Regular checks of a sender in a row that brought no answer or a refusal; `subject` is the sender.
    case senderChecksFailed = "sender_checks_failed"
}

/// What a measurement is about: the platform, a tenant, or a thing of a tenant's (or of the platform's).
package struct MetricScope: Hashable, Sendable {
    /// Nil: the platform.
    package let tenantID: TenantID?
    /// A sender's id, an endpoint's name; empty: the whole.
    package let subject: String

    package init(tenantID: TenantID? = nil, subject: String = "") {
        self.tenantID = tenantID
        self.subject = subject
    }
}

/// One figure of one cycle.
package struct Measurement: Hashable, Sendable {
    package let metric: Metric
    package let scope: MetricScope
    package let at: Timestamp
    package let value: Double
    /// How many messages, attempts or checks stand behind it: small samples wake nobody.
    package let sample: Int64

    package init(_ metric: Metric, _ scope: MetricScope, at: Timestamp, value: Double, sample: Int64) {
        self.metric = metric
        self.scope = scope
        self.at = at
        self.value = value
        self.sample = sample
    }
}
