import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// The ledger equals what happened, for any span, at any moment of folding.
@Suite struct LedgerStoreTests {
    private static let start = Timestamp(microseconds: 1_790_000_040_000_000)  // a whole minute

    private struct Event {
        let at: Timestamp
        let from: MessageState?
        let to: MessageState
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func everySpanOfRandomMovesIsCountedExactly(seed: UInt64) async throws {
        let tenants = try await TwoTenants.make()
        var random = SeededGenerator(seed: seed)
        let events = Self.randomLife(&random, of: tenants.first)
        for (index, event) in events.enumerated() {
            try await CountStoreTests.change(
                tenants.first, from: event.from.map { Int($0.rawValue) } ?? -1, to: Int(event.to.rawValue), 1,
                at: event.at, in: tenants.database)
            if index % 17 == 0 { _ = try await CountStore(tenants.platform).fold(max: 9) }
        }
        // Somebody else's are never in it.
        try await CountStoreTests.change(
            tenants.second, from: -1, to: 1, 5, at: Self.start + .seconds(60), in: tenants.database)
        let store = LedgerStore(tenants.database)
        for (first, last) in [(0, 60), (0, 10), (10, 20), (7, 8), (30, 60), (59, 60)] {
            let from = Self.start + .seconds(first * 60)
            let to = Self.start + .seconds(last * 60)
            let ledger = try await store.ledger(of: tenants.first.id, from: from + .seconds(1), to: to + .seconds(59))
            #expect(ledger.from == from && ledger.to == to)
            #expect(ledger.isBalanced)
            let inSpan = events.filter { $0.at >= from && $0.at < to }
            #expect(ledger.accepted == Int64(inSpan.count { $0.from == nil }))
            for state in MessageState.allCases {
                let figures = ledger.states[state] ?? Ledger.Figures()
                let opening = Self.inState(state, events.filter { $0.at < from })
                #expect(figures.opening == opening, "\(state) of seed \(seed)")
                #expect(figures.entered == Int64(inSpan.count { $0.to == state }))
                #expect(figures.left == Int64(inSpan.count { $0.from == state }))
                #expect(figures.closing == Self.inState(state, events.filter { $0.at < to }))
            }
            #expect(ledger.everAccepted == Int64(events.count { $0.from == nil }))
        }
        await tenants.stop()
    }

    @Test func countsThatDoNotAddUpAreNotBalanced() async throws {
        let tenants = try await TwoTenants.make()
        // Left a state that nobody entered.
        try await CountStoreTests.change(tenants.first, from: -1, to: 1, 1, at: Self.start, in: tenants.database)
        try await CountStoreTests.change(
            tenants.first, from: 2, to: 6, 1, at: Self.start + .seconds(60), in: tenants.database)
        let ledger = try await LedgerStore(tenants.database).ledger(
            of: tenants.first.id, from: Self.start, to: Self.start + .seconds(600))
        #expect(!ledger.isBalanced)
        await tenants.stop()
    }

    @Test func theLedgerOfRealMessagesEqualsTheirRows() async throws {
        let tenants = try await TwoTenants.make()
        _ = try await tenants.messagesInFlight(7, of: tenants.first)
        try await tenants.withAcceptStore { store in
            let later = SystemClock.now() + .seconds(600)
            for scheduled in [nil, later, nil] {
                _ = try await store.accept(
                    AcceptRequest(
                        tenantID: tenants.first.id, messages: [tenants.first.message(scheduledFor: scheduled)]))
            }
        }
        let ledger = try await LedgerStore(tenants.database).ledger(of: tenants.first.id, from: nil, to: nil)
        #expect(ledger.isBalanced)
        let rows = try await tenants.platform.rows(
            "SELECT state, count(*) AS messages FROM message_states GROUP BY state")
        for row in rows {
            let state = try #require(MessageState(rawValue: try row.value("state")))
            #expect(try ledger.states[state]?.closing == row.value("messages", as: Int64.self))
        }
        #expect(ledger.closing == 10)
        #expect(ledger.check == nil)
        await tenants.stop()
    }

    private static func inState(_ state: MessageState, _ events: [Event]) -> Int64 {
        Int64(events.count { $0.to == state } - events.count { $0.from == state })
    }

    /// Forty messages that walk allowed moves over an hour.
    private static func randomLife(_ random: inout SeededGenerator, of tenant: TestTenant) -> [Event] {
        var events: [Event] = []
        for _ in 0..<40 {
            var at = start + .seconds(Int.random(in: 0..<1_800, using: &random))
            var state: MessageState = Bool.random(using: &random) ? .queued : .scheduled
            events.append(Event(at: at, from: nil, to: state))
            for _ in 0..<Int.random(in: 0..<6, using: &random) {
                let next = MessageMove.allowed(from: state).sorted { $0.rawValue < $1.rawValue }
                guard let chosen = next.randomElement(using: &random) else { break }
                at = at + .seconds(Int.random(in: 0..<300, using: &random))
                events.append(Event(at: at, from: state, to: chosen))
                state = chosen
            }
        }
        return events.sorted { $0.at < $1.at }
    }
}
