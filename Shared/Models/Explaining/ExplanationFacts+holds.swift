/// Each thing that can hold a message, by itself.
extension ExplanationFacts {
    typealias Hold = Explanation.Hold

    /// A dispatcher that was just told must not look like one that is missing.
    static let handOverGrace: Duration = .seconds(10)

    /// What comes before the message is wanted at all.
    var startHolds: [Hold] {
        switch state {
        case .scheduled:
            guard let at = scheduledFor ?? dueAt else { return [] }
            return [Hold(.scheduledTime, "It is scheduled for a later time.", .to(at))]
        case .waiting: return [retryHold]
        case .queued, .held, .sending, .unanswered, .sent, .delivered, .read, .failed, .undelivered, .expired,
            .cancelled:
            return []
        }
    }

    private var retryHold: Hold {
        let allowed = rules.retryPolicy.maxRetries
        let count =
            allowed >= RetryPolicy.maxRetriesLimit
            ? "Retry \(retries) is planned; retries go on until the message expires."
            : "Retry \(retries) of \(allowed) is planned."
        let why = failure.map { " The last attempt: \($0.explanation)" } ?? ""
        // A throttle uses up no retry, so there may be a wait without one.
        let text = retries == 0 ? "The next attempt is planned; it uses up no retry." + why : count + why
        guard let dueAt else { return Hold(.retryWait, text, .noDelay) }
        return Hold(.retryWait, text, .to(dueAt))
    }

    /// - Parameter start: when the message is wanted; a gate that opens before then does not hold it.
    func gateHolds(at start: Timestamp) -> [Hold] {
        var holds: [Hold] = []
        for scope in GateScope.allCases {
            let gates = gates.filter { gate in
                gate.closed.scope == scope && !gate.isOpen && gate.closed.probe != subjects.messageID
                    && concerns(gate.closed)
            }
            holds += gates.sorted { $0.closed.closedAt < $1.closed.closedAt }.compactMap { hold(by: $0, start) }
        }
        if state == .held, !holds.contains(where: { $0.gate != nil && $0.gate == heldBehind }) {
            holds.append(openedHold)
        }
        return holds
    }

    private func concerns(_ gate: ClosedGate) -> Bool {
        switch gate.cause {
        // Known recipients pass; the reservation decides each.
        case .portfolioLimit: gate.id == heldBehind
        // One dispatcher's own view.
        case .outage: gate.subject == "\(subjects.provider.rawValue)@\(sender.lease?.holder ?? "")"
        case .paused, .tokenInvalid, .accountRestricted, .paymentMissing, .maintenance, .senderUnusable,
            .templatePaused, .templateDisabled, .throttled, .platform:
            gate.subject == subjects.subject(of: gate.scope)
        }
    }

    private func hold(by gate: Gate, _ start: Timestamp) -> Hold? {
        if let opensAt = gate.closed.opensAt, opensAt <= start, gate.closed.id != heldBehind { return nil }
        let words = gate.closed.cause.words
        var detail = words.explanation + " " + words.remedy
        if gate.closed.opensAt == nil, gate.closed.cause != .paused, gate.probeAt != nil {
            detail += " One message tries from time to time whether it is over."
        }
        let reason = Explanation.Reason(of: gate.closed)
        if let opensAt = gate.closed.opensAt {
            return Hold(reason, detail, .to(opensAt), gate: gate.closed.id)
        }
        // An outage is tried again every few seconds; how long it lasts nobody knows.
        return Hold(reason, detail, .openEnded, gate: gate.closed.id)
    }

    /// Held, and nothing that is closed holds it.
    private var openedHold: Hold {
        Hold(
            .gateOpened,
            "What held the message is over; the messages that were held are let out at the sender's pace.",
            isPaced ? dueAt.map { .to($0) } ?? .noDelay : .noDelay
        )
    }

