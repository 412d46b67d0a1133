import HTTPServer
import JSON
import Models

/// What a business sets for itself.
struct BusinessPages: Sendable {
    static let path = SettingsTabs.path
    private static let api = "/v1/settings"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .settings)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(show))
        router.on(.post, Self.path, routes.changing(change))
    }

    private func show(_ owner: Owner) async throws -> Response {
        let settings = try await owner.root(Self.api)
        return try await page(owner, settings, BusinessForm.values(of: settings))
    }

    private func page(
        _ owner: Owner, _ settings: JSONValue, _ values: [String: String], _ problem: Problem? = nil
    ) async throws -> Response {
        let retention = try await owner.root("/v1/retention")
        let form = Form(
            action: Self.path, submit: "Save the settings", fields: BusinessForm.fields, values: values, problem: problem)
        let facts = Piece.facts([
            ("Id", settings.shown("id")), ("Short name", settings.shown("slug")),
            ("Status", "\(Piece.sentence(settings.text("status")))"), ("Plan", settings.shown("plan")),
            ("Messages are kept", retention["effective_days"]?.integer.map { "\($0) days" } ?? "for good"),
            ("At most by the plan", retention["plan_days_max"]?.integer.map { "\($0) days" }),
            ("Changed", settings.time("updated_at")),
        ])
        return owner.page(
            "Settings", status: problem?.status ?? 200, tabs: SettingsTabs.markup(owner, at: Self.path),
            """
            \(Piece.panel("Business", facts))
            \(owner.may(.settings) ? form.markup(owner.visitor) : Piece.panel("Settings", BusinessForm.shown(values)))
            """)
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.patch, Self.api) { BusinessForm.write(input, into: &$0) }
            return owner.redirect(to: Self.path, .settingsSaved)
        } orShow: { problem in
            try await page(owner, try await owner.root(Self.api), input.texts, problem)
        }
    }
}

/// The settings as a form.
enum BusinessForm {
    private static let rates = ["delivery_rate", "failure_rate", "quality_score"]
    private static let lines = ["name", "default_country", "time_zone", "currency"]
    private static let numbers = [
        "max_retries", "message_delay_seconds", "daily_quota", "retention_days", "redact_after_days",
    ]
    private static let presets: [(value: String, title: String)] = [
        ("quick", "Quick: after 5, 10 and 15 seconds"), ("steady", "Steady: 5 minutes each"),
        ("patient", "Patient: longer and longer"), ("own", "Your own delays"),
    ]

    static let fields: [Field] =
        [
            .line("name", "Name", isRequired: true),
            .line("default_country", "Country", hint: "Of numbers without a country code: IT."),
            .line("time_zone", "Time zone", hint: "As in Europe/Rome."), .line("currency", "Currency", placeholder: "EUR"),
            .heading("Retries"),
            .check("auto_retry_enabled", "Try again by itself what may be tried again"),
            .choice("retry_preset", "How", presets),
            .line("max_retries", "At most, after the first send", type: "number"),
            .line(
                "retry_delays_seconds", "Your own delays, in seconds", hint: "With commas between; only for your own.",
                placeholder: "60, 300, 900"),
            .heading("Pace"),
            .line("daily_quota", "Messages a day at most", type: "number"),
            .line("message_delay_seconds", "Seconds between two messages to one person", type: "number"),
            .line("quiet_from", "Quiet from", type: "time", hint: "Only login codes go out in quiet hours.", api: "quiet_hours"),
            .line("quiet_to", "Quiet until", type: "time", api: "quiet_hours.to"),
            .heading("Alerts", hint: "Shares from 0 to 1: you are told when yours are worse."),
        ]
        + rates.map { .line($0, Piece.sentence($0), api: "thresholds.\($0)") } + [
            .heading("Consent and replies"),
            .line(
                "opt_in_required", "Opt-in needed for", hint: "MARKETING, UTILITY, AUTHENTICATION, with commas between.",
                isWide: true),
            .line(
                "fallback_name", "Template instead of a late reply", hint: "Sent where free text is no longer allowed.",
                api: "fallback_template"),
            .line("fallback_language", "Its language", api: "fallback_template.language"),
            .line("fallback_variable", "Its variable for the text", api: "fallback_template.variable"),
            .line("message_kinds", "Kinds of messages", hint: "With commas between; any unless given.", isWide: true),
            .heading("Keeping"),
            .line("retention_days", "Messages are kept for, in days", type: "number"),
            .line("redact_after_days", "Numbers and texts are blacked out after, in days", type: "number"),
            .check("archive_before_removal", "Archive before removing"),
            .heading("Programs in browsers"),
            .area("allowed_origins", "Pages that may call the API", rows: 2, hint: "One a line: https://shop.example"),
        ]

