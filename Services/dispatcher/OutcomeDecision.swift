import Models
import Storage

/// From what came back to what is written: asks Models, and fills in one record.
struct OutcomeDecision: Sendable {
    let unansweredPolicy: UnansweredPolicy

    func record(
        _ outcome: SendOutcome, httpStatus: Int?, of message: ClaimedMessage, policy: RetryPolicy,
        provider: Provider = .meta, now: Timestamp
    ) -> RecordedOutcome {
        var end = AttemptEnd(
            tenantID: message.tenantID, messageID: message.messageID, number: message.attempt,
            outcome: Self.attemptOutcome(outcome))
        end.httpStatus = httpStatus
        let verdict: Verdict
        switch outcome {
        case .accepted(let id, let heldForQuality):
            end.providerMessageID = id
            verdict = Verdict(.accepted, detail: Self.acceptedDetail(id, heldForQuality))
        case .refused(let error):
            end.errorCode = error.code
            end.errorDetails = error.details
            verdict = refused(ProviderErrors.classify(error, from: provider), message, policy, now)
        case .notSent(let reason):
            end.errorDetails = "not sent: \(reason.rawValue)"
            verdict = notSent(reason, message, policy, now)
        case .unanswered(let reason):
            end.errorDetails = "unanswered: \(reason.rawValue)"
            let wait = unansweredPolicy.rule(for: message.lane.category).wait
            verdict = Verdict(.unanswered, dueIn: wait, detail: Self.reasonDetail(reason.rawValue))
        }
        return RecordedOutcome(move: Self.move(message, verdict, end.errorCode), end: end, answer: verdict.answer)
    }

    private struct Verdict {
        let answer: Answer
        var dueIn: Duration?
        var usesRetry = false
        var isCritical = false
        var detail: [UInt8]?

        init(
            _ answer: Answer, dueIn: Duration? = nil, usesRetry: Bool = false, isCritical: Bool = false,
            detail: [UInt8]? = nil
        ) {
            self.answer = answer
            self.dueIn = dueIn
            self.usesRetry = usesRetry
            self.isCritical = isCritical
            self.detail = detail
        }
    }

    private func refused(
        _ error: ErrorClassification, _ message: ClaimedMessage, _ policy: RetryPolicy, _ now: Timestamp
    ) -> Verdict {
        let decision = policy.decide(
            after: error, retriesUsed: message.retries, uncounted: message.uncountedTries,
            now: now, expiresAt: message.expiresAt, spread: message.messageID.spread)
        switch decision {
        case .retry(let at, let usesRetry):
            return Verdict(usesRetry ? .refusedForNow : .throttled, dueIn: at - now, usesRetry: usesRetry)
        case .hold(let scope, let recheckAt):
            return Verdict(.gateClosed, dueIn: recheckAt - now, detail: Self.reasonDetail("closed: \(scope.rawValue)"))
        case .giveUp(let cause):
            return Verdict(
                .refusedForGood, isCritical: cause == .retriesExhausted, detail: Self.reasonDetail(cause.rawValue))
        }
    }

    private func notSent(
        _ reason: NotSentReason, _ message: ClaimedMessage, _ policy: RetryPolicy, _ now: Timestamp
    ) -> Verdict {
        let decision = policy.decide(
            after: reason, retriesUsed: message.retries, uncounted: message.uncountedTries, now: now,
            expiresAt: message.expiresAt, spread: message.messageID.spread)
        switch decision {
        case .retry(let at, _):
            return Verdict(.notSent, dueIn: at - now, detail: Self.reasonDetail(reason.rawValue))
        case .hold(_, let recheckAt):
            return Verdict(.gateClosed, dueIn: recheckAt - now, detail: Self.reasonDetail(reason.rawValue))
        case .giveUp(let cause):
            return Verdict(.refusedForGood, detail: Self.reasonDetail(cause.rawValue))
        }
    }

    /// The row says `sending` under our number, or the writer looks again.
    private static func move(_ message: ClaimedMessage, _ verdict: Verdict, _ errorCode: Int?) -> Move {
        guard let state = MessageState.sending.applying(.answered(verdict.answer)).state else {
            preconditionFailure("every answer moves a message that is being sent")
        }
        var move = message.move(to: state)
        move.dueIn = verdict.dueIn
        move.usesRetry = verdict.usesRetry
        move.errorCode = errorCode
        move.isCritical = verdict.isCritical
        move.detail = verdict.detail
        return move
    }

    private static func attemptOutcome(_ outcome: SendOutcome) -> AttemptEnd.Outcome {
        switch outcome {
        case .accepted: .accepted
        case .refused: .refused
        case .notSent: .notSent
        case .unanswered: .unanswered
        }
    }

    private static func acceptedDetail(_ id: ProviderMessageID, _ heldForQuality: Bool) -> [UInt8]? {
        heldForQuality ? Array("{\"message_status\":\"held_for_quality_assessment\"}".utf8) : nil
    }

    /// Reasons are our own words, never a provider's text.
    private static func reasonDetail(_ reason: String) -> [UInt8] { Array("{\"reason\":\"\(reason)\"}".utf8) }
}

extension ClaimedMessage {
    /// Tries before this one that used no retry.
    fileprivate var uncountedTries: Int { max(0, attempt - 1 - retries) }
}
