import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// What the triggers queue, and the delivering side's reading of it.
@Suite struct CallbackQueueTests {
    @Test func receiptsOfOneTransactionAreQueuedInTheirOrderAndOnce() async throws {
        try await ReceiptFixture.with { fixture in
            let id = try await fixture.tenants.makeCallback(["message.*"])
            let message = try #require(try await fixture.messagesInFlight(1, of: fixture.tenants.first).first)
            let first = fixture.tenants.first
            try await fixture.apply([
                fixture.receipt(.read, of: message, first, after: 3, tag: 1),
                fixture.receipt(.sent, of: message, first, after: 1, tag: 2),
                fixture.receipt(.delivered, of: message, first, after: 2, tag: 3),
                fixture.receipt(.delivered, of: message, first, after: 2, tag: 4),
            ])
            try await fixture.apply([fixture.receipt(.read, of: message, first, after: 3, tag: 5)])
            #expect(
                try await fixture.tenants.queued(for: id) == [
                    "message.accepted", "message.sending", "message.sent", "message.delivered", "message.read",
                ])
        }
    }

    @Test func aTenantWithoutEndpointsQueuesNothingAndNobodyQueuesForOthers() async throws {
        try await ReceiptFixture.with { fixture in
            let id = try await fixture.tenants.makeCallback(["*"], of: fixture.tenants.second)
            _ = try await fixture.messagesInFlight(2, of: fixture.tenants.first)
            #expect(try await fixture.tenants.queued(for: id).isEmpty)
            _ = try await fixture.messagesInFlight(2, of: fixture.tenants.second)
            #expect(try await fixture.tenants.queued(for: id).count == 4)
        }
    }

    @Test func inboundMessagesAndConsentsAreQueued() async throws {
        let tenants = try await TwoTenants.make()
        let id = try await tenants.makeCallback(["message.received", "contact.*"])
        let owner = SenderOwner(tenantID: tenants.first.id, senderID: tenants.first.senderID)
        var batch = InboundBatch()
        let now = SystemClock.now()
        batch.messages = ["a", "b"].map { name in
            InboundMessage(
                owner: owner, providerMessageID: name, fromNumber: "+393401234567", fromUserID: nil, type: "text",
                content: Array(#"{"text":{"body":"hi"}}"#.utf8), sentAt: now, receivedAt: now)
        }
        // The same delivery twice is one message.
        for _ in 0..<2 { try await InboundStore(tenants.database).write(batch) }
        _ = try await tenants.platform.execute(
            """
            INSERT INTO consent_ledger (tenant_id, id, contact_id, category, status, source, at, actor_kind, actor, is_applied)
            SELECT \(tenants.first.id), gen_random_uuid(), gen_random_uuid(), 'MARKETING', 'opted_out', 'keyword', now(),
                   'system', 'x', a FROM unnest(ARRAY[true, false]) a
            """)
        let queued = try await tenants.queued(for: id)
        #expect(queued == ["message.received", "message.received", "contact.opted_out"])
        let subjects = try await tenants.platform.rows(
            "SELECT count(DISTINCT subject_id) FROM callback_queue WHERE type = 'message.received'")
        #expect(try subjects.first?.value(0, as: Int.self) == 1)
        await tenants.stop()
    }

    @Test func eventIDsAreTimesOfTheirDayAndDiffer() async throws {
        let tenants = try await TwoTenants.make()
        let rows = try await tenants.platform.rows(
            """
            SELECT count(DISTINCT callback_event_id(now(), n)) AS ids,
                   bool_and(callback_event_id(now(), n) BETWEEN uuid_floor(now()) AND uuid_floor(now() + interval '1 ms')) AS near
            FROM generate_series(1, 1000) n
            """)
        #expect(try rows.first?.value("ids", as: Int.self) == 1_000)
        #expect(try rows.first?.value("near", as: Bool.self) == true)
        await tenants.stop()
    }

    @Test func oneAlerterAtATimeDeliversToAnEndpointAndOneEventOfAMessageAtATime() async throws {
        let tenants = try await TwoTenants.make()
        let id = try await tenants.makeCallback(["message.*"])
        _ = try await tenants.messagesInFlight(2, of: tenants.first)
        let first = tenants.deliveryStore("first", lease: .seconds(60))
        let second = tenants.deliveryStore("second", lease: .seconds(60))
        let leased = try await first.takeEndpoints(max: 10)
        #expect(leased.map(\.callbackID) == [id])
        #expect(try await second.takeEndpoints(max: 10).isEmpty)
        let endpoint = try #require(leased.first)
        let work = try #require(try await first.take(of: endpoint, max: 10))
        // Two messages were accepted and claimed: the second event of each waits for the first.
        #expect(work.events.map(\.type) == ["message.accepted", "message.accepted"])
        #expect(try await second.take(of: endpoint, max: 10) == nil)

        let health = CallbackHealth(failures: 0, failingSince: nil)
        let done = work.events.map { CallbackOutcome(id: $0.id, decision: .delivered, entry: JSONText("{}")) }
        #expect(try await first.record(done, of: endpoint, health: health, problem: nil))
        let next = try #require(try await first.take(of: endpoint, max: 10))
        #expect(next.events.map(\.type) == ["message.sending", "message.sending"])
        try await first.giveBack(endpoint)
        #expect(try await second.takeEndpoints(max: 10).count == 1)
        // Who lost the lease records what it found out, and learns that it did.
        let late = [CallbackOutcome(id: next.events[0].id, decision: .delivered, entry: JSONText("{}"))]
        #expect(try await first.record(late, of: endpoint, health: health, problem: nil) == false)
        #expect(try await tenants.queued(for: id).count == 1)
        await tenants.stop()
    }

    @Test func whatWaitsForItsNextTryHoldsBackOnlyItsOwnMessage() async throws {
        let tenants = try await TwoTenants.make()
        let id = try await tenants.makeCallback(["message.*"])
        _ = try await tenants.messagesInFlight(2, of: tenants.first)
        let store = tenants.deliveryStore("first", lease: .seconds(60))
        let endpoint = try #require(try await store.takeEndpoints(max: 10).first)
        let work = try #require(try await store.take(of: endpoint, max: 10))
        let outcomes = [
            CallbackOutcome(id: work.events[0].id, decision: .again(after: .seconds(600)), entry: JSONText(#"{"status":500}"#)),
            CallbackOutcome(id: work.events[1].id, decision: .delivered, entry: JSONText(#"{"status":200}"#)),
        ]
        let failing = CallbackHealth(failures: 1, failingSince: SystemClock.now(), rest: nil, verdict: .fails)
        #expect(try await store.record(outcomes, of: endpoint, health: failing, problem: "it answered 500"))
        let next = try #require(try await store.take(of: endpoint, max: 10))
        #expect(next.events.map(\.objectID) == [work.events[1].objectID])
        #expect(next.target.health.failures == 1)
        // It works again: nobody waits any more.
        let back = CallbackHealth(failures: 0, failingSince: nil, rest: nil, verdict: .recovered)
        let done = next.events.map { CallbackOutcome(id: $0.id, decision: .delivered, entry: JSONText("{}")) }
        #expect(try await store.record(done, of: endpoint, health: back, problem: nil))
        let rest = try #require(try await store.take(of: endpoint, max: 10))
        #expect(rest.events.map(\.type) == ["message.accepted"])
        #expect(rest.events.first?.tries == 1)
        #expect(try await tenants.queued(for: id) == ["message.accepted", "message.sending"])
        await tenants.stop()
    }

    @Test func whatWaitedTooLongIsGivenUpAndWhatBelongsToNobodyForgotten() async throws {
        let tenants = try await TwoTenants.make()
        let id = try await tenants.makeCallback(["message.accepted"])
        _ = try await tenants.messagesInFlight(2, of: tenants.first)
        _ = try await tenants.platform.execute(
            """
            UPDATE callback_queue SET queued_at = now() - interval '15 days'
            WHERE id = (SELECT min(id::text)::uuid FROM callback_queue)
            """)
        let store = tenants.deliveryStore("upkeep", lease: .seconds(1))
        #expect(try await store.clearQueue() == false)
        #expect(try await tenants.queued(for: id).count == 1)
        let log = try await tenants.platform.rows("SELECT outcome, history -> -1 ->> 'problem' FROM callback_deliveries")
        #expect(try log.map { try $0.value(0, as: String.self) } == ["failed"])
        #expect(try log.map { try $0.value(1, as: String.self) } == ["waited too long"])
        _ = try await tenants.platform.execute("DELETE FROM callbacks")
        #expect(try await store.clearQueue() == false)
        #expect(try await tenants.queued(for: id).isEmpty)
        await tenants.stop()
    }
}

extension TwoTenants {
    func makeCallback(_ events: [String], of tenant: TestTenant? = nil) async throws -> CallbackID {
        let owner = (tenant ?? first).id
        let id = CallbackID(IDSource().uuid())
        let created = try await CallbackStore(database, ids: IDSource()).create(
            id, of: owner, url: "https://hooks.example.com/x", description: "", events: events, sealedSecret: [1],
            by: .system("test"))
        guard case .created = created else { throw EndpointNotMade() }
        return id
    }

    func queued(for id: CallbackID) async throws -> [String] {
        try await platform.rows("SELECT type FROM callback_queue WHERE callback_id = \(id) ORDER BY sequence")
            .map { try $0.value(0) }
    }

    func deliveryStore(_ holder: String, lease: Duration) -> CallbackDeliveryStore {
        CallbackDeliveryStore(platform, ids: IDSource(), holder: holder, lease: lease)
    }
}

private struct EndpointNotMade: Error {}
