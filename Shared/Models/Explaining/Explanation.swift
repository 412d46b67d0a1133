/// What holds a message now, in the order in which it has to get past it.
package struct Explanation: Hashable, Sendable {
    package enum Reason: String, CaseIterable, Hashable, Sendable {
        case scheduledTime = "scheduled_time"
        case retryWait = "retry_wait"
        case pausedTenant = "paused_tenant"
        case pausedSender = "paused_sender"
        case pausedTemplate = "paused_template"
        case pausedBatch = "paused_batch"
        case gateClosed = "gate_closed"
        /// What held it is over, and it is being let out.
        case gateOpened = "gate_opened"
        case outage
        case senderNotActive = "sender_not_active"
        case quietHours = "quiet_hours"
        case dailyQuota = "daily_quota"
        case portfolioRecipients = "portfolio_recipients"
        case messageDelay = "message_delay"
        case senderRate = "sender_rate"
        case pairRate = "pair_rate"
        /// Accepted with many others, and not told to anybody yet.
        case turn
        case noDispatcher = "no_dispatcher"
        case handOver = "hand_over"
        /// It would expire before it could go.
        case expiry
        case inFlight = "in_flight"
        case unansweredWait = "unanswered_wait"
        case sent
        case delivered
        case read
        case failed
        case undelivered
        case expired
        case cancelled
    }

    package struct Hold: Hashable, Sendable {
        package let reason: Reason
        /// In plain words.
        package let detail: String
        /// When it ends; nil: nobody can say, or it is no wait.
        package let until: Timestamp?
        package let gate: GateID?
        let delay: Delay

        init(_ reason: Reason, _ detail: String, _ delay: Delay, until: Timestamp? = nil, gate: GateID? = nil) {
            self.reason = reason
            self.detail = detail
            self.delay = delay
            switch delay {
            case .to(let moment): self.until = moment
            case .openEnded, .noDelay: self.until = until
            }
            self.gate = gate
        }
    }

    /// What a hold does to the estimate.
    enum Delay: Hashable, Sendable {
        case to(Timestamp)
        case openEnded
        case noDelay
    }

    package let state: MessageState
    package let holds: [Hold]
    /// How many go first in its lane; nil when it is in no line.
    package let ahead: CappedCount?
    /// Nil when nobody can say, or when it will not be sent any more.
    package let estimatedSendAt: Timestamp?

    package init(_ facts: ExplanationFacts) {
        state = facts.state
        switch facts.state {
        case .scheduled, .queued, .waiting, .held:
            var holds = facts.startHolds
            let start = Self.latest(holds, facts.now)
            holds += facts.gateHolds(at: start) + facts.tenantHolds(at: start)
            let ready = Self.latest(holds, facts.now)
            holds += facts.lineHolds(at: ready) + facts.machineHolds
            let isOpenEnded = holds.contains { $0.delay == .openEnded }
            var estimate = isOpenEnded ? nil : Self.latest(holds, facts.now)
            if let moment = estimate, moment >= facts.expiresAt {
                estimate = nil
                holds.append(facts.expiryHold)
            }
            self.holds = holds
            ahead = facts.state == .queued ? facts.ahead : nil
            estimatedSendAt = estimate
        case .sending, .unanswered:
            let hold = facts.flightHold
            holds = [hold.hold]
            ahead = nil
            estimatedSendAt = hold.sendsAgain ? hold.hold.until : nil
        case .sent, .delivered, .read, .failed, .undelivered, .expired, .cancelled:
            holds = [facts.endHold]
            ahead = nil
            estimatedSendAt = nil
        }
    }

    private static func latest(_ holds: [Hold], _ now: Timestamp) -> Timestamp {
        holds.reduce(now) { latest, hold in
            switch hold.delay {
            case .to(let moment): max(latest, moment)
            case .openEnded, .noDelay: latest
            }
        }
    }
}
