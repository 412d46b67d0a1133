internal import JSON
internal import Models

/// Takes in all receipts of one message under its lock, and says what is to be written.
struct ReceiptFold: Sendable {
    private(set) var moves: [Move] = []
    private(set) var ends: [AttemptEnd] = []
    private(set) var facts: [MessageFact] = []
    private(set) var fill: TimeFill?
    /// The recipient has, or will have, two copies.
    private var isDuplicate = false
    /// Codes that no table of ours lists, for somebody to look up.
    private(set) var unlisted: [UnlistedCode] = []
    /// The receipt that brought the message where it is now, and the news of it.
    private(set) var decision: (tag: Int, event: LifecycleEvent)?

    private let row: LockedMessage
    private let rules: ReceiptRules
    private var ledger: AttemptLedger
    private var state: MessageState
    private var steps: [Step] = []
    private var sentAt: Timestamp?
    private var deliveredAt: Timestamp?
    private var readAt: Timestamp?

    private struct Step: Sendable {
        let named: ReceiptGroup.Named
        let state: MessageState
        let failure: Failure?
    }

    /// What a `failed` receipt asks for.
    private struct Failure: Sendable {
        let meaning: ErrorClassification
        var verdict: ReceiptVerdict
        var usesRetry = false
        var dueIn: Duration?
        var isCritical = false
        let reason: String
        var code: Int { meaning.code }
    }

    init(_ row: LockedMessage, _ ledger: AttemptLedger, _ rules: ReceiptRules) {
        self.row = row
        self.ledger = ledger
        self.rules = rules
        state = row.state
    }

    mutating func take(_ receipts: [ReceiptGroup.Named]) {
        // In the order in which it happened, so that the timeline reads like a life. The provider's clock counts whole
        // seconds; within one, the order of a life.
        let ordered =
            receipts.count == 1
            ? receipts
            : receipts.sorted {
                ($0.receipt.at, $0.receipt.status?.rank ?? 0) < ($1.receipt.at, $1.receipt.status?.rank ?? 0)
            }
        for named in ordered { take(named) }
        finish()
    }

    private mutating func take(_ named: ReceiptGroup.Named) {
        let receipt = named.receipt
        guard let status = receipt.status else { return keep(named, ignored: "unknown_status") }
        guard ledger.knows(named.attempt) else { return keep(named, ignored: "unknown_attempt") }
        let failure = status == .failed ? decide(receipt) : nil
        let standing = ledger.standing(of: named.attempt, in: row, state: state)
        let event = Self.event(status, failure)
        if standing.provesDuplicate(event) { isDuplicate = true }
        if let failure, failure.meaning.isUnlisted, failure.code >= 0 {
            unlisted.append(UnlistedCode(provider: receipt.provider, code: failure.code))
        }
        switch state.applying(.receipt(event, of: standing)) {
        case .moved(let next):
            steps.append(Step(named: named, state: next, failure: failure))
            state = next
        case .ignored(let reason): keep(named, ignored: reason.rawValue)
        case .impossible(let reason): keep(named, ignored: reason.rawValue)
        }
        if ledger.isOpen(named.attempt) || status == .failed { complete(named, failure) }
        ledger.note(status, of: named.attempt)
        note(status, receipt.at)
    }

    private static func event(_ status: ReceiptStatus, _ failure: Failure?) -> Receipt {
        switch status {
        case .sent: .sent
        case .delivered: .delivered
        case .read: .read
        case .failed: .failed(failure?.verdict ?? .final)
        }
    }

    // MARK: Failures

    private func decide(_ receipt: IncomingReceipt) -> Failure {
        let error = receipt.error ?? ProviderError(code: ProviderError.noCode)
        let meaning = ProviderErrors.classify(error, from: receipt.provider).scaled(by: rules.timeScale)
        let policy = (rules.retryPolicies[row.tenantID] ?? .quick).scaled(by: rules.timeScale)
        let decision = policy.decide(
            after: meaning,
            retriesUsed: row.retries,
            uncounted: max(0, row.attempts - 1 - row.retries),
            now: row.now,
            expiresAt: row.expiresAt,
            spread: row.messageID.spread
        )
        switch decision {
        case .retry(let at, let usesRetry):
            return Failure(
                meaning: meaning, verdict: .retry, usesRetry: usesRetry, dueIn: at - row.now, reason: "retry")
        case .hold(let scope, let recheckAt):
            // The provider had taken it, so the gate closed behind it: it goes the way of a retry that costs none.
            return Failure(
                meaning: meaning, verdict: .retry, dueIn: recheckAt - row.now, reason: "closed: \(scope.rawValue)")
        case .giveUp(.permanent): return Failure(meaning: meaning, verdict: .final, reason: "permanent")
        case .giveUp(.retriesExhausted):
            return Failure(meaning: meaning, verdict: .exhausted, isCritical: true, reason: "retries_exhausted")
        case .giveUp(.expiryTooClose):
            return Failure(meaning: meaning, verdict: .exhausted, reason: "expiry_too_close")
        }
    }

    /// What moved the message and may concern others: whoever asks closes its gate.
    var refusal: ReceiptRefusal? {
        guard let meaning = steps.last?.failure?.meaning else { return nil }
        switch meaning.class {
        case .throttle, .wait, .template, .sender, .account, .platform, .suppress:
            return ReceiptRefusal(
                tenantID: row.tenantID, messageID: row.messageID, senderID: row.senderID, templateID: row.templateID,
                error: meaning)
        case .retry, .fail, .unknown: return nil
        }
    }

