import Models
import Storage

/// From what came back to what is written: asks Models, and fills in one record.
struct OutcomeDecision: Sendable {
    /// What the answer itself does not say.
    struct Circumstances: Sendable {
        let provider: Provider
        /// That the refusal has closed, or that was found closed: the message waits behind it.
        var gate: ClosedGate?
        /// The provider fails for most: a failure is not the message's, and uses up no retry.
        var sparesRetries = false
        /// Refused with a token that has been replaced meanwhile.
        var isTokenReplaced = false
    }

    /// Another token is known already.
    static let tokenReplacedWait = Duration.seconds(1)

    let tenant: TenantRules
    let circumstances: Circumstances

    func record(_ outcome: SendOutcome, httpStatus: Int?, of message: ClaimedMessage, now: Timestamp) -> RecordedOutcome {
        var end = AttemptEnd(
            tenantID: message.tenantID, messageID: message.messageID, number: message.attempt,
            outcome: Self.attemptOutcome(outcome))
        end.httpStatus = httpStatus
        var unlisted: UnlistedCode?
        let verdict: Verdict
        switch outcome {
        case .accepted(let id, let heldForQuality):
            end.providerMessageID = id
            verdict = Verdict(.accepted, detail: Self.acceptedDetail(id, heldForQuality))
        case .refused(let error):
            end.errorCode = error.code
            end.errorDetails = error.details
            let failure = ProviderErrors.classify(error, from: circumstances.provider)
            if failure.isUnlisted { unlisted = UnlistedCode(provider: circumstances.provider, code: error.code) }
            verdict = refused(failure, message, now)
        case .notSent(let reason):
            end.errorDetails = "not sent: \(reason.rawValue)"
            verdict = circumstances.gate.map { held(behind: $0, message, now) } ?? notSent(reason, message, now)
        case .unanswered(let reason):
            end.errorDetails = "unanswered: \(reason.rawValue)"
            let wait = tenant.unanswered.rule(for: message.lane.category).wait
            verdict = Verdict(.unanswered, dueIn: wait, detail: Self.reasonDetail(reason.rawValue))
        }
        var recorded = RecordedOutcome(
            move: Self.move(message, verdict, end.errorCode), end: end, answer: verdict.answer)
        recorded.unlistedCode = unlisted
        return recorded
    }

    private struct Verdict {
        let answer: Answer
        var dueIn: Duration?
        var usesRetry = false
        var isCritical = false
        var gateID: GateID?
        var detail: [UInt8]?

        init(
            _ answer: Answer, dueIn: Duration? = nil, usesRetry: Bool = false, isCritical: Bool = false,
            gateID: GateID? = nil, detail: [UInt8]? = nil
        ) {
            self.answer = answer
            self.dueIn = dueIn
            self.usesRetry = usesRetry
            self.isCritical = isCritical
            self.gateID = gateID
            self.detail = detail
        }
    }

    private func refused(_ failure: ErrorClassification, _ message: ClaimedMessage, _ now: Timestamp) -> Verdict {
        if circumstances.isTokenReplaced { return Verdict(.throttled, dueIn: Self.tokenReplacedWait) }
        if let gate = circumstances.gate, failure.fate != .end { return held(behind: gate, message, now) }
        if circumstances.sparesRetries, failure.class == .retry { return notSent(.notConnected, message, now) }
        let decision = tenant.retryPolicy.decide(
            after: failure, retriesUsed: message.retries, uncounted: message.uncountedTries, now: now,
            expiresAt: message.expiresAt, spread: message.messageID.spread)
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

    private func held(behind gate: ClosedGate, _ message: ClaimedMessage, _ now: Timestamp) -> Verdict {
        Verdict(.gateClosed, dueIn: gate.wait(until: message.expiresAt, now: now), gateID: gate.id, detail: gate.detail)
    }

    /// It was no send of the message's own doing: no retry is used up, and it waits longer each time.
    private func notSent(_ reason: NotSentReason, _ message: ClaimedMessage, _ now: Timestamp) -> Verdict {
        let decision = tenant.retryPolicy.decide(
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
        move.gateID = verdict.gateID
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
