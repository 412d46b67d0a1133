import Runtime
import Storage

/// What Prometheus learns of the whole platform from one place. Copies of monitor say the same.
struct PlatformGauges: Sendable {
    private static let severities = ["info", "warning", "critical"]

    let store: PlatformGaugeStore
    private let overdue = gauge(
        "tidings_due_overdue_seconds", help: "How long the message longest overdue waits for its turn already.")
    private let gates = gauge("tidings_gates_closed", help: "Gates closed by a failure, not by a pause that people wanted.")
    private let unbalanced = gauge(
        "tidings_ledger_unbalanced_tenants", help: "Tenants whose figures and rows differed at their last check.")
    private let alerts = severities.map { severity in
        (severity, gauge("tidings_alerts_open", help: "Alerts that are open, by severity.", labels: [("severity", severity)]))
    }

    init(store: PlatformGaugeStore) {
        self.store = store
    }

    func show() async throws {
        let now = try await store.gauges()
        overdue.set(now.overdue.seconds)
        gates.set(now.closedGates)
        unbalanced.set(now.unbalancedTenants)
        for (severity, gauge) in alerts { gauge.set(now.openAlerts[severity] ?? 0) }
    }

    private static func gauge(_ name: String, help: String, labels: MetricLabels = []) -> Gauge {
        MetricsRegistry.shared.gauge(name, help: help, labels: labels)
    }
}
