import JSON
import Models
import Postgres
import Runtime
import TestSupport

/// Every point once on a system that goes on living, and a judgement when everything has settled.
struct Round: Sendable {
    /// Waits for answers, leases and receipts in a time that suits a test. The lease is the shortest that is allowed.
    static let environment = [
        "SEND_DEADLINE": "1s", "ATTEMPT_LEASE": "6s", "HANDOVER_WATCH": "2s", "RETRY_TIME_SCALE": "0.02",
        "SANDBOX_TIME_SCALE": "0.2", "LOG_LEVEL": "info",
        // Each rebalance of the embedded broker takes a whole session.
        "KAFKA_CLIENT_SETTINGS": "session.timeout.ms=2500",
    ]
    /// Higher than what flows, so that what a death has piled up is gone soon; the stand-in counts by the same rates.
    private static let messagesPerSecond = 200

    static func start() async throws -> TestSystem {
        let system = try await TestSystem.start(environment: environment)
        try await system.setRates(messagesPerSecond)
        return system
    }

    private static let settledWithin = Duration.seconds(180)

    let system: TestSystem
    let number: Int
    let seed: UInt64
    let rate: Int
    let points: [FaultPoint]

    func run() async throws -> (trials: [Trial], judgement: Judgement) {
        let traffic = Traffic(system, name: "round-\(seed)-\(number)", rate: rate)
        let notices = Notices(system, name: "round \(seed) \(number)")
        let before = try await Judgement.Counts(system)
        var random = SeededGenerator(seed: seed)
        let shuffled = points.shuffled(using: &random).map { point in
            Trial(point: point, passing: .random(in: Lane.passings(of: point), using: &random))
        }
        let lanes = Dictionary(grouping: shuffled, by: \.point.executable)
        let trials = try await withThrowingTaskGroup(of: Void.self) { background in
            background.addTask { try await traffic.run() }
            background.addTask { try await notices.run() }
            let trials = try await killed(lanes)
            traffic.end()
            notices.end()
            try await background.waitForAll()
            return trials
        }
        let deaths = trials.filter { $0.point.executable == "alerter" }.map(\.endedAt)
        try await settle(notices, lastDeath: deaths.max().map { system.now + ($0 - ContinuousClock.now) })
        let judgement = try await Judgement(
            of: system,
            accepted: traffic.accepted,
            refusals: traffic.refusals,
            notices: notices,
            since: before
        )
        return (trials, judgement)
    }

    /// A dispatcher that dies keeps its group waiting the longest, so it has a lane of its own; the others die one
    /// after another beside it.
    private func killed(_ lanes: [String: [Trial]]) async throws -> [Trial] {
        let system = system
        return try await withThrowingTaskGroup(of: [Trial].self) { group in
            group.addTask {
                guard let own = lanes["dispatcher"] else { return [] }
                return try await Lane(system: system, executable: "dispatcher", trials: own).run()
            }
            group.addTask {
                var trials: [Trial] = []
                for (executable, own) in lanes.sorted(by: { $0.key < $1.key })
                where executable != "dispatcher" {
                    trials += try await Lane(system: system, executable: executable, trials: own).run()
                }
                return trials
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Until nothing moves any more. What is still under way after that is judged as it stands.
    private func settle(_ notices: Notices, lastDeath: Timestamp?) async throws {
        try await system.passHandOverWatch()
        var isTwilioAsked = false
        do {
            try await eventually("all has settled", within: Self.settledWithin, every: .milliseconds(500)) {
                if let lastDeath { try await notices.passLeases(takenBefore: lastDeath) }
                let states = try await system.states()
                let webhooks = try await system.oracleSummary()["webhooks"]
                let isQuiet =
                    webhooks?["waiting_receipts"]?.integer == 0 && webhooks?["waiting_posts"]?.integer == 0
                let isEnded = states.keys.allSatisfy {
                    [.read, .failed, .undelivered, .expired].contains($0)
                }
                // Whoever was down for all repeats of a callback asks, as people do by the API.
                if isQuiet, !isEnded, !isTwilioAsked {
                    isTwilioAsked = true
                    try await system.orderStatusChecksOfTwilio()
                }
                guard isQuiet, isEnded, try await notices.areAllSent() else { return false }
                return try await system.ledgerProblem() == nil
            }
        } catch is NotInTime {
            print("    not everything settled within \(Self.settledWithin)")
        }
    }
}