    /// What the tenant itself has set.
    func tenantHolds(at start: Timestamp) -> [Hold] {
        var holds: [Hold] = []
        switch sender.status {
        case .active: break
        case .paused, .disabled:
            holds.append(
                Hold(
                    .senderNotActive,
                    "The sender is \(sender.status.rawValue): its messages wait until it is active again.",
                    .openEnded
                )
            )
        }
        switch rules.quiet(at: start, category: lane.category) {
        case .open: break
        case .closedUntil(let end):
            holds.append(
                Hold(.quietHours, "These are your quiet hours: nothing but login codes goes out.", .to(end)))
        }
        if let quota = rules.dailyQuota, rules.clock.day(at: start) == rules.clock.day(at: now), sendsToday >= quota {
            holds.append(
                Hold(
                    .dailyQuota,
                    "Your quota of \(CappedCount(quota).words) messages a day is used up.",
                    .to(rules.clock.nextMidnight(after: now))
                )
            )
        }
        if let portfolio, !portfolio.isPassed, portfolio.used >= portfolio.recipientsMax, !isHeldByPortfolio,
            portfolio.nextFreeAt.map({ $0 > start }) ?? true
        {
            holds.append(
                Hold(
                    .portfolioRecipients,
                    "All \(CappedCount(portfolio.recipientsMax).words) recipients that WhatsApp allows the business "
                        + "to write to first within 24 hours are used; this one would be another.",
                    portfolio.nextFreeAt.map { .to($0) } ?? .openEnded
                )
            )
        }
        return holds
    }

    private var isHeldByPortfolio: Bool {
        gates.contains { $0.closed.cause == .portfolioLimit && $0.closed.id == heldBehind && !$0.isOpen }
    }

    /// The line of its sender, and what its recipient got of late.
    func lineHolds(at ready: Timestamp) -> [Hold] {
        var holds: [Hold] = []
        if state == .queued, isPaced, let dueAt, dueAt > ready {
            holds.append(
                Hold(
                    .senderRate,
                    "Many messages of this sender wait; this one has its turn at the sender's pace.",
                    .to(dueAt)
                )
            )
        } else if state == .queued, let ahead, ahead.count > 0 {
            holds.append(lineHold(ahead, ready))
        }
        if let pairFreeAt, pairFreeAt > ready {
            holds.append(
                Hold(
                    .pairRate,
                    "The recipient got many messages of this sender of late: WhatsApp allows one in 6 s, and "
                        + "\(sender.rules.pairBurst) at once after a rest.",
                    .to(pairFreeAt)
                )
            )
        }
        return holds
    }

    private func lineHold(_ ahead: CappedCount, _ ready: Timestamp) -> Hold {
        let own = Double(sender.rules.messagesPerSecond)
        let rate = max(0.1, min(own, sender.lease?.rate ?? own))
        let gap = sender.rules.minimumGap
        let isDelayed = gap.microseconds > Int64(1_000_000 / rate)
        let each = isDelayed ? Double(gap.microseconds) : 1_000_000 / rate
        let higher = Lane.allCases.filter { $0 < lane }.reduce(0) { $0 + (sender.lease?.pending[$1] ?? 0) }
        let first = "\(ahead.words) \(ahead.count == 1 && !ahead.isMore ? "message" : "messages") of this sender and lane "
        let until = ready + .microseconds(Int64(Double(ahead.count + higher) * each))
        if isDelayed {
            let seconds = gap.components.seconds
            return Hold(
                .messageDelay,
                first + "go first, and you set \(seconds) s between two messages of a sender.",
                .to(until)
            )
        }
        let slowed = rate < own * 0.97 ? ", slowed down from \(Int(own)) by WhatsApp's answers" : ""
        return Hold(
            .senderRate,
            first + "go first, at \(Self.shown(rate)) messages a second\(slowed).",
            .to(until)
        )
    }

    private static func shown(_ rate: Double) -> String {
        rate >= 10 || rate == rate.rounded() ? "\(Int(rate))" : "\((rate * 10).rounded() / 10)"
    }