    static func values(of settings: JSONValue) -> [String: String] {
        var values: [String: String] = [:]
        for name in lines + ["retry_preset"] { values[name] = settings.text(name) }
        for name in numbers { values[name] = settings[name]?.integer.map { "\($0)" } }
        for name in ["auto_retry_enabled", "archive_before_removal"] { values[name] = settings.isTrue(name) ? "yes" : "" }
        for name in rates { values[name] = settings["thresholds"]?[name]?.double.map { "\($0)" } }
        values["retry_delays_seconds"] = settings.list("retry_delays_seconds").compactMap(\.integer).map { "\($0)" }
            .joined(separator: ", ")
        values["quiet_from"] = settings["quiet_hours"]?.text("from")
        values["quiet_to"] = settings["quiet_hours"]?.text("to")
        for name in ["opt_in_required", "message_kinds"] { values[name] = settings.strings(name).joined(separator: ", ") }
        values["allowed_origins"] = settings.strings("allowed_origins").joined(separator: "\n")
        for part in ["name", "language", "variable"] { values["fallback_\(part)"] = settings["fallback_template"]?.text(part) }
        return values
    }

    /// For those who may only look.
    static func shown(_ values: [String: String]) -> HTML {
        Piece.facts(
            fields.compactMap { field in
                let value = values[field.name] ?? ""
                return field.name.isEmpty || value.isEmpty ? nil : (field.title, "\(value)")
            })
    }

    static func write(_ input: FormInput, into writer: inout JSONWriter) {
        writer.field("name", input["name"])
        for name in lines.dropFirst() {
            writer.key(name)
            if input.isOn(name) { writer.string(input[name]) } else { writer.null() }
        }
        for name in numbers {
            writer.key(name)
            if input.isOn(name) { writer.number(input[name]) } else { writer.null() }
        }
        writer.field("auto_retry_enabled", input.isOn("auto_retry_enabled"))
        writer.field("archive_before_removal", input.isOn("archive_before_removal"))
        writer.field("retry_preset", input["retry_preset"])
        // Of the ready ones the delays are known.
        if input["retry_preset"] == "own" {
            writer.field(
                "retry_delays_seconds", array: { list in for delay in input.list("retry_delays_seconds") { list.number(delay) } })
        }
        writer.key("quiet_hours")
        object(["from": input["quiet_from"], "to": input["quiet_to"]], into: &writer)
        writer.field("thresholds", object: { writer in
            for name in rates where input.isOn(name) {
                writer.key(name)
                writer.number(input[name])
            }
        })
        writer.field("opt_in_required", input.list("opt_in_required").map { $0.uppercased() })
        for name in ["message_kinds", "allowed_origins"] {
            writer.key(name)
            let list = input.list(name)
            if list.isEmpty { writer.null() } else { writer.array { array in for text in list { array.string(text) } } }
        }
        writer.key("fallback_template")
        object(
            ["name": input["fallback_name"], "language": input["fallback_language"], "variable": input["fallback_variable"]],
            into: &writer)
    }

    /// Null where nothing of it was typed.
    private static func object(_ texts: [String: String], into writer: inout JSONWriter) {
        let given = texts.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        guard !given.isEmpty else { return writer.null() }
        writer.object { writer in
            for (name, text) in given {
                writer.key(name)
                writer.string(text)
            }
        }
    }
}
