import Models
import Testing

@Suite struct EscalationPolicyTests {
    private func walk(_ policy: EscalationPolicy, _ severity: AlertSeverity) -> [(at: Duration, step: EscalationPolicy.Step)] {
        guard var at = policy.firstStep(severity) else { return [] }
        var walked: [(at: Duration, step: EscalationPolicy.Step)] = []
        while let step = policy.step(after: walked.count, severity) {
            walked.append((at, step))
            guard let next = step.next else { break }
            at += next
        }
        #expect(policy.step(after: walked.count, severity) == nil)
        return walked
    }

    @Test func whatIsCriticalIsRemindedThenEscalatedThenRepeatedUpToACap() {
        let steps = walk(EscalationPolicy(repeatsMax: 3), .critical)
        #expect(steps.map(\.at) == [.seconds(900), .seconds(1_800), .seconds(5_400), .seconds(9_000), .seconds(12_600)])
        #expect(steps.map(\.step.kind) == [.reminder, .escalation, .reminder, .reminder, .reminder])
        #expect(steps.map(\.step.reachesSecondLine) == [false, true, true, true, true])
    }

    @Test func aWarningIsRemindedOfAndNeverEscalated() {
        let steps = walk(EscalationPolicy(warningRemindersMax: 3), .warning)
        #expect(steps.map(\.at) == [.seconds(14_400), .seconds(100_800), .seconds(187_200)])
        #expect(steps.allSatisfy { $0.step.kind == .reminder && !$0.step.reachesSecondLine })
    }

    @Test func nobodyIsRemindedOfWhatIsOnlyGoodToKnow() {
        #expect(EscalationPolicy().firstStep(.info) == nil)
        #expect(walk(EscalationPolicy(), .info).isEmpty)
    }

    @Test(arguments: [1_800, 4_000])
    func aReminderThatWouldCoincideWithTheEscalationIsLeftOut(remindAfter: Int) {
        let steps = walk(EscalationPolicy(remindAfter: .seconds(remindAfter), repeatsMax: 1), .critical)
        #expect(steps.map(\.at) == [.seconds(1_800), .seconds(5_400)])
        #expect(steps.map(\.step.kind) == [.escalation, .reminder])
    }

    @Test func withNoRepeatsTheEscalationIsTheLastWord() {
        let steps = walk(EscalationPolicy(repeatsMax: 0), .critical)
        #expect(steps.map(\.step.kind) == [.reminder, .escalation])
    }
}
