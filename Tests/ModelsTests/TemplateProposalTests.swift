import Models
import Testing

/// What Meta and Twilio would refuse is found before they are asked.
@Suite struct TemplateProposalTests {
    private func flaws(
        _ content: TemplateContent, category: TemplateCategory = .utility, provider: Provider = .meta,
        name: String = "order_shipped", language: String = "en_US", ttl: Int? = nil
    ) -> [TemplateFlaw] {
        TemplateProposal(
            name: name, language: language, category: category, provider: provider, content: content, sendTTLSeconds: ttl
        ).check()
    }

    private func codes(_ content: TemplateContent, provider: Provider = .meta) -> [String] {
        flaws(content, provider: provider).map { "\($0.code.rawValue) \($0.field)" }
    }

    private static let whole = TemplateContent(
        header: .text("Order {{1}}"), body: "Hi {{1}}, order {{2}} has left.", footer: "Reply STOP to opt out",
        buttons: [
            .quickReply(text: "Track"), .quickReply(text: "Stop"), .url(text: "Open", url: "https://shop.example/o/{{1}}"),
            .phoneNumber(text: "Call", number: "+393401234567"), .copyCode,
        ],
        examples: ["header_1": "881", "1": "Ada", "2": "881", "button_2": "881", "button_4": "SAVE20"])

    @Test func aTemplateWithEveryPartIsFine() {
        #expect(codes(Self.whole) == [])
        let variables = TemplateDefinition.variables(of: Self.whole, category: .utility, provider: .meta)
        #expect(variables.map(\.name) == ["header_1", "1", "2", "button_0", "button_1", "button_2", "button_4"])
        #expect(variables.filter(\.isOptional).map(\.name) == ["button_0", "button_1"])
        #expect(Self.whole.parameterFormat == .positional)
    }

    @Test(arguments: [
        ("{{1}} has left.", "template_placeholder_misplaced body"),
        ("It has left, {{1}}", "template_placeholder_misplaced body"),
        ("Hi {{1}} {{2}}, hello.", "template_placeholder_misplaced body"),
        ("Hi {{1}} and {{3}}, hello.", "template_placeholders_not_in_sequence body"),
        ("Hi {{1}} and {{name}}, hello.", "template_placeholders_mixed body"),
        ("Hi {{First Name}}, hello.", "template_placeholder_invalid body"),
        ("Hi {{}}, hello.", "template_placeholder_invalid body"),
        ("Hi {{1, hello.", "template_placeholder_invalid body"),
        (" ", "template_text_missing body"), ("a\tb", "template_text_invalid body"),
        ("a\n\n\nb", "template_text_invalid body"), ("a     b", "template_text_invalid body"),
    ])
    func aBodyThatMetaRefusesIsRefused(body: String, expected: String) {
        let examples = ["1": "a", "2": "b", "3": "c", "name": "d", "First Name": "e", "": "f"]
        let known = Set(TemplateDefinition.placeholders(in: body))
        let content = TemplateContent(body: body, examples: examples.filter { known.contains($0.key) })
        #expect(codes(content).contains(expected), "\(codes(content))")
    }

