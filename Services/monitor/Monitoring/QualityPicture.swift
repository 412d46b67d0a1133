import APIKit
import HTTPServer
import Models
import Runtime
import Storage

/// How a business does now: what the last cycle measured, held against what it wants.
struct QualityPicture: Sendable {
    struct Figure: Sendable {
        let measurement: Measurement
        /// What the business wants; nil: it names nothing for this figure.
        let threshold: Double?
        /// Nil without a threshold.
        let isMet: Bool?
        /// Since when it is, or is not, met.
        let since: Timestamp?
    }

    let at: Timestamp?
    let thresholds: TenantThresholds
    /// Of the business, then of its senders.
    let figures: [Figure]
    /// By id.
    let senders: [String: String]
    let forecasts: [Forecast]

    /// Nil when there is no such business.
    static func of(_ tenantID: TenantID, in store: MeasurementStore) async throws -> QualityPicture? {
        guard let business = try await store.business(tenantID) else { return nil }
        let current = try await store.current(of: tenantID)
        // What is not measured any more is not how things are.
        let last = current.map(\.at).max()
        let measurements = current.filter { $0.at == last }
        var figures: [Figure] = []
        for measurement in measurements.sorted(by: { Self.order($0) < Self.order($1) }) {
            let threshold = business.thresholds.value(for: measurement.metric)
            let isMet = threshold.map { measurement.metric == .failureRate ? measurement.value <= $0 : measurement.value >= $0 }
            var since: Timestamp?
            if let threshold, measurement.scope.subject.isEmpty {
                since = try await store.since(
                    measurement.metric, of: tenantID, threshold: threshold, isBelow: measurement.value < threshold)
            }
            figures.append(Figure(measurement: measurement, threshold: threshold, isMet: isMet, since: since))
        }
        return QualityPicture(
            at: last, thresholds: business.thresholds, figures: figures, senders: business.senders,
            forecasts: Forecast.all(from: measurements))
    }

    func figure(_ metric: Metric, _ subject: String = "") -> Figure? {
        figures.first { $0.measurement.metric == metric && $0.measurement.scope.subject == subject }
    }

    private static func order(_ measurement: Measurement) -> (String, Int) {
        (measurement.scope.subject, Metric.allCases.firstIndex(of: measurement.metric) ?? 0)
    }
}

extension TenantThresholds {
    func value(for metric: Metric) -> Double? {
        switch metric {
        case .deliveryRate: deliveryRate
        case .failureRate: failureRate
        case .qualityScore: qualityScore
        case .retrySuccessRate, .averageRetries, .queueTimeMedian, .queueTimeP99, .unansweredShare, .receiptsSilence,
            .webhookMedian, .webhookMax, .webhookSlowShare, .backlogAge, .consumerLag, .failedChecks, .diskFreeShare,
            .limitUse, .limitHoursLeft, .failureBurnRate, .failureBurnRateSixHours, .tokenDaysLeft, .senderChecksFailed:
            nil
        }
    }
}
