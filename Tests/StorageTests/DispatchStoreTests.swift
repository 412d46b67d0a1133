import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct DispatchStoreTests {
    /// A queued message of the first tenant and a started dispatch store, for as long as the body runs.
    private func withQueuedMessage(
        _ change: (inout NewMessage) -> Void = { _ in },
        _ body: (TwoTenants, DispatchStore, NewMessage) async throws -> Void
    ) async throws {
        let tenants = try await TwoTenants.make()
        var message = tenants.first.message()
        change(&message)
        let accepted = message
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(AcceptRequest(tenantID: tenants.first.id, messages: [accepted]))
        }
        let settings = tenants.settings.pinnedToIndexPlans
        let database = Database(settings)
        try await database.start()
        let store = DispatchStore(database: database, settings: settings)
        try await store.start()
        try await body(tenants, store, accepted)
        await store.stop()
        await database.stop()
        await tenants.stop()
    }

    private func outcome(
        _ message: ClaimedMessage, to state: MessageState, _ result: AttemptEnd.Outcome, _ answer: Answer
    ) -> RecordedOutcome {
        var end = AttemptEnd(
            tenantID: message.tenantID, messageID: message.messageID, number: message.attempt, outcome: result)
        end.providerMessageID = result == .accepted ? ProviderMessageID("wamid.1") : nil
        var move = message.move(to: state)
        if state.awaitsUs { move.dueIn = .seconds(60) }
        return RecordedOutcome(move: move, end: end, answer: answer)
    }

    private func state(of id: MessageID, _ tenants: TwoTenants) async throws -> MessageState? {
        let rows = try await tenants.platform.rows("SELECT state FROM message_states WHERE id = \(id)")
        return MessageState(rawValue: try rows.first?.value("state") ?? -1)
    }

    private func dueRows(of id: MessageID, _ tenants: TwoTenants) async throws -> Int {
        try await tenants.platform.rows("SELECT 1 FROM due_messages WHERE message_id = \(id)").count
    }

    @Test func ofManyClaimsOnlyOneGetsTheMessage() async throws {
        try await withQueuedMessage { tenants, store, message in
            let claims = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await store.claim([(message.tenantID, message.id)], lease: .seconds(30)).claimed.count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(claims == 1)
            let attempts = try await tenants.platform.rows("SELECT number FROM attempts WHERE message_id = \(message.id)")
            #expect(attempts.count == 1)
        }
    }

    @Test func anAcceptedMessageNeedsNobodyAnyMore() async throws {
        try await withQueuedMessage { tenants, store, message in
            let claimed = try #require(
                try await store.claim([(message.tenantID, message.id)], lease: .seconds(30)).claimed.first)
            #expect(claimed.recipient == message.recipient)
            #expect(claimed.attempt == 1)
            #expect(try await store.record(outcome(claimed, to: .sent, .accepted, .accepted)))
            #expect(try await state(of: message.id, tenants) == .sent)
            #expect(try await dueRows(of: message.id, tenants) == 0)
            let events = try await tenants.platform.rows(
                "SELECT type FROM message_events WHERE message_id = \(message.id) ORDER BY recorded_at, type")
            #expect(try events.map { try $0.value("type", as: String.self) } == ["accepted", "sending", "sent"])
        }
    }

    @Test func aMessageThatExpiredInTheQueueIsNotSent() async throws {
        try await withQueuedMessage({ $0.expiresAt = $0.createdAt }) { tenants, store, message in
            let claim = try await store.claim([(message.tenantID, message.id)], lease: .seconds(30))
            #expect(claim.claimed.isEmpty)
            #expect(claim.ended.map(\.message.messageID) == [message.id])
            #expect(claim.ended.map(\.state) == [.expired])
            #expect(try await state(of: message.id, tenants) == .expired)
            #expect(try await dueRows(of: message.id, tenants) == 0)
        }
    }

    @Test func whoOptedOutWhileTheirMessageWaitedIsNotWrittenTo() async throws {
        try await withQueuedMessage({ $0.templateID = TemplateID(TestTenant.messageIDs.uuid()) }) {
            tenants, store, message in
            _ = try await tenants.platform.execute(
                """
                INSERT INTO suppressions (tenant_id, id, recipient, category, reason, source)
                VALUES (\(message.tenantID), new_uuid(), \(message.recipient), 'UTILITY', 'opted_out', 'test'),
                       (\(tenants.second.id), new_uuid(), \(message.recipient), 'ALL', 'manual', 'test')
                """)
            let claim = try await store.claim([(message.tenantID, message.id)], lease: .seconds(30))
            #expect(claim.claimed.isEmpty)
            #expect(claim.ended.map(\.state) == [.cancelled])
            #expect(try await state(of: message.id, tenants) == .cancelled)
            #expect(try await dueRows(of: message.id, tenants) == 0)
            let events = try await tenants.platform.rows(
                "SELECT detail ->> 'reason' AS reason FROM message_events WHERE message_id = \(message.id) AND type = 'cancelled'")
            #expect(try events.map { try $0.value("reason", as: String.self) } == ["recipient_opted_out"])
            let attempts = try await tenants.platform.rows("SELECT 1 FROM attempts WHERE message_id = \(message.id)")
            #expect(attempts.isEmpty)
        }
    }

    @Test func freeTextWhoseWindowClosedWhileItWaitedIsNotSent() async throws {
        try await withQueuedMessage { tenants, store, message in
            _ = try await tenants.platform.execute("UPDATE service_windows SET open_until = now() - interval '1 s'")
            let claim = try await store.claim([(message.tenantID, message.id)], lease: .seconds(30))
            #expect(claim.claimed.isEmpty)
            #expect(claim.ended.map(\.state) == [.cancelled])
            let events = try await tenants.platform.rows(
                "SELECT detail ->> 'reason' AS reason FROM message_events WHERE message_id = \(message.id) AND type = 'cancelled'")
            #expect(try events.map { try $0.value("reason", as: String.self) } == ["window_closed"])
        }
    }

    @Test func anAnswerThatAReceiptHasOvertakenOnlyCompletesTheAttempt() async throws {
        try await withQueuedMessage { tenants, store, message in
            let claimed = try #require(
                try await store.claim([(message.tenantID, message.id)], lease: .seconds(30)).claimed.first)
            _ = try await tenants.platform.run { connection in
                try MoveWriter.write(moves: [claimed.move(to: .delivered)], actingFor: nil, on: connection)
            }
            #expect(try await !store.record(outcome(claimed, to: .sent, .accepted, .accepted)))
            #expect(try await state(of: message.id, tenants) == .delivered)
            let rows = try await tenants.platform.rows(
                "SELECT outcome, provider_message_id FROM attempts WHERE message_id = \(message.id)")
            #expect(try rows.first?.value("outcome", as: Int16.self) == AttemptEnd.Outcome.accepted.rawValue)
            #expect(try rows.first?.value("provider_message_id", as: String.self) == "wamid.1")
        }
    }

    @Test func anAnswerAfterTheLeaseStillSettlesTheUnansweredSend() async throws {
        try await withQueuedMessage { tenants, store, message in
            let claimed = try #require(
                try await store.claim([(message.tenantID, message.id)], lease: .seconds(30)).claimed.first)
            var unanswered = claimed.move(to: .unanswered)
            unanswered.dueIn = .seconds(60)
            let lost = unanswered
            _ = try await tenants.platform.run { connection in
                try MoveWriter.write(moves: [lost], actingFor: nil, on: connection)
            }
            #expect(try await store.record(outcome(claimed, to: .sent, .accepted, .accepted)))
            #expect(try await state(of: message.id, tenants) == .sent)
            #expect(try await dueRows(of: message.id, tenants) == 0)
        }
    }

    @Test func anotherTenantsMessageCannotBeClaimed() async throws {
        try await withQueuedMessage { tenants, store, message in
            let claim = try await store.claim([(tenants.second.id, message.id)], lease: .seconds(30))
            #expect(claim.claimed.isEmpty && claim.ended.isEmpty)
            #expect(try await state(of: message.id, tenants) == .queued)
        }
    }

    @Test func everyMoveIsCountedOnce() async throws {
        try await withQueuedMessage { tenants, store, message in
            let claimed = try #require(
                try await store.claim([(message.tenantID, message.id)], lease: .seconds(30)).claimed.first)
            _ = try await store.record(outcome(claimed, to: .sent, .accepted, .accepted))
            _ = try await store.record(outcome(claimed, to: .sent, .accepted, .accepted))
            let rows = try await tenants.platform.rows(
                """
                SELECT from_state, to_state, sum(messages)::int AS n FROM message_count_changes
                GROUP BY from_state, to_state ORDER BY from_state
                """)
            let counts = try rows.map { row in
                [
                    Int(try row.value("from_state", as: Int16.self)), Int(try row.value("to_state", as: Int16.self)),
                    Int(try row.value("n", as: Int32.self)),
                ]
            }
            #expect(counts == [[-1, 1, 1], [1, 2, 1], [2, 6, 1]])
        }
    }

    @Test func whatIsPreparedIsNotTakenYetAndSaysAllThatASendNeeds() async throws {
        try await withQueuedMessage { tenants, store, message in
            let told = [ToldMessage(tenantID: message.tenantID, messageID: message.id)]
            let prepared = try #require(try await store.prepare(told).first)
            #expect(prepared.recipient == message.recipient && prepared.senderID == message.senderID)
            #expect(prepared.priority == message.priority && prepared.lane == message.lane)
            #expect(try await state(of: message.id, tenants) == .queued)
            _ = try await store.claim([ClaimOrder(prepared)], lease: .seconds(30))
            #expect(try await store.prepare(told).isEmpty)
        }
    }

    @Test func aRecipientsDebtIsWrittenWithTheClaimAndOnlyGrows() async throws {
        try await withQueuedMessage { tenants, store, message in
            let prepared = try await store.prepare([ToldMessage(tenantID: message.tenantID, messageID: message.id)])
            for owes in [Duration.seconds(90), .seconds(30)] {
                _ = try await store.claim(prepared.map { ClaimOrder($0, pairOwes: owes) }, lease: .seconds(30))
            }
            let rows = try await tenants.platform.rows(
                "SELECT recipient, paid_until > now() + interval '80 seconds' AS is_long FROM pair_debts")
            #expect(try rows.map { try $0.value("recipient", as: String.self) } == [message.recipient])
            #expect(try rows.first?.value("is_long", as: Bool.self) == true)
        }
    }

    /// A turn that is near is its turn; for one far away, or none, retry-scheduler gives it one when its time comes.
    @Test(arguments: [nil, 30, 3_600])
    func whatIsGivenBackComesAgainThroughItsDueRow(_ seconds: Int?) async throws {
        let turnAt = seconds.map { SystemClock.now() + .seconds($0) }
        try await withQueuedMessage { tenants, store, message in
            try await store.giveBack([GivenBack(tenantID: message.tenantID, messageID: message.id, turnAt: turnAt)])
            let row = try #require(
                try await tenants.platform.rows(
                    "SELECT due_at, due_at <= now() AS is_due, paced, to_pace FROM due_messages").first)
            #expect(try row.value("is_due", as: Bool.self) == (turnAt == nil))
            #expect(try row.value("paced", as: Bool.self) == (seconds == 30))
            #expect(try row.value("to_pace", as: Bool.self) == (seconds != 30))
            if let turnAt { #expect(try row.value("due_at", as: Timestamp.self) == turnAt) }
        }
    }

    @Test func aSecondAcceptanceOfTheSameMessageIsConfirmedAsADuplicate() async throws {
        try await withQueuedMessage { tenants, store, message in
            let first = try #require(
                try await store.claim([(message.tenantID, message.id)], lease: .seconds(30)).claimed.first)
            // Nobody answered the first; the tenant prefers delivery, so it is sent again.
            _ = try await store.record(outcome(first, to: .unanswered, .unanswered, .unanswered))
            _ = try await tenants.platform.run { connection in
                var again = Move(
                    tenantID: message.tenantID, messageID: message.id, senderID: message.senderID, templateID: nil,
                    from: .unanswered, attempts: 1, to: .queued)
                again.dueIn = .seconds(30)
                return try MoveWriter.write(moves: [again], actingFor: nil, on: connection)
            }
            let second = try #require(
                try await store.claim([(message.tenantID, message.id)], lease: .seconds(30)).claimed.first)
            #expect(try await store.record(outcome(second, to: .sent, .accepted, .accepted)))
            #expect(try await !store.record(outcome(first, to: .sent, .accepted, .accepted)))
            let rows = try await tenants.platform.rows("SELECT message_id FROM confirmed_duplicates")
            #expect(try rows.map { try $0.value("message_id", as: MessageID.self) } == [message.id])
        }
    }

    @Test func aCodeThatNoTableListsIsCounted() async throws {
        try await withQueuedMessage { tenants, store, message in
            let claimed = try #require(
                try await store.claim([(message.tenantID, message.id)], lease: .seconds(30)).claimed.first)
            var refused = outcome(claimed, to: .waiting, .refused, .refusedForNow)
            refused.unlistedCode = UnlistedCode(provider: .meta, code: 987_654)
            _ = try await store.record(refused)
            let rows = try await tenants.platform.rows("SELECT seen FROM unknown_codes WHERE code = 987654")
            #expect(try rows.first?.value("seen", as: Int64.self) == 1)
        }
    }
}
