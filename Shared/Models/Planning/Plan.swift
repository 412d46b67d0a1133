/// What to do now, and when to ask again. Each message named in one list leaves the planner, but for `sends`, which
/// it remembers until `finished`.
package struct Plan: Sendable {
    package struct Send: Sendable, Hashable {
        package let message: PlannedMessage
        /// The first byte leaves at this instant, not earlier, and not before `SendPlanner.depart` was asked.
        package let notBefore: Timestamp
        /// Set when the recipient now owes the sender more than the threshold: to be written in the claim's
        /// transaction, so that the next owner knows.
        package let pairPaidUntil: Timestamp?
    }

    package struct Held: Sendable, Hashable {
        package let message: PlannedMessage
        package let gate: ClosedGate
    }

    package struct Later: Sendable, Hashable {
        package let message: PlannedMessage
        package let until: Timestamp
        /// Nil: the provider does not work.
        package let limit: LimitName?
    }

    package var sends: [Send] = []
    /// Behind a closed gate.
    package var held: [Held] = []
    /// Too long to wait in memory.
    package var later: [Later] = []
    package var expired: [PlannedMessage] = []
    /// When something can be done that could not be done now; nil: only `append`, `finished` or a change of rules
    /// or gates brings work.
    package var wakeAt: Timestamp?

    package init() {}

    package var isEmpty: Bool { sends.isEmpty && held.isEmpty && later.isEmpty && expired.isEmpty }
    package var count: Int { sends.count + held.count + later.count + expired.count }
}

/// What became of a planned send. The slot it had is used up in any case.
package enum PlanResult: Sendable, Hashable {
    case accepted
    case refused(ErrorClassification)
    /// The provider could not be reached, and no byte left us.
    case notSent
    case unanswered
    /// The provider was not called: somebody else has the message, a reservation was denied, the lease ended.
    case unclaimed
}

/// What became of a message that was handed to the planner.
package enum Appended: Sendable, Hashable {
    case waits
    /// It waits already, or is on its way.
    case duplicate
    /// There is too much for the sender, or altogether: these leave memory, the least urgent and latest first. The
    /// new one may be among them; when it is not, it waits.
    case shed([MessageID])
    /// We do not hold the sender's lease.
    case notOurs
}

/// Whether a provider works, as far as our own calls tell.
package enum BreakerState: Sendable, Hashable {
    case closed
    /// More than half of the last calls failed for no fault of the messages, but they were too few to stop.
    case failing
    /// Nothing is sent until then.
    case open(until: Timestamp)
    /// One message may try; the others wait for it.
    case probing

    /// A refusal that heals by itself uses up no retry.
    package var sparesRetries: Bool {
        switch self {
        case .closed: false
        case .failing, .open, .probing: true
        }
    }
}
