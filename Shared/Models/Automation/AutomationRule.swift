/// What is sent when something happens: which event, to whom of its recipients, when, which template, with what in it.
package struct AutomationRule: Hashable, Sendable {
    /// What another event of the same subject and recipient means for messages that this rule has planned already.
    package enum OnRepeat: String, CaseIterable, Hashable, Sendable {
        /// Each event has messages of its own.
        case add
        /// The last event counts: what still waits is cancelled.
        case replace
        /// The first event counts.
        case ignore
    }

    package var id: RuleID
    package var eventType: String
    package var isEnabled: Bool
    package var filter: RecipientFilter
    package var timing: RuleTiming
    /// Nil: `timing.expiryStandard`.
    package var expiresAfter: Duration?
    package var onRepeat: OnRepeat

    package init(
        id: RuleID, eventType: String, isEnabled: Bool = true, filter: RecipientFilter = .everybody,
        timing: RuleTiming = .atOnce, expiresAfter: Duration? = nil, onRepeat: OnRepeat = .add
    ) {
        self.id = id
        self.eventType = eventType
        self.isEnabled = isEnabled
        self.filter = filter
        self.timing = timing
        self.expiresAfter = expiresAfter
        self.onRepeat = onRepeat
    }

    /// What this rule makes of an event for one recipient.
    package enum Plan: Hashable, Sendable {
        /// The rule is not for this one: nothing is recorded.
        case notMeant
        case task(PlannedTask)
    }

    package struct PlannedTask: Hashable, Sendable {
        package let scheduledFor: Timestamp
        package let expiresAt: Timestamp
        /// Why it is recorded and not sent; nil when it waits for its time.
        package let skipped: TaskReason?
    }

    package func plan(_ facts: EventFacts, clock: LocalClock, now: Timestamp, isNumberGiven: Bool) -> Plan {
        guard isEnabled, eventType == facts.type, filter.matches(facts) else { return .notMeant }
        let lasts = expiresAfter ?? timing.expiryStandard
        func skipped(_ reason: TaskReason, at time: Timestamp) -> Plan {
            .task(PlannedTask(scheduledFor: time, expiresAt: time + lasts, skipped: reason))
        }
        switch timing.time(for: facts, clock: clock) {
        case .missing: return skipped(.timeMissing, at: now)
        case .unreadable: return skipped(.timeUnreadable, at: now)
        case .at(let time):
            if facts.recipient.number == nil {
                return skipped(isNumberGiven ? .recipientInvalid : .recipientMissing, at: time)
            }
            if time + lasts <= now { return skipped(.tooLate, at: time) }
            if time > now + RuleTiming.horizon { return skipped(.tooFar, at: time) }
            return .task(PlannedTask(scheduledFor: time, expiresAt: time + lasts, skipped: nil))
        }
    }
}

/// The values of a template's variables, each from its source.
package struct VariableMap: Hashable, Sendable {
    package static let variablesMax = 50
    package static let nameBytesMax = 100

    package let sources: [String: VariableSource]

    package init(_ sources: [String: VariableSource]) {
        self.sources = sources
    }

    /// Reads `{"member_name": "data.member.name", "1": {"from": …}}`.
    package init(_ value: DataValue, problems: inout [RuleProblem]) {
        var sources: [String: VariableSource] = [:]
        if let members = value.members, members.count <= Self.variablesMax {
            for (name, written) in members.sorted(by: { $0.key < $1.key }) where !written.isNull {
                let field = "variables.\(name.prefix(64))"
                if name.isEmpty || name.utf8.count > Self.nameBytesMax {
                    problems.append(
                        RuleProblem(
                            "variable_name_invalid", field, "A variable's name has 1 to \(Self.nameBytesMax) bytes."))
                } else if let source = VariableSource(written, field: field, problems: &problems) {
                    sources[name] = source
                }
            }
        } else {
            problems.append(
                RuleProblem(
                    "field_wrong_type", "variables",
                    "`variables` must be an object of at most \(Self.variablesMax) sources by the variable's name."))
        }
        self.sources = sources
    }

    package struct Resolved: Hashable, Sendable {
        package var values: [String: String] = [:]
        /// Names whose place in the event is empty: the template may have a text for them.
        package var missing: [String] = []
        package var unreadable: [String] = []
    }

    package func resolve(_ facts: EventFacts, clock: LocalClock, language: String) -> Resolved {
        var resolved = Resolved()
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            switch source.value(for: facts, clock: clock, language: language) {
            case .text(let text): resolved.values[name] = text
            case .missing: resolved.missing.append(name)
            case .unreadable: resolved.unreadable.append(name)
            }
        }
        return resolved
    }
}
