import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// Lists of messages as pages ask for them: every filter, every order, however rare.
@Suite struct LogPageTests {
    /// Twenty messages, a second apart: numbers …00 to …19, every fifth of kind "odd".
    private func prepared() async throws -> (TwoTenants, LogPageStore, [MessageID]) {
        let tenants = try await TwoTenants.make()
        let now = SystemClock.now()
        let messages = (0..<20).map { number in
            tenants.first.message(
                to: "+3934012345\(number < 10 ? "0" : "")\(number)", kind: number % 5 == 0 ? "odd" : "usual",
                id: MessageID(.version7(at: now + .seconds(number - 30), random: (UInt64(number), 1))))
        }
        for message in messages + [tenants.second.message(kind: "odd")] {
            _ = try await tenants.withAcceptStore {
                try await $0.accept(AcceptRequest(tenantID: message.tenantID, messages: [message]))
            }
        }
        let database = Database(LogPageStore.settings(tenants.settings))
        try await database.start()
        return (tenants, LogPageStore(database), messages.map(\.id))
    }

    private func set(_ id: MessageID, _ change: String, _ tenants: TwoTenants) async throws {
        _ = try await tenants.platform.execute("UPDATE message_states SET \(raw: change) WHERE id = \(id)")
    }

    private func found(
        _ tenants: TwoTenants, _ store: LogPageStore, _ place: LogPlace = .newest, _ order: LogOrder = .newestFirst,
        skipped: Int = 0, size: Int = 100, change: (inout LogFilter) -> Void = { _ in }
    ) async throws -> LogPage {
        var filter = LogFilter()
        change(&filter)
        return try await store.page(of: tenants.first.id, filter, at: place, order: order, skipped: skipped, size: size)
    }

    @Test func eachFilterFindsWhatItNames() async throws {
        let (tenants, store, ids) = try await prepared()
        try await set(ids[3], "state = 2, attempts = 1", tenants)
        try await set(ids[3], "state = 9, is_critical = true, retries = 3, attempts = 4, error_code = 131026", tenants)
        try await set(ids[4], "state = 12", tenants)
        try await set(ids[5], "state = 2, attempts = 2", tenants)
        try await set(ids[5], "state = 4, retries = 1", tenants)
        func list(_ change: (inout LogFilter) -> Void) async throws -> [Int] {
            try await found(tenants, store, change: change).rows.map { row in ids.firstIndex(of: row.id) ?? -1 }.reversed()
        }
        #expect(try await list { _ in }.count == 20)
        #expect(try await list { $0.kind = "odd" } == [0, 5, 10, 15])
        #expect(try await list { $0.states = [.failed] } == [3])
        #expect(try await list { $0.states = [.failed, .cancelled] } == [3, 4])
        #expect(try await list { $0.states = [.waiting] } == [5])
        #expect(try await list { $0.states = [.queued] }.count == 17)
        #expect(try await list { $0.states = [.queued, .failed] }.count == 18)
        #expect(try await list { $0.isCriticalOnly = true } == [3])
        #expect(try await list { $0.retriesMin = 1 } == [3, 5])
        #expect(try await list { $0.retriesMin = 3 } == [3])
        #expect(try await list { $0.retriesMin = 0 }.count == 20)
        #expect(try await list { $0.phoneDigits = "0507" } == [])
        #expect(try await list { $0.phoneDigits = "4507" } == [7])
        #expect(try await list { $0.phoneDigits = "393401234507" } == [7])
        #expect(try await list { $0.phoneDigits = "3401234507" } == [7])
        #expect(try await list { $0.phoneDigits = "340123450" } == [])
        #expect(try await list { $0.phoneDigits = "4503"; $0.states = [.failed] } == [3])
        #expect(try await list { $0.phoneDigits = "4503"; $0.states = [.queued] } == [])
        #expect(try await list { $0.senderID = tenants.first.senderID }.count == 20)
        #expect(try await list { $0.senderID = tenants.second.senderID } == [])
        #expect(try await list { $0.template = "not_there" } == [])
        #expect(try await list { $0.kind = "odd"; $0.states = [.waiting] } == [5])
        await tenants.stop()
    }

    @Test func everyWalkSeesEveryMessageOnceInItsOrder() async throws {
        let (tenants, store, ids) = try await prepared()
        for order in [LogOrder.newestFirst, .oldestFirst] {
            var seen: [MessageID] = []
            var place: LogPlace? = order == .newestFirst ? .newest : .oldest
            while let at = place {
                let page = try await found(tenants, store, at, order, size: 7)
                seen += page.rows.map(\.id)
                place = order == .newestFirst ? page.olderThan.map { .olderThan($0) } : page.newerThan.map { .newerThan($0) }
            }
            #expect(seen == (order == .newestFirst ? ids.reversed() : ids))
        }
        // Back from the middle: the page before, in the order asked for.
        let middle = try await found(tenants, store, .newerThan(ids[4]), size: 5)
        #expect(middle.rows.map(\.id) == ids[5...9].reversed())
        #expect(middle.newerThan == ids[9] && middle.olderThan == ids[5])
        // By number, for whoever counts.
        #expect(try await found(tenants, store, skipped: 10, size: 5).rows.map(\.id) == ids[5...9].reversed())
        await tenants.stop()
    }

    @Test func aSearchForSomethingRareStopsAndGoesOnFromThere() async throws {
        let (tenants, store, ids) = try await prepared()
        let tenantID = tenants.first.id
        // More than one page looks at, all of them older than the twenty.
        _ = try await tenants.platform.execute(
            """
            WITH made AS (
                SELECT (lpad(to_hex((extract(epoch FROM now() - interval '1 hour') * 1000)::bigint), 12, '0') || '7000'
                        || '8' || lpad(to_hex(n), 15, '0'))::uuid AS id FROM generate_series(1, 10100) AS n
            ), states AS (
                INSERT INTO message_states (tenant_id, id, state, changed_at) SELECT \(tenantID), id, 8, now() FROM made
            )
            INSERT INTO messages (tenant_id, id, sender_id, type, kind, lane, priority, recipient, content, expires_at, created_at)
            SELECT \(tenantID), id, \(tenants.first.senderID), 'text', 'old', 1, 5, '+1', '{"type":"text"}', now(),
                   now() - interval '1 hour' FROM made
            """)
        let first = try await found(tenants, store, change: { $0.states = [.read, .sent]; $0.kind = "seldom" })
        #expect(first.rows.isEmpty)
        let end = try #require(first.searchedTo)
        #expect(first.olderThan == end && end < ids[0])
        let second = try await found(
            tenants, store, .olderThan(end), change: { $0.states = [.read, .sent]; $0.kind = "seldom" })
        #expect(second.rows.isEmpty && second.searchedTo == nil && second.olderThan == nil)
        await tenants.stop()
    }

    @Test func whatIsTroubledIsKeptByTheDatabaseItself() async throws {
        let (tenants, _, ids) = try await prepared()
        func troubled() async throws -> Int {
            try await tenants.platform.rows("SELECT count(*)::int FROM troubled_messages").first?.value(0, as: Int.self) ?? -1
        }
        try await set(ids[0], "state = 2, attempts = 1", tenants)
        try await set(ids[0], "state = 6", tenants)
        #expect(try await troubled() == 0)
        try await set(ids[0], "state = 10", tenants)
        try await set(ids[1], "state = 12", tenants)
        try await set(ids[2], "retries = 1", tenants)
        try await set(ids[2], "state = 2, attempts = 2", tenants)
        #expect(try await troubled() == 3)
        await tenants.stop()
    }
}