    @Test func lengthsEndWhereMetaSays() {
        let body = String(repeating: "x", count: 1_024)
        #expect(codes(TemplateContent(body: body)) == [])
        #expect(codes(TemplateContent(body: body + "x")).first == "template_text_too_long body")
        #expect(codes(TemplateContent(header: .text(String(repeating: "x", count: 60)), body: "b")) == [])
        #expect(
            codes(TemplateContent(header: .text(String(repeating: "x", count: 61)), body: "b"))
                == ["template_text_too_long header.text"])
        #expect(
            codes(TemplateContent(body: "b", footer: String(repeating: "x", count: 61))) == ["template_text_too_long footer"])
        let filled = TemplateContent(body: "Hi {{1}}, hello.", examples: ["1": String(repeating: "x", count: 1_020)])
        #expect(codes(filled) == ["template_text_too_long body"])
    }

    @Test func everyVariableNeedsAnExampleAndNoOtherHasOne() {
        var content = Self.whole
        content.examples = ["header_1": "881", "1": "Ada", "button_2": "881", "button_4": "SAVE20", "colour": "red"]
        #expect(codes(content) == ["template_example_missing examples.2", "template_example_unknown examples.colour"])
    }

    @Test(arguments: [
        (TemplateButton.url(text: "Open", url: "https://shop.example/{{1}}/x"), "template_placeholder_misplaced buttons[0].url"),
        (.url(text: "Open", url: "https://{{1}}"), "template_placeholder_misplaced buttons[0].url"),
        (.url(text: "Open", url: "ftp://shop.example"), "template_button_invalid buttons[0].url"),
        (.url(text: "Open", url: "https://shop.example/o/{{order}}"), "template_placeholder_invalid buttons[0].url"),
        (.phoneNumber(text: "Call", number: "0340 12"), "template_button_invalid buttons[0].phone_number"),
        (.quickReply(text: String(repeating: "x", count: 26)), "template_text_too_long buttons[0].text"),
        (.quickReply(text: "Hi {{1}}"), "template_placeholder_misplaced buttons[0].text"),
        (.oneTimeCode(OneTimeCode()), "template_component_not_allowed buttons[0].type"),
        (.other(type: "FLOW", text: "Go"), "template_component_not_allowed buttons[0].type"),
    ])
    func aButtonThatMetaRefusesIsRefused(button: TemplateButton, expected: String) {
        let content = TemplateContent(body: "Hello.", buttons: [button], examples: ["button_0": "x"])
        #expect(codes(content).contains(expected), "\(codes(content))")
    }

    @Test func buttonsHaveTheirNumbersAndStandTogether() {
        func codes(_ buttons: [TemplateButton]) -> [String] {
            flaws(TemplateContent(body: "Hello.", buttons: buttons)).map(\.code.rawValue)
        }
        let urls = (0..<3).map { TemplateButton.url(text: "Open \($0)", url: "https://shop.example") }
        #expect(codes(urls) == ["template_too_many_buttons"])
        #expect(codes((0..<11).map { .quickReply(text: "\($0)") }) == ["template_too_many_buttons"])
        #expect(
            codes([.quickReply(text: "a"), urls[0], .quickReply(text: "b")]) == ["template_buttons_not_grouped"])
        #expect(codes([.quickReply(text: "a"), .quickReply(text: "a")]) == ["template_button_invalid"])
        #expect(codes([urls[0], .quickReply(text: "a"), .quickReply(text: "b")]) == [])
    }

    @Test func anAuthenticationTemplateHasNothingOfItsAuthorsButItsButton() {
        func codes(_ content: TemplateContent) -> [String] {
            flaws(content, category: .authentication).map { "\($0.code.rawValue) \($0.field)" }
        }
        let button = TemplateButton.oneTimeCode(OneTimeCode(text: "Copy code"))
        #expect(codes(TemplateContent(buttons: [button], codeExpirationMinutes: 10)) == [])
        #expect(codes(TemplateContent(buttons: [])) == ["template_button_invalid buttons"])
        #expect(
            codes(TemplateContent(header: .location, body: "Hi", footer: "x", buttons: [button]))
                == ["header", "body", "footer"].map { "template_component_not_allowed \($0)" })
        #expect(codes(TemplateContent(buttons: [button], codeExpirationMinutes: 91)).count == 1)
        let oneTap = TemplateButton.oneTimeCode(OneTimeCode(way: .oneTap))
        #expect(codes(TemplateContent(buttons: [oneTap])) == ["template_button_invalid buttons[0].apps"])
        #expect(
            flaws(TemplateContent(body: "x", codeExpirationMinutes: 5)).map(\.code) == [.componentNotAllowed])
    }

    @Test func nameLanguageAndLifetimeAreChecked() {
        let body = TemplateContent(body: "Hello.")
        #expect(flaws(body, name: "Order").map(\.code) == [.nameInvalid])
        #expect(flaws(body, language: "english").map(\.code) == [.languageInvalid])
        #expect(flaws(body, ttl: 29).map(\.code) == [.lifetimeInvalid])
        #expect(flaws(body, ttl: -1).isEmpty && flaws(body, ttl: 43_200).isEmpty)
        #expect(flaws(body, category: .marketing, ttl: -1).map(\.code) == [.lifetimeInvalid])
        #expect(flaws(body, provider: .twilio, ttl: 60).map(\.code) == [.componentNotAllowed])
    }

    @Test func twilioCountsAllVariablesAsOneList() {
        var content = TemplateContent(
            header: .text("Order {{1}}"), body: "Hi {{2}}, it has left.",
            buttons: [.url(text: "Open", url: "https://shop.example/{{3}}")],
            examples: ["header_1": "881", "2": "Ada", "button_0": "881"])
        #expect(codes(content, provider: .twilio) == [])
        let variables = TemplateDefinition.variables(of: content, category: .utility, provider: .twilio)
        #expect(variables.map(\.placeholder) == ["1", "2", "3"])
        content.buttons = [.url(text: "Open", url: "https://shop.example/{{5}}")]
        #expect(codes(content, provider: .twilio) == ["template_placeholders_not_in_sequence body"])
        let location = TemplateContent(header: .location, body: "Here we are.")
        #expect(codes(location, provider: .twilio) == ["template_component_not_allowed header.format"])
        let long = TemplateContent(body: "Hi {{a_name_of_17_char}}, hello.", examples: ["a_name_of_17_char": "x"])
        #expect(codes(long, provider: .twilio) == ["template_placeholder_invalid body"])
        #expect(codes(long) == [])
    }

    @Test func positionalValuesAreCountedByTheirNumbers() throws {
        let content = TemplateContent(body: "Gate {{2}} is yours, {{1}}, welcome.")
        let definition = TemplateDefinition(
            name: "gate", language: "en", category: .utility, status: .approved, parameterFormat: .positional,
            bodyText: content.body, variables: TemplateDefinition.variables(of: content, category: .utility, provider: .meta))
        let parameters = try definition.resolve(.list([.text("Ada"), .text("7")])).get()
        #expect(parameters.body.map(\.value) == [.text("Ada"), .text("7")])
        #expect(definition.renderedBody(.list([.text("Ada"), .text("7")])) == "Gate 7 is yours, Ada, welcome.")
    }

    @Test func aQuickRepliesPayloadMayBeGivenByName() throws {
        let definition = TemplateDefinition(
            name: "ask", language: "en", category: .utility, status: .approved, parameterFormat: .positional,
            variables: [
                TemplateVariable(.body, "1"),
                TemplateVariable(.button(index: 0, subtype: .quickReply), kind: .payload, isOptional: true),
            ])
        #expect(try definition.resolve(.list([.text("Ada")])).get().buttons == [])
        let named = try definition.resolve(.byName(["1": .text("Ada"), "button_0": .payload("YES-7")])).get()
        #expect(named.buttons == [ButtonParameter(index: 0, subtype: .quickReply, value: .payload("YES-7"))])
        #expect(definition.check(variables: .list([.text("a"), .text("b")])) == [.tooMany(expected: 1, found: 2)])
    }

    @Test func aTemplateIsShownAsItsRecipientSeesIt() {
        let values: [String: TemplateValue] = ["header_1": .text("881"), "1": .text("Ada"), "button_2": .text("881")]
        let shown = Self.whole.rendered(category: .utility, with: values)
        #expect(shown.header == .text("Order 881"))
        #expect(shown.body == "Hi Ada, order {{2}} has left.")
        #expect(shown.buttons.map(\.value) == [nil, nil, "https://shop.example/o/881", "+393401234567", nil])
        let code = TemplateContent(addsSecurityRecommendation: true, codeExpirationMinutes: 5)
            .rendered(category: .authentication, with: ["1": .text("123456")])
        #expect(code.body == "*123456* is your verification code. For your security, do not share this code.")
        #expect(code.footer == "This code expires in 5 minutes.")
    }
}

