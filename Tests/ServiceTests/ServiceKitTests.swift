import Runtime
import ServiceKit
import Synchronization
import TestSupport
import Testing

@Suite struct ServiceKitTests {
    private final class Count: Sendable {
        private let value = Atomic(0)
        func increment() -> Int { value.add(1, ordering: .relaxed).newValue }
        var now: Int { value.load(ordering: .relaxed) }
    }

    private struct Away: Error {}

    @Test func aLoopGoesOnAfterATurnThatFailed() async throws {
        let turns = Count()
        let part = PeriodicPart("failing", every: .milliseconds(1), failureWaitMax: .milliseconds(2)) {
            if turns.increment() % 2 == 1 { throw Away() }
            return false
        }
        let running = Task { try await part.run() }
        try await eventually("six turns") { turns.now >= 6 }
        await part.stop(within: .seconds(1))
        try await running.value
    }

    @Test func aLoopThatHasMoreToDoDoesNotWait() async throws {
        let turns = Count()
        let part = PeriodicPart("busy", every: .seconds(3_600)) { turns.increment() < 100 }
        let running = Task { try await part.run() }
        try await eventually("a hundred turns") { turns.now >= 100 }
        await part.stop(within: .seconds(1))
        try await running.value
    }

    @Test func aWaitEndsWhenItIsWokenAlsoJustBefore() async {
        let flag = StopFlag()
        flag.wake()
        let started = Monotonic.now()
        await flag.wait(atMost: .seconds(60))
        #expect(Monotonic.now() - started < .seconds(30))
        #expect(!flag.isSet)
    }

    @Test func aValueThatCannotBeReadAgainServesOn() async throws {
        let reads = Count()
        let cache = RefreshingCache<Int, String>(freshFor: .zero, usableFor: .seconds(60), entriesMax: 10) { key in
            if reads.increment() > 1 { throw Away() }
            return "value \(key)"
        }
        #expect(try await cache.value(for: 1) == "value 1")
        #expect(try await cache.value(for: 1) == "value 1")
        #expect(reads.now == 2)
        cache.forget { key, _ in key == 1 }
        await #expect(throws: Away.self) { try await cache.value(for: 1) }
    }
}
