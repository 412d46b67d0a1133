@testable import Models
@testable import Storage
@testable import dispatcher

/// What must hold after every step.
extension World {
    func expect(_ holds: Bool, _ mistake: @autoclosure () -> String) {
        if !holds { note(mistake()) }
    }

    /// At the moment the first byte leaves us.
    func noteBytesLeaving(_ claimed: Store.Claimed) {
        guard let row = store.rows[claimed.message.messageID] else { return note("sent what nobody accepted") }
        expect(
            row.state == .sending && row.attempts == claimed.message.attempt,
            "attempt \(claimed.message.attempt) is sent while the row says \(row.state) after \(row.attempts)")
        expect(now <= row.expiresAt, "sent after its expiry")
        expect(row.tries.last.map { now < $0.leaseUntil } ?? false, "sent after its attempt's lease")
        // Later than that no dispatcher believes what it last heard of gates.
        for gate in store.gates.values where gate.holds(row, since: now - Desk.gatesUsableFor) {
            note("an attempt was used up behind a gate: \(gate.closing.cause)")
        }
    }

    func checkTouched() {
        for id in store.touched {
            if let row = store.rows[id] { check(row) }
        }
        store.touched = []
        expect(store.counts.values.reduce(0, +) == store.accepted, "accepted is not the sum over states")
    }

    func checkAll() {
        var counts: [MessageState: Int] = [:]
        for row in store.rows.values {
            counts[row.state, default: 0] += 1
            check(row)
        }
        expect(counts == store.counts.filter { $0.value != 0 }, "counts and rows differ")
        let waiting = store.rows.values.count { $0.state.awaitsUs }
        expect(store.due.count == waiting, "due rows without a message that waits")
    }

    private func check(_ row: Store.Row) {
        expect((store.due[row.id] != nil) == row.state.awaitsUs, "\(row.state) and its due row")
        expect(row.tries.count { $0.outcome == .inFlight } <= 1, "two attempts in flight")
        if row.state == .sending { expect(row.tries.last?.outcome == .inFlight, "sending without an attempt") }
        if row.state == .sent { expect(row.tries.contains { $0.outcome == .accepted }, "sent without an acceptance") }
        expect(row.retries <= policy(of: row.subjects.tenantID).maxRetries, "more retries than the tenant allows")
    }
}
