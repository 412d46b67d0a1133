import JSON
import Models
import Postgres
import Runtime
import TestSupport

/// One point tried in one round.
struct Trial: Sendable {
    let point: FaultPoint
    let passing: Int
    var begunAt = ContinuousClock.now
    var endedAt = ContinuousClock.now
    var isKilled = false
}

/// The points of one executable, one after another: it is started armed, dies at the point, and is started again, armed
/// for the next.
struct Lane: Sendable {
    /// A group waits 6 s for a member that vanished; a sender's lease runs out meanwhile.
    private static let deathMax = Duration.seconds(90)
    let system: TestSystem
    let executable: String
    let trials: [Trial]

    func run() async throws -> [Trial] {
        await system.killProcess(executable)
        var done: [Trial] = []
        for var trial in trials {
            trial.begunAt = .now
            try system.startProcess(
                executable,
                environment: ["TIDINGS_FAULT": "\(trial.point.rawValue):\(trial.passing)"]
            )
            trial.isKilled = try await system.endOfProcess(executable, within: Self.deathMax) == -9
            trial.endedAt = .now
            if !trial.isKilled { await system.killProcess(executable) }
            done.append(trial)
        }
        try system.startProcess(executable)
        try await system.waitUntilReady([executable])
        return done
    }

    /// Which passing kills: a rare one early, a frequent one anywhere within a second or so.
    static func passings(of point: FaultPoint) -> ClosedRange<Int> {
        switch point {
        case .ingestBeforeCommit, .ingestAfterCommit, .ingestBeforePublish: 1...20
        case .dispatcherBeforeClaim, .dispatcherAfterClaim: 1...12
        case .dispatcherDuringCall: 1...4
        case .dispatcherBeforeOutcome, .dispatcherAfterOutcome, .dispatcherBeforeOffset: 1...30
        case .schedulerAfterTake, .schedulerBeforeTell: 1...4
        case .receiverBeforeAppend, .receiverAfterAppend: 1...10
        // Many at a time, and none while the dispatcher is down.
        case .receiverBeforeApply, .receiverBeforeOffset: 1...4
        case .monitorBeforeFold, .monitorAfterFold: 1...4
        case .alerterBeforeSend, .alerterAfterSend: 1...3
        }
    }
}
