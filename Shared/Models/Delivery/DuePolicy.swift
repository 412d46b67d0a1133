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

        package init(
            state: MessageState, category: TemplateCategory, now: Timestamp, expiresAt: Timestamp,
            leaseUntil: Timestamp?, since: Timestamp, told: Int
        ) {
            self.state = state
            self.category = category
            self.now = now
            self.expiresAt = expiresAt
            self.leaseUntil = leaseUntil
            self.since = since
            self.told = told
        }
    }

    package enum Decision: Hashable, Sendable {
        /// Tell the dispatcher, and look again after this long.
        case tell(lookAgainIn: Duration)
        /// The time has come: to `queued`, and tell the dispatcher.
        case queue(lookAgainIn: Duration, mayBeSecond: Bool)
        /// Nothing to do yet.
        case lookAgain(in: Duration)
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

    package init(handOverWatch: Duration, handOverWatchMax: Duration, unanswered: UnansweredPolicy) {
        precondition(handOverWatch > .zero && handOverWatchMax >= handOverWatch)
        self.handOverWatch = handOverWatch
        self.handOverWatchMax = handOverWatchMax
        self.unanswered = unanswered
    }

    package func decide(_ message: Standing) -> Decision {
        switch message.state {
        case .scheduled, .waiting, .held:
            if message.now >= message.expiresAt { return .expire }
            return .queue(lookAgainIn: handOverWatch, mayBeSecond: false)
        case .queued:
            if message.now >= message.expiresAt { return .expire }
            return .tell(lookAgainIn: watch(told: message.told + 1))
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
            case .resend: return .queue(lookAgainIn: handOverWatch, mayBeSecond: true)
            case .giveUp: return .giveUpUnanswered
            }
        case .sent, .delivered, .read, .failed, .undelivered, .expired, .cancelled:
            return .forget
        }
    }

    private func watch(told: Int) -> Duration {
        min(handOverWatch * (1 << min(told, 10)), handOverWatchMax)
    }
}
