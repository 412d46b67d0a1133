import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct LeaseStoreTests {
    private func withTwoHolders(
        _ body: (TwoTenants, _ first: LeaseStore, _ second: LeaseStore) async throws -> Void
    ) async throws {
        let tenants = try await TwoTenants.make()
        let settings = tenants.settings.pinnedToIndexPlans
        let database = Database(settings)
        try await database.start()
        let ids = IDSource()
        try await body(
            tenants, LeaseStore(database, holder: ids.uuid()), LeaseStore(database, holder: ids.uuid()))
        await database.stop()
        await tenants.stop()
    }

    private func wish(_ tenant: TestTenant) -> LeaseWish {
        LeaseWish(tenantID: tenant.id, senderID: tenant.senderID, rate: 80)
    }

    private func standing(_ tenant: TestTenant, paidIn: Duration = .zero, rate: Double = 80) -> LeaseStanding {
        LeaseStanding(
            tenantID: tenant.id, senderID: tenant.senderID, paidIn: paidIn, rate: rate, rateChangedAgo: .seconds(3),
            pending: [.utility: 7])
    }

    /// What the time of a lease would do.
    private func letLeasesEnd(_ tenants: TwoTenants) async throws {
        _ = try await tenants.platform.execute("UPDATE sender_leases SET lease_until = now() - interval '1 second'")
    }

    @Test func aSenderHasOneOwner() async throws {
        try await withTwoHolders { tenants, first, second in
            let granted = try #require(try await first.take([wish(tenants.first)]).first)
            #expect(!granted.isTakeOver && granted.rate == 80 && granted.pairsOwe.isEmpty)
            #expect(try await second.take([wish(tenants.first), wish(tenants.second)]).map(\.senderID)
                == [tenants.second.senderID])
            #expect(try await first.renew([standing(tenants.first), standing(tenants.second)])
                == [tenants.first.senderID])
        }
    }

    @Test func aDeadOwnersSenderIsTakenOverFromTheEndOfItsLease() async throws {
        try await withTwoHolders { tenants, first, second in
            _ = try await first.take([wish(tenants.first)])
            _ = try await first.renew([standing(tenants.first, paidIn: .seconds(-30), rate: 40)])
            #expect(try await second.take([wish(tenants.first)]).isEmpty)
            try await letLeasesEnd(tenants)
            let granted = try #require(try await second.take([wish(tenants.first)]).first)
            #expect(granted.isTakeOver && granted.rate == 40)
            // Not what it wrote down half a minute ago: it may have sent until its lease ended.
            #expect(granted.paidIn > .seconds(-20) && granted.paidIn <= .milliseconds(200))
            #expect(try await first.renew([standing(tenants.first)]).isEmpty)
        }
    }

    @Test func whatIsGivenBackIsTakenAtOnceWithItsDebts() async throws {
        try await withTwoHolders { tenants, first, second in
            _ = try await first.take([wish(tenants.first)])
            _ = try await tenants.platform.execute(
                """
                INSERT INTO pair_debts (tenant_id, sender_id, recipient, paid_until) VALUES
                    (\(tenants.first.id), \(tenants.first.senderID), '+391', now() + interval '100 seconds'),
                    (\(tenants.first.id), \(tenants.first.senderID), '+392', now() - interval '1 second')
                """)
            try await first.release([standing(tenants.first, paidIn: .seconds(60))])
            let granted = try #require(try await second.take([wish(tenants.first)]).first)
            #expect(granted.paidIn > .seconds(30))
            #expect(Array(granted.pairsOwe.keys) == ["+391"])
            try await second.forgetPaidPairs(of: [(tenants.first.id, tenants.first.senderID)])
            #expect(try await tenants.platform.rows("SELECT 1 FROM pair_debts").count == 1)
        }
    }

    @Test func aSenderThatRestedLongerThanAnyLimitRemembersIsNoTakeOver() async throws {
        try await withTwoHolders { tenants, first, second in
            _ = try await first.take([wish(tenants.first)])
            try await first.release([standing(tenants.first)])
            _ = try await tenants.platform.execute(
                """
                UPDATE sender_leases
                SET lease_until = now() - interval '10 minutes', paid_until = now() - interval '10 minutes'
                """)
            #expect(try await second.take([wish(tenants.first)]).first?.isTakeOver == false)
        }
    }

    @Test func ofManyWhoWantASenderOnlyOneGetsIt() async throws {
        try await withTwoHolders { tenants, _, _ in
            let database = tenants.database
            let wish = wish(tenants.first)
            let granted = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await LeaseStore(database, holder: IDSource().uuid()).take([wish]).count }
                }
                return try await group.reduce(0, +)
            }
            #expect(granted == 1)
        }
    }

    @Test func whoIsNotActedForCanTakeNobodysSender() async throws {
        try await withTwoHolders { tenants, first, _ in
            let foreign = LeaseWish(tenantID: tenants.second.id, senderID: tenants.first.senderID, rate: 80)
            _ = try await first.take([wish(tenants.first)])
            // Another tenant's lease of the same sender id is a row of its own, and touches nothing.
            _ = try await first.take([foreign])
            #expect(try await first.renew([standing(tenants.first)]) == [tenants.first.senderID])
        }
    }
}
