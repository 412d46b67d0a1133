import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing

@Suite struct AcceptStoreTests {
    @Test func anAcceptedMessageHasItsStateItsDueTimeItsEventAndItsCount() async throws {
        let tenants = try await TwoTenants.make()
        let message = tenants.first.message(reference: "order-1")
        let outcome = try await tenants.withAcceptStore { store in
            try await store.accept(AcceptRequest(tenantID: message.tenantID, messages: [message]))
        }
        #expect(outcome == .accepted)
        let rows = try await tenants.platform.rows(
            """
            SELECT s.state, d.due_at > now() AND d.due_at <= now() + interval '30 seconds' AS watched, d.told, e.type,
                   c.from_state, c.to_state, c.messages, m.reference
            FROM messages m JOIN message_states s USING (tenant_id, id)
            JOIN due_messages d ON d.tenant_id = m.tenant_id AND d.message_id = m.id
            JOIN message_events e ON e.tenant_id = m.tenant_id AND e.message_id = m.id
            JOIN message_count_changes c ON c.tenant_id = m.tenant_id
            WHERE m.id = \(message.id)
            """
        )
        let row = try #require(rows.first)
        #expect(rows.count == 1)
        #expect(try row.value("state", as: Int.self) == Int(MessageState.queued.rawValue))
        #expect(try row.value("watched", as: Bool.self))
        #expect(try row.value("told", as: Int.self) == 0)
        #expect(try row.value("type", as: String.self) == "accepted")
        #expect(try row.value("from_state", as: Int.self) == -1)
        #expect(try row.value("to_state", as: Int.self) == Int(MessageState.queued.rawValue))
        #expect(try row.value("messages", as: Int.self) == 1)
        #expect(try row.value("reference", as: String.self) == "order-1")
        await tenants.stop()
    }

    @Test func aScheduledMessageIsDueWhenItIsScheduled() async throws {
        let tenants = try await TwoTenants.make()
        let time = Timestamp(microseconds: SystemClock.now().microseconds) + .seconds(7_200)
        let message = tenants.first.message(scheduledFor: time)
        _ = try await tenants.withAcceptStore { store in
            try await store.accept(AcceptRequest(tenantID: message.tenantID, messages: [message]))
        }
        let rows = try await tenants.platform.rows(
            """
            SELECT s.state, d.due_at FROM message_states s
            JOIN due_messages d ON d.tenant_id = s.tenant_id AND d.message_id = s.id WHERE s.id = \(message.id)
            """
        )
        let row = try #require(rows.first)
        #expect(try row.value(0, as: Int.self) == Int(MessageState.scheduled.rawValue))
        #expect(try row.value(1, as: Timestamp.self) == time)
        await tenants.stop()
    }

