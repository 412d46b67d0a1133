import Models
import Runtime

struct DispatchMetrics: Sendable {
    let claimed = counter("tidings_dispatch_claimed_total", "Messages claimed for an attempt.")
    let expired = counter("tidings_dispatch_expired_total", "Messages found expired when their turn came.")
    let forbidden = counter(
        "tidings_dispatch_forbidden_total",
        "Messages cancelled when their turn came: the recipient opted out, or the service window closed.")
    let overtaken = counter("tidings_dispatch_overtaken_total", "Outcomes that a receipt or the scheduler had overtaken.")
    let recordFailures = counter("tidings_dispatch_record_failures_total", "Outcomes that could not be recorded at once.")
    let shed = counter("tidings_dispatch_shed_total", "Messages that left memory because too many waited for a sender.")
    let givenBack = counter("tidings_dispatch_given_back_total", "Messages that left memory to come again at their turn.")
    let held = counter("tidings_dispatch_held_total", "Messages held behind a closed gate without an attempt.")
    let slotsRenewed = counter("tidings_dispatch_slots_renewed_total", "Sends that missed their slot and got another.")
    private let leaseEnded = hindered("lease_ended")
    private let late = hindered("late")
    private let gateClosed = hindered("gate_closed")
    private let gatesUnknown = hindered("gates_unknown")
    let claimSeconds = MetricsRegistry.shared.histogram("tidings_dispatch_claim_seconds", help: "Time to claim a batch.")
    let slotLateSeconds = MetricsRegistry.shared.histogram(
        "tidings_dispatch_slot_late_seconds", help: "How long after its slot a send began.")
    private let meta = CallMetrics(.meta)
    private let twilio = CallMetrics(.twilio)
    private let hitsByUs = hits(by: "us")
    private let hitsByProvider = hits(by: "provider")
    private let authenticationDwell = dwell(.authentication)
    private let utilityDwell = dwell(.utility)
    private let marketingDwell = dwell(.marketing)

    func observe(_ result: SendOutcome, from provider: Provider, took span: Duration) {
        switch provider {
        case .meta: meta.observe(result, took: span)
        case .twilio: twilio.observe(result, took: span)
        }
    }

    /// From when the message could have been sent until its first byte.
    func observeDwell(_ span: Duration, lane: Lane) {
        switch lane {
        case .authentication: authenticationDwell.observe(max(.zero, span))
        case .utility: utilityDwell.observe(max(.zero, span))
        case .marketing: marketingDwell.observe(max(.zero, span))
        }
    }

    func count(_ hindrance: Departure.Hindrance) {
        switch hindrance {
        case .leaseEnded: leaseEnded.increment()
        case .late: late.increment()
        case .gateClosed: gateClosed.increment()
        case .gatesUnknown: gatesUnknown.increment()
        }
    }

    func count(_ hits: [LimitHit]) {
        for hit in hits { (hit.byProvider ? hitsByProvider : hitsByUs)[hit.name]?.increment(by: hit.hits) }
    }

    private static func counter(_ name: String, _ help: String) -> Counter {
        MetricsRegistry.shared.counter(name, help: help)
    }

    private static func hindered(_ by: String) -> Counter {
        MetricsRegistry.shared.counter(
            "tidings_dispatch_hindered_total", help: "Claimed messages not sent after all.", labels: [("by", by)])
    }

    /// There from the start: a rate needs to have seen the zero.
    private static func hits(by whom: String) -> [LimitName: Counter] {
        Dictionary(
            uniqueKeysWithValues: LimitName.allCases.map { limit in
                let counter = MetricsRegistry.shared.counter(
                    "tidings_limit_hits_total", help: "Messages that a limit made wait.",
                    labels: [("limit", limit.rawValue), ("by", whom)])
                return (limit, counter)
            })
    }

    private static func dwell(_ lane: Lane) -> Histogram {
        MetricsRegistry.shared.histogram(
            "tidings_dispatch_dwell_seconds", help: "From ready to the first byte, by lane.",
            labels: [("lane", lane.name)])
    }
}

/// The calls of one provider.
private struct CallMetrics: Sendable {
    private let seconds: Histogram
    private let accepted: Counter
    private let refused: Counter
    private let notSent: Counter
    private let unanswered: Counter

    init(_ provider: Provider) {
        func outcome(_ name: String) -> Counter {
            MetricsRegistry.shared.counter(
                "tidings_send_outcomes_total", help: "Attempts by outcome.",
                labels: [("provider", provider.rawValue), ("outcome", name)])
        }
        seconds = MetricsRegistry.shared.histogram(
            "tidings_provider_call_seconds", help: "Time of one provider call.",
            labels: [("provider", provider.rawValue)])
        accepted = outcome("accepted")
        refused = outcome("refused")
        notSent = outcome("not_sent")
        unanswered = outcome("unanswered")
    }

    func observe(_ result: SendOutcome, took span: Duration) {
        seconds.observe(span)
        switch result {
        case .accepted: accepted.increment()
        case .refused: refused.increment()
        case .notSent: notSent.increment()
        case .unanswered: unanswered.increment()
        }
    }
}
