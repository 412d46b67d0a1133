import Models
import Testing

@Suite struct TemplateDefaultTests {
    private let template = TemplateDefinition(
        name: "event_reminder_24h", language: "en", category: .utility, status: .approved, parameterFormat: .named,
        bodyText: "Hi {{attendee_name}}, {{event_name}} starts tomorrow.",
        variables: [
            TemplateVariable(.body, "attendee_name"),
            TemplateVariable(.body, "event_name", fallback: .text("your event")),
        ])

    @Test func aVariableWithADefaultMayBeLeftOut() {
        #expect(template.check(variables: .byName(["attendee_name": .text("Ada")])).isEmpty)
        #expect(template.renderedBody(.byName(["attendee_name": .text("Ada")])) == "Hi Ada, your event starts tomorrow.")
        #expect(template.check(variables: .list([.text("Ada")])).isEmpty)
    }

    @Test func aGivenValueBeatsTheDefault() {
        let given: TemplateVariables = .byName(["attendee_name": .text("Ada"), "event_name": .text("the fair")])
        #expect(template.renderedBody(given) == "Hi Ada, the fair starts tomorrow.")
    }

    @Test func aVariableWithoutADefaultMustBeGiven() {
        #expect(template.check(variables: .byName(["event_name": .text("the fair")])) == [.missing(name: "attendee_name")])
    }
}
