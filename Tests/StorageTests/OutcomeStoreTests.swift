import Models
import Postgres
import Storage
import TestSupport
import Testing

/// What is counted of a day is what its rows say, and stays when they are removed.
@Suite struct OutcomeStoreTests {
    @Test func aDayIsCountedByStateAndReason() async throws {
        try await ReportWorld.with { world in
            let day = try ReportWorld.moment("2026-03-10T00:00:00Z")
            try await world.makeDays(from: "2026-03-10", 1)
            let tenant = world.tenants.first
            var late = ReportWorld.Life(.delivered)
            (late.attempts, late.retries, late.deliveredAfter) = (3, 2, .seconds(20))
            var quick = ReportWorld.Life(.read)
            quick.deliveredAfter = .seconds(3)
            var refused = ReportWorld.Life(.failed)
            (refused.code, refused.sentAfter) = (131_026, nil)
            var waits = ReportWorld.Life(.sent)
            waits.lives = .seconds(3 * 86_400)
            for (count, life) in [(2, late), (3, quick), (1, refused), (2, waits), (1, ReportWorld.Life(.sent))] {
                try await world.add(count, life, of: tenant, at: day + .seconds(3_600))
            }
            try await world.add(4, quick, of: world.tenants.second, at: day + .seconds(86_399))
            let store = OutcomeStore(world.tenants.platform)
            let twoDaysLater = day + .seconds(2 * 86_400)
            #expect(try await Self.countAll(store, now: twoDaysLater).contains(day))
            // Receipts come late: the day is counted again when its time has come, and not before.
            _ = try await world.tenants.platform.execute(
                "UPDATE message_states SET state = 8 WHERE tenant_id = \(tenant.id) AND state = 7")
            #expect(try await Self.countAll(store, now: twoDaysLater + .seconds(60)).isEmpty)
            let counted = try await Self.rows(of: tenant, in: world)
            #expect(
                counted == [
                    "6 - 3 sent 3 in time 2 retried 0/0", "7 - 2 sent 2 in time 0 retried 2/4",
                    "8 - 3 sent 3 in time 0 retried 0/0", "9 131026 1 sent 0 in time 0 retried 0/0",
                ])
            #expect(try await Self.countAll(store, now: twoDaysLater + .seconds(3_600)).contains(day))
            #expect(
                try await Self.rows(of: tenant, in: world).contains("8 - 5 sent 5 in time 0 retried 2/4"))
            #expect(try await Self.rows(of: world.tenants.second, in: world) == ["8 - 4 sent 4 in time 0 retried 0/0"])
            let times = try await world.tenants.platform.rows(
                """
                SELECT kind || ' ' || bound || ' ' || messages AS line FROM outcome_times WHERE tenant_id = \(tenant.id)
                ORDER BY kind, bound
                """)
            #expect(try times.map { try $0.value("line") } == ["answer 0 13", "delivery 5 3", "delivery 7 2"])
        }
    }

    @Test func whatRetentionRemovesStaysCounted() async throws {
        try await ReportWorld.with { world in
            let day = try ReportWorld.moment("2026-03-10T00:00:00Z")
            try await world.makeDays(from: "2026-03-10", 1)
            try await world.add(5, ReportWorld.Life(.delivered), of: world.tenants.first, at: day)
            try await world.add(2, ReportWorld.Life(.delivered), of: world.tenants.second, at: day)
            let store = OutcomeStore(world.tenants.platform)
            _ = try await Self.countAll(store, now: day + .seconds(86_400))
            for table in ["message_states", "messages", "attempts"] {
                _ = try await world.tenants.platform.execute(
                    "DELETE FROM \(raw: table) WHERE tenant_id = \(world.tenants.first.id)")
            }
            _ = try await world.tenants.platform.execute(
                """
                INSERT INTO retention_days (tenant_id, day, messages) VALUES (\(world.tenants.first.id), '2026-03-10', 5)
                """)
            try await world.add(1, ReportWorld.Life(.delivered), of: world.tenants.second, at: day)
            #expect(try await Self.countAll(store, now: day + .seconds(9 * 86_400)).contains(day))
            #expect(try await Self.rows(of: world.tenants.first, in: world) == ["7 - 5 sent 5 in time 0 retried 0/0"])
            #expect(try await Self.rows(of: world.tenants.second, in: world) == ["7 - 3 sent 3 in time 0 retried 0/0"])
        }
    }

    @Test func aDigestAddsUpDayAndWeek() async throws {
        try await ReportWorld.with { world in
            let ending = try ReportWorld.moment("2026-03-16T06:00:00Z")
            try await world.makeDays(from: "2026-03-08", 9)
            var retried = ReportWorld.Life(.delivered)
            (retried.attempts, retried.retries) = (3, 2)
            var failed = ReportWorld.Life(.failed)
            (failed.attempts, failed.retries, failed.code) = (4, 3, 131_026)
            // The seventh day back counts, the eighth and today do not.
            for (day, count) in [("2026-03-09", 2), ("2026-03-15", 1), ("2026-03-08", 7), ("2026-03-16", 9)] {
                let moment = try ReportWorld.moment(day + "T03:00:00Z")
                try await world.add(count, retried, of: world.tenants.first, at: moment)
            }
            let yesterday = try ReportWorld.moment("2026-03-15T12:00:00Z")
            try await world.add(2, failed, of: world.tenants.first, at: yesterday)
            try await world.add(3, ReportWorld.Life(.read), of: world.tenants.second, at: yesterday)
            _ = try await world.tenants.platform.execute(
                """
                INSERT INTO message_count_changes (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
                VALUES (\(world.tenants.first.id), \(yesterday), \(world.tenants.first.senderID),
                        '00000000-0000-0000-0000-000000000000', -1, 1, 2),
                       (\(world.tenants.second.id), \(yesterday), \(world.tenants.second.senderID),
                        '00000000-0000-0000-0000-000000000000', -1, 8, 3)
                """)
            _ = try await world.tenants.platform.execute(
                """
                INSERT INTO critical_failures (tenant_id, message_id, sender_id, failed_at)
                VALUES (\(world.tenants.first.id), gen_random_uuid(), \(world.tenants.first.senderID), \(yesterday))
                """)
            _ = try await Self.countAll(OutcomeStore(world.tenants.platform), now: ending)
            let digests = DigestStore(world.tenants.platform)
            let week = try await digests.retriesOfWeek(ending: ending)
            #expect(week.map(\.business) == ["first"])
            let first = try #require(week.first)
            #expect((first.accepted, first.messages, first.retries, first.succeeded, first.failed) == (5, 5, 12, 3, 2))
            let all = try await digests.day(of: nil, ending: ending)
            #expect((all.flow.accepted, all.flow.read, all.criticalFailures) == (5, 3, 1))
            #expect(all.reasons.map(\.code) == [131_026] && all.reasons.map(\.messages) == [2])
            let second = try await digests.day(of: world.tenants.second.id, ending: ending)
            #expect((second.flow.accepted, second.criticalFailures, second.reasons.count) == (3, 0, 0))
        }
    }

    /// Until nothing is due.
    static func countAll(_ store: OutcomeStore, now: Timestamp) async throws -> [Timestamp] {
        var days: [Timestamp] = []
        while let day = try await store.countNext(every: .seconds(60), now: now) { days.append(day) }
        return days
    }

    private static func rows(of tenant: TestTenant, in world: ReportWorld) async throws -> [String] {
        try await world.tenants.platform.rows(
            """
            SELECT state || ' ' || coalesce(error_code::text, '-') || ' ' || messages || ' sent ' || sent || ' in time '
                   || in_time || ' retried ' || retried || '/' || retries AS line
            FROM outcome_days WHERE tenant_id = \(tenant.id) ORDER BY state, error_code
            """
        ).map { try $0.value("line") }
    }
}
