import JSON

/// A rule as a form. What is more than a form can say (formats, tests) is typed as JSON, line by line.
enum RuleForm {
    static let fresh = ["on_repeat": "add", "template_language": "en", "priority": "5"]
    private static let units = ["days", "hours", "minutes"]

    static let fields: [Field] = [
        .line("name", "Name", isRequired: true),
        .line(
            "event_type", "When this happens", hint: "The type of your event.", isRequired: true,
            placeholder: "MemberRegistered"),
        .line("template_name", "This template is sent", isRequired: true, api: "template", placeholder: "welcome_new_member"),
        .line("template_language", "In the language", isRequired: true, api: "template.language"),
        .heading("When", hint: "At once, unless something stands here. A minus means before."),
        .line(
            "relative_to", "Counted from", hint: "A time in the event; otherwise from when it happened.", api: "timing",
            placeholder: "data.starts_at"),
        .line("at", "At this time of the day", type: "time", api: "timing.at"),
        .line("days", "Days", type: "number", api: "timing.days", placeholder: "-1"),
        .line("hours", "Hours", type: "number", api: "timing.hours"),
        .line("minutes", "Minutes", type: "number", api: "timing.minutes"),
        .heading("What it says, and to whom"),
        .area(
            "variables", "Variables of the template",
            hint: "One a line: where the value is found in the event. amount: {\"from\": \"data.amount\", \"format\": \"number\"} says more.",
            placeholder: "member_name: data.member_name"),
        .area(
            "recipient_filter", "Only where", rows: 2, hint: "One condition a line. amount: {\"gte\": 100} compares.",
            placeholder: "ticket_type: VIP"),
        .choice(
            "on_repeat", "Another event of the same subject",
            ["add", "replace", "ignore"].map { ($0, RuleWords.onRepeat($0)) }),
        .line("cancelled_by", "Called off by these events", hint: "With commas between.", placeholder: "EventCancelled"),
        .heading("Further"),
        .line("description", "Description", isWide: true),
        .line("priority", "Priority, 1 to 10", type: "number"),
        .line("expires_after_seconds", "Worth sending for, in seconds", type: "number"),
    ]

    static func values(of rule: JSONValue) -> [String: String] {
        let timing = rule["timing"]
        var values = [
            "name": rule.text("name"), "event_type": rule.text("event_type"), "description": rule.text("description"),
            "template_name": rule["template"]?.text("name") ?? "", "template_language": rule["template"]?.text("language") ?? "",
            "variables": DataLines.text(rule["variables"]), "recipient_filter": DataLines.text(rule["recipient_filter"]),
            "on_repeat": rule.text("on_repeat"), "cancelled_by": rule.strings("cancelled_by").joined(separator: ", "),
            "priority": "\(rule.count("priority"))", "relative_to": timing?.text("relative_to") ?? "",
            "at": timing?.text("at") ?? "",
        ]
        values["expires_after_seconds"] = rule["expires_after_seconds"]?.integer.map { "\($0)" }
        for unit in units { values[unit] = timing?[unit]?.integer.map { "\($0)" } }
        return values
    }

    static func write(_ input: FormInput, into writer: inout JSONWriter) {
        writer.field("name", input["name"])
        writer.field("event_type", input["event_type"])
        writer.field("description", typedOrNull: input["description"])
        writer.field("template", object: { writer in
            writer.field("name", input["template_name"])
            writer.field("language", input["template_language"])
        })
        for name in ["variables", "recipient_filter"] {
            writer.key(name)
            if input.isOn(name) { writer.raw(DataLines.json(input[name], over: nil)) } else { writer.null() }
        }
        writer.key("timing")
        writeTiming(input, into: &writer)
        writer.field("on_repeat", input["on_repeat"])
        writer.field("cancelled_by", input.list("cancelled_by"))
        writer.field("priority", number: input["priority"].isEmpty ? "5" : input["priority"])
        writer.field("expires_after_seconds", number: input["expires_after_seconds"])
    }

    private static func writeTiming(_ input: FormInput, into writer: inout JSONWriter) {
        let given = (units + ["relative_to", "at"]).filter(input.isOn)
        guard !given.isEmpty else { return writer.null() }
        writer.object { writer in
            for name in given {
                writer.key(name)
                if units.contains(name) { writer.number(input[name]) } else { writer.string(input[name]) }
            }
        }
    }
}
