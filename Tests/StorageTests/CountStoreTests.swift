import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// What people see as figures is what happened, at every moment, whoever folds.
@Suite struct CountStoreTests {
    private static let start = Timestamp(microseconds: 1_790_000_000_000_000)

    @Test func nothingIsLostOrCountedTwiceWhileWritersAndFoldersRace() async throws {
        let tenants = try await TwoTenants.make()
        let counts = CountStore(tenants.platform)
        let (writers, rounds) = (4, 25)
        let tenantsToWrite = [tenants.first, tenants.second]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    let tenant = tenantsToWrite[writer % 2]
                    for round in 0..<rounds {
                        let at = Self.start + .seconds(round * 7)
                        try await Self.change(tenant, from: -1, to: 1, 3, at: at, in: tenants.database)
                        try await Self.change(tenant, from: 1, to: 2, 2, at: at, in: tenants.database)
                        try await Self.change(tenant, from: 2, to: 6, 1, at: at, in: tenants.database)
                    }
                }
            }
            // Two monitors at once, in small portions, so that they meet.
            for _ in 0..<2 {
                group.addTask { for _ in 0..<60 { _ = try await counts.fold(max: 7) } }
            }
            // A reader sees whole changes only: what was accepted is somewhere.
            group.addTask {
                for _ in 0..<30 {
                    let flow =
                        try await counts.flows(
                            of: tenants.first.id,
                            from: Self.start,
                            to: Self.start + .seconds(86_400),
                            by: .total
                        ).first ?? CountedFlow()
                    #expect(flow.accepted == flow.net.values.reduce(0, +))
                    let states = try await counts.messagesInStates(of: tenants.first.id)
                    #expect(states.values.allSatisfy { $0 >= 0 })
                }
            }
            try await group.waitForAll()
        }
        let each = Int64(writers / 2 * rounds)
        let expected: [MessageState: Int64] = [.queued: each, .sending: each, .sent: each]
        #expect(try await counts.messagesInStates(of: tenants.first.id) == expected)
        while try await counts.fold(max: 50) > 0 {}
        #expect(try await Self.left(tenants) == 0)
        for tenant in tenantsToWrite {
            #expect(try await counts.messagesInStates(of: tenant.id) == expected)
            let flow = try #require(
                try await counts.flows(
                    of: tenant.id,
                    from: Self.start,
                    to: Self.start + .seconds(86_400),
                    by: .total
                ).first
            )
            #expect(flow.accepted == each * 3)
            #expect(flow.net == expected)
        }
        await tenants.stop()
    }

    @Test func figuresAreTheSameBeforeAndAfterFolding() async throws {
        let tenants = try await TwoTenants.make()
        let tenant = tenants.first
        // 10 accepted: 6 read, 1 delivered, 1 failed, 2 still queued.
        for (from, to, messages) in [(-1, 1, 10), (1, 2, 8), (2, 6, 7), (2, 9, 1), (6, 7, 7), (7, 8, 6)]
            as [(Int, Int, Int)]
        {
            try await Self.change(tenant, from: from, to: to, messages, at: Self.start, in: tenants.database)
        }
        let counts = CountStore(tenants.database)
        for isFolded in [false, true] {
            if isFolded { #expect(try await CountStore(tenants.platform).fold() == 6) }
            let flow = try #require(
                try await counts.flows(
                    of: tenant.id,
                    from: Self.start,
                    to: Self.start + .seconds(60),
                    by: .total
                ).first
            )
            #expect(flow.accepted == 10)
            #expect(flow.sent == 7)
            #expect(flow.delivered == 7)
            #expect(flow.read == 6)
            #expect(flow.failed == 1)
            #expect(flow.pending == 2)
            #expect(flow.deliveryRate == 7.0 / 8)
            #expect(flow.successRate == 7.0 / 8)
            let hours = try await counts.flows(
                of: tenant.id,
                from: Self.start,
                to: Self.start + .seconds(7_200),
                by: .hour
            )
            #expect(hours.count == 1)
            let bySender = try await counts.flows(
                of: tenant.id,
                from: Self.start,
                to: Self.start + .seconds(60),
                by: .sender
            )
            #expect(bySender.map(\.subject) == [tenant.senderID.value])
            #expect(try await counts.messagesInStates(of: tenants.second.id).isEmpty)
        }
        await tenants.stop()
    }

    @Test func realMessagesAreCountedAsTheyAre() async throws {
        let tenants = try await TwoTenants.make()
        try await tenants.withAcceptStore { store in
            _ = try await store.accept(
                AcceptRequest(
                    tenantID: tenants.first.id,
                    messages: (0..<5).map { _ in tenants.first.message() }
                )
            )
        }
        _ = try await CountStore(tenants.platform).fold()
        let states = try await CountStore(tenants.platform).messagesInStates(of: tenants.first.id)
        #expect(states == [.queued: 5])
        #expect(try await CountStore(tenants.platform).messagesInStates()[.queued] == 5)
        await tenants.stop()
    }

    static func change(
        _ tenant: TestTenant,
        from: Int,
        to: Int,
        _ messages: Int,
        at: Timestamp,
        in database: Database
    ) async throws {
        _ = try await database.pipeline([
            .actFor(tenant.id),
            """
            INSERT INTO message_count_changes (tenant_id, at, sender_id, template_id, from_state, to_state, messages)
            VALUES (\(tenant.id), \(at), \(tenant.senderID), \(UUIDValue(high: 0, low: 0)), \(Int16(from)),
                    \(Int16(to)), \(Int32(messages)))
            """,
        ])
    }

    private static func left(_ tenants: TwoTenants) async throws -> Int {
        try await tenants.platform.rows("SELECT count(*) FROM message_count_changes").first?.value(
            0,
            as: Int.self
        ) ?? -1
    }
}
