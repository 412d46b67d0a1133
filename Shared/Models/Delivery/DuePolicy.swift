/// What becomes of a message whose due time has come: the one place where time acts on messages.
package struct DuePolicy: Hashable, Sendable {
    /// A message as it stands when its due time has come.
    package struct Standing: Hashable, Sendable {
        package let state: MessageState
        package let category: TemplateCategory
        package let now: Timestamp
        package let expiresAt: Timestamp
        /// Of the attempt in flight; nil without one.
        package let leaseUntil: Timestamp?
        /// When the message came into its state.
        package let since: Timestamp
        /// How often it was told to the dispatcher since it last moved.
        package let told: Int
        /// For `held`: the gate it waits behind.
        package let gate: Gate
        /// When the tenant's quiet hours end; nil outside of them.
        package var quietUntil: Timestamp?

        package init(
            state: MessageState, category: TemplateCategory, now: Timestamp, expiresAt: Timestamp,
            leaseUntil: Timestamp?, since: Timestamp, told: Int, gate: Gate = .open, quietUntil: Timestamp? = nil
        ) {
            self.state = state
            self.category = category
            self.now = now
            self.expiresAt = expiresAt
            self.leaseUntil = leaseUntil
            self.since = since
            self.told = told
            self.gate = gate
            self.quietUntil = quietUntil
        }
    }

    package enum Gate: Hashable, Sendable {
        case open
        /// - Parameter opensAt: nil: not by time.
        case closed(opensAt: Timestamp?)
    }

    package enum Decision: Hashable, Sendable {
        /// Tell the dispatcher, and look again after this long.
        case tell(lookAgainIn: Duration)
        /// The time has come: to `queued`, and tell the dispatcher.
        case queue(lookAgainIn: Duration, mayBeSecond: Bool)
        /// Nothing to do yet.
        case lookAgain(in: Duration)
        /// Its time has come, and the tenant's quiet hours have not ended: it stays what it is until then.
        case keepQuiet(lookAgainIn: Duration)
        /// Nobody reported within the lease: bytes may have left.
        case callUnanswered(lookAgainIn: Duration)
        /// The tenant prefers no duplicate, and nobody vouched for the message.
        case giveUpUnanswered
        case expire
        /// The message needs nobody any more.
        case forget
    }

    /// How long after a hand-over we look whether somebody took it.
    package let handOverWatch: Duration
    /// Telling again waits longer each time, so that a backlog never becomes a storm of repeats.
    package let handOverWatchMax: Duration
    package let unanswered: UnansweredPolicy

    package static let standard = DuePolicy(
        handOverWatch: .seconds(30), handOverWatchMax: .seconds(600), unanswered: .standard)

    /// A gate that should be open by now is opened by a turn of its own in a moment.
    package static let gateRecheckMin: Duration = .seconds(1)

    package init(handOverWatch: Duration, handOverWatchMax: Duration, unanswered: UnansweredPolicy) {
        precondition(handOverWatch > .zero && handOverWatchMax >= handOverWatch)
        self.handOverWatch = handOverWatch
        self.handOverWatchMax = handOverWatchMax
        self.unanswered = unanswered
    }

    /// - Parameter unanswered: the tenant's own policy; nil: the usual one.
    package func decide(_ message: Standing, unanswered own: UnansweredPolicy? = nil) -> Decision {
        let unanswered = own ?? unanswered
        switch message.state {
        case .scheduled, .waiting:
            if message.now >= message.expiresAt { return .expire }
            return quiet(message) ?? .queue(lookAgainIn: handOverWatch, mayBeSecond: false)
        case .held:
            if message.now >= message.expiresAt { return .expire }
            switch message.gate {
            case .open: return quiet(message) ?? .queue(lookAgainIn: handOverWatch, mayBeSecond: false)
            case .closed(let opensAt):
                let again = max(opensAt ?? message.expiresAt, message.now + Self.gateRecheckMin)
                return .lookAgain(in: min(again, message.expiresAt) - message.now)
            }
        case .queued:
            if message.now >= message.expiresAt { return .expire }
            return quiet(message) ?? .tell(lookAgainIn: watch(told: message.told + 1))
        case .sending:
            // A row without its attempt cannot be; if it is, it is treated as the crash it looks like.
            guard let leaseUntil = message.leaseUntil, message.now < leaseUntil else {
                return .callUnanswered(lookAgainIn: unanswered.rule(for: message.category).wait)
            }
            return .lookAgain(in: leaseUntil - message.now)
        case .unanswered:
            let decision = unanswered.decide(
                category: message.category, now: message.now, unansweredSince: message.since,
                expiresAt: message.expiresAt)
            switch decision {
            case .wait(let until): return .lookAgain(in: until - message.now)
            case .resend: return quiet(message) ?? .queue(lookAgainIn: handOverWatch, mayBeSecond: true)
            case .giveUp: return .giveUpUnanswered
            }
        case .sent, .delivered, .read, .failed, .undelivered, .expired, .cancelled:
            return .forget
        }
    }

    private func quiet(_ message: Standing) -> Decision? {
        guard let until = message.quietUntil, until > message.now else { return nil }
        return .keepQuiet(lookAgainIn: min(until, message.expiresAt) - message.now)
    }

    private func watch(told: Int) -> Duration {
        min(handOverWatch * (1 << min(told, 10)), handOverWatchMax)
    }
}
