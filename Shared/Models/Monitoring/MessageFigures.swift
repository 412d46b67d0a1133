/// What became of messages that were accepted in a window, of one sender, a business or all.
///
/// Counts are fractions where they stand for more messages than were read.
package struct MessageFigures: Hashable, Sendable {
    /// Delivered or read.
    package var delivered = 0.0
    /// Of these: read.
    package var read = 0.0
    /// WhatsApp took them, and they ended without delivery.
    package var lost = 0.0
    /// Sent, neither delivered nor ended, and past their time to live.
    package var overdue = 0.0
    /// The same within their time to live: nobody knows yet, so no rate counts them.
    package var open = 0.0
    /// Retried at least once, and not on their way any more.
    package var retried = 0.0
    /// Of these: WhatsApp took them in the end; and how many retries that needed.
    package var retriedThrough = 0.0
    package var retriesThrough = 0.0
    /// Messages read for the rates of delivery, and for those of retries.
    package var sample: Int64 = 0
    package var retrySample: Int64 = 0

    package init() {}

    /// - Parameter weight: how many messages each of the other's stands for.
    package mutating func add(_ other: MessageFigures, weight: Double = 1) {
        delivered += other.delivered * weight
        read += other.read * weight
        lost += other.lost * weight
        overdue += other.overdue * weight
        open += other.open * weight
        retried += other.retried * weight
        retriedThrough += other.retriedThrough * weight
        retriesThrough += other.retriesThrough * weight
        sample += other.sample
        retrySample += other.retrySample
    }

    package var deliveryRate: Double? { Self.share(delivered, of: delivered + lost + overdue) }
    package var readShare: Double? { Self.share(read, of: delivered) }
    package var retrySuccessRate: Double? { Self.share(retriedThrough, of: retried) }
    package var averageRetries: Double? { Self.share(retriesThrough, of: retriedThrough) }

    private static func share(_ part: Double, of whole: Double) -> Double? { whole > 0 ? part / whole : nil }
}

/// What ended, and what was tried, in a span of time; from rollups, exact.
package struct EndFigures: Hashable, Sendable {
    /// Delivered or read.
    package var delivered: Int64 = 0
    /// Failed, undelivered or expired.
    package var failed: Int64 = 0
    /// Attempts begun, and those that got no answer.
    package var attempts: Int64 = 0
    package var unanswered: Int64 = 0

    package init() {}

    package mutating func add(_ other: EndFigures) {
        delivered += other.delivered
        failed += other.failed
        attempts += other.attempts
        unanswered += other.unanswered
    }

    package var ended: Int64 { delivered + failed }
    package var failureRate: Double? { ended > 0 ? Double(failed) / Double(ended) : nil }
    /// What began before the span may be answered in it: a share is at most all.
    package var unansweredShare: Double? { attempts > 0 ? min(1, Double(unanswered) / Double(attempts)) : nil }

    /// How fast an allowance of failures is spent: 1 spends it exactly, 2 twice as fast.
    ///
    /// - Parameter allowed: the share of failures that is still well; with none allowed any failure is told as `burnMax`.
    package func burnRate(allowed: Double) -> Double? {
        guard let rate = failureRate else { return nil }
        if rate == 0 { return 0 }
        return allowed > 0 ? min(rate / allowed, Self.burnMax) : Self.burnMax
    }

    package static let burnMax = 1_000.0
}
