import Models
import Runtime

struct DispatchMetrics: Sendable {
    let claimed = counter("tidings_dispatch_claimed_total", "Messages claimed for an attempt.")
    let expired = counter("tidings_dispatch_expired_total", "Messages found expired when their turn came.")
    let overtaken = counter("tidings_dispatch_overtaken_total", "Outcomes that a receipt or the scheduler had overtaken.")
    let recordFailures = counter("tidings_dispatch_record_failures_total", "Outcomes that could not be recorded at once.")
    let claimSeconds = MetricsRegistry.shared.histogram("tidings_dispatch_claim_seconds", help: "Time to claim a batch.")
    private let callSeconds = MetricsRegistry.shared.histogram(
        "tidings_provider_call_seconds", help: "Time of one provider call.")
    private let accepted = outcome("accepted")
    private let refused = outcome("refused")
    private let notSent = outcome("not_sent")
    private let unanswered = outcome("unanswered")

    func observe(_ result: SendOutcome, took span: Duration) {
        callSeconds.observe(span)
        switch result {
        case .accepted: accepted.increment()
        case .refused: refused.increment()
        case .notSent: notSent.increment()
        case .unanswered: unanswered.increment()
        }
    }

    private static func counter(_ name: String, _ help: String) -> Counter {
        MetricsRegistry.shared.counter(name, help: help)
    }

    private static func outcome(_ name: String) -> Counter {
        MetricsRegistry.shared.counter(
            "tidings_send_outcomes_total", help: "Attempts by outcome.", labels: [("outcome", name)])
    }
}
