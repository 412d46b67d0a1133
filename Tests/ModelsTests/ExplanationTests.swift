import Models
import Testing

/// Every wait of a message has a reason, plain words, and where it can be known an end.
@Suite struct ExplanationTests {
    static let now = Timestamp(microseconds: 1_790_000_000_000_000)
    static let message = MessageID(UUIDValue(high: 1, low: 1))
    static let tenant = TenantID(UUIDValue(high: 2, low: 2))
    static let sender = SenderID(UUIDValue(high: 3, low: 3))
    static let template = TemplateID(UUIDValue(high: 4, low: 4))
    static let batch = BatchID(UUIDValue(high: 5, low: 5))
    static let holder = "dispatcher-1"

    static func facts(_ state: MessageState, _ change: (inout ExplanationFacts) -> Void = { _ in }) -> ExplanationFacts {
        var sender = ExplanationFacts.Sender(rules: SenderRules(messagesPerSecond: 80))
        sender.lease = .init(holder: holder, until: now + .seconds(5), rate: 80, pending: [:])
        var facts = ExplanationFacts(
            subjects: GateSubjects(
                messageID: message, tenantID: tenant, senderID: Self.sender, templateID: template, batchID: batch,
                accountID: "account", portfolioID: "portfolio", provider: .meta),
            state: state, lane: .utility, now: now, since: now + .seconds(-60), expiresAt: now + .seconds(3_600),
            rules: TenantRules(tenantID: tenant), sender: sender)
        change(&facts)
        return facts
    }

    static func gate(
        _ scope: GateScope, _ cause: GateCause, opensIn: Duration? = nil, probe: MessageID? = nil, isOpen: Bool = false,
        subject: String? = nil
    ) -> ExplanationFacts.Gate {
        let subjects = facts(.queued).subjects
        let outage = "meta@\(holder)"
        return .init(
            ClosedGate(
                id: GateID(UUIDValue(high: 9, low: UInt64(cause.rawValue.utf8.count))), tenantID: tenant, scope: scope,
                subject: subject ?? (cause == .outage ? outage : subjects.subject(of: scope)), cause: cause,
                closedAt: now, opensAt: opensIn.map { now + $0 }, probe: probe),
            probeAt: now + .seconds(30), isOpen: isOpen)
    }

    private static func reasons(_ facts: ExplanationFacts) -> [Explanation.Reason] {
        Explanation(facts).holds.map(\.reason)
    }

