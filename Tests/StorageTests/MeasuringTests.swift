import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Figures are exact, and what they leave out is left out.
@Suite struct MeasuringTests {
    /// A message of one state, written as the services leave it.
    struct Was: Sendable {
        var state: MessageState
        var expiresIn = 3_600
        var wasSent = true
        var attempts = 1
        var retries = 0
        var age = 600
        var waited = 2
        var inBatch = false
    }

    @Test func readCountsAsDeliveredAndWhatIsInItsTimeToLiveIsLeftOut() async throws {
        let tenants = try await TwoTenants.make()
        let tenant = tenants.first
        try await write(
            Array(repeating: Was(state: .delivered), count: 5) + Array(repeating: Was(state: .read), count: 3)
                + [Was(state: .failed), Was(state: .undelivered)]
                // Refused before WhatsApp had it, and cancelled: never sent.
                + [Was(state: .failed, wasSent: false), Was(state: .cancelled, wasSent: false)]
                // Its time to live is over, and nobody got it; the others may still get theirs.
                + [Was(state: .sent, expiresIn: -60)]
                + Array(repeating: Was(state: .sent), count: 7) + [Was(state: .waiting), Was(state: .held, wasSent: false)],
            of: tenant, in: tenants.platform)
        try await write([Was(state: .sent, expiresIn: -1)], of: tenants.second, in: tenants.platform)
        let figures = try await figures(tenants)
        let own = try #require(figures[place(tenant)])
        #expect(own.delivered == 8)
        #expect(own.read == 3)
        #expect(own.lost == 2)
        #expect(own.overdue == 1)
        #expect(own.open == 7)
        #expect(own.sample == 11)
        #expect(own.deliveryRate == 8.0 / 11)
        #expect(own.readShare == 3.0 / 8)
        #expect(figures[place(tenants.second)]?.deliveryRate == 0)
        await tenants.stop()
    }

    @Test func retriesAreCountedWhereTheirSendBegan() async throws {
        let tenants = try await TwoTenants.make()
        try await write(
            [
                Was(state: .delivered, attempts: 3, retries: 2), Was(state: .sent, attempts: 2, retries: 1),
                Was(state: .failed, attempts: 4, retries: 3),
                // Planned and not begun, and still on its way: neither helped nor failed.
                Was(state: .waiting, attempts: 1, retries: 1), Was(state: .sending, attempts: 2, retries: 1),
                Was(state: .read),
            ],
            of: tenants.first, in: tenants.platform)
        let own = try #require(try await figures(tenants)[place(tenants.first)])
        #expect(own.retrySuccessRate == 2.0 / 3)
        #expect(own.averageRetries == 1.5)
        #expect(own.retrySample == 3)
        await tenants.stop()
    }

    @Test func onlyTheWindowIsRead() async throws {
        let tenants = try await TwoTenants.make()
        try await write(
            [Was(state: .failed, age: 3 * 3_600), Was(state: .delivered, age: 600)], of: tenants.first, in: tenants.platform)
        let own = try #require(try await figures(tenants)[place(tenants.first)])
        #expect(own.deliveryRate == 1)
        await tenants.stop()
    }

    @Test func queueTimesAreThoseOfMessagesAcceptedAlone() async throws {
        let tenants = try await TwoTenants.make()
        try await write(
            (1...5).map { Was(state: .sent, waited: $0) } + [Was(state: .sent, waited: 500, inBatch: true)],
            of: tenants.first, in: tenants.platform)
        let times = try await MeasuredMessageStore(tenants.platform).queueTimes(
            of: [tenants.first.id, tenants.second.id], now: SystemClock.now())
        // Of the sender, of the business, of all.
        #expect(times.count == 3)
        for (_, _, time) in times {
            #expect(time.median == 3)
            #expect(abs(time.p99 - 4.96) < 1e-6)
            #expect(time.sample == 5)
        }
        await tenants.stop()
    }

    @Test func failuresAreThoseOfTheSpan() async throws {
        let tenants = try await TwoTenants.make()
        let (now, tenant) = (SystemClock.now(), tenants.first)
        let old = now + .seconds(-2 * 3_600)
        for (from, to, messages, at) in [
            (-1, 1, 40, now), (1, 2, 40, now), (2, 6, 30, now), (6, 7, 20, now), (7, 8, 15, now), (2, 9, 3, now),
            (2, 3, 4, now), (1, 11, 1, now), (6, 10, 1, now), (2, 9, 6, old), (6, 7, 9, old),
        ] as [(Int, Int, Int, Timestamp)] {
            try await tenants.count(tenant, from: from, to: to, messages, at: at)
        }
        let counts = CountStore(tenants.platform)
        while try await counts.fold() > 0 {}
        let store = MeasuredFlowStore(tenants.platform)
        let ends = try #require(try await store.ends(in: .seconds(3_600))[place(tenant)])
        // Delivered 20, of which 15 were read; failed 3, expired 1, undelivered 1.
        #expect(ends.delivered == 20)
        #expect(ends.failed == 5)
        #expect(ends.failureRate == 0.2)
        #expect(ends.attempts == 40)
        #expect(ends.unanswered == 4)
        let six = try #require(try await store.endsByHours(in: .seconds(6 * 3_600))[place(tenant)])
        #expect(six.delivered == 29)
        #expect(six.failed == 11)
        await tenants.stop()
    }

