import Models
import Testing

/// Whom a rule is for, what stands in its message, and what becomes of it.
@Suite struct AutomationRuleTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let id = RuleID(UUIDValue(high: 1, low: 1))

    private func facts(_ data: [String: DataValue], number: String? = "+393401234567") -> EventFacts {
        EventFacts(
            type: "Booked", occurredAt: Self.now, subject: "booking 17",
            recipient: EventRecipient(number: number, name: "Ada", language: "it"), data: .object(data))
    }

    private func filter(_ members: [String: DataValue]) throws -> RecipientFilter {
        var problems: [RuleProblem] = []
        let filter = RecipientFilter(.object(members), problems: &problems)
        try #require(problems == [])
        return filter
    }

    @Test(arguments: [
        (["ticket_type": .text("VIP")], true), (["ticket_type": .text("vip")], true),
        (["ticket_type": .text("Standard")], false), (["data.ticket_type": .text("VIP")], true),
        (["ticket_type": .list([.text("Standard"), .text("VIP")])], true),
        (["seats": .object(["gte": .number(2), "lt": .number(4)])], true),
        (["seats": .object(["gt": .number(3)])], false), (["seats": .text("3")], true),
        (["missing": .null], true), (["ticket_type": .null], false),
        (["missing": .object(["exists": .boolean(false)])], true),
        (["missing": .object(["ne": .text("x")])], true), (["missing": .object(["gt": .number(0)])], false),
        (["tags": .text("first")], true), (["tags": .object(["contains": .text("second")])], true),
        (["tags": .object(["not_in": .list([.text("first")])])], false),
        (["member.city": .object(["starts_with": .text("mil")])], true),
        (["member.city": .object(["contains": .text("LAN")])], true),
        (["recipient.language": .text("it")], true), (["subject": .text("booking 17")], true),
        (["paid": .boolean(true)], true), (["paid": .text("true")], true), (["tags.1": .text("second")], true),
        // All must hold.
        (["ticket_type": .text("VIP"), "seats": .number(2)], false),
    ] as [([String: DataValue], Bool)])
    func aFilterMatchesWhatItsConditionsSay(conditions: [String: DataValue], isMeant: Bool) throws {
        let data: [String: DataValue] = [
            "ticket_type": .text("VIP"), "seats": .number(3), "tags": .list([.text("first"), .text("second")]),
            "member": .object(["city": .text("Milano")]), "paid": .boolean(true),
        ]
        #expect(try filter(conditions).matches(facts(data)) == isMeant)
    }

    @Test func aFilterThatNobodyCanMeanIsRefused() {
        let wrong: [(DataValue, String)] = [
            (.text("VIP"), "field_wrong_type"), (.object(["a": .object(["like": .text("x")])]), "field_unknown"),
            (.object(["a": .object(["gt": .text("x")])]), "recipient_filter_invalid"),
            (.object(["a": .list([])]), "recipient_filter_invalid"), (.object(["a b": .text("x")]), "path_invalid"),
            (.object(["a": .object(["exists": .text("yes")])]), "recipient_filter_invalid"),
            (.object(["a": .object(["eq": .list([])])]), "recipient_filter_invalid"),
        ]
        for (value, code) in wrong {
            var problems: [RuleProblem] = []
            _ = RecipientFilter(value, problems: &problems)
            #expect(problems.map(\.code) == [code], "\(value)")
        }
    }

    @Test(arguments: [
        (VariableSource.Format.text, DataValue.number(1250.5), "1250.5"), (.number, .number(1250.5), "1,250.50"),
        (.number, .text("€ 12"), "€ 12"), (.date, .text("2027-03-14T18:30:00Z"), "14 March 2027"),
        (.time, .text("2027-03-14T18:30:00Z"), "18:30"), (.twelveHourTime, .text("2027-03-14T00:05:00Z"), "12:05 AM"),
        (.dateTime, .text("2027-03-14T18:30"), "14 March 2027, 18:30"), (.dateTime, .text("2027-03-14"), "14 March 2027"),
        (.isoDate, .number(1_800_000_000), "2027-01-15"), (.weekday, .text("2027-03-14"), "Sunday"),
        (.text, .text(" two\nlines\t and     blanks "), "two lines and blanks"),
        (.text, .list([.text("A1"), .number(2)]), "A1, 2"),
    ])
    func aValueIsShownAsPeopleReadIt(format: VariableSource.Format, value: DataValue, shown: String) throws {
        let source = VariableSource(.path(try #require(DataPath("x"))), format: format)
        let outcome = source.value(for: facts(["x": value]), clock: .utc, language: "en")
        #expect(outcome == .text(shown))
    }

    @Test func datesAndNumbersAreThoseOfTheLanguage() throws {
        let day = 20_891
        #expect(DateText.date(day: day, language: "en") == "14 March 2027")
        #expect(DateText.date(day: day, language: "en_US") == "March 14, 2027")
        #expect(DateText.date(day: day, language: "it") == "14 marzo 2027")
        #expect(DateText.date(day: day, language: "pt_BR") == "14 de março de 2027")
        #expect(DateText.date(day: day, language: "de") == "14. März 2027")
        #expect(DateText.date(day: day, language: "ja") == "2027-03-14")
        #expect(DateText.weekday(day: day, language: "fr") == "dimanche")
        #expect(DateText.weekday(day: -1, language: "en") == "Wednesday")
        #expect(NumberText.grouped(1_234_567.891, decimals: nil, language: "it") == "1.234.567,89")
        #expect(NumberText.grouped(-0.004, decimals: 2, language: "en") == "0.00")
        #expect(NumberText.grouped(999_999, decimals: 0, language: "id") == "999.999")
        #expect(NumberText.grouped(7, decimals: 2, language: "fr") == "7,00")
    }

    @Test func whatIsMissingFallsBackAndWhatCannotBeShownIsNamed() throws {
        var problems: [RuleProblem] = []
        let map = VariableMap(
            .object([
                "name": .text("recipient.name"), "hall": .object(["from": .text("hall"), "default": .text("the hall")]),
                "city": .object(["text": .text("Rome")]), "date": .object(["from": .text("when"), "format": .text("date")]),
                "gone": .text("data.nothing"), "blank": .text("data.blank"),
                "price": .object(["from": .text("price"), "prefix": .text("Rp "), "format": .text("number")]),
            ]), problems: &problems)
        #expect(problems == [])
        let resolved = map.resolve(
            facts(["when": .text("soon"), "blank": .text("  "), "price": .number(5_000)]), clock: .utc, language: "id")
        #expect(resolved.values == ["name": "Ada", "hall": "the hall", "city": "Rome", "price": "Rp 5.000"])
        #expect(resolved.missing == ["blank", "gone"])
        #expect(resolved.unreadable == ["date"])
    }

    @Test func aPlanSaysForEachRecipientWhatWillBe() throws {
        let rule = AutomationRule(
            id: Self.id, eventType: "Booked", filter: try filter(["level": .text("gold")]),
            timing: RuleTiming(anchor: DataPath("starts_at"), days: -1))
        func plan(_ facts: EventFacts, isGiven: Bool = true) -> AutomationRule.Plan {
            rule.plan(facts, clock: .utc, now: Self.now, isNumberGiven: isGiven)
        }
        func skip(_ facts: EventFacts, isGiven: Bool = true) -> TaskReason? {
            guard case .task(let task) = plan(facts, isGiven: isGiven) else { return nil }
            return task.skipped
        }
        let gold: [String: DataValue] = ["level": .text("gold"), "starts_at": .text((Self.now + .seconds(200_000)).rfc3339)]
        guard case .task(let task) = plan(facts(gold)) else {
            Issue.record("the rule is meant for gold")
            return
        }
        #expect(task.scheduledFor == Self.now + .seconds(113_600) && task.expiresAt == Self.now + .seconds(117_200))
        #expect(task.skipped == nil)
        #expect(plan(facts(gold.merging(["level": .text("iron")]) { $1 })) == .notMeant)
        #expect(skip(facts(gold, number: nil)) == .recipientInvalid)
        #expect(skip(facts(gold, number: nil), isGiven: false) == .recipientMissing)
        #expect(skip(facts(["level": .text("gold")])) == .timeMissing)
        func starting(in seconds: Int) -> EventFacts {
            facts(gold.merging(["starts_at": .text((Self.now + .seconds(seconds)).rfc3339)]) { $1 })
        }
        // An hour is what a reminder may be late.
        #expect(skip(starting(in: 86_400 - 3_599)) == nil)
        #expect(skip(starting(in: 86_400 - 3_600)) == .tooLate)
        #expect(skip(starting(in: 86_400 * 802)) == .tooFar)
        var other = facts(gold)
        other.type = "Paid"
        #expect(plan(other) == .notMeant)
    }

    @Test func aRefusalIsTriedAgainOnlyWhereItMayPass() {
        func decide(_ code: String, recipient: Bool = false, tries: Int = 1, left: Int = 100_000) -> TaskRefusal.Outcome {
            TaskRefusal.decide(
                code: code, isAboutRecipient: recipient, tries: tries, now: Self.now,
                expiresAt: Self.now + .seconds(left))
        }
        #expect(decide("template_not_approved") == .again(at: Self.now + .seconds(60)))
        #expect(decide("template_not_approved", tries: 3) == .again(at: Self.now + .seconds(240)))
        #expect(decide("template_not_approved", tries: 1_000) == .again(at: Self.now + .seconds(3_600)))
        #expect(decide("template_not_approved", left: 60) == .fail)
        #expect(decide("template_variable_missing") == .fail)
        #expect(decide("recipient_opted_out", recipient: true) == .skip)
    }

    @Test func onlyWhatWaitsCanBeCancelledAndOnlyWhatWasNotSentCanBeRun() {
        let allowed = TaskStatus.allCases.map { status in
            TaskStatus.Request.allCases.filter { status.allows($0) }
        }
        #expect(allowed == [[.cancel, .move, .runNow], [], [], [.move, .runNow], [.move, .runNow], []])
    }

    @Test func aRecipientsOwnDataGoesOverWhatAllShareDeepInside() {
        let common = DataValue.object(["a": .number(1), "seat": .object(["row": .text("A"), "hall": .text("1")])])
        let own = DataValue.object(["seat": .object(["row": .text("B")]), "b": .null])
        #expect(
            own.over(common)
                == .object([
                    "a": .number(1), "b": .null, "seat": .object(["row": .text("B"), "hall": .text("1")]),
                ]))
    }
}