    @Test func ofManyRequestsUnderOneKeyExactlyOneIsAccepted() async throws {
        let tenants = try await TwoTenants.make()
        let told = Mutex<[MessageID]>([])
        let outcomes = try await tenants.withAcceptStore(
            afterCommit: { messages in told.withLock { $0 += messages.map(\.id) } },
            { store in
                try await withThrowingTaskGroup(of: (MessageID, AcceptOutcome).self) { group in
                    for _ in 0..<200 {
                        let message = tenants.first.message()
                        group.addTask {
                            (message.id, try await store.accept(Self.claimed([message], key: 7, request: 1)))
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
        )
        let accepted = outcomes.filter { $0.1 == .accepted }.map(\.0)
        #expect(accepted.count == 1)
        let winner = try #require(accepted.first)
        for (_, outcome) in outcomes where outcome != .accepted {
            #expect(outcome == .repeated(Self.answer(winner)))
        }
        #expect(told.withLock { $0 } == [winner])
        let rows = try await tenants.platform.rows("SELECT count(*) FROM messages")
        #expect(try rows.first?.value(0, as: Int.self) == 1)
        await tenants.stop()
    }

    @Test func anotherRequestUnderAUsedKeyIsRefused() async throws {
        let tenants = try await TwoTenants.make()
        let (first, second) = (tenants.first.message(), tenants.first.message())
        let outcomes = try await tenants.withAcceptStore { store in
            [
                try await store.accept(Self.claimed([first], key: 1, request: 1)),
                try await store.accept(Self.claimed([second], key: 1, request: 2)),
            ]
        }
        #expect(outcomes == [.accepted, .keyReused])
        await tenants.stop()
    }

    @Test func theSameKeyOfAnotherTenantIsAnotherKey() async throws {
        let tenants = try await TwoTenants.make()
        let (first, second) = (tenants.first.message(), tenants.second.message())
        let outcomes = try await tenants.withAcceptStore { store in
            async let one = store.accept(Self.claimed([first], key: 1, request: 1))
            async let other = store.accept(Self.claimed([second], key: 1, request: 1))
            return try await [one, other]
        }
        #expect(outcomes == [.accepted, .accepted])
        await tenants.stop()
    }

    @Test func aBatchIsWrittenWholeOrNotAtAll() async throws {
        let tenants = try await TwoTenants.make()
        var poison = tenants.first.message()
        poison.priority = 99
        let batch = AcceptRequest(
            tenantID: tenants.first.id,
            messages: [tenants.first.message(), poison, tenants.first.message()],
            batch: AcceptedBatch(id: BatchID(IDSource().uuid()), accepted: 3, refused: 0)
        )
        let innocent = tenants.second.message()
        try await tenants.withAcceptStore { store in
            async let other = store.accept(AcceptRequest(tenantID: innocent.tenantID, messages: [innocent]))
            _ = await #expect(throws: DatabaseError.self) { try await store.accept(batch) }
            let outcome = try await other
            #expect(outcome == .accepted)
        }
        let rows = try await tenants.platform.rows(
            "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM batches)"
        )
        #expect(try rows.first?.value(0, as: Int.self) == 1)
        #expect(try rows.first?.value(1, as: Int.self) == 0)
        await tenants.stop()
    }

    @Test func aPoisonedMessageFailsAloneInItsCommit() async throws {
        let tenants = try await TwoTenants.make()
        let messages = (0..<60).map { number in
            var message = tenants.first.message()
            if number % 20 == 7 { message.priority = 99 }
            return message
        }
        let failed = try await tenants.withAcceptStore { store in
            await withTaskGroup(of: Bool.self) { group in
                for message in messages {
                    group.addTask {
                        let request = AcceptRequest(tenantID: message.tenantID, messages: [message])
                        return (try? await store.accept(request)) != .accepted
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
        }
        #expect(failed == 3)
        let rows = try await tenants.platform.rows("SELECT count(*) FROM messages")
        #expect(try rows.first?.value(0, as: Int.self) == 57)
        await tenants.stop()
    }

    @Test func aThousandMessagesOfOneBatchBecomeOneCountForEachSender() async throws {
        let tenants = try await TwoTenants.make()
        let batchID = BatchID(IDSource().uuid())
        let messages = (0..<1_000).map { _ in
            var message = tenants.first.message()
            message.batchID = batchID
            return message
        }
        let request = AcceptRequest(
            tenantID: tenants.first.id,
            messages: messages,
            batch: AcceptedBatch(id: batchID, accepted: 1_000, refused: 2)
        )
        let outcome = try await tenants.withAcceptStore { try await $0.accept(request) }
        #expect(outcome == .accepted)
        let counts = try await tenants.platform.rows("SELECT messages FROM message_count_changes")
        #expect(try counts.map { try $0.value(0, as: Int.self) } == [1_000])
        let batches = try await tenants.platform.rows(
            "SELECT accepted, refused FROM batches WHERE id = \(batchID)"
        )
        #expect(try batches.first?.value(1, as: Int.self) == 2)
        await tenants.stop()
    }

    static func claimed(_ messages: [NewMessage], key: UInt64, request: UInt64) -> AcceptRequest {
        let claim = IdempotencyClaim(
            keyHash: UUIDValue(high: 0, low: key),
            requestHash: UUIDValue(high: 1, low: request),
            answer: answer(messages[0].id)
        )
        return AcceptRequest(tenantID: messages[0].tenantID, messages: messages, idempotency: claim)
    }

    private static func answer(_ id: MessageID) -> StoredAnswer {
        StoredAnswer(status: 202, body: Array(id.description.utf8))
    }
}
