import Models
import Postgres
import Storage
import TestSupport
import Testing

@Suite struct LimitHitStoreTests {
    @Test func hitsOfAMinuteAreOneRowALimitAndSubject() async throws {
        let tenants = try await TwoTenants.make()
        let store = LimitHitStore(tenants.database)
        let minute = Timestamp(microseconds: 1_800_000_000_000_000 / 60_000_000 * 60_000_000)
        var hits = LimitHits()
        func add(_ name: LimitName, at now: Timestamp, count: Int, sender: UInt64 = 1, subject: String? = nil) {
            hits.add(
                name, tenantID: tenants.first.id, senderID: SenderID(UUIDValue(high: 1, low: sender)),
                subject: subject, at: now, count: count)
        }
        add(.senderRate, at: minute + .seconds(1), count: 3)
        add(.accountCalls, at: minute + .seconds(2), count: 1, subject: "account")
        add(.accountCalls, at: minute + .seconds(4), count: 1, sender: 2, subject: "account")
        try await store.add(hits.take())
        add(.senderRate, at: minute + .seconds(50), count: 4)
        add(.senderRate, at: minute + .seconds(3), count: 1, sender: 2)
        try await store.add(hits.take())
        try await store.add([])
        let rows = try await tenants.platform.rows(
            """
            SELECT limit_name, hits, first_at, last_at FROM limit_hits ORDER BY limit_name, hits
            """)
        #expect(try rows.map { try $0.value("hits", as: Int64.self) } == [2, 1, 7])
        let last = try #require(rows.last)
        #expect(try last.value("first_at", as: Timestamp.self) == minute + .seconds(1))
        #expect(try last.value("last_at", as: Timestamp.self) == minute + .seconds(50))
        await tenants.stop()
    }
}
