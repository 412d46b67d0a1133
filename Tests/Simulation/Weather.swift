import Models
import TestSupport

/// How badly things go in one seed: shares between 0 and 1, and how often something happens.
struct Weather {
    var recordLost = 0.0
    var recordRepeated = 0.0
    var databaseAway = 0.0
    var databaseAnswerLost = 0.0
    var providerUnreachable = 0.0
    var providerAnswerLost = 0.0
    var providerRefuses = 0.0
    var receiptLost = 0.0
    var receiptRepeated = 0.0
    var deathEvery: Duration?
    var pauseEvery: Duration?
    var clockStepEvery: Duration?
    var rebalanceEvery: Duration?
    var actionEvery: Duration?
    var troubleEvery: Duration?

    static let calm = Weather()

    /// Each fault is absent from some seeds, so that none hides another.
    init(_ random: inout SeededGenerator) {
        func share(_ most: Double) -> Double {
            Bool.random(using: &random) ? 0 : Double.random(in: 0...most, using: &random)
        }
        func every(_ seconds: ClosedRange<Int64>) -> Duration? {
            Int.random(in: 0..<3, using: &random) == 0 ? nil : .seconds(Int64.random(in: seconds, using: &random))
        }
        recordLost = share(0.4)
        recordRepeated = share(0.4)
        databaseAway = share(0.1)
        databaseAnswerLost = share(0.05)
        providerUnreachable = share(0.2)
        providerAnswerLost = share(0.3)
        providerRefuses = share(0.4)
        receiptLost = share(0.5)
        receiptRepeated = share(0.5)
        deathEvery = every(2...30)
        pauseEvery = every(2...30)
        clockStepEvery = every(2...30)
        rebalanceEvery = every(1...20)
        actionEvery = every(1...10)
        troubleEvery = every(5...30)
    }

    private init() {}
}
