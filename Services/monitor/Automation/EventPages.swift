import HTTPServer
import JSON
import Models

/// What a business's programs told of, and what the rules made of it.
struct EventPages: Sendable {
    static let path = RulePages.path + "/events"
    static let previewPath = RulePages.path + "/try"
    private static let api = "/v1/events"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .automation, .automation)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/{id}", routes.looking(detail))
        router.on(.post, Self.path + "/{id}/cancel", routes.changing(cancel))
        router.on(.get, Self.previewPath, routes.looking { previewPage($0, [:]) })
        router.on(.post, Self.previewPath, routes.asking(preview))
    }

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery(["type", "subject"]))
        let filters = Filters(owner, Self.path, [.line("type", "Type"), .line("subject", "Subject")])
        return owner.page(
            "Events", tabs: RulePages.tabs(Self.path),
            """
            \(filters.markup)
            \(Self.table.markup(
                found.data,
                empty: Piece.empty(
                    "No events", "Your programs tell of events with POST /v1/events; what they told appears here.",
                    [Link("Try one", Self.previewPath).button])))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static let table = Table<JSONValue>(
        "Events, newest first",
        [
            .init("Event", .lead) { event in
                """
                <a class="row-link break" href="\(path)/\(event.text("id"))">\(event.text("type"))</a>\
                <div class="quiet small break">\(event.text("subject"))</div>
                """
            },
            .init("Happened", .end) { $0.time("occurred_at") ?? .nothing },
            .init("Recipients") { $0.number("recipients") },
            .init("Planned") { $0.number("planned") },
            .init("Skipped") { $0.number("skipped") },
            .init("Not meant for") { $0.number("filtered") },
        ])

    private func detail(_ owner: Owner) async throws -> Response {
        let event = try await owner.root("\(Self.api)/\(owner.part())")
        let tasks = (event["tasks"]?.members ?? []).map { member -> HTML in
            "\(TaskWords.badge(member.key)) <span class=\"number\">\(Piece.number(member.value.integer ?? 0))</span> "
        }
        let waits = (event["tasks"]?.count("pending") ?? 0) > 0
        let cancel = Form.button("Call off what waits", "\(Self.path)/\(owner.part())/cancel", owner.visitor)
        return owner.page(
            event.text("type"), back: Link("All events", Self.path), actions: waits && owner.may(.automation) ? [cancel] : [],
            """
            \(Piece.panel("Event", Piece.facts([
                ("Subject", event.shown("subject")), ("Happened", event.time("occurred_at")), ("Told", event.time("received_at")),
                ("Recipients", event.number("recipients")), ("Tasks", tasks.isEmpty ? "none" : "\(tasks)"), ("Id", event.shown("id")),
            ])))
            \(Piece.panel("Its data", "<pre class=\"data\" tabindex=\"0\">\(DataLines.text(event["data"]))</pre>"))
            <div class="buttons">\(Link("Its tasks", TaskPages.path + QueryText.make([("event_id", event.text("id"))])).button)</div>
            """)
    }

    private func cancel(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, "\(Self.api)/\(owner.part())/cancel")
        return owner.redirect(to: "\(Self.path)/\(owner.part())", .tasksCancelled)
    }

    // MARK: Trying one out

    private func preview(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            let result = try await owner.send(.post, Self.api + "/preview") { writer in
                writer.field("type", input["type"])
                writer.field("subject", typed: input["subject"])
                writer.field("recipient", object: { writer in
                    writer.field("to", typed: input["to"])
                    writer.field("name", typed: input["name"])
                    writer.field("language", typed: input["language"])
                })
                writer.field("data", raw: DataLines.json(input["data"], over: nil))
            }
            return previewPage(owner, input.texts, result.root)
        } orShow: { problem in
            previewPage(owner, input.texts, nil, problem)
        }
    }

    private func previewPage(
        _ owner: Owner, _ values: [String: String], _ result: JSONValue? = nil, _ problem: Problem? = nil
    ) -> Response {
        let form = Form(
            action: Self.previewPath, submit: "What would happen?",
            fields: [
                .line("type", "Type of the event", isRequired: true, placeholder: "MemberRegistered"),
                .line("subject", "Subject", placeholder: "booking 17"),
                .line("to", "Recipient's number", type: "tel", api: "recipient"),
                .line("name", "Their name", api: "recipient.name"),
                .line("language", "Their language", api: "recipient.language"),
                .area("data", "Data of the event", hint: "One a line.", placeholder: "member_name: Ada\namount: 1250.5"),
            ], values: values, problem: problem)
        return owner.page(
            "Try an event", status: problem?.status ?? 200, tabs: RulePages.tabs(Self.previewPath),
            """
            <p class="quiet">Nothing is recorded and nothing is sent.</p>
            \(result.map(Self.outcome))
            \(form.markup(owner.visitor))
            """)
    }

    private static func outcome(_ result: JSONValue) -> HTML {
        let warnings = result.list("warnings").map { Piece.notice("Look at this", "\($0.text("detail"))") }
        let tasks = result.list("tasks").map { task -> HTML in
            let bubble = task["text"]?.string.map { Bubble(body: $0).markup }
            let problems = task.list("problems").map { "<li>\($0.text("detail"))</li>" as HTML }
            return """
                <section class="panel card"><div class="inside"><h2 class="break">\(task["rule_name"]?.string ?? task.text("type"))</h2>
                <p>\(TaskWords.badge(task.text("status"))) \(task.time("scheduled_for")) \(task.shown("to").map { "to \($0)" })</p>
                \(task.shown("explanation").map { "<p class=\"quiet small\">\($0)</p>" })\(bubble)
                \(problems.isEmpty ? .nothing : "<ul class=\"errors small\">\(problems)</ul>")</div></section>
                """
        }
        let shown: HTML =
            tasks.isEmpty
            ? "<div class=\"panel\">\(Piece.empty("Nothing would be sent", "No rule is meant for this event and recipient."))</div>"
            : "<div class=\"cards mb-3\">\(tasks)</div>"
        return "<div role=\"status\">\(warnings)\(shown)</div>"
    }
}