    @Test func silenceBeginsWithTheFirstSendThatNoReceiptFollowed() async throws {
        let tenants = try await TwoTenants.make()
        let now = SystemClock.now()
        for (tenant, from, to, minutes) in [
            (tenants.first, 2, 6, 40), (tenants.first, 6, 7, 39), (tenants.first, 2, 6, 30), (tenants.first, 2, 6, 10),
            (tenants.second, 2, 6, 20), (tenants.second, 6, 7, 19),
        ] {
            try await tenants.count(tenant, from: from, to: to, 5, at: now + .seconds(-60 * minutes))
        }
        _ = try await CountStore(tenants.platform).fold()
        let silences = try await MeasuredFlowStore(tenants.platform).silences()
        let own = try #require(silences[place(tenants.first)])
        #expect(own.lasts >= .seconds(30 * 60) && own.lasts < .seconds(35 * 60))
        #expect(own.waiting == 10)
        #expect(silences[place(tenants.second)] == .init(lasts: .zero, waiting: 0))
        await tenants.stop()
    }

    @Test func theOldestThatIsDueIsTheBacklogButNotWhatAGateHolds() async throws {
        let tenants = try await TwoTenants.make()
        let store = BacklogStore(tenants.platform)
        #expect(try await store.backlog() == .init(age: .zero, messages: 0))
        let ids = IDSource()
        for (seconds, isHeld, toPace) in [(30, false, false), (90, true, false), (600, false, true), (-60, false, false)] {
            try await tenants.platform.execute(
                """
                INSERT INTO due_messages (tenant_id, message_id, due_at, gate_id, to_pace)
                VALUES (\(tenants.first.id), \(ids.uuid()), now() - \(Int32(seconds)) * interval '1 second',
                        CASE WHEN \(isHeld) THEN gen_random_uuid() END, \(toPace))
                """)
        }
        let backlog = try await store.backlog()
        #expect(backlog.messages == 1)
        #expect(backlog.age >= .seconds(30) && backlog.age < .seconds(85))
        await tenants.stop()
    }

    @Test func timingsOfAllCopiesAddUp() async throws {
        let tenants = try await TwoTenants.make()
        let store = WebhookTimingStore(tenants.platform)
        var one = AnswerTimes()
        for _ in 0..<9 { one.add(0.003) }
        var other = AnswerTimes()
        other.add(2.5)
        try await store.add(one)
        try await store.add(other)
        try await store.add(AnswerTimes())
        let times = try await store.times(in: .seconds(3_600))
        #expect(times.total == 10)
        #expect(times.slowest == 2.5)
        #expect(times.slowShare == 0.1)
        await tenants.stop()
    }

    // MARK: Helpers

    private func place(_ tenant: TestTenant) -> MeasuredFlowStore.Place {
        .init(tenantID: tenant.id, senderID: tenant.senderID)
    }

    /// Of the last two hours, as a cycle reads them.
    private func figures(_ tenants: TwoTenants) async throws -> [MeasuredFlowStore.Place: MessageFigures] {
        let now = SystemClock.now()
        let (from, to) = (now + .seconds(-7_200), now + .seconds(60))
        let plan = ReadingPlan(hours: [(from, 100)], from: from, to: to, businesses: 2)
        return try await MeasuredMessageStore(tenants.platform)
            .figures([tenants.first.id: plan, tenants.second.id: plan]).bySender
    }

    private func write(_ messages: [Was], of tenant: TestTenant, in platform: Database) async throws {
        try await platform.write(messages, of: tenant)
    }
}

extension Database {
    /// Messages as they are after a while; without events and counts.
    func write(_ messages: [MeasuringTests.Was], of tenant: TestTenant) async throws {
        let ids = IDSource()
        let now = SystemClock.now()
        for was in messages {
            let created = now + .seconds(-was.age)
            let id = MessageID(.version7(at: created, random: (UInt64.random(in: 0...4_095), ids.uuid().low)))
            _ = try await pipeline([
                """
                INSERT INTO messages (tenant_id, id, sender_id, batch_id, type, kind, lane, priority, recipient, content,
                                      expires_at, created_at)
                VALUES (\(tenant.id), \(id), \(tenant.senderID), CASE WHEN \(was.inBatch) THEN gen_random_uuid() END,
                        'text', 'general', 1, 5, '+393401234567', '{}', \(now + .seconds(was.expiresIn)), \(created))
                """,
                """
                INSERT INTO message_states (tenant_id, id, state, attempts, retries, changed_at, sent_at)
                VALUES (\(tenant.id), \(id), \(was.state.rawValue), \(Int16(was.attempts)), \(Int16(was.retries)), now(),
                        CASE WHEN \(was.wasSent) THEN \(created) END)
                """,
                """
                INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until)
                VALUES (\(tenant.id), \(id), 1, 1, \(created + .seconds(was.waited)), \(created + .seconds(60)))
                """,
            ])
        }
    }
}

extension TwoTenants {
    /// A move of messages, counted as whoever moves them counts it.
    func count(_ tenant: TestTenant, from: Int, to: Int, _ messages: Int, at: Timestamp) async throws {
        try await platform.execute(
            """
            INSERT INTO message_count_changes (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
            VALUES (\(tenant.id), \(at), \(tenant.senderID), \(UUIDValue(high: 0, low: 0)), \(Int16(from)), \(Int16(to)),
                    \(Int32(messages)))
            """)
    }
}
