internal import Models
internal import Postgres

/// One transaction of receipts: lock, decide, write.
enum ReceiptWriter {
    static func write(
        _ groups: [ReceiptGroup],
        rules: ReceiptRules,
        secrets: SecretStore,
        on connection: Connection
    ) throws -> AppliedReceipts {
        _ = try connection.rows(.actFor(Set(groups.map(\.key.tenantID))))
        let locked = try MoveWriter.lock(groups.map { ($0.key.tenantID, $0.key.messageID) }, on: connection)
        let ledgers = try ledgers(of: locked.values.filter(AttemptLedger.isNeeded), on: connection)
        var applied = AppliedReceipts()
        var charges: [ReceiptCharge] = []
        var kept: [KeptReceipt] = []
        var folds: [ReceiptFold] = []
        folds.reserveCapacity(groups.count)
        for group in groups {
            guard let row = locked[group.key.messageID], row.tenantID == group.key.tenantID else {
                applied.unknown += group.receipts.map(\.receipt.tag)
                continue
            }
            var fold = ReceiptFold(
                row,
                ledgers[group.key.messageID] ?? AttemptLedger(onlyAttemptOf: row),
                rules
            )
            fold.take(group.receipts)
            folds.append(fold)
            charges += group.receipts.compactMap {
                ReceiptCharge($0.receipt, messageID: group.key.messageID, attempt: $0.attempt)
            }
            kept += group.receipts.compactMap { KeptReceipt($0.receipt, messageID: group.key.messageID) }
        }
        try write(folds, on: connection)
        if !charges.isEmpty { _ = try connection.execute(ReceiptCharge.append(charges)) }
        if !kept.isEmpty {
            let keys = try secrets.dataKeys(of: Set(kept.map(\.tenantID)), on: connection)
            _ = try connection.execute(KeptReceipt.append(kept, keys: keys))
            applied.unsealed = kept.count { keys[$0.tenantID] == nil }
        }
        applied.refusals = folds.compactMap(\.refusal)
        if let suppress = SuppressionStore.suppress(applied.refusals) { try connection.execute(suppress) }
        for fold in folds {
            guard let decision = fold.decision else { continue }
            applied.events.append(decision.event)
            applied.movedBy.append(decision.tag)
        }
        return applied
    }

    private static func write(_ folds: [ReceiptFold], on connection: Connection) throws {
        var moves = folds.map { $0.moves }
        _ = try MoveWriter.write(
            moves: moves.compactMap(\.first),
            ends: folds.flatMap(\.ends),
            facts: folds.flatMap(\.facts),
            actingFor: nil,
            on: connection
        )
        // Hardly ever: news that lead somewhere only over a state in between.
        while moves.contains(where: { $0.count > 1 }) {
            moves = moves.compactMap { $0.count > 1 ? Array($0.dropFirst()) : nil }
            _ = try MoveWriter.write(moves: moves.compactMap(\.first), actingFor: nil, on: connection)
        }
        let fills = folds.compactMap(\.fill)
        if !fills.isEmpty { _ = try connection.execute(MoveStatements.fill(fills)) }
        let duplicates = folds.compactMap(\.duplicate)
        if !duplicates.isEmpty { _ = try connection.execute(ProofStatements.confirm(duplicates)) }
        let unlisted = folds.flatMap(\.unlisted)
        if !unlisted.isEmpty { _ = try connection.execute(ProofStatements.count(unlisted)) }
    }

    /// What is known about all attempts of some messages.
    static func ledgers(
        of rows: [LockedMessage],
        on connection: Connection
    ) throws -> [MessageID: AttemptLedger] {
        guard !rows.isEmpty else { return [:] }
        var ledgers: [MessageID: AttemptLedger] = [:]
        for row in rows { ledgers[row.messageID] = AttemptLedger() }
        for attempt in try connection.rows(
            """
            SELECT a.message_id, a.number, a.outcome, a.error_code IS NOT NULL AS has_error
            FROM unnest(\(rows.map(\.tenantID)), \(rows.map(\.messageID))) AS w (tenant_id, id)
            JOIN attempts a ON a.tenant_id = w.tenant_id AND a.message_id = w.id
            """
        ) {
            guard let outcome = AttemptEnd.Outcome(rawValue: try attempt.value("outcome")) else {
                throw DatabaseError.decoding("an outcome that this program does not know")
            }
            ledgers[try attempt.value("message_id")]?.set(
                Int(try attempt.value("number", as: Int16.self)),
                outcome,
                hasError: try attempt.value("has_error")
            )
        }
        return ledgers
    }
}

/// What is known about the attempts of one message, while its receipts are taken in.
struct AttemptLedger: Sendable {
    private struct Entry {
        var outcome: AttemptEnd.Outcome
        var reported: ReceiptStatus?
        /// Still to be written as accepted.
        var isOpen: Bool { outcome == .inFlight || outcome == .unanswered }
    }

    private var entries: [Int: Entry] = [:]

    init() {}

    /// For a message whose state says all there is to know, so that nothing is asked.
    init(onlyAttemptOf row: LockedMessage) {
        guard row.attempts > 0 else { return }
        let outcome: AttemptEnd.Outcome =
            switch row.state {
            case .sending: .inFlight
            case .unanswered: .unanswered
            case .scheduled, .queued, .waiting, .held, .sent, .delivered, .read: .accepted
            case .failed, .undelivered, .expired, .cancelled: .accepted
            }
        entries[row.attempts] = Entry(outcome: outcome)
    }

    /// A single attempt that is in flight, or that the provider took and never took back, cannot have been reported as
    /// failed: that would have moved the message elsewhere.
    static func isNeeded(for row: LockedMessage) -> Bool {
        switch row.state {
        case .sending, .unanswered, .sent, .delivered, .read: row.attempts > 1
        case .scheduled: false
        case .queued, .waiting, .held, .failed, .undelivered, .expired, .cancelled: true
        }
    }

    mutating func set(_ number: Int, _ outcome: AttemptEnd.Outcome, hasError: Bool) {
        // Accepted, and an error beside it: a receipt reported it as failed.
        entries[number] = Entry(outcome: outcome, reported: outcome == .accepted && hasError ? .failed : nil)
    }

    func knows(_ number: Int) -> Bool { entries[number] != nil }
    func isOpen(_ number: Int) -> Bool { entries[number]?.isOpen ?? false }

    func standing(of number: Int, in row: LockedMessage, state: MessageState) -> AttemptStanding {
        var others = OtherAttempts.over
        for (other, entry) in entries where other != number && entry.reported != .failed {
            if entry.outcome == .accepted {
                others = .accepted
                break
            }
            if other == row.attempts && entry.isOpen { others = .open }
        }
        return AttemptStanding(
            isLatest: number == row.attempts,
            reported: entries[number]?.reported,
            others: others
        )
    }

    mutating func note(_ status: ReceiptStatus, of number: Int) {
        guard var entry = entries[number] else { return }
        if status.rank > entry.reported?.rank ?? 0 { entry.reported = status }
        if entry.isOpen { entry.outcome = .accepted }
        entries[number] = entry
    }
}
