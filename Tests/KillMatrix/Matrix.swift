import Glibc
import Runtime
import TestSupport

/// Rounds, one after another, and the table of them all.
struct Matrix {
    private struct Row {
        var tries = 0
        var killed = 0
        var tally = Tally()
    }

    private let options: MatrixOptions
    private var rows: [FaultPoint: Row] = [:]
    private var whole = Tally()
    private var notices = (written: 0, arrived: 0, again: 0)
    private var breaches = 0
    private var failedRounds: [String] = []
    private var failedTrials = 0

    init(_ options: MatrixOptions) {
        self.options = options
    }

    private var points: [FaultPoint] {
        FaultPoint.allCases.filter { options.points.isEmpty || $0.rawValue.contains(options.points) }
    }

    /// - Returns: whether nothing was lost and nothing sent twice.
    mutating func run() async throws -> Bool {
        guard !points.isEmpty else {
            print(
                "no point is named so; there are:\n  "
                    + FaultPoint.allCases.map(\.rawValue).joined(separator: "\n  ")
            )
            return false
        }
        var system: TestSystem?
        for number in 0..<options.rounds {
            let seed = options.seed &+ UInt64(number)
            let living: TestSystem
            if let system {
                living = system
            } else {
                living = try await Round.start()
            }
            system = living
            let started = ContinuousClock.now
            let round = Round(system: living, number: number, seed: seed, rate: options.rate, points: points)
            let isSound = try await judge(round)
            let seconds = (ContinuousClock.now - started).components.seconds
            say(
                "    round \(number + 1) of \(options.rounds), seed \(seed): \(isSound ? "sound" : "NOT SOUND"), \(seconds) s"
            )
            if !isSound {
                failedRounds.append("deploy/kill-matrix --rounds 1 --seed \(seed) --rate \(options.rate)")
                // The next round must not be judged by what this one left behind.
                await living.stop()
                system = nil
            }
        }
        await system?.stop()
        printTable()
        return failedRounds.isEmpty
    }

    private mutating func judge(_ round: Round) async throws -> Bool {
        let (trials, judgement) = try await round.run()
        var isSound = judgement.problems.isEmpty
        var again = 0
        for trial in trials {
            let own = judgement.verdicts.filter {
                $0.message.begunAt >= trial.begunAt && $0.message.begunAt < trial.endedAt
            }
            let tally = Tally(own)
            rows[trial.point, default: Row()].tries += 1
            if trial.isKilled { rows[trial.point]?.killed += 1 }
            rows[trial.point]?.tally += tally
            if trial.isKilled, trial.point == .alerterAfterSend { again += 1 }
            if !trial.isKilled { say("    \(trial.point.rawValue) was not passed \(trial.passing) times") }
            if !trial.isKilled || tally.lost + tally.twice + tally.pending > 0 {
                isSound = false
                failedTrials += 1
            }
        }
        let tally = Tally(judgement.verdicts)
        whole += tally
        notices.written += judgement.notices.written
        notices.arrived += judgement.notices.arrived
        notices.again += judgement.notices.again
        breaches += judgement.breaches
        for problem in judgement.problems { say("    \(problem)") }
        // Told, and not written down before it died: the only way to a second copy.
        if judgement.notices.again > again {
            say("    \(judgement.notices.again) notifications arrived again")
            isSound = false
        }
        report(judgement.verdicts)
        return isSound && tally.lost + tally.twice + tally.pending == 0
    }

    /// A few of those that did not end as they should, with their story.
    private func report(_ verdicts: [Verdict]) {
        var said = 0
        for verdict in verdicts where said < 10 {
            let what: String
            switch verdict.outcome {
            case .lost(let reason): what = "lost: \(reason)"
            case .pending: what = "still under way"
            case .delivered, .failed:
                guard verdict.isTwice else { continue }
                what = "sent twice"
            }
            said += 1
            say("      \(verdict.message.id) \(what)")
        }
    }

    // MARK: The table

    private static let columns = [
        "rounds", "killed", "accepted", "delivered", "failed", "pending", "resends", "lost", "twice",
    ]

    private func printTable() {
        print("\n    " + padded("executable", 18) + padded("point", 16) + Self.columns.map(right).joined())
        for point in points {
            let row = rows[point] ?? Row()
            let place = String(point.rawValue.dropFirst(point.executable.count + 1))
            line(point.executable, place, [row.tries, row.killed], row.tally)
        }
        let killed = rows.values.reduce(0) { $0 + $1.killed }
        line("all", "", [options.rounds, killed], whole)
        print(
            """

                a message counts for every point that was tried while it was accepted; failed: its recipient refused it, or \
            nobody could vouch for its only attempt and its tenant prefers none over two; resends: second sends chosen \
            by policy and written down
                notifications: \(notices.written) owed, \(notices.arrived) arrived, \(notices.again) again after a death \
            between telling and writing it down
                breaches of WhatsApp's limits seen by the stand-in: \(breaches)
            """
        )
        for command in failedRounds { print("    to replay: \(command)") }
        let failed = max(failedTrials, failedRounds.count)
        print("\(max(0, points.count * options.rounds - failed)) passed, \(failed) failed")
    }

    private func line(_ executable: String, _ place: String, _ counts: [Int], _ tally: Tally) {
        let figures =
            counts + [
                tally.accepted, tally.delivered, tally.failed, tally.pending, tally.resends, tally.lost,
                tally.twice,
            ]
        print("    " + padded(executable, 18) + padded(place, 16) + figures.map { right("\($0)") }.joined())
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private func right(_ text: String) -> String {
        String(repeating: " ", count: max(1, 10 - text.count)) + text
    }
}

/// At once: a round is long, and somebody watches.
func say(_ text: String) {
    print(text)
    fflush(nil)
}
