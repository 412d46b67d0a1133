/// The one table of allowed moves; Postgres repeats it as a trigger condition.
///
/// It is written out and not derived from `applying`, so that the tests can hold one against the other.
package enum MessageMove {
    package static func allowed(from: MessageState) -> Set<MessageState> {
        switch from {
        case .scheduled: [.queued, .failed, .expired, .cancelled]
        case .queued: proven.union([.sending, .held, .failed, .undelivered, .expired, .cancelled])
        case .sending: proven.union([.unanswered, .waiting, .held, .failed, .undelivered])
        case .unanswered: proven.union([.queued, .waiting, .held, .failed, .undelivered])
        case .waiting: proven.union([.queued, .held, .failed, .undelivered, .expired, .cancelled])
        case .held: proven.union([.queued, .failed, .undelivered, .expired, .cancelled])
        case .sent: [.delivered, .read, .unanswered, .waiting, .failed, .undelivered]
        case .delivered: [.read]
        case .read: []
        case .failed, .undelivered, .expired, .cancelled: proven
        }
    }

    package static func allowed(from: MessageState, to: MessageState) -> Bool {
        allowed(from: from).contains(to)
    }

    /// Indexed by the raw value of the state left; bit n is set when the state with raw value n may follow.
    package static let bitmasks: [Int32] = MessageState.allCases.map { from in
        allowed(from: from).reduce(0) { mask, to in mask | 1 << Int32(to.rawValue) }
    }

    /// What the provider can prove about a message of which at least one attempt was made.
    private static let proven: Set<MessageState> = [.sent, .delivered, .read]
}

extension MessageState {
    package static func mayMove(from: MessageState, to: MessageState) -> Bool {
        MessageMove.allowed(from: from, to: to)
    }
}
