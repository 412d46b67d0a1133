import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct QueryStoreTests {
    @Test func aWalkThroughAllPagesSeesEveryMessageOnceNewestFirst() async throws {
        let tenants = try await TwoTenants.make()
        let messages = try await accept(53, tenants)
        let store = MessageQueryStore(tenants.database)
        var seen: [MessageID] = []
        var before: MessageID?
        repeat {
            let page = try await store.list(of: tenants.first.id, MessageFilter(), before: before, limit: 10)
            seen += page.messages.map(\.id)
            before = page.hasMore ? page.messages.last?.id : nil
        } while before != nil
        #expect(seen == messages.map(\.id).sorted().reversed())
        await tenants.stop()
    }

    @Test func eachFilterKeepsWhatItNames() async throws {
        let tenants = try await TwoTenants.make()
        let messages = try await accept(20, tenants)
        let store = MessageQueryStore(tenants.database)
        func count(_ change: (inout MessageFilter) -> Void) async throws -> Int {
            var filter = MessageFilter()
            change(&filter)
            return try await store.list(of: tenants.first.id, filter, before: nil, limit: 200).messages.count
        }
        #expect(try await count { _ in } == 20)
        #expect(try await count { $0.kind = "kind_3" } == 4)
        #expect(try await count { $0.recipient = "+393401234501" } == 1)
        #expect(try await count { $0.reference = "reference-7" } == 1)
        #expect(try await count { $0.states = [.queued] } == 20)
        #expect(try await count { $0.states = [.scheduled, .failed] } == 0)
        #expect(try await count { $0.batchID = BatchID(IDSource().uuid()) } == 0)
        let first = try #require(messages.map(\.createdAt).min())
        let last = try #require(messages.map(\.createdAt).max())
        #expect(try await count { $0.createdFrom = first } == 20)
        #expect(try await count { $0.createdFrom = last + .microseconds(1) } == 0)
        #expect(try await count { $0.createdTo = last + .microseconds(1) } == 20)
        #expect(try await count { $0.createdTo = first } == 0)
        await tenants.stop()
    }

    @Test func theDetailOfAMessageTellsItsTimelineAndItsAttempts() async throws {
        let tenants = try await TwoTenants.make()
        let message = try #require(try await accept(1, tenants).first)
        let tenantID = tenants.first.id
        _ = try await tenants.platform.execute(
            """
            INSERT INTO attempts (tenant_id, message_id, number, outcome, started_at, lease_until, error_code)
            VALUES (\(tenantID), \(message.id), 1, 2, now(), now(), 131026)
            """
        )
        let detail = try #require(
            try await MessageQueryStore(tenants.database).detail(of: message.id, tenantID: tenantID)
        )
        #expect(detail.summary.state == .queued)
        #expect(detail.summary.recipient == message.recipient)
        #expect(detail.summary.maxRetries == 3)
        #expect(detail.timeline.map(\.type) == ["accepted"])
        #expect(detail.timeline.first?.at == message.createdAt)
        #expect(detail.attempts.map(\.errorCode) == [131_026])
        await tenants.stop()
    }

    @Test func anAnswerIsFoundAgainUnderItsKey() async throws {
        let tenants = try await TwoTenants.make()
        let message = tenants.first.message()
        let request = AcceptStoreTests.claimed([message], key: 9, request: 1)
        _ = try await tenants.withAcceptStore { try await $0.accept(request) }
        let store = MessageQueryStore(tenants.database)
        let claim = try #require(request.idempotency)
        let same = try await store.answer(
            tenantID: tenants.first.id,
            keyHash: claim.keyHash,
            requestHash: claim.requestHash
        )
        #expect(same == .repeated(claim.answer))
        let other = try await store.answer(
            tenantID: tenants.first.id,
            keyHash: claim.keyHash,
            requestHash: claim.keyHash
        )
        #expect(other == .keyReused)
        await tenants.stop()
    }

    private func accept(_ count: Int, _ tenants: TwoTenants) async throws -> [NewMessage] {
        let messages = (0..<count).map { number in
            let digits = number < 10 ? "0\(number)" : "\(number)"
            return tenants.first.message(
                to: "+3934012345\(digits)",
                kind: "kind_\(number % 5)",
                reference: "reference-\(number)"
            )
        }
        try await tenants.withAcceptStore { store in
            for message in messages {
                _ = try await store.accept(AcceptRequest(tenantID: message.tenantID, messages: [message]))
            }
            // Somebody else's messages are never in a list of ours.
            let foreign = tenants.second.message()
            _ = try await store.accept(AcceptRequest(tenantID: foreign.tenantID, messages: [foreign]))
        }
        return messages
    }
}
