import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct TenantRulesStoreTests {
    @Test func whatATenantSetIsReadAndNothingOfAnother() async throws {
        let tenants = try await TwoTenants.make()
        _ = try await tenants.platform.execute(
            """
            UPDATE tenants SET time_zone = 'Asia/Kolkata', retry_preset = 'own', retry_delays_seconds = '{7, 9}',
                max_retries = 2, message_delay_seconds = 4, daily_quota = 100, quiet_from = '22:00', quiet_to = '24:00',
                unanswered_policy = '{"marketing": {"preference": "prefer_delivery"}, "utility": {"wait_seconds": 10}}',
                expiry_seconds = '{"utility": 3600}'
            WHERE id = \(tenants.first.id)
            """)
        for store in [
            TenantRulesStore(tenants.platform, isPlatform: true), TenantRulesStore(tenants.database, isPlatform: false),
        ] {
            let read = try await store.rules(of: [tenants.first.id, tenants.second.id])
            let first = try #require(read[tenants.first.id])
            #expect(first.clock.offset(at: SystemClock.now()) == .seconds(19_800))
            #expect(first.retryPolicy == RetryPolicy.own([.seconds(7), .seconds(9)], maxRetries: 2))
            #expect(first.messageDelay == .seconds(4))
            #expect(first.dailyQuota == 100)
            #expect(first.quietHours == QuietHours(fromMinute: 22 * 60, toMinute: 0))
            #expect(first.unanswered.marketing.preference == .preferDelivery)
            #expect(first.unanswered.utility.wait == .seconds(10))
            #expect(first.expiry.span(for: .utility) == .seconds(3_600))
            #expect(try #require(read[tenants.second.id]) == TenantRules(tenantID: tenants.second.id))
        }
        await tenants.stop()
    }

    @Test func aZonesChangesAreReadAsPostgresKnowsThem() async throws {
        let tenants = try await TwoTenants.make()
        let changes = try await tenants.platform.rows(
            """
            SELECT at, extract(epoch FROM (at AT TIME ZONE 'Europe/Rome') - (at AT TIME ZONE 'UTC'))::bigint AS ahead
            FROM generate_series(now(), now() + interval '2 days', interval '1 hour') AS at
            """)
        _ = try await tenants.platform.execute("UPDATE tenants SET time_zone = 'Europe/Rome'")
        let store = TenantRulesStore(tenants.platform, isPlatform: true)
        let clock = try #require(try await store.rules(of: tenants.first.id)).clock
        for row in changes {
            #expect(clock.offset(at: try row.value("at")) == .seconds(try row.value("ahead", as: Int64.self)))
        }
        await tenants.stop()
    }

    @Test func aZoneThatNobodyKnowsIsRefused() async throws {
        let tenants = try await TwoTenants.make()
        await #expect(throws: DatabaseError.self) {
            _ = try await tenants.platform.execute("UPDATE tenants SET time_zone = 'Europe/Atlantis'")
        }
        await tenants.stop()
    }
}
