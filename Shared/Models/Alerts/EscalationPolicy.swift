/// How often people are told again of an alert that nobody acknowledges, and when others are told too.
package struct EscalationPolicy: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Once more to those who were told.
        case reminder
        /// And for the first time to the second line.
        case escalation
    }

    package struct Step: Hashable, Sendable {
        package let kind: Kind
        /// Those who are told only of what nobody has acknowledged.
        package let reachesSecondLine: Bool
        /// Until the step after this one; nil: this is the last.
        package let next: Duration?
    }

    /// Of a critical alert, since it was opened.
    package let remindAfter: Duration
    package let escalateAfter: Duration
    /// From the escalation on.
    package let repeatEvery: Duration
    package let repeatsMax: Int
    /// Of a warning, since it was opened, and again after each reminder.
    package let warningAfter: Duration
    package let warningEvery: Duration
    package let warningRemindersMax: Int

    /// - Parameter escalateAfter: later than `remindAfter`, or the reminder is left out.
    package init(
        remindAfter: Duration = .seconds(900), escalateAfter: Duration = .seconds(1_800),
        repeatEvery: Duration = .seconds(3_600), repeatsMax: Int = 24,
        warningAfter: Duration = .seconds(4 * 3_600), warningEvery: Duration = .seconds(86_400),
        warningRemindersMax: Int = 7
    ) {
        self.remindAfter = min(remindAfter, escalateAfter)
        self.escalateAfter = escalateAfter
        self.repeatEvery = repeatEvery
        self.repeatsMax = repeatsMax
        self.warningAfter = warningAfter
        self.warningEvery = warningEvery
        self.warningRemindersMax = warningRemindersMax
    }

    /// Since the alert was opened; nil for what nobody is reminded of.
    package func firstStep(_ severity: AlertSeverity) -> Duration? {
        switch severity {
        case .critical: remindAfter
        case .warning: warningRemindersMax > 0 ? warningAfter : nil
        case .info: nil
        }
    }

    /// What is to be done now that the time of the next step has come.
    ///
    /// - Parameter taken: steps before this one.
    /// - Returns: nil when nothing is left to be done.
    package func step(after taken: Int, _ severity: AlertSeverity) -> Step? {
        switch severity {
        case .critical:
            switch taken {
            case ..<1:
                // With nothing between the two, the reminder would be said twice.
                if remindAfter == escalateAfter { return escalation }
                return Step(kind: .reminder, reachesSecondLine: false, next: escalateAfter - remindAfter)
            case 1 where remindAfter < escalateAfter: return escalation
            default:
                let repeats = taken - (remindAfter < escalateAfter ? 2 : 1)
                if repeats >= repeatsMax { return nil }
                return Step(
                    kind: .reminder, reachesSecondLine: true, next: repeats + 1 < repeatsMax ? repeatEvery : nil)
            }
        case .warning:
            if taken >= warningRemindersMax { return nil }
            return Step(
                kind: .reminder, reachesSecondLine: false, next: taken + 1 < warningRemindersMax ? warningEvery : nil)
        case .info: return nil
        }
    }

    private var escalation: Step {
        Step(kind: .escalation, reachesSecondLine: true, next: repeatsMax > 0 ? repeatEvery : nil)
    }
}