    /// Whether anybody of ours is at it.
    var machineHolds: [Hold] {
        guard state == .queued else { return [] }
        if waitsForTurn {
            let detail = "It was accepted with many others: a dispatcher gets it when its turn at the sender's pace comes."
            return [Hold(.turn, detail, .noDelay)]
        }
        let isOwned = sender.lease.map { $0.until > now } ?? false
        var holds: [Hold] = []
        if !isOwned, now - since > Self.handOverGrace {
            holds.append(
                Hold(
                    .noDispatcher,
                    "No dispatcher sends through this sender at the moment. One takes it over by itself as soon as "
                        + "one runs; the operators of the platform are told when this lasts.",
                    .openEnded
                )
            )
        }
        let times = told == 1 ? "once" : "\(told) times"
        let detail =
            told == 0
            ? "It was handed over when it was accepted. If no dispatcher takes it, it is handed over again."
            : "It was handed over again \(times). If no dispatcher takes it, that is repeated."
        holds.append(Hold(.handOver, detail, .noDelay, until: dueAt))
        return holds
    }

    var expiryHold: Hold {
        Hold(
            .expiry, "It expires before it could be sent. Cancel it, or send it again with a later `expires_at`.", .noDelay,
            until: expiresAt)
    }

    /// Bytes may have left us.
    var flightHold: (hold: Hold, sendsAgain: Bool) {
        guard state == .unanswered else {
            let detail = "Attempt \(attempts) is under way. If nobody reports until then, it counts as unanswered."
            return (Hold(.inFlight, detail, .noDelay, until: leaseUntil), false)
        }
        let rule = rules.unanswered.rule(for: lane.category)
        let until = dueAt ?? since + rule.wait
        let sendsAgain = rule.preference == .preferDelivery && until < expiresAt
        let then =
            switch rule.preference {
            case .preferDelivery where sendsAgain:
                "If none comes it is sent again, because you prefer a second message to none in this category."
            case .preferDelivery: "If none comes it fails, because it has expired by then."
            case .preferNoDuplicate:
                "If none comes it fails, because you prefer no message to a second one in this category."
            }
        let detail =
            "Attempt \(attempts) left us and no answer came: WhatsApp may or may not have the message. A receipt "
            + "settles it. " + then
        return (Hold(.unansweredWait, detail, .to(until)), sendsAgain)
    }

    /// Nothing holds it: where it ended, or stands.
    var endHold: Hold {
        let why = failure.map { " \($0.explanation) \($0.remedy)" } ?? ""
        let again = repeatedAs.map { " It was repeated as \($0)." } ?? " POST /v1/messages/{id}/retry sends it again."
        return switch state {
        case .sent: Hold(.sent, "WhatsApp has taken the message; its receipt has not come yet.", .noDelay)
        case .delivered: Hold(.delivered, "The message is on the recipient's telephone.", .noDelay)
        case .read: Hold(.read, "The recipient has read the message.", .noDelay)
        case .failed: Hold(.failed, "The message was not sent." + why + again, .noDelay)
        case .undelivered:
            Hold(.undelivered, "WhatsApp took the message and could not deliver it." + why + again, .noDelay)
        case .expired: Hold(.expired, "The message expired before it could be sent." + again, .noDelay)
        case .cancelled:
            Hold(.cancelled, "The message was cancelled before it was sent." + Self.words(of: cancelReason), .noDelay)
        case .scheduled, .queued, .sending, .unanswered, .waiting, .held:
            Hold(.handOver, "The message is not settled yet.", .noDelay)
        }
    }
}

extension ExplanationFacts {
    /// Why a message was cancelled that nobody asked to cancel.
    private static func words(of reason: String?) -> String {
        switch reason {
        case SendingBlock.suppressed(.optedOut).code: " Its recipient opted out while it waited."
        case SendingBlock.suppressed(.manual).code: " Its recipient was put on the suppression list while it waited."
        case SendingBlock.windowClosed.code:
            " Its recipient had not written within the last 24 hours when its turn came; only a template could go."
        default: ""
        }
    }
}

extension Explanation.Reason {
    init(of gate: ClosedGate) {
        switch gate.cause {
        case .paused:
            switch gate.scope {
            case .tenant: self = .pausedTenant
            case .sender: self = .pausedSender
            case .template: self = .pausedTemplate
            case .batch: self = .pausedBatch
            case .account, .portfolio, .provider: self = .gateClosed
            }
        case .portfolioLimit: self = .portfolioRecipients
        case .outage: self = .outage
        case .tokenInvalid, .accountRestricted, .paymentMissing, .maintenance, .senderUnusable, .templatePaused,
            .templateDisabled, .throttled, .platform:
            self = .gateClosed
        }
    }
}
