/// Where one message is in its life.
///
///     scheduled ─▶ queued ─▶ sending ─▶ sent ─▶ delivered ─▶ read
///                  ▲ ▲  ▲      │ ╲       │ ╲
///                  │ │  │      │  ▼      │  ╰──────▶ undelivered, failed
///                  │ │  ╰── unanswered   │
///                  │ ╰───── waiting ◀────╯  the provider took it and gave it back
///                  ╰─────── held            a sender, template, tenant or gate is paused
///
/// The raw values are stored in Postgres and never change their meaning.
package enum MessageState: Int16, CaseIterable, Hashable, Sendable {
    case scheduled = 0
    /// Due, and told to the dispatcher or about to be.
    case queued = 1
    /// One attempt is in flight; its row was committed before the first byte left.
    case sending = 2
    /// Bytes left us and no answer came: the provider may or may not hold the message.
    case unanswered = 3
    /// A retry is planned.
    case waiting = 4
    case held = 5
    /// The provider took it.
    case sent = 6
    case delivered = 7
    case read = 8
    /// Refused for good, or every retry is used up.
    case failed = 9
    /// The provider took it and reported later that it will not arrive.
    case undelivered = 10
    case expired = 11
    case cancelled = 12

    /// The word of the API and the pages.
    package var name: String {
        switch self {
        case .scheduled: "scheduled"
        case .queued: "queued"
        case .sending: "sending"
        case .unanswered: "unanswered"
        case .waiting: "waiting"
        case .held: "held"
        case .sent: "sent"
        case .delivered: "delivered"
        case .read: "read"
        case .failed: "failed"
        case .undelivered: "undelivered"
        case .expired: "expired"
        case .cancelled: "cancelled"
        }
    }

    /// Accepts the words of `name`, and `pending`, the older word for `sending`.
    package init?(name: some StringProtocol) {
        if name == "pending" {
            self = .sending
            return
        }
        guard let state = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = state
    }

    /// Nothing we do changes it any more. Only a receipt can: proof of delivery beats our own verdict.
    package var isFinal: Bool {
        switch self {
        case .read, .failed, .undelivered, .expired, .cancelled: true
        case .scheduled, .queued, .sending, .unanswered, .waiting, .held, .sent, .delivered: false
        }
    }

    /// Somebody of ours must act later, so the row carries a due time.
    package var awaitsUs: Bool {
        switch self {
        case .scheduled, .queued, .sending, .unanswered, .waiting, .held: true
        case .sent, .delivered, .read, .failed, .undelivered, .expired, .cancelled: false
        }
    }

    /// What a tenant's customer sees: it went out, or it did not, and nothing about why.
    package var customerView: CustomerView {
        switch self {
        case .sent, .delivered, .read: .sent
        case .failed, .undelivered, .expired, .cancelled: .notSent
        case .scheduled, .queued, .sending, .unanswered, .waiting, .held: .pending
        }
    }
}

package enum CustomerView: String, CaseIterable, Hashable, Sendable {
    case sent
    case notSent = "not_sent"
    case pending
}
