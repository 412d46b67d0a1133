import HTTPServer
import JSON
import Models

/// Rules: what is sent by itself when something happens in the business.
struct RulePages: Sendable {
    static let path = "/dashboard/automation"
    static let api = "/v1/rules"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .automation, .automation)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/rules/examples", routes.preparing(examples))
        router.on(.post, Self.path + "/rules/examples", routes.changing(takeExamples))
        router.on(.get, Self.path + "/rules/new", routes.preparing { page($0, RuleForm.fresh, id: nil) })
        router.on(.post, Self.path + "/rules/new", routes.changing(create))
        router.on(.get, Self.path + "/rules/{id}", routes.looking(detail))
        router.on(.get, Self.path + "/rules/{id}/edit", routes.preparing(edit))
        router.on(.post, Self.path + "/rules/{id}/edit", routes.changing(change))
        router.on(.post, Self.path + "/rules/{id}/switch", routes.changing(flip))
        router.on(.get, Self.path + "/rules/{id}/delete", routes.preparing(confirmDeletion))
        router.on(.post, Self.path + "/rules/{id}/delete", routes.changing(delete))
    }

    static func tabs(_ current: String) -> HTML {
        Piece.tabs(
            "Automation",
            [
                Link("Rules", path), Link("Events", EventPages.path), Link("Tasks", TaskPages.path),
                Link("Try an event", EventPages.previewPath),
            ], at: current)
    }

    static func link(_ id: String) -> String { "\(path)/rules/\(id)" }

    // MARK: The list

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery(["event_type"]))
        let beginnings =
            owner.may(.automation)
            ? [
                Link("Ready rules", Self.path + "/rules/examples").button,
                Link("Make a rule", Self.path + "/rules/new").mainButton,
            ] : []
        return owner.page(
            "Automation", tabs: Self.tabs(Self.path), actions: beginnings,
            """
            \(Self.table(owner).markup(
                found.data,
                empty: Piece.empty(
                    "No rules yet",
                    "A rule says which template is sent when your program tells of an event: a registration, a booking, "
                        + "a payment. Take a ready one to begin with.",
                    beginnings)))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static func table(_ owner: Owner) -> Table<JSONValue> {
        Table(
            "Rules, newest first",
            [
                .init("Rule", .lead) { rule in
                    """
                    <a class="row-link break" href="\(link(rule.text("id")))">\(rule.text("name"))</a>\
                    <div class="quiet small">\(RuleWords.sentence(rule))</div>
                    """
                },
                .init("State", .end) { RuleWords.badge($0) },
                .init("Hindered by", .whole) { rule in
                    rule.list("warnings").first.map { "<span class=\"small\">\($0.text("detail"))</span>" } ?? .nothing
                },
                .init("", .whole) { rule in
                    owner.may(.automation) ? flipButton(rule, owner, small: true) : .nothing
                },
            ])
    }

    private static func flipButton(_ rule: JSONValue, _ owner: Owner, small: Bool) -> HTML {
        let isOn = rule.isTrue("enabled")
        return Form.button(
            isOn ? "Switch off" : "Switch on", link(rule.text("id")) + "/switch", owner.visitor,
            kind: small ? "btn-sm btn-plain" : "btn-plain", carrying: [("enabled", isOn ? "" : "yes")])
    }

    // MARK: One rule

    private func detail(_ owner: Owner) async throws -> Response {
        let rule = try await owner.root("\(Self.api)/\(owner.part())")
        let own = Self.link(owner.part())
        let warnings = rule.list("warnings").map {
            Piece.notice("Its messages would not go now", "\($0.text("detail"))", isBad: true)
        }
        let description: HTML? = rule.shown("description").map { "<p class=\"quiet mb-0 mt-2\">\($0)</p>" }
        let words: HTML = "<p class=\"mb-0\">\(RuleWords.sentence(rule))</p>\(description)"
        let tasks = Link("Its tasks", TaskPages.path + QueryText.make([("rule_id", rule.text("id"))]))
        return owner.page(
            rule.text("name"), back: Link("All rules", Self.path),
            actions: owner.may(.automation)
                ? [
                    Self.flipButton(rule, owner, small: false), Link("Change", own + "/edit").button,
                    Link("Delete", own + "/delete").button,
                ] : [],
            """
            <div class="head">\(RuleWords.badge(rule))</div>
            \(warnings)
            \(Piece.panel("In words", words))
            \(Piece.panel("Exactly", Self.facts(rule)))
            <div class="buttons">\(tasks.button)</div>
            """)
    }

    private static func facts(_ rule: JSONValue) -> HTML {
        let cancelling = rule.strings("cancelled_by").joined(separator: ", ")
        return Piece.facts([
            ("Event", rule.shown("event_type")),
            ("Template", rule["template"].map { "\($0.text("name")) (\($0.text("language")))" }),
            ("When", "\(RuleWords.timing(rule["timing"]))"), ("Variables", RuleWords.variables(rule["variables"])),
            ("Only where", RuleWords.conditions(rule["recipient_filter"])),
            ("Another event", "\(RuleWords.onRepeat(rule.text("on_repeat")))"),
            ("Called off by", cancelling.isEmpty ? nil : "\(cancelling)"),
            ("Worth sending for", rule["expires_after_seconds"]?.integer.map { "\($0) seconds" }),
            ("Tasks are called", rule.shown("task_type")), ("Kind", rule.shown("kind")),
            ("Priority", "\(rule.count("priority")) of 10"), ("Sender", rule.shown("sender_id")),
            ("Made", rule.time("created_at")), ("Changed", rule.time("updated_at")),
        ])
    }

    // MARK: Making and changing one

    private func page(_ owner: Owner, _ values: [String: String], id: String?, _ problem: Problem? = nil) -> Response {
        let own = id.map(Self.link) ?? Self.path
        let form = Form(
            action: id == nil ? Self.path + "/rules/new" : own + "/edit", submit: id == nil ? "Make the rule" : "Save",
            fields: RuleForm.fields, values: values, problem: problem, cancel: own)
        return owner.page(
            id == nil ? "Make a rule" : "Change the rule", status: problem?.status ?? 200,
            back: id == nil ? Link("All rules", Self.path) : Link("The rule", own), form.markup(owner.visitor))
    }

    private func create(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            let made = try await owner.send(.post, Self.api) { RuleForm.write(input, into: &$0) }
            return owner.redirect(to: Self.link(made["id"]?.string ?? ""), .ruleMade)
        } orShow: { problem in
            page(owner, input.texts, id: nil, problem)
        }
    }

    private func edit(_ owner: Owner) async throws -> Response {
        page(owner, RuleForm.values(of: try await owner.root("\(Self.api)/\(owner.part())")), id: owner.part())
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") { RuleForm.write(input, into: &$0) }
            return owner.redirect(to: Self.link(owner.part()), .ruleChanged)
        } orShow: { problem in
            page(owner, input.texts, id: owner.part(), problem)
        }
    }

    private func flip(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let isOn = input.isOn("enabled")
        _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") { $0.field("enabled", isOn) }
        return owner.redirect(to: Self.link(owner.part()), isOn ? .ruleOn : .ruleOff)
    }

    private func confirmDeletion(_ owner: Owner) async throws -> Response {
        let rule = try await owner.root("\(Self.api)/\(owner.part())")
        let own = Self.link(owner.part())
        return owner.page(
            "Delete this rule?", back: Link(rule.text("name"), own),
            Form.confirmation(
                "<b>\(rule.text("name"))</b> goes for good, and what it has planned is cancelled.", "Delete the rule",
                own + "/delete", cancel: own, owner.visitor))
    }

    private func delete(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())")
        return owner.redirect(to: Self.path, .ruleDeleted)
    }

    // MARK: Ready ones

    private func examples(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api + "/examples")
        let cards = found.data.map { rule -> HTML in
            let button = Form.button(
                "Take it", Self.path + "/rules/examples", owner.visitor, kind: "btn-main",
                carrying: [("name", rule.text("name"))])
            return """
                <section class="panel card"><div class="inside"><h2 class="break">\(Piece.sentence(rule.text("name")))</h2>
                <p>\(rule.text("description"))</p><p class="quiet small">\(RuleWords.sentence(rule))</p>
                <div class="buttons">\(button)</div></div></section>
                """
        }
        return owner.page(
            "Ready rules", back: Link("All rules", Self.path),
            actions: [Form.button("Take all", Self.path + "/rules/examples", owner.visitor)],
            """
            <p class="quiet">Their templates are among the \
            \(Link("examples of templates", TemplatePages.path + "/examples").text).</p>
            <div class="cards">\(cards)</div>
            """)
    }

    private func takeExamples(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, Self.api + "/examples") { writer in
            if input.isOn("name") { writer.field("names", [input["name"]]) }
        }
        return owner.redirect(to: Self.path, .rulesTaken)
    }
}
