import Models
import Postgres
import Storage
import TestSupport
import Testing

@Suite struct DueStoreTests {
    private func withMessages(
        _ count: Int, _ body: (TwoTenants, DueStore, [NewMessage]) async throws -> Void
    ) async throws {
        let tenants = try await TwoTenants.make()
        let messages = (0..<count).map { _ in tenants.first.message() }
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(AcceptRequest(tenantID: tenants.first.id, messages: messages))
        }
        try await body(tenants, DueStore(tenants.platform), messages)
        await tenants.stop()
    }

    private func makeAllDue(_ tenants: TwoTenants) async throws {
        _ = try await tenants.platform.execute("UPDATE due_messages SET due_at = now() - interval '1 second'")
    }

    @Test func whatIsNotDueIsNotTaken() async throws {
        try await withMessages(3) { _, store, _ in
            let taken = try await store.take(max: 10)
            #expect(taken.count == 0 && taken.messages.isEmpty)
        }
    }

    @Test func twoSchedulersNeverTakeTheSameMessage() async throws {
        try await withMessages(90) { tenants, store, messages in
            try await makeAllDue(tenants)
            let taken = try await withThrowingTaskGroup(of: [MessageID].self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        var mine: [MessageID] = []
                        while true {
                            let due = try await store.take(max: 17)
                            if due.count == 0 { return mine }
                            mine += due.messages.map(\.messageID)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(taken.count == messages.count)
            #expect(Set(taken).count == messages.count)
        }
    }

    @Test func aMessageToldAgainComesDueLater() async throws {
        try await withMessages(1) { tenants, store, messages in
            try await makeAllDue(tenants)
            let due = try #require(try await store.take(max: 10).messages.first)
            #expect(due.messageID == messages[0].id)
            #expect(due.standing.state == .queued)
            let rows = try await tenants.platform.rows("SELECT told, due_at > now() + interval '50 s' AS later FROM due_messages")
            #expect(try rows.first?.value("told", as: Int16.self) == 1)
            #expect(try rows.first?.value("later", as: Bool.self) == true)
        }
    }

    @Test func aMoveThatSomebodyElseMadeFirstIsNotMadeTwice() async throws {
        try await withMessages(1) { tenants, store, _ in
            try await makeAllDue(tenants)
            let due = try #require(try await store.take(max: 10).messages.first)
            var work = DueWork()
            work.moves.append(due.move(to: .expired))
            #expect(try await store.write(work).count == 1)
            #expect(try await store.write(work).isEmpty)
            let rows = try await tenants.platform.rows(
                "SELECT sum(messages)::int AS n FROM message_count_changes WHERE to_state = 11")
            #expect(try rows.first?.value("n", as: Int32.self) == 1)
            #expect(try await tenants.platform.rows("SELECT 1 FROM due_messages").isEmpty)
        }
    }

    @Test func partitionsAreMadeAheadOnce() async throws {
        let tenants = try await TwoTenants.make()
        let upkeep = UpkeepStore(tenants.platform)
        #expect(try await upkeep.makePartitions(days: 8) > 0)
        #expect(try await upkeep.makePartitions(days: 8) == 0)
        await tenants.stop()
    }
}
