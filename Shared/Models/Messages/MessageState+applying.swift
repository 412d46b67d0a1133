extension MessageState {
    /// The one place that decides how a message moves.
    ///
    /// Receipts come late, twice and out of order, so each is a floor under what is known and never a step.
    package func applying(_ event: MessageEvent) -> Transition {
        switch event {
        case .claimed: claim()
        case .answered(let answer, let attempt): answered(answer, of: attempt)
        case .due: due()
        case .leaseRanOut: leaseRanOut()
        case .unansweredSettled(let settlement): settle(settlement)
        case .deadlinePassed: end(as: .expired)
        case .cancelRequested: end(as: .cancelled)
        case .heldBack: holdBack()
        case .released: release()
        case .rejected: end(as: .failed)
        case .receipt(let receipt, let attempt): reconcile(receipt, of: attempt)
        }
    }

    private func claim() -> Transition {
        switch self {
        case .queued: .moved(.sending)
        case .scheduled, .waiting: .ignored(.notDue)
        case .held: .ignored(.isHeld)
        case .sending, .unanswered: .ignored(.inFlight)
        case .sent, .delivered: .ignored(.alreadySent)
        case .read, .failed, .undelivered, .expired, .cancelled: .ignored(.alreadyFinal)
        }
    }

    private func due() -> Transition {
        switch self {
        case .scheduled, .waiting: .moved(.queued)
        case .queued: .ignored(.duplicate)
        case .held: .ignored(.isHeld)
        case .sending, .unanswered: .ignored(.inFlight)
        case .sent, .delivered: .ignored(.alreadySent)
        case .read, .failed, .undelivered, .expired, .cancelled: .ignored(.alreadyFinal)
        }
    }

    /// Held only once it is due: a scheduled message that were held and released early would be sent early.
    private func holdBack() -> Transition {
        switch self {
        case .queued, .waiting: .moved(.held)
        case .scheduled: .ignored(.notDue)
        case .held: .ignored(.duplicate)
        case .sending, .unanswered: .ignored(.inFlight)
        case .sent, .delivered: .ignored(.alreadySent)
        case .read, .failed, .undelivered, .expired, .cancelled: .ignored(.alreadyFinal)
        }
    }

    private func release() -> Transition {
        switch self {
        case .held: .moved(.queued)
        case .scheduled, .queued, .sending, .unanswered, .waiting, .sent, .delivered: .ignored(.notHeld)
        case .read, .failed, .undelivered, .expired, .cancelled: .ignored(.alreadyFinal)
        }
    }

    /// What may be in the provider's hands is not ended by us.
    private func end(as end: MessageState) -> Transition {
        switch self {
        case .scheduled, .queued, .waiting, .held: .moved(end)
        case .sending, .unanswered: .ignored(.inFlight)
        case .sent, .delivered: .ignored(.alreadySent)
        case .read, .failed, .undelivered, .expired, .cancelled: .ignored(.alreadyFinal)
        }
    }

    private func leaseRanOut() -> Transition {
        switch self {
        case .sending: .moved(.unanswered)
        case .unanswered: .ignored(.duplicate)
        case .scheduled: .impossible(.neverAttempted)
        case .queued, .waiting, .held, .sent, .delivered: .ignored(.overtaken)
        case .read, .failed, .undelivered, .expired, .cancelled: .ignored(.alreadyFinal)
        }
    }

    private func settle(_ settlement: Settlement) -> Transition {
        switch self {
        case .unanswered:
            switch settlement {
            case .resend: .moved(.queued)
            case .giveUp: .moved(.failed)
            }
        case .scheduled: .impossible(.neverAttempted)
        case .queued, .sending, .waiting, .held, .sent, .delivered: .ignored(.overtaken)
        case .read, .failed, .undelivered, .expired, .cancelled: .ignored(.alreadyFinal)
        }
    }

    private func answered(_ answer: Answer, of attempt: AttemptStanding) -> Transition {
        switch answer {
        case .accepted: accept(attempt)
        case .refusedForNow, .throttled, .notSent: verdict(.waiting, on: attempt)
        case .refusedForGood: verdict(.failed, on: attempt)
        case .gateClosed: verdict(.held, on: attempt)
        case .unanswered: verdict(.unanswered, on: attempt)
        }
    }

    /// An acceptance proves as much as a `sent` receipt, so it is the same floor.
    private func accept(_ attempt: AttemptStanding) -> Transition {
        if self == .scheduled { return .impossible(.neverAttempted) }
        if attempt.reported != nil || wasEndedByReceipt(of: attempt) { return .ignored(.overtaken) }
        if vouched == 0 { return .moved(.sent) }
        return .ignored(attempt.others == .accepted ? .sentTwice : .duplicate)
    }

    /// An attempt has one answer. Where the latest one has still to come, only a receipt of the same attempt can
    /// have brought the message here, and the receipt knows more.
    private func wasEndedByReceipt(of attempt: AttemptStanding) -> Bool {
        switch self {
        case .waiting, .failed, .undelivered: attempt.isLatest
        case .scheduled, .queued, .sending, .unanswered, .held, .sent, .delivered, .read: false
        case .expired, .cancelled: false
        }
    }

    /// An answer other than acceptance: it counts only while its attempt is the one we wait for.
    private func verdict(_ next: MessageState, on attempt: AttemptStanding) -> Transition {
        switch self {
        case .sending, .unanswered:
            if !attempt.isLatest || attempt.reported != nil { return .ignored(.overtaken) }
            return self == next ? .ignored(.duplicate) : .moved(next)
        case .scheduled: return .impossible(.neverAttempted)
        case .queued, .waiting, .held, .sent, .delivered: return .ignored(.overtaken)
        case .read, .failed, .undelivered, .expired, .cancelled: return .ignored(.alreadyFinal)
        }
    }

    private func reconcile(_ receipt: Receipt, of attempt: AttemptStanding) -> Transition {
        if self == .scheduled { return .impossible(.neverAttempted) }
        if let reported = attempt.reported, reported.rank >= receipt.status.rank {
            return .ignored(reason(for: receipt.status, after: reported))
        }
        return switch receipt {
        case .sent: raise(to: .sent)
        case .delivered: raise(to: .delivered)
        case .read: raise(to: .read)
        case .failed(let verdict): fall(by: verdict, of: attempt)
        }
    }

    private func reason(for status: ReceiptStatus, after reported: ReceiptStatus) -> IgnoreReason {
        if status == reported { return .duplicate }
        return status == .failed ? .conflict : .overtaken
    }

    private func raise(to reached: MessageState) -> Transition {
        if reached.vouched > vouched { return .moved(reached) }
        return .ignored(reached == self ? .duplicate : .overtaken)
    }

    private func fall(by verdict: ReceiptVerdict, of attempt: AttemptStanding) -> Transition {
        switch self {
        case .scheduled: .impossible(.neverAttempted)
        case .sending, .unanswered: attempt.isLatest ? .moved(verdict.state) : .ignored(.overtaken)
        case .sent:
            switch attempt.others {
            case .over: .moved(verdict.state)
            // Not to `waiting`: a retry beside an attempt in flight would be a second copy.
            case .open: .moved(.unanswered)
            case .accepted: .ignored(.anotherLives)
            }
        case .queued, .waiting, .held:
            if !attempt.isLatest {
                .ignored(.overtaken)
            } else if verdict == .retry {
                .ignored(.retryPlanned)
            } else {
                .moved(verdict.state)
            }
        case .delivered, .read: .ignored(.conflict)
        case .failed, .undelivered, .expired, .cancelled: .ignored(.alreadyFinal)
        }
    }

    /// How far the provider has vouched for the message.
    private var vouched: Int {
        switch self {
        case .scheduled, .queued, .sending, .unanswered, .waiting, .held: 0
        case .failed, .undelivered, .expired, .cancelled: 0
        case .sent: 1
        case .delivered: 2
        case .read: 3
        }
    }
}

extension ReceiptVerdict {
    fileprivate var state: MessageState {
        switch self {
        case .retry: .waiting
        case .exhausted: .failed
        case .final: .undelivered
        }
    }
}
