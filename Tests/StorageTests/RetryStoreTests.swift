import Models
import Postgres
import Storage
import TestSupport
import Testing

@Suite struct RetryStoreTests {
    private func withFailed(
        _ count: Int, _ body: (TwoTenants, RetryStore, [MessageID]) async throws -> Void
    ) async throws {
        let tenants = try await TwoTenants.make()
        let messages = (0..<count).map { _ in tenants.first.message(reference: "order-1") }
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(AcceptRequest(tenantID: tenants.first.id, messages: messages))
        }
        try await fail(messages.map(\.id), tenants)
        try await body(tenants, RetryStore(tenants.database), messages.map(\.id))
        await tenants.stop()
    }

    private func fail(_ ids: [MessageID], _ tenants: TwoTenants) async throws {
        var work = DueWork()
        work.moves = ids.map { id in
            var move = Move(
                tenantID: tenants.first.id, messageID: id, senderID: tenants.first.senderID, templateID: nil,
                from: .queued, attempts: 0, to: .failed)
            move.errorCode = 131_000
            return move
        }
        #expect(try await DueStore(tenants.platform).write(work).count == ids.count)
    }

    private func number(_ sql: SQL, _ tenants: TwoTenants) async throws -> Int {
        try await tenants.platform.rows(sql).first?.value(0) ?? -1
    }

    @Test func aMessageIsRepeatedAsANewOneThatNamesIt() async throws {
        try await withFailed(1) { tenants, store, ids in
            let results = try await store.repeatMessages(tenantID: tenants.first.id, ids: ids, origin: .api)
            guard case .repeated(let child, let order) = try #require(results.first).outcome else {
                Issue.record("not repeated: \(results)")
                return
            }
            #expect(order?.messageID == child)
            let row = try #require(
                try await tenants.platform.rows(
                    """
                    SELECT c.parent_message_id, c.reference = p.reference AND c.recipient = p.recipient
                           AND c.content = p.content AND c.sender_id = p.sender_id AND c.kind = p.kind AS is_same,
                           s.state, d.due_at > now() AS is_watched
                    FROM messages c JOIN messages p ON p.id = c.parent_message_id
                    JOIN message_states s ON s.id = c.id JOIN due_messages d ON d.message_id = c.id
                    WHERE c.id = \(child)
                    """
                ).first)
            #expect(try row.value("parent_message_id") == ids[0])
            #expect(try row.value("is_same", as: Bool.self))
            #expect(try row.value("state", as: Int16.self) == MessageState.queued.rawValue)
            #expect(try row.value("is_watched", as: Bool.self))
            #expect(try await number("SELECT sum(messages)::int FROM message_count_changes WHERE from_state = -1", tenants) == 2)
        }
    }

    @Test func whoeverAsksAndHoweverOftenAMessageIsRepeatedOnce() async throws {
        try await withFailed(120) { tenants, store, ids in
            let results = try await withThrowingTaskGroup(of: [RetryResult].self) { group in
                for (origin, role) in [(RetryOrigin.api, false), (.plan, false), (.sweep, true), (.api, false)] {
                    let store = role ? RetryStore(tenants.platform, isPlatform: true) : store
                    group.addTask {
                        try await store.repeatMessages(tenantID: tenants.first.id, ids: ids, origin: origin, force: true)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(results.count { $0.skip == nil } == ids.count)
            #expect(results.count { $0.skip == .repeatedBefore } == 3 * ids.count)
            #expect(try await number("SELECT count(*) FROM messages", tenants) == 2 * ids.count)
            #expect(try await number("SELECT count(*) FROM message_states", tenants) == 2 * ids.count)
            // So many at once wait for turns.
            #expect(try await number("SELECT count(*) FROM due_messages WHERE to_pace", tenants) == ids.count)
        }
    }

    @Test func aSendThatWasNeverAnsweredIsRepeatedOnlyByForce() async throws {
        let tenants = try await TwoTenants.make()
        let ids = try await tenants.messagesInFlight(1, of: tenants.first)
        _ = try await tenants.platform.execute("UPDATE attempts SET outcome = 4")
        _ = try await tenants.platform.execute("UPDATE message_states SET state = 9, error_code = 131000")
        let store = RetryStore(tenants.database)
        let first = try await store.repeatMessages(tenantID: tenants.first.id, ids: ids, origin: .plan)
        #expect(first.map(\.skip) == [.unanswered])
        let would = try await store.wouldSkip(tenantID: tenants.first.id, ids: ids, origin: .plan)
        #expect(would[ids[0]] == .some(.unanswered))
        let second = try await store.repeatMessages(tenantID: tenants.first.id, ids: ids, origin: .api, force: true)
        #expect(second.map(\.skip) == [nil])
        await tenants.stop()
    }

    @Test func nobodyRepeatsAnotherTenantsMessage() async throws {
        try await withFailed(1) { tenants, store, ids in
            let results = try await store.repeatMessages(
                tenantID: tenants.second.id, ids: ids, origin: .api, force: true)
            #expect(results.map(\.skip) == [.notFound])
        }
    }

    @Test func theRetriesOfAWholeLineOfRepetitionsCount() async throws {
        try await withFailed(1) { tenants, _, ids in
            let store = RetryStore(tenants.platform, isPlatform: true)
            var id = ids[0]
            for _ in 0..<3 {
                let result = try await store.repeatMessages(tenantID: tenants.first.id, ids: [id], origin: .sweep)
                guard case .repeated(let child, _) = try #require(result.first).outcome else {
                    Issue.record("not repeated: \(result)")
                    return
                }
                try await fail([child], tenants)
                id = child
            }
            let last = try await store.repeatMessages(tenantID: tenants.first.id, ids: [id], origin: .sweep)
            #expect(last.map(\.skip) == [.retriesUsedUp])
        }
    }
}
