@testable import Models
@testable import Storage

/// Looks at what is due, opens gates, sends probes. Any number of them run.
final class SchedulerProcess: Process {
    private var wakeAt: Timestamp?
    private let policy = DuePolicy.standard

    override func begin() { wake(by: world.now) }
    override func forget() { wakeAt = nil }

    func wake(by instant: Timestamp) {
        guard isAlive else { return }
        // A turn takes a moment, whatever is due.
        let at = max(instant, world.now + .milliseconds(50))
        if let wakeAt, wakeAt <= at { return }
        wakeAt = at
        after(at - world.now) { [unowned self] in
            guard wakeAt == at else { return }
            wakeAt = nil
            turn()
        }
    }

    private func turn() {
        ask({ store in
            store.openDueGates()
            store.release(max: 5)
        }) { _ in }
        ask({ $0.takeProbes() }) { [unowned self] probes in
            for row in probes ?? [] { queueProbe(row) }
        }
        ask({ $0.takeDue(max: 20) }) { [unowned self] taken in
            for (row, standing) in taken ?? [] { act(row, policy.decide(standing)) }
            if let next = world.store.nextDueAt { wake(by: max(next, world.now + .milliseconds(200))) }
        }
    }

    private func queueProbe(_ row: Store.Row) {
        move(row, by: .released, dueIn: policy.handOverWatch, tells: true)
    }

    private func act(_ row: Store.Row, _ decision: DuePolicy.Decision) {
        switch decision {
        case .tell(let span):
            ask({ $0.lookAgain(row, in: span, wasTold: true) }) { [unowned self] answer in
                if answer != nil { world.kafka.tell(row.id, of: row.subjects.senderID) }
            }
        case .queue(let span, let mayBeSecond):
            let event: MessageEvent =
                switch row.state {
                case .held: .released
                case .unanswered: .unansweredSettled(.resend)
                case .scheduled, .queued, .sending, .waiting, .sent, .delivered, .read, .failed, .undelivered,
                    .expired, .cancelled:
                    .due
                }
            move(row, by: event, dueIn: span, tells: true, risks: mayBeSecond)
        case .lookAgain(let span), .keepQuiet(let span):
            ask({ $0.lookAgain(row, in: span, wasTold: false) }) { _ in }
        case .callUnanswered(let span):
            ask({ store in
                var end = AttemptEnd(
                    tenantID: row.subjects.tenantID, messageID: row.id, number: row.attempts, outcome: .unanswered)
                end.errorDetails = "lease"
                guard case .moved(let state) = row.state.applying(.leaseRanOut) else { return }
                if store.write(store.move(row, to: state, dueIn: span)) { store.end(end) }
            }) { _ in }
        case .giveUpUnanswered: move(row, by: .unansweredSettled(.giveUp))
        case .expire: move(row, by: .deadlinePassed)
        case .forget: ask({ $0.due[row.id] = nil }) { _ in }
        }
    }

    private func move(
        _ row: Store.Row, by event: MessageEvent, dueIn: Duration? = nil, tells: Bool = false, risks: Bool = false
    ) {
        guard case .moved(let state) = row.state.applying(event) else { return }
        ask({ store in
            let moved = store.write(store.move(row, to: state, dueIn: dueIn))
            if moved, risks {
                store.rows[row.id]?.risked += 1
                store.world.saw("risked a second copy")
            }
            return moved
        }) { [unowned self] moved in
            if tells, moved == true { world.kafka.tell(row.id, of: row.subjects.senderID) }
        }
    }
}

/// Applies receipts, in batches and as often as it takes.
final class ReceiverProcess: Process {
    /// Kafka keeps them until they are applied, whoever dies.
    private var durable: [ProviderStandIn.Receipt] = []
    private var isApplying = false

    override func begin() { apply() }
    override func forget() { isApplying = false }

    func receive(_ receipt: ProviderStandIn.Receipt) {
        durable.append(receipt)
        guard isAlive, !isApplying else { return }
        isApplying = true
        after(world.span(0, 600_000)) { [unowned self] in apply() }
    }

    private func apply() {
        let batch = durable.shuffled(using: &world.random)
        isApplying = !batch.isEmpty
        guard isApplying else { return }
        ask({ store in
            for (id, own) in Dictionary(grouping: batch, by: \.messageID).sorted(by: { $0.key < $1.key }) {
                store.apply(own, to: id)
            }
        }) { [unowned self] answer in
            if answer != nil { durable.removeFirst(batch.count) }
            apply()
        }
    }
}

/// The API: it accepts, and does what people ask for.
final class IngestProcess: Process {
    func accept(_ row: Store.Row, dueAt: Timestamp) {
        guard isAlive else { return }
        ask({ store in
            if store.rows[row.id] == nil { store.accept(row, dueAt: dueAt) }
        }) { [unowned self] answer in
            guard answer != nil, row.state == .queued else { return }
            world.kafka.tell(row.id, of: row.subjects.senderID)
        }
    }

    func cancel(_ id: MessageID) {
        ask({ store in
            guard let row = store.rows[id],
                case .moved(let state) = row.state.applying(.cancelRequested)
            else { return }
            store.write(store.move(row, to: state))
        }) { _ in }
    }

    func pause(_ closing: GateClosing, for span: Duration) {
        ask({ $0.close(closing) }) { [unowned self] id in
            guard let id else { return }
            after(span) { [unowned self] in insist({ $0.open(id) }) { _ in } }
        }
    }
}

extension Store {
    /// The receiver's transaction, decided by its own code.
    func apply(_ receipts: [ProviderStandIn.Receipt], to id: MessageID) {
        guard let row = rows[id] else { return world.expect(false, "a receipt of a message that nobody accepted") }
        let ledger = AttemptLedger.isNeeded(for: locked(row)) ? ledger(row) : AttemptLedger(onlyAttemptOf: locked(row))
        var fold = ReceiptFold(
            locked(row), ledger,
            ReceiptRules(retryPolicies: [row.subjects.tenantID: world.policy(of: row.subjects.tenantID)]))
        fold.take(
            receipts.enumerated().map { tag, receipt in
                ReceiptGroup.Named(
                    receipt: IncomingReceipt(
                        tenantID: row.subjects.tenantID,
                        providerMessageID: ProviderMessageID("\(id)/\(receipt.attempt)"), messageID: id,
                        attempt: receipt.attempt, status: receipt.status, word: receipt.status.rawValue,
                        at: receipt.at, error: receipt.code.map { ProviderError(code: $0) }, tag: tag),
                    attempt: receipt.attempt)
            })
        for end in fold.ends { self.end(end) }
        for move in fold.moves { world.expect(write(move), "a receipt's move was refused under the lock") }
    }
}
