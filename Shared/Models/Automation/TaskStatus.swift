/// Where a planned message is.
package enum TaskStatus: String, CaseIterable, Hashable, Sendable {
    /// Waits for its time.
    case pending
    /// Somebody is making its message now.
    case executing
    /// Its message was accepted: from here on the message says how it goes.
    case done
    /// Rightly not sent; the reason says why.
    case skipped
    /// Could not be sent although it should have been: somebody has to repair something.
    case failed
    case cancelled

    /// What a person may ask of a task.
    package enum Request: String, CaseIterable, Hashable, Sendable {
        case cancel
        case move
        case runNow = "run"
    }

    package func allows(_ request: Request) -> Bool {
        switch (self, request) {
        case (.pending, _): true
        // Repaired in the meantime, it may be tried again.
        case (.failed, .runNow), (.skipped, .runNow), (.failed, .move), (.skipped, .move): true
        case (.failed, .cancel), (.skipped, .cancel): false
        case (.executing, _), (.done, _), (.cancelled, _): false
        }
    }
}

/// Why a task is not sent, in words of ours; what acceptance refuses has the code of that refusal.
package enum TaskReason: String, CaseIterable, Hashable, Sendable {
    case recipientMissing = "recipient_missing"
    case recipientInvalid = "recipient_invalid"
    case timeMissing = "time_missing"
    case timeUnreadable = "time_unreadable"
    case tooLate = "too_late"
    case tooFar = "too_far"
    case variableUnreadable = "variable_unreadable"
    case alreadyPlanned = "already_planned"
    case ruleDisabled = "rule_disabled"
    case ruleDeleted = "rule_deleted"
    case replaced
    case cancelledByEvent = "cancelled_by_event"
    case cancelledByRequest = "cancelled_by_request"

    package var explanation: String {
        switch self {
        case .recipientMissing: "The event names no number for this recipient."
        case .recipientInvalid: "The recipient's number is no possible telephone number."
        case .timeMissing: "The event says nothing where the rule looks for the time."
        case .timeUnreadable: "What the event has where the rule looks for the time is no date or time."
        case .tooLate: "Its time, and what the rule allows after it, had passed."
        case .tooFar: "Its time lies more than 800 days ahead."
        case .variableUnreadable: "A value of the event cannot be shown in the format that the rule asks for."
        case .alreadyPlanned: "An earlier event of the same subject planned this message for the recipient already."
        case .ruleDisabled: "The rule was switched off when the time came."
        case .ruleDeleted: "The rule was deleted."
        case .replaced: "A later event of the same subject planned it anew."
        case .cancelledByEvent: "Another event of the same subject called it off."
        case .cancelledByRequest: "Somebody cancelled it."
        }
    }
}

/// What becomes of a task whose message was not accepted.
package enum TaskRefusal {
    /// The first wait; each further one is twice as long.
    package static let waitMin: Duration = .seconds(60)
    package static let waitMax: Duration = .seconds(3_600)

    package enum Outcome: Hashable, Sendable {
        /// What hinders it may pass by itself.
        case again(at: Timestamp)
        case skip
        case fail
    }

    /// - Parameters:
    ///   - code: of the refusal.
    ///   - isAboutRecipient: it is the recipient that is refused, and repairing nothing of ours would help.
    ///   - tries: so far, this one included.
    package static func decide(
        code: String, isAboutRecipient: Bool, tries: Int, now: Timestamp, expiresAt: Timestamp
    ) -> Outcome {
        if isAboutRecipient { return .skip }
        guard passes(code) else { return .fail }
        let next = now + min(waitMax, waitMin * (1 << min(max(tries - 1, 0), 10)))
        return next < expiresAt ? .again(at: next) : .fail
    }

    /// WhatsApp pauses a template for hours, and approves one after a while; a sender is switched on again.
    private static func passes(_ code: String) -> Bool {
        ["template_not_approved", "sender_disabled", "sender_missing"].contains(code)
    }
}
