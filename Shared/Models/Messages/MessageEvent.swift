/// Something that happened to a message, from whichever side.
package enum MessageEvent: Hashable, Sendable {
    /// A dispatcher wants to make an attempt.
    case claimed
    case answered(Answer, of: AttemptStanding = AttemptStanding())
    /// The scheduled time or the retry time has come, or the message is told to the dispatcher once more.
    case due
    /// The process that held the attempt did not report within its lease: bytes may have left.
    case leaseRanOut
    case unansweredSettled(Settlement)
    case deadlinePassed
    case cancelRequested
    /// The sender, the template, the tenant or a gate is paused.
    case heldBack
    case released
    /// A check of ours forbids the send before any attempt: opted out, template disabled, content invalid.
    case rejected
    case receipt(Receipt, of: AttemptStanding = AttemptStanding())
}

/// What came of the provider call, after classification and the retry decision.
package enum Answer: Hashable, Sendable, CaseIterable {
    case accepted
    case refusedForNow
    case refusedForGood
    /// A limit of the provider; the message is not to blame and no retry is used up.
    case throttled
    /// The refusal concerns the sender, the template or the account: keep the message until that is repaired.
    case gateClosed
    /// Proven: no byte of the request was written.
    case notSent
    case unanswered
}

/// What the tenant's written policy decided about an attempt nobody vouched for.
package enum Settlement: Hashable, Sendable, CaseIterable {
    case resend
    case giveUp
}

/// What the provider's webhook said, its error already classified.
package enum Receipt: Hashable, Sendable {
    case sent
    case delivered
    case read
    case failed(ReceiptVerdict)

    package var status: ReceiptStatus {
        switch self {
        case .sent: .sent
        case .delivered: .delivered
        case .read: .read
        case .failed: .failed
        }
    }
}

package enum ReceiptVerdict: Hashable, Sendable, CaseIterable {
    /// A retry is planned.
    case retry
    /// It would be worth a retry, but none is left.
    case exhausted
    /// Trying again would change nothing.
    case final
}

package enum ReceiptStatus: String, CaseIterable, Hashable, Sendable {
    case sent
    case delivered
    case read
    case failed

    /// How much of the truth a receipt of one attempt holds. `failed` follows `sent` in an attempt's life,
    /// and a telephone that showed the message refutes it.
    package var rank: Int {
        switch self {
        case .sent: 1
        case .failed: 2
        case .delivered: 3
        case .read: 4
        }
    }
}

/// What is already known about the attempt an answer or a receipt belongs to. A message can have had several
/// attempts whose news arrive mixed; without this, two orders of the same news would end differently.
package struct AttemptStanding: Hashable, Sendable {
    /// No newer attempt was made.
    package let isLatest: Bool
    /// The highest-ranking receipt this attempt had before. Only `failed` must be known: what else an attempt
    /// can have reported shows in the message's own state.
    package let reported: ReceiptStatus?
    package let others: OtherAttempts

    package init(isLatest: Bool = true, reported: ReceiptStatus? = nil, others: OtherAttempts = .over) {
        self.isLatest = isLatest
        self.reported = reported
        self.others = others
    }

    /// The recipient has, or will have, two copies.
    package func provesDuplicate(_ receipt: Receipt) -> Bool {
        switch receipt {
        case .sent, .delivered, .read: others == .accepted && reported == nil
        case .failed: false
        }
    }
}

/// How the other attempts of the same message stand; the highest that holds of any.
package enum OtherAttempts: Int16, CaseIterable, Hashable, Sendable {
    /// None, or refused, reported as failed, or settled by policy.
    case over = 0
    /// The latest attempt is another one, and it is in flight or unanswered.
    case open = 1
    /// One was accepted, by answer or by receipt, and has not been reported as failed.
    case accepted = 2
}

package enum Transition: Hashable, Sendable {
    case moved(MessageState)
    /// The event is true but changes nothing.
    case ignored(IgnoreReason)
    /// The event cannot happen in this state. The caller raises an alarm and never guesses.
    case impossible(ImpossibleReason)

    package var state: MessageState? {
        switch self {
        case .moved(let state): state
        case .ignored, .impossible: nil
        }
    }
}

package enum IgnoreReason: String, Hashable, Sendable, CaseIterable {
    /// The same news once more.
    case duplicate
    /// Newer news got here first.
    case overtaken
    /// The provider may already hold the message, so it can neither be called back nor sent beside.
    case inFlight
    /// The provider holds it.
    case alreadySent = "already_sent"
    case alreadyFinal = "already_final"
    /// It failed after it was delivered: kept as an event, and the telephone is believed.
    case conflict
    /// A second attempt was accepted too.
    case sentTwice = "sent_twice"
    /// This attempt failed while another one got through.
    case anotherLives = "another_lives"
    /// The failure asks for a retry that is planned already.
    case retryPlanned = "retry_planned"
    /// Its time has not come.
    case notDue = "not_due"
    case isHeld = "held"
    case notHeld = "not_held"
}

package enum ImpossibleReason: String, Hashable, Sendable, CaseIterable {
    /// News about an attempt of a message that never had one.
    case neverAttempted = "never_attempted"
}
