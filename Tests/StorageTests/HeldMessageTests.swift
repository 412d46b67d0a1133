import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// What gates hold, from the moment they open until it is told.
@Suite struct HeldMessageTests {
    private func withHeld(
        _ count: Int, opensAt: Timestamp? = nil, probeAt: Timestamp? = nil,
        _ body: (TwoTenants, DueStore, GateReleaseStore, ClosedGate, [MessageID]) async throws -> Void
    ) async throws {
        let tenants = try await TwoTenants.make()
        let gate = try await GateStore(tenants.platform).close(
            GateClosing(
                scope: .sender, subject: "\(tenants.first.senderID)", tenantID: tenants.first.id, cause: .tokenInvalid,
                opensAt: opensAt, probeAt: probeAt), by: "dispatcher")
        let messages = (0..<count).map { _ in tenants.first.message() }
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(AcceptRequest(tenantID: tenants.first.id, messages: messages))
        }
        let store = DueStore(tenants.platform)
        var work = DueWork()
        work.moves = messages.map { message in
            var move = Move(
                tenantID: message.tenantID, messageID: message.id, senderID: message.senderID, templateID: nil,
                from: .queued, attempts: 0, to: .held)
            move.gateID = gate.id
            move.dueIn = .seconds(3_600)
            return move
        }
        #expect(try await store.write(work).count == count)
        try await body(tenants, store, GateReleaseStore(tenants.platform), gate, messages.map(\.id))
        await tenants.stop()
    }

    @Test func whatAnOpenedGateHeldGetsTurnsAtItsSendersPace() async throws {
        try await withHeld(400, opensAt: SystemClock.now() + .seconds(-1)) { tenants, store, releases, gate, _ in
            #expect(try await releases.openDue().map(\.id) == [gate.id])
            #expect(try await releases.release(max: 1_000) == 400)
            #expect(try await store.take(max: 10, from: .onTime).count == 0)
            let taken = try await store.take(max: 1_000, from: .toPace)
            #expect(taken.count == 400)
            #expect((230...240).contains(taken.messages.count))
            for message in taken.messages {
                #expect(DuePolicy.standard.decide(message.standing) == .queue(lookAgainIn: .seconds(30), mayBeSecond: false))
            }
        }
    }

    @Test func whatComesDueBehindAClosedGateStaysHeldAndNeverStandsBeforeTheOthers() async throws {
        try await withHeld(3) { tenants, store, _, gate, _ in
            _ = try await tenants.platform.execute("UPDATE due_messages SET due_at = now()")
            #expect(try await store.take(max: 10, from: .onTime).count == 0)
            let taken = try await store.take(max: 10, from: .toPace)
            var work = DueWork()
            for message in taken.messages {
                guard case .lookAgain(let span) = DuePolicy.standard.decide(message.standing) else {
                    Issue.record("it is looked at again")
                    return
                }
                work.later.append((message, span))
            }
            _ = try await store.write(work)
            let rows = try await tenants.platform.rows(
                "SELECT 1 FROM due_messages WHERE gate_id = \(gate.id) AND to_pace AND due_at > now() + interval '30 minutes'")
            #expect(rows.count == 3)
        }
    }

    @Test func whatExpiresBehindAClosedGateExpires() async throws {
        try await withHeld(1) { tenants, store, _, _, ids in
            _ = try await tenants.platform.execute("UPDATE due_messages SET due_at = now()")
            var taken = try #require(try await store.take(max: 10, from: .toPace).messages.first)
            let standing = taken.standing
            taken.standing = DuePolicy.Standing(
                state: standing.state, category: standing.category, now: standing.expiresAt,
                expiresAt: standing.expiresAt, leaseUntil: nil, since: standing.since, told: 0, gate: standing.gate)
            #expect(DuePolicy.standard.decide(taken.standing) == .expire)
            var work = DueWork()
            work.moves = [taken.move(to: .expired)]
            #expect(try await store.write(work) == Set(ids))
        }
    }

    @Test func aProbeComesOutOfAGateThatIsStillClosed() async throws {
        try await withHeld(3, probeAt: SystemClock.now() + .seconds(-1)) { tenants, store, releases, gate, ids in
            let probes = try await releases.takeProbes()
            #expect(probes.map(\.message) == [ids[0]])
            let taken = try await store.take(max: 10, from: .onTime)
            #expect(taken.messages.map(\.messageID) == [ids[0]])
            let probe = try #require(taken.messages.first)
            #expect(DuePolicy.standard.decide(probe.standing) == .queue(lookAgainIn: .seconds(30), mayBeSecond: false))
            #expect(try await GateStore(tenants.platform).closedGates().first?.probe == ids[0])
            #expect(try await store.take(max: 10, from: .toPace).count == 0)
        }
    }

    @Test func whatIsGivenBackForLongNeedsATurnWhenItsTimeComes() async throws {
        let tenants = try await TwoTenants.make()
        let messages = (0..<2).map { _ in tenants.first.message() }
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(AcceptRequest(tenantID: tenants.first.id, messages: messages))
        }
        let now = SystemClock.now()
        try await DispatchStore(database: tenants.database, settings: tenants.settings).giveBack([
            GivenBack(tenantID: tenants.first.id, messageID: messages[0].id, turnAt: now + .seconds(8)),
            GivenBack(tenantID: tenants.first.id, messageID: messages[1].id, turnAt: now + .seconds(3_600)),
        ])
        let rows = try await tenants.platform.rows("SELECT paced, to_pace FROM due_messages ORDER BY due_at")
        #expect(try rows.map { try $0.value("paced", as: Bool.self) } == [true, false])
        #expect(try rows.map { try $0.value("to_pace", as: Bool.self) } == [false, true])
        await tenants.stop()
    }
}
