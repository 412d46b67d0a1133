/// When a tenant wants to be told that its messages do badly; shares of 1.
package struct TenantThresholds: Hashable, Sendable {
    package static let names = ["delivery_rate", "failure_rate", "quality_score"]
    package static let standard = TenantThresholds()

    /// Below it is too low.
    package var deliveryRate = 0.95
    /// Above it is too high.
    package var failureRate = 0.05
    /// Below it is too low.
    package var qualityScore = 0.9

    package init() {}
}
