/// What a tenant has set and the engine goes by.
package struct TenantRules: Hashable, Sendable {
    package let tenantID: TenantID
    package var isActive = true
    package var clock = LocalClock.utc
    package var quietHours: QuietHours?
    package var isRetryAutomatic = true
    /// With no retries where the tenant switched them off.
    package var retryPolicy = RetryPolicy.quick
    package var unanswered = UnansweredPolicy.standard
    package var expiry = ExpiryPolicy.standard
    /// At least this long between two messages of one sender.
    package var messageDelay = Duration.zero
    /// Sends a day of the tenant's own calendar; nil: as many as WhatsApp allows.
    package var dailyQuota: Int?

    package init(tenantID: TenantID) {
        self.tenantID = tenantID
    }

    /// Whether the tenant lets a message of this category go out now.
    package func quiet(at now: Timestamp, category: TemplateCategory) -> QuietHours.Standing {
        quietHours?.standing(at: now, category: category, clock: clock) ?? .open
    }

    /// For tests that shorten the clock: the waits for retries and for missing answers.
    package func scaled(by factor: Double) -> TenantRules {
        var scaled = self
        scaled.retryPolicy = retryPolicy.scaled(by: factor)
        scaled.unanswered = unanswered.scaled(by: factor)
        return scaled
    }
}

/// How long a message is worth sending when it names no expiry itself.
package struct ExpiryPolicy: Hashable, Sendable {
    package static let range: ClosedRange<Duration> = .seconds(30) ... .seconds(30 * 86_400)
    package static let standard = ExpiryPolicy()

    private var own: [TemplateCategory: Duration] = [:]

    package init() {}

    package func span(for category: TemplateCategory) -> Duration {
        own[category] ?? category.expiryDefault
    }

    /// What is out of bounds is brought back into them.
    package func setting(_ span: Duration, for category: TemplateCategory) -> ExpiryPolicy {
        var policy = self
        policy.own[category] = min(max(span, Self.range.lowerBound), Self.range.upperBound)
        return policy
    }
}