    /// The message, where two copies of it are proven.
    var duplicate: LockedMessage? { isDuplicate ? row : nil }

    // MARK: What is written

    private mutating func finish() {
        fill = betterTimes()
        guard let last = steps.last else { return }
        if state == row.state {
            // It went somewhere and came back: the timeline tells, the state and the counts are as before.
            for step in steps { keep(step.named, ignored: nil) }
            return
        }
        if MessageMove.allowed(from: row.state, to: state) {
            for step in steps.dropLast() { keep(step.named, ignored: nil) }
            moves = [move(from: row.state, by: last)]
        } else {
            var from = row.state
            for step in steps {
                moves.append(move(from: from, by: step))
                from = step.state
            }
        }
        decision = (
            last.named.receipt.tag,
            LifecycleEvent(
                messageID: row.messageID,
                tenantID: row.tenantID,
                senderID: row.senderID,
                state: state,
                at: last.named.receipt.at,
                attempt: last.named.attempt,
                errorCode: last.failure?.code,
                isCritical: last.failure?.isCritical ?? false
            )
        )
    }

    private func move(from: MessageState, by step: Step) -> Move {
        var move = Move(
            tenantID: row.tenantID,
            messageID: row.messageID,
            senderID: row.senderID,
            templateID: row.templateID,
            from: from,
            attempts: row.attempts,
            to: step.state
        )
        move.at = step.named.receipt.at
        (move.sentAt, move.deliveredAt, move.readAt) = (sentAt, deliveredAt, readAt)
        move.detail = detail(step.named, failure: step.failure)
        guard let failure = step.failure else { return move }
        move.errorCode = failure.code
        switch step.state {
        case .waiting:
            move.usesRetry = failure.usesRetry
            move.dueIn = failure.dueIn
        case .unanswered:
            let policy = rules.unansweredPolicies[row.tenantID] ?? rules.unanswered
            move.dueIn = policy.rule(for: row.lane.category).wait
        case .failed, .undelivered: move.isCritical = failure.isCritical
        case .scheduled, .queued, .sending, .held, .sent, .delivered, .read, .expired, .cancelled: break
        }
        return move
    }

    /// One end an attempt: a statement may name a row only once.
    private mutating func complete(_ named: ReceiptGroup.Named, _ failure: Failure?) {
        let index: Int
        if let known = ends.firstIndex(where: { $0.number == named.attempt }) {
            index = known
        } else {
            index = ends.endIndex
            ends.append(
                AttemptEnd(
                    tenantID: row.tenantID,
                    messageID: row.messageID,
                    number: named.attempt,
                    outcome: .accepted
                )
            )
            ends[index].providerMessageID = named.receipt.providerMessageID
        }
        guard let failure else { return }
        ends[index].errorCode = failure.code
        ends[index].errorDetails = named.receipt.error?.details
    }

    /// - Parameter reason: why it moved nothing; nil when it did.
    private mutating func keep(_ named: ReceiptGroup.Named, ignored reason: String?) {
        var fact = MessageFact(tenantID: row.tenantID, messageID: row.messageID, type: named.receipt.word)
        fact.at = named.receipt.at
        fact.attempt = named.attempt
        fact.errorCode = named.receipt.error?.code
        fact.detail = detail(named, ignored: reason)
        facts.append(fact)
    }

    private func detail(
        _ named: ReceiptGroup.Named,
        failure: Failure? = nil,
        ignored reason: String? = nil
    ) -> [UInt8]? {
        let isOlder = named.attempt != row.attempts
        if failure == nil && reason == nil && named.receipt.pricing == nil && !isOlder { return nil }
        var writer = JSONWriter(capacity: 128)
        writer.object { writer in
            writer.field("ignored", reason)
            if let failure {
                writer.field("receipt", ReceiptStatus.failed.rawValue)
                writer.field("reason", failure.reason)
            }
            if isOlder { writer.field("attempt", named.attempt) }
            writer.field("pricing", raw: named.receipt.pricing)
        }
        return writer.bytes
    }

    // MARK: Times

    private mutating func note(_ status: ReceiptStatus, _ at: Timestamp) {
        switch status {
        case .sent: sentAt = min(sentAt ?? at, at)
        case .delivered: deliveredAt = min(deliveredAt ?? at, at)
        case .read: readAt = min(readAt ?? at, at)
        case .failed: break
        }
    }

    /// A later step lends its time to an earlier one that had not been heard of; when that is heard of after all, it
    /// gets its own.
    private func betterTimes() -> TimeFill? {
        guard let knownSent = row.sentAt, let knownDelivered = row.deliveredAt else { return nil }
        var times = TimeFill(tenantID: row.tenantID, messageID: row.messageID)
        if let deliveredAt, let knownRead = row.readAt, knownDelivered >= knownRead,
            deliveredAt < knownDelivered
        {
            times.deliveredAt = deliveredAt
        }
        if knownSent >= knownDelivered, let earliest = sentAt ?? times.deliveredAt, earliest < knownSent {
            times.sentAt = earliest
        }
        return times.sentAt == nil && times.deliveredAt == nil ? nil : times
    }
}
