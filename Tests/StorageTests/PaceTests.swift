import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// The demo's sender may send 80 messages a second.
@Suite struct PaceTests {
    private func withCampaign(
        of count: Int, _ body: (TwoTenants, DueStore, [NewMessage]) async throws -> Void
    ) async throws {
        let tenants = try await TwoTenants.make()
        let batch = BatchID(TestTenant.messageIDs.uuid())
        let messages = (0..<count).map { _ in
            var message = tenants.first.message()
            message.batchID = batch
            return message
        }
        try await tenants.withAcceptStore { store in
            let accepted = AcceptedBatch(id: batch, accepted: count, refused: 0)
            _ = try await store.accept(
                AcceptRequest(tenantID: tenants.first.id, messages: messages, batch: accepted))
        }
        try await body(tenants, DueStore(tenants.platform), messages)
        await tenants.stop()
    }

    private func number(_ sql: SQL, _ tenants: TwoTenants) async throws -> Int {
        try await tenants.platform.rows(sql).first?.value(0) ?? -1
    }

    @Test func aCampaignGetsTurnsAtItsSendersPaceAndTheFirstAreToldAtOnce() async throws {
        try await withCampaign(of: 1_000) { tenants, store, messages in
            #expect(try await store.take(max: 2_000, from: .onTime).count == 0)
            let taken = try await store.take(max: 2_000, from: .toPace)
            #expect(taken.count == 1_000)
            // Three seconds at 98 % of 80 a second, in the order of acceptance.
            #expect((230...240).contains(taken.messages.count))
            let first = messages.map(\.id).sorted().prefix(taken.messages.count)
            #expect(Set(taken.messages.map(\.messageID)).symmetricDifference(first).isEmpty)
            let told = taken.messages.count
            #expect(try await number("SELECT count(*) FROM due_messages WHERE told = 1 AND due_at > now() + interval '50 s'", tenants) == told)
            #expect(try await number("SELECT count(*) FROM due_messages WHERE told = 0 AND paced", tenants) == 1_000 - told)
            #expect(
                try await number(
                    "SELECT round(extract(epoch FROM max(due_at) - min(due_at)) * 10)::int FROM due_messages WHERE told = 0",
                    tenants) == (1_000 - told - 1) * 100 / 784)
            #expect(try await store.take(max: 10, from: .toPace).count == 0)
        }
    }

    @Test func aTurnThatHasComeIsToldWithoutAnother() async throws {
        try await withCampaign(of: 600) { tenants, store, _ in
            _ = try await store.take(max: 600, from: .toPace)
            _ = try await tenants.platform.execute("UPDATE due_messages SET due_at = now() - interval '1 s' WHERE told = 0")
            let before = try await number("SELECT extract(epoch FROM max(given_until))::bigint FROM sender_paces", tenants)
            let taken = try await store.take(max: 600, from: .onTime)
            #expect(taken.messages.count == taken.count && taken.count > 300)
            #expect(try await number("SELECT extract(epoch FROM max(given_until))::bigint FROM sender_paces", tenants) == before)
        }
    }

    @Test func whoComesAfterACancelledCampaignDoesNotWaitForIt() async throws {
        try await withCampaign(of: 1_000) { tenants, store, messages in
            _ = try await store.take(max: 1_000, from: .toPace)
            let batch = try #require(messages[0].batchID)
            let cancelled = try await CancelStore(tenants.database).cancel(batch: batch, of: tenants.first.id)
            #expect(cancelled?.count == 1_000)
            let rows = try await tenants.platform.rows("SELECT given_until <= now() AS is_rested FROM sender_paces")
            #expect(try rows.map { try $0.value("is_rested", as: Bool.self) } == [true])
        }
    }

    @Test func schedulersThatWorkAtOnceNeverGiveATurnTwice() async throws {
        try await withCampaign(of: 1_000) { tenants, store, _ in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        var count = 0
                        while true {
                            let taken = try await store.take(max: 70, from: .toPace)
                            if taken.count == 0 { return count }
                            count += taken.count
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.reduce(0, +) == 1_000)
            // Seen by the clock of one of them, no turns are closer to each other than the pace allows.
            let tooClose = try await number(
                """
                SELECT count(*) FROM (
                    SELECT due_at - lag(due_at) OVER (ORDER BY due_at) AS gap FROM due_messages WHERE told = 0
                ) g WHERE gap < interval '12 ms'
                """, tenants)
            #expect(tooClose == 0)
        }
    }

    @Test func aRetryDoesNotWaitBehindTheCampaignOfItsSender() async throws {
        try await withCampaign(of: 1_000) { tenants, store, messages in
            _ = try await store.take(max: 1_000, from: .toPace)
            let retry = try #require(messages.last).id
            _ = try await tenants.platform.execute("UPDATE message_states SET state = 2, attempts = 1 WHERE id = \(retry)")
            _ = try await tenants.platform.execute("UPDATE message_states SET state = 4 WHERE id = \(retry)")
            _ = try await tenants.platform.execute(
                "UPDATE due_messages SET due_at = now(), paced = false WHERE message_id = \(retry)")
            // Beside what has got its turn by now; the whole campaign takes twelve seconds.
            let taken = try await store.take(max: 1_000, from: .onTime)
            #expect(taken.messages.contains { $0.messageID == retry })
            #expect(taken.messages.count < 900)
        }
    }

    @Test func aQuietTenantsMessageIsTakenWhileAnothersCampaignWaits() async throws {
        try await withCampaign(of: 1_000) { tenants, store, _ in
            let quiet = tenants.second.message()
            try await tenants.withAcceptStore { store in
                _ = try await store.accept(AcceptRequest(tenantID: tenants.second.id, messages: [quiet]))
            }
            _ = try await tenants.platform.execute("UPDATE due_messages SET due_at = now() WHERE message_id = \(quiet.id)")
            #expect(try await store.take(max: 1, from: .onTime).messages.map(\.messageID) == [quiet.id])
        }
    }

    @Test func aTenantsOwnDelayAndALearnedRateSpreadTheTurns() async throws {
        try await withCampaign(of: 200) { tenants, store, _ in
            _ = try await tenants.platform.execute("UPDATE tenants SET message_delay_seconds = 2")
            let taken = try await store.take(max: 100, from: .toPace)
            #expect((1...2).contains(taken.messages.count))
            _ = try await tenants.platform.execute("UPDATE tenants SET message_delay_seconds = 0")
            _ = try await tenants.platform.execute("DELETE FROM sender_paces")
            _ = try await tenants.platform.execute(
                """
                INSERT INTO sender_leases
                    (tenant_id, sender_id, holder, taken_at, lease_until, paid_until, rate, rate_changed_at)
                VALUES (\(tenants.first.id), \(tenants.first.senderID), \(tenants.first.id.value), now(),
                        now() + interval '6 s', now(), 10, now())
                """)
            let slow = try await store.take(max: 100, from: .toPace)
            #expect((29...31).contains(slow.messages.count))
        }
    }

    @Test func whatAClosedGateHoldsGetsNoTurn() async throws {
        try await withCampaign(of: 1) { tenants, store, messages in
            let gate = try await GateStore(tenants.platform).close(
                GateClosing(scope: .tenant, subject: "\(tenants.first.id)", tenantID: tenants.first.id, cause: .paused),
                by: "test")
            _ = try await tenants.platform.execute("UPDATE message_states SET state = 5")
            _ = try await tenants.platform.execute("UPDATE due_messages SET due_at = now(), gate_id = \(gate.id)")
            let held = try #require(try await store.take(max: 10).messages.first)
            #expect(held.standing.gate == .closed(opensAt: nil))
            #expect(try await tenants.platform.rows("SELECT 1 FROM sender_paces").isEmpty)
        }
    }

    /// The formula stands in Models and in the statement.
    @Test func whatIsToldIsLookedAtAgainWhenModelsSay() async throws {
        try await withCampaign(of: 1) { tenants, store, _ in
            for _ in 0..<7 {
                _ = try await tenants.platform.execute("UPDATE due_messages SET due_at = now()")
                let due = try #require(try await store.take(max: 1).messages.first)
                guard case .tell(let span) = DuePolicy.standard.decide(due.standing) else {
                    Issue.record("a queued message is told")
                    return
                }
                let row = try #require(
                    try await tenants.platform.rows(
                        "SELECT due_at FROM due_messages WHERE message_id = \(due.messageID)").first)
                #expect(try row.value("due_at", as: Timestamp.self) - due.standing.now == span)
            }
        }
    }

    /// Twenty thousand stand for a hundred thousand: the same statement, so many times.
    @Test func turnsAreGivenOutFasterThanCampaignsAreAccepted() async throws {
        let tenants = try await TwoTenants.make()
        let accepting = ContinuousClock.now
        try await tenants.withAcceptStore { store in
            for _ in 0..<20 {
                let messages = (0..<1_000).map { _ in tenants.first.message() }
                _ = try await store.accept(AcceptRequest(tenantID: tenants.first.id, messages: messages))
            }
        }
        let pinned = Database(DatabaseSettings(url: tenants.platformURL, poolSize: 1).pinnedToIndexPlans)
        try await pinned.start()
        let store = DueStore(pinned)
        let accepted = ContinuousClock.now - accepting
        let begun = ContinuousClock.now
        var count = 0
        while true {
            let taken = try await store.take(max: 1_000, from: .toPace)
            count += taken.count
            if taken.count == 0 { break }
        }
        let span = ContinuousClock.now - begun
        await pinned.stop()
        await tenants.stop()
        #expect(count == 20_000)
        print("\(count) accepted in \(accepted), and their turns given out in \(span)")
        // Half of it when nothing else runs; what does may take its time from either.
        #expect(span < accepted * 3)
    }
}
