import Runtime
import Synchronization
import Testing

/// What happened, in order.
private final class Diary: Sendable {
    private let lines = Mutex<[String]>([])
    let (changes, change) = AsyncStream<String>.makeStream()

    func write(_ line: String) {
        lines.withLock { $0.append(line) }
        change.yield(line)
    }

    var all: [String] { lines.withLock { $0 } }

    func wait(for line: String) async {
        for await next in changes where next == line { return }
    }
}

private struct Failure: Error {}

private final class FakePart: Part {
    enum Behaviour {
        case good, failsAtStart, endsEarly, throwsEarly, neverStops, hangsInRun, hangsAtStart, waitsAtStart
    }

    let name: String
    let behaviour: Behaviour
    let diary: Diary
    private let stopped = AsyncStream<Void>.makeStream()

    var stopMax: Duration {
        switch behaviour {
        case .neverStops, .hangsInRun, .hangsAtStart: .milliseconds(200)
        case .good, .failsAtStart, .endsEarly, .throwsEarly, .waitsAtStart: .seconds(60)
        }
    }

    init(_ name: String, _ diary: Diary, _ behaviour: Behaviour = .good) {
        self.name = name
        self.diary = diary
        self.behaviour = behaviour
    }

    func start() async throws {
        diary.write("start \(name)")
        switch behaviour {
        case .failsAtStart: throw Failure()
        case .hangsAtStart: await forever()
        case .waitsAtStart:
            // As a pool does that cannot reach its server.
            for await _ in stopped.stream {}
            try Task.checkCancellation()
        case .good, .endsEarly, .throwsEarly, .neverStops, .hangsInRun: return
        }
    }

    func run() async throws {
        diary.write("run \(name)")
        switch behaviour {
        case .endsEarly: return
        case .throwsEarly: throw Failure()
        case .good, .failsAtStart, .neverStops, .hangsAtStart, .waitsAtStart: for await _ in stopped.stream {}
        case .hangsInRun: await forever()
        }
    }

    func stop(within limit: Duration) async {
        diary.write("stop \(name)")
        if case .neverStops = behaviour { await forever() }
        stopped.continuation.finish()
    }

    /// Not even cancelling helps.
    private func forever() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Self.kept.withLock { $0.append(continuation) }
        }
    }

    private static let kept = Mutex<[CheckedContinuation<Void, Never>]>([])
}

@Suite(.timeLimit(.minutes(1))) struct LifeOfAService {
    private let diary = Diary()
    private let requests = AsyncStream<String>.makeStream()

    private func run(_ parts: [any Part]) async throws {
        try await ServiceRunner.run(parts: parts, drainMax: .seconds(60), stopRequests: requests.stream)
    }

    private var startsAndStops: [String] { diary.all.filter { !$0.hasPrefix("run") } }

    @Test func partsStartInOrderAndStopInReverse() async throws {
        let parts = ["a", "b", "c"].map { FakePart($0, diary) }
        async let ended: Void = run(parts)
        await diary.wait(for: "run c")
        requests.continuation.yield("SIGTERM")
        try await ended
        #expect(startsAndStops == ["start a", "start b", "start c", "stop c", "stop b", "stop a"])
    }

    @Test func aPartThatCannotStartStopsThoseBeforeIt() async throws {
        let parts = [FakePart("a", diary), FakePart("b", diary, .failsAtStart), FakePart("c", diary)]
        await #expect(throws: ServiceFailure.startFailed(part: "b", reason: "Failure()")) {
            try await run(parts)
        }
        #expect(startsAndStops == ["start a", "start b", "stop a"])
    }

    @Test func aPartThatEndsEarlyStopsAll() async throws {
        let parts = [FakePart("a", diary), FakePart("b", diary, .endsEarly)]
        await #expect(throws: ServiceFailure.endedEarly(part: "b", reason: "it returned")) {
            try await run(parts)
        }
        #expect(startsAndStops == ["start a", "start b", "stop b", "stop a"])
    }

    @Test func aPartThatThrowsStopsAllAndSaysWhy() async throws {
        let parts = [FakePart("a", diary), FakePart("b", diary, .throwsEarly)]
        await #expect(throws: ServiceFailure.endedEarly(part: "b", reason: "Failure()")) {
            try await run(parts)
        }
        #expect(startsAndStops == ["start a", "start b", "stop b", "stop a"])
    }

    @Test(arguments: [FakePart.Behaviour.neverStops, .hangsInRun])
    fileprivate func aPartThatHangsIsLeftBehindAfterItsLimit(behaviour: FakePart.Behaviour) async throws {
        let parts = [FakePart("a", diary), FakePart("b", diary, behaviour), FakePart("c", diary)]
        async let ended: Void = run(parts)
        await diary.wait(for: "run c")
        requests.continuation.yield("SIGTERM")
        do {
            try await ended
            Issue.record("nothing was late")
        } catch let failure as ServiceFailure {
            #expect(failure == .stoppedLate(parts: ["b"]))
        }
        #expect(startsAndStops.suffix(3) == ["stop c", "stop b", "stop a"])
    }

    @Test func aRequestThatComesDuringTheStartIsHeard() async throws {
        requests.continuation.yield("SIGTERM")
        try await run(["a", "b", "c"].map { FakePart($0, diary) })
        let started = startsAndStops.filter { $0.hasPrefix("start") }.map { $0.dropFirst(6) }
        let stopped = startsAndStops.filter { $0.hasPrefix("stop") }.map { $0.dropFirst(5) }
        #expect(stopped == started.reversed())
    }

    @Test(arguments: [FakePart.Behaviour.waitsAtStart, .hangsAtStart])
    fileprivate func aStartUnderWayIsCalledOff(behaviour: FakePart.Behaviour) async throws {
        let parts = [FakePart("a", diary), FakePart("b", diary, behaviour), FakePart("c", diary)]
        async let ended: Void = run(parts)
        await diary.wait(for: "start b")
        requests.continuation.yield("SIGTERM")
        try await ended
        #expect(startsAndStops == ["start a", "start b", "stop a"])
    }

    struct Silent: Part {
        let name = "silent"
        func stop(within limit: Duration) async {}
    }

    @Test func aPartWithoutARunOfItsOwnLastsUntilItIsStopped() async throws {
        let parts: [any Part] = [Silent(), FakePart("a", diary)]
        async let ended: Void = run(parts)
        await diary.wait(for: "run a")
        requests.continuation.yield("SIGINT")
        try await ended
    }
}
