/// When a rule's message goes out: so long before or after a time that the event tells, or after the event itself.
package struct RuleTiming: Hashable, Sendable {
    package static let daysMax = 730
    package static let spanMax: Duration = .seconds(86_400 * 730)
    /// When a date without a time, and a rule without one, leave open at what hour.
    package static let timeOfDayStandard: Duration = .seconds(9 * 3_600)
    /// How far ahead a message may be planned.
    package static let horizon: Duration = .seconds(86_400 * 800)

    /// What the time is relative to; nil: when the event occurred.
    package var anchor: DataPath?
    /// Calendar days of the tenant's time zone, that is with the same time on the clock.
    package var days: Int
    package var span: Duration
    /// A time of the local day that goes over the anchor's own.
    package var timeOfDay: Duration?

    package init(anchor: DataPath? = nil, days: Int = 0, span: Duration = .zero, timeOfDay: Duration? = nil) {
        self.anchor = anchor
        self.days = days
        self.span = span
        self.timeOfDay = timeOfDay
    }

    package static let atOnce = RuleTiming()

    package enum Outcome: Hashable, Sendable {
        case at(Timestamp)
        /// The event says nothing where the rule looks for its time.
        case missing
        /// What stands there is no time.
        case unreadable
    }

    package func time(for facts: EventFacts, clock: LocalClock) -> Outcome {
        var written = WrittenTime.moment(facts.occurredAt)
        if let anchor {
            guard let value = facts.value(at: anchor) else { return .missing }
            guard let time = WrittenTime(value) else { return .unreadable }
            written = time
        }
        if days == 0, timeOfDay == nil, case .moment(let moment) = written { return .at(moment + span) }
        let (day, time) = written.standing(by: clock)
        return .at(clock.moment(day: day + days, time: timeOfDay ?? time ?? Self.timeOfDayStandard) + span)
    }

    /// How long after its time a message is still worth sending when the rule does not say: one that speaks of a date is
    /// soon wrong, a receipt is welcome late.
    package var expiryStandard: Duration { anchor == nil ? .seconds(86_400) : .seconds(3_600) }
}

extension RuleTiming {
    private static let fields = ["relative_to", "days", "hours", "minutes", "seconds", "at"]

    /// Reads `{"relative_to": "data.starts_at", "days": -1, "at": "09:00"}`: what lies before is negative.
    package init(_ value: DataValue, problems: inout [RuleProblem]) {
        self.init()
        guard let members = value.members else {
            problems.append(RuleProblem("field_wrong_type", "timing", "`timing` must be a JSON object."))
            return
        }
        for name in members.keys.sorted() where !Self.fields.contains(name) {
            problems.append(.unknownField(name, in: "timing.", known: Self.fields))
        }
        if let written = members["relative_to"], !written.isNull {
            anchor = written.text.flatMap(DataPath.init)
            if anchor == nil {
                problems.append(
                    RuleProblem(
                        "path_invalid", "timing.relative_to",
                        "`timing.relative_to` must name a place in the event, as in data.starts_at."))
            } else if anchor?.text == "occurred_at" {
                anchor = nil
            }
        }
        days = Self.number("days", of: members, max: Self.daysMax, &problems)
        let spanMax = Int(Self.spanMax.microseconds / 1_000_000)
        let (hours, minutes) = (
            Self.number("hours", of: members, max: spanMax / 3_600, &problems),
            Self.number("minutes", of: members, max: spanMax / 60, &problems)
        )
        let seconds = Self.number("seconds", of: members, max: spanMax, &problems)
        span = .seconds(hours * 3_600 + minutes * 60 + seconds)
        if span > Self.spanMax || span < .zero - Self.spanMax {
            problems.append(
                RuleProblem("timing_too_far", "timing", "A message may be planned up to \(Self.daysMax) days ahead or back."))
        }
        guard let written = members["at"], !written.isNull else { return }
        timeOfDay = written.text.flatMap(Self.timeOfDay)
        if timeOfDay == nil {
            problems.append(
                RuleProblem("time_of_day_invalid", "timing.at", "`timing.at` must be a time of day, as in 09:00."))
        } else if span != .zero {
            problems.append(
                RuleProblem(
                    "timing_contradictory", "timing.at",
                    "`timing.at` says the time of day: leave hours, minutes and seconds out, or leave it out."))
        }
    }

    private static func number(
        _ name: String, of members: [String: DataValue], max: Int, _ problems: inout [RuleProblem]
    ) -> Int {
        guard let value = members[name], !value.isNull else { return 0 }
        if let number = value.wholeNumber, abs(number) <= max { return number }
        problems.append(
            RuleProblem(
                "timing_out_of_range", "timing.\(name)",
                "`timing.\(name)` must be a whole number between -\(max) and \(max)."))
        return 0
    }

    /// `09:00` or `09:00:30`.
    private static func timeOfDay(_ text: String) -> Duration? {
        let written = text.utf8.count == 5 ? text + ":00" : text
        return Timestamp(rfc3339: "1970-01-01T\(written)Z").flatMap { time in
            written.utf8.count == 8 ? .microseconds(time.microseconds) : nil
        }
    }
}

extension RuleProblem {
    static func unknownField(_ name: String, in path: String, known: [String]) -> RuleProblem {
        let shown = name.count > 64 ? String(name.prefix(64)) + "…" : name
        return RuleProblem(
            "field_unknown", path + shown,
            "There is no field `\(shown)` here. Known fields: \(known.joined(separator: ", ")).")
    }
}
