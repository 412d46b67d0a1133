import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct SweepStoreTests {
    private func withTenants(_ body: (TwoTenants, SweepStore) async throws -> Void) async throws {
        let tenants = try await TwoTenants.make()
        let database = Database(DatabaseSettings(url: tenants.platformURL).forSweep)
        try await database.start()
        try await body(tenants, SweepStore(database))
        await database.stop()
        await tenants.stop()
    }

    /// Messages that failed without using up their retries.
    private func fail(
        _ count: Int, of tenant: TestTenant, code: Int = 131_000, _ tenants: TwoTenants
    ) async throws -> [MessageID] {
        let messages = (0..<count).map { _ in tenant.message() }
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(AcceptRequest(tenantID: tenant.id, messages: messages))
        }
        var work = DueWork()
        work.moves = messages.map { message in
            var move = Move(
                tenantID: tenant.id, messageID: message.id, senderID: tenant.senderID, templateID: nil, from: .queued,
                attempts: 0, to: .failed)
            move.errorCode = code
            return move
        }
        _ = try await DueStore(tenants.platform).write(work)
        return messages.map(\.id)
    }

    private func run(_ store: SweepStore) async throws -> SweepReport {
        try #require(try await store.run(origin: "test") { _ in })
    }

    private func candidates(_ tenants: TwoTenants) async throws -> Int {
        try await tenants.platform.rows("SELECT count(*) FROM failed_messages").first?.value(0) ?? -1
    }

    @Test func whatMayHealIsRepeatedOnceAndTheRestIsNamedByItsReason() async throws {
        try await withTenants { tenants, store in
            _ = try await fail(3, of: tenants.first, tenants)
            _ = try await fail(2, of: tenants.second, tenants)
            // The recipient is not on WhatsApp.
            _ = try await fail(2, of: tenants.first, code: 131_026, tenants)
            let report = try await run(store)
            #expect(report.found == 7 && report.retried == 5)
            #expect(report.skipped == [.permanent: 2])
            #expect(try await candidates(tenants) == 0)
            #expect(try await run(store).found == 0)
            let row = try #require(
                try await tenants.platform.rows(
                    "SELECT found, retried, skipped->>'permanent' AS permanent, ended_at FROM sweeps ORDER BY started_at").first)
            #expect(try row.value("found", as: Int32.self) == 7)
            #expect(try row.value("retried", as: Int32.self) == 5)
            #expect(try row.value("permanent", as: String.self) == "2")
            #expect(try row.value("ended_at", as: Timestamp?.self) != nil)
        }
    }

    @Test func whatATenantSwitchedOffWaitsUntilItSwitchesItOnAgain() async throws {
        try await withTenants { tenants, store in
            _ = try await fail(2, of: tenants.first, tenants)
            _ = try await tenants.platform.execute("UPDATE tenants SET auto_retry_enabled = false")
            #expect(try await run(store).skipped == [.automaticRetriesOff: 2])
            #expect(try await candidates(tenants) == 2)
            _ = try await tenants.platform.execute("UPDATE tenants SET auto_retry_enabled = true")
            #expect(try await run(store).retried == 2)
            #expect(try await candidates(tenants) == 0)
        }
    }

    @Test func oneSweepRunsAtATimeAndADeadOneStopsNobody() async throws {
        try await withTenants { tenants, store in
            _ = try await fail(600, of: tenants.first, tenants)
            let reports = try await withThrowingTaskGroup(of: SweepReport?.self) { group in
                for _ in 0..<2 { group.addTask { try await store.run(origin: "test") { _ in } } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let found = reports.compactMap { $0?.found }
            #expect(found.reduce(0, +) == 600 || found.contains(600))
            #expect(try await tenants.platform.rows("SELECT count(*) FROM message_retries").first?.value(0) == 600)
            // A connection that is gone has no lock.
            let other = Database(DatabaseSettings(url: tenants.platformURL, poolSize: 1))
            try await other.start()
            _ = try await other.rows("SELECT pg_advisory_lock(hashtext('sweep'))")
            #expect(try await store.run(origin: "test") { _ in } == nil)
            await other.stop()
            try await eventually("the lock is free") { try await store.run(origin: "test") { _ in } != nil }
        }
    }

    @Test func whoeverListensHearsOfEveryRepetitionOnce() async throws {
        try await withTenants { tenants, store in
            let ids = try await fail(30, of: tenants.first, tenants)
            let heard = Mutex<[RetryResult]>([])
            _ = try await store.run(origin: "test") { results in heard.withLock { $0 += results } }
            let results = heard.withLock { $0 }
            #expect(Set(results.map(\.messageID)) == Set(ids) && results.count == ids.count)
            #expect(results.allSatisfy { $0.event?.state == .queued })
        }
    }

    @Test func whatIsPastIsDeletedAndNothingElse() async throws {
        try await withTenants { tenants, _ in
            let (tenant, sender) = (tenants.first.id, tenants.first.senderID)
            try await tenants.closeWindows()
            _ = try await tenants.platform.pipeline([
                """
                INSERT INTO pair_debts VALUES (\(tenant), \(sender), '+1', now() - interval '1 s'),
                    (\(tenant), \(sender), '+2', now() + interval '1 h')
                """,
                """
                INSERT INTO service_windows VALUES (\(tenant), \(sender), '+1', now() - interval '1 s'),
                    (\(tenant), \(sender), '+2', now() + interval '1 h')
                """,
                """
                INSERT INTO portfolio_minutes VALUES ('p', now() - interval '26 hours', 1), ('p', now() - interval '23 hours', 1)
                """,
                "INSERT INTO sender_paces VALUES (\(tenant), \(sender), 1, 5, false, now() - interval '2 hours')",
            ])
            let upkeep = UpkeepStore(tenants.platform)
            #expect(try await upkeep.forgetWhatIsPast(max: 100) == 1)
            #expect(try await upkeep.forgetWhatIsPast(max: 100) == 0)
            for (table, left) in [("pair_debts", 1), ("service_windows", 1), ("portfolio_minutes", 1), ("sender_paces", 0)] {
                let rows = try await tenants.platform.rows("SELECT 1 FROM \(raw: table)")
                #expect(rows.count == left, "\(table)")
            }
        }
    }
}