    @Test(arguments: MessageState.allCases)
    func everyStateIsExplainedInWords(state: MessageState) {
        let explanation = Explanation(Self.facts(state) { $0.dueAt = Self.now + .seconds(30) })
        #expect(!explanation.holds.isEmpty)
        #expect(explanation.holds.allSatisfy { $0.detail.count > 20 && $0.detail.hasSuffix(".") })
        if state.isFinal { #expect(explanation.estimatedSendAt == nil && explanation.ahead == nil) }
        let onlyReason: Explanation.Reason? =
            switch state {
            case .scheduled, .queued, .waiting, .held: nil
            case .sending: .inFlight
            case .unanswered: .unansweredWait
            case .sent, .delivered, .read, .failed, .undelivered, .expired, .cancelled: .init(rawValue: state.name)
            }
        if let onlyReason { #expect(explanation.holds.map(\.reason) == [onlyReason]) }
    }

    @Test func aMessageThatNothingHoldsGoesNow() {
        let explanation = Explanation(Self.facts(.queued) { $0.ahead = CappedCount(0) })
        #expect(explanation.holds.map(\.reason) == [.handOver])
        #expect(explanation.estimatedSendAt == Self.now)
        #expect(explanation.ahead == CappedCount(0))
    }

    @Test func eachPauseIsNamedAndHasNoEnd() {
        let expected: [GateScope: Explanation.Reason] = [
            .tenant: .pausedTenant, .sender: .pausedSender, .template: .pausedTemplate, .batch: .pausedBatch,
        ]
        for (scope, reason) in expected {
            for state in [MessageState.scheduled, .queued, .waiting] {
                let explanation = Explanation(
                    Self.facts(state) {
                        $0.gates = [Self.gate(scope, .paused)]
                        $0.dueAt = Self.now + .seconds(1)
                    }
                )
                #expect(explanation.holds.contains { $0.reason == reason && $0.until == nil })
                #expect(explanation.estimatedSendAt == nil)
            }
        }
    }

    @Test func everyCauseInEveryScopeHoldsOnlyItsOwnSubject() {
        for scope in GateScope.allCases {
            for cause in GateCause.allCases where cause != .portfolioLimit && cause != .outage {
                let own = Self.facts(.queued) { $0.gates = [Self.gate(scope, cause)] }
                #expect(Explanation(own).holds.contains { $0.gate != nil }, "\(scope) \(cause)")
                let other = Self.facts(.queued) { $0.gates = [Self.gate(scope, cause, subject: "another")] }
                #expect(!Explanation(other).holds.contains { $0.gate != nil }, "\(scope) \(cause)")
                let probe = Self.facts(.queued) { $0.gates = [Self.gate(scope, cause, probe: Self.message)] }
                #expect(!Explanation(probe).holds.contains { $0.gate != nil }, "\(scope) \(cause)")
            }
        }
    }

    @Test func gatesComeInTheOrderInWhichTheyAreAsked() {
        let facts = Self.facts(.queued) {
            $0.gates = [
                Self.gate(.provider, .platform), Self.gate(.account, .paymentMissing), Self.gate(.sender, .paused),
                Self.gate(.tenant, .paused),
            ]
        }
        #expect(Self.reasons(facts).prefix(4) == [.pausedTenant, .pausedSender, .gateClosed, .gateClosed])
    }

    @Test func anOutageHoldsOnlyForTheDispatcherThatSeesIt() {
        let mine = Self.facts(.queued) { $0.gates = [Self.gate(.provider, .outage)] }
        #expect(Self.reasons(mine).contains(.outage))
        let others = Self.facts(.queued) { $0.gates = [Self.gate(.provider, .outage, subject: "meta@another")] }
        #expect(!Self.reasons(others).contains(.outage))
    }

    @Test func aGateThatOpensBeforeTheMessageIsWantedHoldsNothing() {
        let facts = Self.facts(.scheduled) {
            $0.scheduledFor = Self.now + .seconds(600)
            $0.gates = [Self.gate(.sender, .maintenance, opensIn: .seconds(60))]
        }
        let explanation = Explanation(facts)
        #expect(explanation.holds.map(\.reason) == [.scheduledTime])
        #expect(explanation.estimatedSendAt == Self.now + .seconds(600))
    }

    @Test func aHeldMessageSaysWhatHoldsItOrThatItIsLetOut() {
        let closed = Self.gate(.template, .templatePaused, opensIn: .seconds(900))
        let held = Explanation(
            Self.facts(.held) {
                $0.gates = [closed]
                $0.heldBehind = closed.closed.id
            }
        )
        #expect(held.holds.map(\.reason) == [.gateClosed])
        #expect(held.holds.first?.gate == closed.closed.id)
        #expect(held.estimatedSendAt == Self.now + .seconds(900))
        let opened = Self.gate(.template, .templatePaused, isOpen: true)
        let leaving = Self.facts(.held) {
            $0.gates = [opened]
            $0.heldBehind = opened.closed.id
        }
        #expect(Self.reasons(leaving) == [.gateOpened])
        #expect(Self.reasons(Self.facts(.held)) == [.gateOpened])
    }

    @Test func aRetrySaysWhichItIsOfHowMany() {
        let explanation = Explanation(
            Self.facts(.waiting) {
                $0.dueAt = Self.now + .seconds(10)
                $0.retries = 2
                $0.failure = ProviderErrors.classify(code: 131_000, from: .meta)
            }
        )
        #expect(explanation.holds.first?.reason == .retryWait)
        #expect(explanation.holds.first?.detail.hasPrefix("Retry 2 of 3 is planned. The last attempt: ") == true)
        #expect(explanation.estimatedSendAt == Self.now + .seconds(10))
    }

    @Test func quietHoursHoldEverythingButLoginCodes() throws {
        let facts = Self.facts(.queued) {
            let time = $0.rules.clock.timeOfDay(at: Self.now)
            $0.rules.quietHours = QuietHours(from: .zero, to: time + .seconds(1_800))
        }
        #expect(Explanation(facts).estimatedSendAt == Self.now + .seconds(1_800))
        #expect(Self.reasons(facts).first == .quietHours)
        var code = facts
        code.lane = .authentication
        #expect(!Self.reasons(code).contains(.quietHours))
        // Wanted only after they have ended.
        var later = facts
        later.state = .scheduled
        later.scheduledFor = Self.now + .seconds(3_000)
        #expect(Self.reasons(later) == [.scheduledTime])
    }

    @Test func aUsedUpQuotaEndsAtMidnight() {
        let facts = Self.facts(.queued) {
            $0.rules.dailyQuota = 100
            $0.sendsToday = 100
            $0.expiresAt = Self.now + .seconds(200_000)
        }
        let midnight = facts.rules.clock.nextMidnight(after: Self.now)
        #expect(Explanation(facts).holds.first?.reason == .dailyQuota)
        #expect(Explanation(facts).estimatedSendAt == midnight)
        var tomorrow = facts
        tomorrow.state = .scheduled
        tomorrow.scheduledFor = midnight + .seconds(1)
        #expect(Self.reasons(tomorrow) == [.scheduledTime])
        var free = facts
        free.sendsToday = 99
        #expect(!Self.reasons(free).contains(.dailyQuota))
    }

    @Test func aFullPortfolioHoldsOnlyNewRecipients() {
        func portfolio(_ used: Int, passed: Bool = false) -> ExplanationFacts.Portfolio {
            .init(recipientsMax: 250, used: used, nextFreeAt: Self.now + .seconds(90), isPassed: passed)
        }
        let full = Self.facts(.queued) { $0.portfolio = portfolio(250) }
        #expect(Self.reasons(full).first == .portfolioRecipients)
        #expect(Explanation(full).estimatedSendAt == Self.now + .seconds(90))
        #expect(!Self.reasons(Self.facts(.queued) { $0.portfolio = portfolio(249) }).contains(.portfolioRecipients))
        let known = Self.facts(.queued) { $0.portfolio = portfolio(250, passed: true) }
        #expect(!Self.reasons(known).contains(.portfolioRecipients))
        let gate = Self.gate(.portfolio, .portfolioLimit, opensIn: .seconds(60))
        let held = Self.facts(.held) {
            $0.portfolio = portfolio(250)
            $0.gates = [gate]
            $0.heldBehind = gate.closed.id
        }
        #expect(Self.reasons(held) == [.portfolioRecipients])
        // Behind another gate: a portfolio's limit is no gate of its own for it.
        #expect(!Self.reasons(Self.facts(.queued) { $0.gates = [gate] }).contains(.portfolioRecipients))
    }

    @Test func theLineOfASenderMovesAtItsRate() {
        let line = Self.facts(.queued) { $0.ahead = CappedCount(800) }
        #expect(Explanation(line).holds.first?.reason == .senderRate)
        #expect(Explanation(line).estimatedSendAt == Self.now + .seconds(10))
        var slowed = line
        slowed.sender.lease = .init(
            holder: Self.holder, until: Self.now + .seconds(5), rate: 40, pending: [.authentication: 400])
        #expect(Explanation(slowed).estimatedSendAt == Self.now + .seconds(30))
        #expect(Explanation(slowed).holds.first?.detail.contains("slowed down from 80") == true)
        var delayed = line
        delayed.sender.rules = SenderRules(messagesPerSecond: 80, minimumGap: .seconds(2))
        #expect(Explanation(delayed).holds.first?.reason == .messageDelay)
        #expect(Explanation(delayed).estimatedSendAt == Self.now + .seconds(1_600))
        let endless = Explanation(Self.facts(.queued) { $0.ahead = CappedCount(10_001, max: 10_000) })
        #expect(endless.ahead?.isMore == true)
        #expect(endless.holds.first?.detail.hasPrefix("more than 10,000 messages") == true)
        let turn = Self.facts(.queued) {
            $0.isPaced = true
            $0.dueAt = Self.now + .seconds(7)
            $0.ahead = CappedCount(5)
        }
        #expect(Explanation(turn).estimatedSendAt == Self.now + .seconds(7))
    }

    @Test func aRecipientThatGotManyMessagesWaits() {
        let sends = (0..<45).map { _ in Self.now + .seconds(-1) }
        let free = RateLimit.pairFreeAt(sends: sends, owesUntil: nil, burst: 45, now: Self.now)
        #expect(free == Self.now + .seconds(5))
        #expect(RateLimit.pairFreeAt(sends: Array(sends.dropLast()), owesUntil: nil, burst: 45, now: Self.now) == nil)
        #expect(RateLimit.pairFreeAt(sends: [], owesUntil: Self.now + .seconds(12), burst: 1, now: Self.now) != nil)
        let facts = Self.facts(.queued) { $0.pairFreeAt = free }
        #expect(Explanation(facts).holds.map(\.reason) == [.pairRate, .handOver])
        #expect(Explanation(facts).estimatedSendAt == free)
    }

    @Test func aSenderWithoutADispatcherIsSaidToHaveNone() {
        let orphan = Self.facts(.queued) { $0.sender.lease = nil }
        #expect(Self.reasons(orphan) == [.noDispatcher, .handOver])
        #expect(Explanation(orphan).estimatedSendAt == nil)
        let lapsed = Self.facts(.queued) {
            $0.sender.lease = .init(holder: "gone", until: Self.now, rate: 80, pending: [:])
        }
        #expect(Self.reasons(lapsed).contains(.noDispatcher))
        let fresh = Self.facts(.queued) {
            $0.sender.lease = nil
            $0.since = Self.now + .seconds(-2)
        }
        #expect(Self.reasons(fresh) == [.handOver])
    }

    @Test func oneOfManyWaitsForItsTurnAndNotForADispatcher() {
        let facts = Self.facts(.queued) {
            $0.waitsForTurn = true
            $0.sender.lease = nil
            $0.ahead = CappedCount(160)
        }
        #expect(Self.reasons(facts) == [.senderRate, .turn])
        #expect(Explanation(facts).estimatedSendAt == Self.now + .seconds(2))
    }

    @Test func handOversAreCounted() {
        let told = Explanation(
            Self.facts(.queued) {
                $0.told = 2
                $0.dueAt = Self.now + .seconds(120)
            }
        )
        #expect(told.holds.map(\.reason) == [.handOver])
        #expect(told.holds.first?.until == Self.now + .seconds(120))
        #expect(told.holds.first?.detail.contains("2 times") == true)
        // Looking again is no wait.
        #expect(told.estimatedSendAt == Self.now)
    }

    @Test func anUnansweredMessageSaysWhatThePolicyWillDo() {
        for (lane, words, sendsAgain) in [
            (Lane.authentication, "sent again", true), (.utility, "it fails", false), (.marketing, "it fails", false),
        ] {
            let explanation = Explanation(
                Self.facts(.unanswered) {
                    $0.lane = lane
                    $0.attempts = 1
                }
            )
            let until = Self.now + .seconds(-60) + UnansweredPolicy.standard.rule(for: lane.category).wait
            #expect(explanation.holds.first?.until == until)
            #expect(explanation.holds.first?.detail.contains(words) == true)
            #expect(explanation.estimatedSendAt == (sendsAgain ? until : nil))
        }
        let late = Explanation(
            Self.facts(.unanswered) {
                $0.lane = .authentication
                $0.expiresAt = Self.now + .seconds(10)
            }
        )
        #expect(late.estimatedSendAt == nil)
    }

    @Test func whatWouldExpireBeforeItsTurnSaysSo() {
        let facts = Self.facts(.queued) {
            $0.ahead = CappedCount(8_000)
            $0.expiresAt = Self.now + .seconds(60)
        }
        let explanation = Explanation(facts)
        #expect(explanation.holds.last?.reason == .expiry)
        #expect(explanation.holds.last?.until == facts.expiresAt)
        #expect(explanation.estimatedSendAt == nil)
    }

    @Test func aPausedSenderHoldsUntilItIsActive() {
        for status in ExplanationFacts.Sender.Status.allCases {
            let facts = Self.facts(.queued) { $0.sender.status = status }
            #expect(Self.reasons(facts).contains(.senderNotActive) == (status != .active))
        }
    }

    /// Whatever comes together: open-ended waits leave no estimate, and no estimate lies before a wait's end.
    @Test func anEstimateNeverContradictsAWait() {
        let waits: [(inout ExplanationFacts) -> Void] = [
            { $0.gates.append(Self.gate(.sender, .paused)) },
            { $0.gates.append(Self.gate(.account, .throttled, opensIn: .seconds(45))) },
            { $0.rules.quietHours = QuietHours(from: .zero, to: .seconds(86_399)) },
            { $0.rules.dailyQuota = 0 },
            { $0.ahead = CappedCount(500) },
            { $0.pairFreeAt = Self.now + .seconds(33) },
            { $0.sender.lease = nil },
            { $0.sender.status = .paused },
            { $0.portfolio = .init(recipientsMax: 1, used: 1, nextFreeAt: nil, isPassed: false) },
            { $0.expiresAt = Self.now + .seconds(1) },
        ]
        for state in [MessageState.scheduled, .queued, .waiting, .held] {
            for chosen in 0..<(1 << waits.count) {
                var facts = Self.facts(state) {
                    $0.scheduledFor = state == .scheduled ? Self.now + .seconds(20) : nil
                    $0.dueAt = Self.now + .seconds(20)
                    $0.expiresAt = Self.now + .seconds(400_000)
                }
                for (index, wait) in waits.enumerated() where chosen >> index & 1 == 1 { wait(&facts) }
                let explanation = Explanation(facts)
                let waitsForSomebody: Set<Explanation.Reason> = [
                    .pausedSender, .noDispatcher, .senderNotActive, .expiry,
                ]
                if explanation.holds.contains(where: { waitsForSomebody.contains($0.reason) }) {
                    #expect(explanation.estimatedSendAt == nil)
                }
                guard let estimate = explanation.estimatedSendAt else { continue }
                #expect(estimate >= Self.now && estimate < facts.expiresAt)
                let ends = explanation.holds.filter { $0.reason != .handOver }.compactMap(\.until)
                #expect(ends.allSatisfy { $0 <= estimate })
            }
        }
    }
}
