import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct GateStoreTests {
    private func withTenants(_ body: (TwoTenants, GateStore) async throws -> Void) async throws {
        let tenants = try await TwoTenants.make()
        try await body(tenants, GateStore(tenants.database))
        await tenants.stop()
    }

    private func tokenRefused(
        _ tenant: TestTenant, opensAt: Timestamp? = nil, probeAt: Timestamp? = nil
    ) -> GateClosing {
        GateClosing(
            scope: .sender, subject: "\(tenant.senderID)", tenantID: tenant.id, cause: .tokenInvalid, errorCode: 190,
            opensAt: opensAt, probeAt: probeAt)
    }

    /// Accepts messages of the first tenant, which are queued then.
    private func accept(_ count: Int, _ tenants: TwoTenants) async throws -> [NewMessage] {
        let messages = (0..<count).map { _ in tenants.first.message() }.sorted { $0.id < $1.id }
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(AcceptRequest(tenantID: tenants.first.id, messages: messages))
        }
        return messages
    }

    private func holding(_ message: NewMessage, behind gate: ClosedGate) -> Move {
        var move = Move(
            tenantID: message.tenantID, messageID: message.id, senderID: message.senderID, templateID: nil,
            from: .queued, attempts: 0, to: .held)
        move.gateID = gate.id
        move.dueIn = .seconds(3_600)
        return move
    }

    private func hold(_ messages: [NewMessage], behind gate: ClosedGate, _ tenants: TwoTenants) async throws {
        let moves = messages.map { holding($0, behind: gate) }
        _ = try await tenants.platform.run { try MoveWriter.write(moves: moves, actingFor: nil, on: $0) }
    }

    /// Of the due row: the gate it waits behind, and whether it is due now.
    private func dueRow(of message: NewMessage, _ tenants: TwoTenants) async throws -> (gate: GateID?, isDue: Bool)? {
        let rows = try await tenants.platform.rows(
            "SELECT gate_id, due_at <= now() AS is_due FROM due_messages WHERE message_id = \(message.id)")
        return try rows.first.map { (try $0.value("gate_id"), try $0.value("is_due")) }
    }

    @Test func aGateThatIsClosedTwiceIsOneGateThatStaysClosedForTheLongerTime() async throws {
        try await withTenants { tenants, store in
            let first = try await store.close(tokenRefused(tenants.first), by: "dispatcher")
            let late = SystemClock.now() + .seconds(600)
            let second = try await store.close(tokenRefused(tenants.first, opensAt: late), by: "webhook")
            let sooner = SystemClock.now() + .seconds(60)
            let third = try await store.close(tokenRefused(tenants.first, opensAt: sooner), by: "dispatcher")
            #expect(first.id == second.id && first.id == third.id)
            #expect(first.opensAt == nil && second.opensAt == late && third.opensAt == late)
            #expect(try await store.closedGates() == [third])
            #expect(try await store.earlierClosings(of: tokenRefused(tenants.first)) == 1)
            #expect(try await store.earlierClosings(of: tokenRefused(tenants.second)) == 0)
        }
    }

    @Test func anotherTenantNeitherSeesNorOpensAGateOfASender() async throws {
        try await withTenants { tenants, store in
            let gate = try await store.close(tokenRefused(tenants.first), by: "dispatcher")
            #expect(try await store.open(gate.id, of: tenants.second.id, by: "api") == nil)
            #expect(try await store.list(of: tenants.second.id).isEmpty)
            #expect(try await store.list(of: tenants.first.id).map(\.gate.id) == [gate.id])
            #expect(try await store.open(gate.id, of: tenants.first.id, by: "api")?.id == gate.id)
            #expect(try await store.open(gate.id, of: tenants.first.id, by: "api") == nil)
            #expect(try await store.closedGates().isEmpty)
        }
    }

    @Test func theGateOfAnAccountIsSharedByWhoeverSendsThroughIt() async throws {
        try await withTenants { tenants, store in
            func unpaid(_ tenant: TestTenant) -> GateClosing {
                GateClosing(scope: .account, subject: "account-first", tenantID: tenant.id, cause: .paymentMissing)
            }
            let gate = try await store.close(unpaid(tenants.first), by: "dispatcher")
            #expect(try await store.close(unpaid(tenants.second), by: "dispatcher").id == gate.id)
            #expect(gate.tenantID == nil)
            #expect(try await store.list(of: tenants.first.id).count == 1)
            #expect(try await store.list(of: tenants.second.id).isEmpty)
        }
    }

    @Test func onlyTheCausesThatAreNamedAreOpened() async throws {
        try await withTenants { tenants, store in
            let tenant = tenants.first
            _ = try await store.close(tokenRefused(tenant), by: "dispatcher")
            _ = try await store.close(
                GateClosing(scope: .sender, subject: "\(tenant.senderID)", tenantID: tenant.id, cause: .paused),
                by: "api")
            let opened = try await store.open(
                .sender, "\(tenant.senderID)", causes: [.tokenInvalid, .maintenance], of: tenant.id, by: "webhook")
            #expect(opened.map(\.cause) == [.tokenInvalid])
            #expect(try await store.closedGates().map(\.cause) == [.paused])
        }
    }

    @Test func aSenderWithAnotherTokenFindsItsGateOpen() async throws {
        try await withTenants { tenants, store in
            _ = try await store.close(tokenRefused(tenants.first), by: "dispatcher")
            _ = try await tenants.platform.execute(
                "UPDATE senders SET access_token_sealed = '\\x00' WHERE id = \(tenants.first.senderID)")
            #expect(try await store.closedGates().isEmpty)
            #expect(try await store.list(of: tenants.first.id).first?.openedBy == "setting")
        }
    }

    @Test func whatIsHeldAfterItsGateHasOpenedComesDueAtOnce() async throws {
        try await withTenants { tenants, store in
            let messages = try await accept(1, tenants)
            let gate = try await store.close(tokenRefused(tenants.first), by: "dispatcher")
            _ = try await store.open(gate.id, of: tenants.first.id, by: "api")
            try await hold(messages, behind: gate, tenants)
            let row = try #require(try await dueRow(of: messages[0], tenants))
            #expect(row.gate == nil && row.isDue)
        }
    }

    @Test func whoeverOpensAGateWaitsForThoseWhoJustHoldBehindIt() async throws {
        try await withTenants { tenants, store in
            let messages = try await accept(1, tenants)
            let gate = try await store.close(tokenRefused(tenants.first), by: "dispatcher")
            let move = holding(messages[0], behind: gate)
            async let held: Void = tenants.platform.run { connection in
                try connection.transaction {
                    _ = try MoveWriter.write(moves: [move], actingFor: nil, on: connection)
                    try Self.waitForSomebodyBehind(connection)
                }
            }
            try await eventually("the mover has its lock") {
                try await tenants.database.pipeline([
                    .actFor(tenants.first.id),
                    "SELECT 1 FROM gates WHERE id = \(gate.id) FOR NO KEY UPDATE SKIP LOCKED",
                ]).last?.isEmpty == true
            }
            let opened = try await store.open(gate.id, of: tenants.first.id, by: "api")
            try await held
            #expect(opened?.id == gate.id)
            // It was held behind the gate before that opened: so it is let out now.
            #expect(try await dueRow(of: messages[0], tenants)?.gate == gate.id)
            #expect(try await GateReleaseStore(tenants.platform).release(max: 10) == 1)
            let row = try #require(try await dueRow(of: messages[0], tenants))
            #expect(row.gate == nil && row.isDue)
        }
    }

    @Test func anOpenedGateLetsOutAllItHoldsInPortions() async throws {
        try await withTenants { tenants, store in
            let messages = try await accept(5, tenants)
            let gate = try await store.close(tokenRefused(tenants.first), by: "dispatcher")
            try await hold(messages, behind: gate, tenants)
            let releases = GateReleaseStore(tenants.platform)
            #expect(try await releases.release(max: 3) == 0)
            _ = try await store.open(gate.id, of: tenants.first.id, by: "api")
            #expect(try await releases.release(max: 3) == 3)
            #expect(try await dueRow(of: messages[0], tenants)?.isDue == true)
            #expect(try await dueRow(of: messages[4], tenants)?.isDue == false)
            #expect(try await releases.release(max: 3) == 2)
            #expect(try await releases.release(max: 3) == 0)
            let finished = try await tenants.platform.rows("SELECT 1 FROM gates WHERE released_at IS NOT NULL")
            #expect(finished.count == 1)
        }
    }

    @Test func aGateOpensByItselfWhenItsTimeHasCome() async throws {
        try await withTenants { tenants, store in
            let now = SystemClock.now()
            let due = try await store.close(tokenRefused(tenants.first, opensAt: now + .seconds(-1)), by: "dispatcher")
            let closed = try await store.close(
                tokenRefused(tenants.second, opensAt: now + .seconds(600)), by: "dispatcher")
            #expect(try await GateReleaseStore(tenants.platform).openDue().map(\.id) == [due.id])
            #expect(try await store.closedGates().map(\.id) == [closed.id])
        }
    }

    @Test func theOldestHeldMessageIsTheProbeAndThereIsOneAtATime() async throws {
        try await withTenants { tenants, store in
            let messages = try await accept(3, tenants)
            let gate = try await store.close(
                tokenRefused(tenants.first, probeAt: SystemClock.now() + .seconds(-1)), by: "dispatcher")
            try await hold(messages, behind: gate, tenants)
            let releases = GateReleaseStore(tenants.platform)
            let probes = try await releases.takeProbes()
            #expect(probes.map(\.message) == [messages[0].id])
            #expect(probes.first?.tenantID == tenants.first.id)
            #expect(try await store.closedGates().first?.probe == messages[0].id)
            #expect(try await releases.takeProbes().isEmpty)
            // Another message that was refused meanwhile does not end the probe; the probe's own refusal does.
            let next = tokenRefused(tenants.first, probeAt: SystemClock.now() + .seconds(-1))
            let untouched = try await store.close(next, by: "dispatcher", after: messages[1].id)
            #expect(untouched.probe == messages[0].id)
            #expect(try await store.close(next, by: "dispatcher", after: messages[0].id).probe == nil)
            #expect(try await releases.takeProbes().count == 1)
        }
    }

    @Test func aGateThatHoldsNobodySendsNoProbe() async throws {
        try await withTenants { tenants, store in
            let order = tokenRefused(tenants.first, probeAt: SystemClock.now() + .seconds(-1))
            let gate = try await store.close(order, by: "dispatcher")
            let releases = GateReleaseStore(tenants.platform)
            #expect(try await releases.takeProbes().isEmpty)
            #expect(try await store.closedGates() == [gate])
        }
    }

    @Test func aFullPortfolioLetsOutAsManyAsHaveBecomeFree() async throws {
        try await withTenants { tenants, store in
            let messages = try await accept(5, tenants)
            _ = try await tenants.platform.pipeline([
                "INSERT INTO portfolios (id, recipients_max) VALUES ('account-first', 10)",
                "INSERT INTO portfolio_minutes VALUES ('account-first', date_trunc('minute', now()), 8)",
            ])
            let order = GateClosing(
                scope: .portfolio, subject: "account-first", tenantID: nil, cause: .portfolioLimit,
                opensAt: SystemClock.now() + .seconds(-1))
            let gate = try await store.close(order, by: "dispatcher")
            try await hold(messages, behind: gate, tenants)
            let releases = GateReleaseStore(tenants.platform)
            #expect(try await releases.openDue().isEmpty)
            #expect(try await releases.portfolioTurn(max: 100).released == 2)
            let opensAt = try #require(try await store.closedGates().first?.opensAt)
            #expect(opensAt > SystemClock.now() + .seconds(23 * 3_600))
            _ = try await tenants.platform.pipeline([
                "UPDATE portfolio_minutes SET minute = minute - interval '25 hours'",
                "UPDATE gates SET opens_at = now()",
            ])
            #expect(try await releases.portfolioTurn(max: 100).released == 3)
            #expect(try await store.closedGates().isEmpty)
        }
    }

    /// Returns when another session waits for what this one has locked.
    private static func waitForSomebodyBehind(_ connection: Connection) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let waiting = try connection.rows(
                """
                SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
                """)
            if !waiting.isEmpty { return }
        }
        throw DatabaseError.timeout
    }
}
