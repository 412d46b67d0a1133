import Models
import TestSupport
import Testing

/// Planted and found here before these tests were trusted: `sending` cancelled in `end(as:)`; `failed`
/// believed after `delivered` in `fall(by:of:)`; the bit of `waiting → queued` missing in the move table.
@Suite struct MessageStateTests {
    private static let standings: [AttemptStanding] = [true, false].flatMap { isLatest in
        ([nil] + ReceiptStatus.allCases.map(Optional.some)).flatMap { reported in
            // Of the latest attempt, no other can be the open latest one.
            OtherAttempts.allCases.filter { !isLatest || $0 != .open }.map {
                AttemptStanding(isLatest: isLatest, reported: reported, others: $0)
            }
        }
    }

    private static let receipts: [Receipt] =
        [.sent, .delivered, .read] + ReceiptVerdict.allCases.map { .failed($0) }

    static let everyEvent: [MessageEvent] =
        [.claimed, .due, .leaseRanOut, .deadlinePassed, .cancelRequested, .heldBack, .released, .rejected]
        + Settlement.allCases.map { .unansweredSettled($0) }
        + Answer.allCases.flatMap { answer in standings.map { .answered(answer, of: $0) } }
        + receipts.flatMap { receipt in standings.map { .receipt(receipt, of: $0) } }

    @Test func theMoveTableIsExactlyWhatTheEventsCanDo() {
        for from in MessageState.allCases {
            let reached = Set(Self.everyEvent.compactMap { from.applying($0).state })
            #expect(reached == MessageMove.allowed(from: from), "\(from)")
        }
    }

    @Test func theBitmasksSayTheSameAsTheTable() {
        #expect(MessageMove.bitmasks.count == 13)
        for from in MessageState.allCases {
            for to in MessageState.allCases {
                let bit = MessageMove.bitmasks[Int(from.rawValue)] >> Int32(to.rawValue) & 1
                #expect((bit == 1) == MessageState.mayMove(from: from, to: to), "\(from) to \(to)")
            }
        }
    }