@Suite struct TemplateRulesTests {
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    @Test func everyStatusSaysWhetherItMayBeChanged() {
        let changeable = TemplateStatus.allCases.filter { TemplateRules.change($0, .meta) == nil }
        #expect(Set(changeable) == [.draft, .approved, .rejected, .paused])
        #expect(TemplateStatus.allCases.filter { TemplateRules.change($0, .twilio) == nil } == [.draft])
        let deletable = TemplateStatus.allCases.filter { TemplateRules.delete($0) == nil }
        #expect(!deletable.contains(.disabled) && !deletable.contains(.pendingDeletion) && deletable.contains(.draft))
        #expect(TemplateStatus.allCases.filter { TemplateRules.unpause($0, .meta) == nil } == [.paused])
    }

    @Test func onlyWhatWasChangedIsHandedInAgain() {
        func submit(_ status: TemplateStatus, hasChanges: Bool) -> TemplateRefusal? {
            TemplateRules.submit(status, .meta, hasChanges: hasChanges, edits: [], now: now)
        }
        #expect(submit(.draft, hasChanges: false) == nil)
        #expect(submit(.approved, hasChanges: false) == .nothingToSubmit(.approved))
        #expect(submit(.rejected, hasChanges: true) == nil)
        #expect(submit(.pending, hasChanges: true) == .notChangeable(.pending))
    }

    @Test func anApprovedTemplateIsChangedOnceADayAndTenTimesAMonth() {
        func limit(_ status: TemplateStatus, hoursAgo: [Int]) -> TemplateRefusal? {
            let edits = hoursAgo.map { now + .seconds(-$0 * 3_600) }
            return TemplateRules.submit(status, .meta, hasChanges: true, edits: edits, now: now)
        }
        #expect(limit(.approved, hoursAgo: [23]) == .editLimit(now + .seconds(3_600)))
        #expect(limit(.approved, hoursAgo: [24]) == nil)
        #expect(limit(.rejected, hoursAgo: [1]) == nil)
        let ten = (1...10).map { $0 * 48 }
        #expect(limit(.approved, hoursAgo: ten) == .editLimit(now + .seconds((30 * 24 - 480) * 3_600)))
        #expect(limit(.approved, hoursAgo: ten.dropLast()) == nil)
    }
}
