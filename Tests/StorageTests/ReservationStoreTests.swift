import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct ReservationStoreTests {
    private func withPortfolio(
        of recipientsMax: Int?, _ body: (TwoTenants, ReservationStore) async throws -> Void
    ) async throws {
        let tenants = try await TwoTenants.make()
        let database = Database(tenants.settings.pinnedToIndexPlans)
        try await database.start()
        let max = recipientsMax.map { Int32($0) }
        _ = try await tenants.platform.execute(
            "INSERT INTO portfolios (id, recipients_max) VALUES ('shared', \(max as Int32?))")
        try await body(tenants, ReservationStore(database))
        await database.stop()
        await tenants.stop()
    }

    private func wish(
        _ tenant: TestTenant, _ recipient: Int, portfolio: String? = "shared", hasDailyQuota: Bool = false
    ) -> ReservationWish {
        ReservationWish(
            messageID: MessageID(IDSource().uuid()), tenantID: tenant.id, senderID: tenant.senderID,
            recipient: "+39340000\(recipient)", portfolioID: portfolio, hasDailyQuota: hasDailyQuota)
    }

    /// Recipients that are known, and recipients that are counted.
    private func counted(_ tenants: TwoTenants) async throws -> [Int] {
        let row = try #require(
            try await tenants.platform.rows(
                """
                SELECT (SELECT count(*) FROM portfolio_recipients) AS recipients,
                       (SELECT coalesce(sum(recipients), 0)::bigint FROM portfolio_minutes) AS minutes
                """).first)
        return [Int(try row.value("recipients", as: Int64.self)), Int(try row.value("minutes", as: Int64.self))]
    }

    private func setQuota(_ quota: Int, of tenant: TestTenant, _ tenants: TwoTenants) async throws {
        _ = try await tenants.platform.execute(
            "UPDATE tenants SET daily_quota = \(Int32(quota)), time_zone = 'Europe/Rome' WHERE id = \(tenant.id)")
    }

    @Test func theFirstGetWhatIsLeftAndARecipientCountsOnce() async throws {
        try await withPortfolio(of: 3) { tenants, store in
            let wishes = [1, 2, 1, 3, 4, 2].map { wish(tenants.first, $0) }
            let denied = try await store.reserve(wishes)
            #expect(Set(denied.keys) == [wishes[4].messageID])
            guard case .portfolioFull(let until)? = denied[wishes[4].messageID] else {
                Issue.record("not denied by the portfolio")
                return
            }
            #expect(until > SystemClock.now() + .seconds(23 * 3_600))
            #expect(try await counted(tenants) == [3, 3])
            #expect(try await store.reserve([wish(tenants.first, 2)]).isEmpty)
            #expect(try await store.reserve([wish(tenants.second, 9)]).count == 1)
        }
    }

    @Test func anOpenServiceWindowCountsNobody() async throws {
        try await withPortfolio(of: 0) { tenants, store in
            _ = try await tenants.platform.execute(
                """
                INSERT INTO service_windows (tenant_id, sender_id, recipient, open_until) VALUES
                    (\(tenants.first.id), \(tenants.first.senderID), '+393400001', now() + interval '1 hour'),
                    (\(tenants.first.id), \(tenants.first.senderID), '+393400002', now() - interval '1 second')
                """)
            #expect(try await store.reserve([wish(tenants.first, 1)]).isEmpty)
            #expect(try await store.reserve([wish(tenants.first, 2)]).count == 1)
            #expect(try await counted(tenants) == [0, 0])
        }
    }

    @Test func aPortfolioWithoutALimitCountsNobody() async throws {
        try await withPortfolio(of: nil) { tenants, store in
            let denied = try await store.reserve((0..<9).map { wish(tenants.first, $0) })
            let counted = try await counted(tenants)
            #expect(denied.isEmpty && counted == [0, 0])
        }
    }

    @Test func aDayLaterThePlaceIsFreeAndWhoWasWrittenToMeanwhileKeepsIt() async throws {
        try await withPortfolio(of: 2) { tenants, store in
            #expect(try await store.reserve([wish(tenants.first, 1), wish(tenants.first, 2)]).isEmpty)
            // 23 hours pass; the second one gets another message; two more hours pass.
            try await pass(hours: 23, tenants)
            #expect(try await store.reserve([wish(tenants.first, 2)]).isEmpty)
            #expect(try await counted(tenants) == [2, 2])
            try await pass(hours: 2, tenants)
            let wishes = [wish(tenants.first, 3), wish(tenants.first, 4)]
            #expect(Set(try await store.reserve(wishes).keys) == [wishes[1].messageID])
            try await pass(hours: 26, tenants)
            #expect(try await store.forgetOld(of: ["shared"], max: 100) == 3)
            #expect(try await counted(tenants) == [0, 0])
        }
    }

    private func pass(hours: Int, _ tenants: TwoTenants) async throws {
        let hours = Int32(hours)
        _ = try await tenants.platform.pipeline([
            "UPDATE portfolio_minutes SET minute = minute - \(hours) * interval '1 hour'",
            "UPDATE portfolio_recipients SET counted_at = counted_at - \(hours) * interval '1 hour'",
        ])
    }

    @Test func dispatchersThatReserveAtOnceNeverTakeMoreThanThereIs() async throws {
        try await withPortfolio(of: 40) { tenants, store in
            try await setQuota(25, of: tenants.second, tenants)
            let denied = try await withThrowingTaskGroup(of: Int.self) { group in
                for part in 0..<8 {
                    let tenant = part % 2 == 0 ? tenants.first : tenants.second
                    let wishes = (0..<10).map {
                        wish(tenant, part * 10 + $0, hasDailyQuota: part % 2 == 1)
                    }
                    group.addTask { try await store.reserve(wishes).count }
                }
                return try await group.reduce(0, +)
            }
            #expect(denied == 40)
            #expect(try await counted(tenants) == [40, 40])
            let rows = try await tenants.platform.rows("SELECT sends FROM tenant_days")
            #expect(try rows.allSatisfy { try $0.value("sends", as: Int32.self) <= 25 })
        }
    }

    @Test func aTenantsDayEndsAtItsOwnMidnight() async throws {
        try await withPortfolio(of: nil) { tenants, store in
            try await setQuota(2, of: tenants.first, tenants)
            let wishes = (1...3).map { wish(tenants.first, $0, portfolio: nil, hasDailyQuota: true) }
            let denied = try await store.reserve(wishes)
            guard case .dayFull(let until)? = denied[wishes[2].messageID], denied.count == 1 else {
                Issue.record("the third was not denied by the day")
                return
            }
            let rows = try await tenants.platform.rows(
                "SELECT (\(until) AT TIME ZONE 'Europe/Rome')::time = '00:00' AND \(until) > now() AS is_midnight")
            #expect(try rows.first?.value("is_midnight", as: Bool.self) == true)
            #expect(try await store.reserve([wish(tenants.first, 9, portfolio: nil, hasDailyQuota: true)]).count == 1)
        }
    }

    @Test func whatThePortfolioRefusesUsesUpNothingOfTheDay() async throws {
        try await withPortfolio(of: 1) { tenants, store in
            try await setQuota(2, of: tenants.first, tenants)
            let wishes = (1...3).map { wish(tenants.first, $0, hasDailyQuota: true) }
            #expect(try await store.reserve(wishes).count == 2)
            #expect(
                try await store.reserve([wish(tenants.first, 4, portfolio: nil, hasDailyQuota: true)]).isEmpty)
        }
    }
}