    /// Written down once, because Postgres holds the same numbers: who changes one changes a migration too.
    @Test func theBitmasksAreThoseOfTheMigration() {
        #expect(
            MessageMove.bitmasks == [
                6_658, 8_164, 2_040, 2_034, 8_162, 8_130, 1_944, 256, 0, 448, 448, 448, 448,
            ]
        )
    }

    @Test func noStateMovesToItselfAndTheSameEventTwiceMovesOnce() {
        for from in MessageState.allCases {
            for event in Self.everyEvent {
                guard case .moved(let next) = from.applying(event) else { continue }
                #expect(next != from, "\(from) by \(event)")
                #expect(next.applying(event).state == nil, "\(from) by \(event) twice")
            }
        }
    }

    @Test func onlyReceiptsAndAcceptanceMoveAFinalMessage() {
        for from in MessageState.allCases where from.isFinal {
            for event in Self.everyEvent {
                guard let next = from.applying(event).state else { continue }
                #expect([.sent, .delivered, .read].contains(next), "\(from) by \(event)")
            }
        }
    }

    @Test func whatTheProviderVouchedForIsNeverTakenBackByUs() {
        let ours = Self.everyEvent.filter { if case .receipt = $0 { false } else { true } }
        for from in [MessageState.sent, .delivered, .read] {
            for event in ours { #expect(from.applying(event).state == nil, "\(from) by \(event)") }
        }
    }

    @Test func everyStateIsReachedFromAScheduledMessage() {
        var seen: Set<MessageState> = [.scheduled]
        var frontier = seen
        while let state = frontier.popFirst() {
            for event in Self.everyEvent {
                if let next = state.applying(event).state, seen.insert(next).inserted {
                    frontier.insert(next)
                }
            }
        }
        #expect(seen == Set(MessageState.allCases))
    }

    @Test(arguments: [MessageState.sending, .unanswered])
    func aMessageInFlightCannotBeEndedByUs(state: MessageState) {
        #expect(state.applying(.cancelRequested) == .ignored(.inFlight))
        #expect(state.applying(.deadlinePassed) == .ignored(.inFlight))
        #expect(state.applying(.rejected) == .ignored(.inFlight))
        #expect(state.applying(.claimed) == .ignored(.inFlight))
    }

    @Test func onlyAQueuedMessageCanBeClaimed() {
        for state in MessageState.allCases {
            #expect((state.applying(.claimed) == .moved(.sending)) == (state == .queued), "\(state)")
        }
    }

    @Test(arguments: [MessageState.delivered, .read])
    func aFailureAfterDeliveryIsAConflictAndChangesNothing(state: MessageState) {
        for verdict in ReceiptVerdict.allCases {
            #expect(state.applying(.receipt(.failed(verdict))) == .ignored(.conflict))
        }
    }

    @Test(arguments: [MessageState.failed, .undelivered, .expired, .cancelled, .waiting, .queued, .held])
    func proofOfDeliveryBeatsOurVerdict(state: MessageState) {
        #expect(state.applying(.receipt(.sent)) == .moved(.sent))
        #expect(state.applying(.receipt(.delivered)) == .moved(.delivered))
        #expect(state.applying(.receipt(.read)) == .moved(.read))
    }

    @Test(arguments: [MessageState.waiting, .failed, .undelivered])
    func anAcceptanceThatComesAfterItsOwnFailureReceiptIsNoNews(state: MessageState) {
        #expect(state.applying(.answered(.accepted)) == .ignored(.overtaken))
        #expect(state.applying(.answered(.accepted, of: AttemptStanding(isLatest: false))) == .moved(.sent))
    }

    @Test func anAcceptanceThatComesAfterTheResendWasPlannedStopsIt() {
        #expect(MessageState.queued.applying(.answered(.accepted)) == .moved(.sent))
    }

    @Test func aMessageThatNeverHadAnAttemptHasNoNewsOfOne() {
        #expect(MessageState.scheduled.applying(.receipt(.sent)) == .impossible(.neverAttempted))
        #expect(MessageState.scheduled.applying(.answered(.accepted)) == .impossible(.neverAttempted))
        #expect(MessageState.scheduled.applying(.leaseRanOut) == .impossible(.neverAttempted))
    }

    @Test func aScheduledMessageThatWereHeldAndReleasedWouldBeSentEarly() {
        #expect(MessageState.scheduled.applying(.heldBack) == .ignored(.notDue))
    }

    @Test func anEarlierAttemptsFailureIsNoNewsWhileANewerOneIsInFlight() {
        let earlier = AttemptStanding(isLatest: false, others: .open)
        #expect(MessageState.sending.applying(.receipt(.failed(.final), of: earlier)) == .ignored(.overtaken))
        #expect(MessageState.sent.applying(.receipt(.failed(.retry), of: earlier)) == .moved(.unanswered))
    }

    @Test func aSecondAcceptedAttemptIsReportedAsSentTwice() {
        let second = AttemptStanding(others: .accepted)
        #expect(MessageState.sent.applying(.answered(.accepted, of: second)) == .ignored(.sentTwice))
        #expect(second.provesDuplicate(.delivered))
        #expect(!AttemptStanding().provesDuplicate(.delivered))
    }

    @Test func namesReadBackAndPendingIsTheOlderWordForSending() {
        for state in MessageState.allCases { #expect(MessageState(name: state.name) == state) }
        #expect(MessageState(name: "pending") == .sending)
        #expect(MessageState(name: "Sent") == nil)
        #expect(MessageState.allCases.map(\.rawValue) == Array(0...12))
    }

    @Test func theCustomerSeesSentOrNotSent() {
        for state in MessageState.allCases where state.awaitsUs { #expect(state.customerView == .pending) }
        #expect(MessageState.delivered.customerView == .sent)
        #expect(MessageState.undelivered.customerView == .notSent)
    }
}
