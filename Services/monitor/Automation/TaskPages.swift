import HTTPServer
import JSON
import Models

/// What the rules have planned: each task becomes a message when it is due.
struct TaskPages: Sendable {
    static let path = RulePages.path + "/tasks"
    private static let api = "/v1/tasks"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .automation, .automation)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/{id}", routes.looking { try await detail($0, nil, nil) })
        router.on(.post, Self.path + "/{id}/run", routes.changing { owner, _ in try await order(owner, "run", .taskRuns) })
        router.on(
            .post, Self.path + "/{id}/cancel", routes.changing { owner, _ in try await order(owner, "cancel", .taskCancelled) })
        router.on(.post, Self.path + "/{id}/move", routes.changing(move))
    }

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(
            Self.api, owner.listQuery(["status", "type", "subject", "to", "rule_id", "event_id"]))
        let filters = Filters(
            owner, Self.path,
            [
                .choice("status", "State", TaskWords.statuses), .line("to", "Recipient", type: "search"),
                .line("subject", "Subject"), .line("type", "Type", placeholder: "send_reminder"),
            ])
        return owner.page(
            "Tasks", tabs: RulePages.tabs(Self.path),
            """
            \(filters.markup)
            \(Self.table.markup(
                found.data, empty: Piece.empty("No tasks here", "Rules make tasks of events; each waits here until it is due.")))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static let table = Table<JSONValue>(
        "Tasks, newest first",
        [
            .init("Task", .lead) { task in
                """
                <a class="row-link break" href="\(path)/\(task.text("id"))">\(task["rule_name"]?.string ?? Piece.sentence(task.text("type")))</a>\
                <div class="quiet small break">\(task.text("subject"))</div>
                """
            },
            .init("State", .end) { TaskWords.badge($0.text("status")) },
            .init("Due") { $0.time("scheduled_for") ?? .nothing },
            .init("Recipient") { $0.shown("to") ?? .nothing },
            .init("Template") { task in task["template"].map { "<span class=\"break\">\($0.text("name"))</span>" } ?? .nothing },
            .init("Why", .whole) { task in
                task.shown("explanation").map { "<span class=\"small quiet\">\($0)</span>" } ?? .nothing
            },
        ])

    private func detail(_ owner: Owner, _ typed: [String: String]?, _ problem: Problem?) async throws -> Response {
        let task = try await owner.root("\(Self.api)/\(owner.part())")
        let own = "\(Self.path)/\(owner.part())"
        let (status, mayChange) = (task.text("status"), owner.may(.automation))
        let isOpen = ["pending", "skipped", "failed"].contains(status)
        var actions: [HTML] = []
        if mayChange, isOpen { actions.append(Form.button("Run it now", own + "/run", owner.visitor, kind: "btn-main")) }
        if mayChange, status == "pending" { actions.append(Form.button("Cancel", own + "/cancel", owner.visitor)) }
        let form = Form(
            action: own + "/move", submit: "Move it",
            fields: [.line("scheduled_for", "To another time (UTC)", type: "datetime-local", isRequired: true)],
            values: typed ?? ["scheduled_for": String(task.text("scheduled_for").prefix(16))], problem: problem)
        return owner.page(
            task["rule_name"]?.string ?? Piece.sentence(task.text("type")), status: problem?.status ?? 200,
            back: Link("All tasks", Self.path), actions: actions,
            """
            <div class="head">\(TaskWords.badge(status))</div>
            \(task.shown("explanation").map { Piece.notice("Why", $0, isBad: status == "failed") })
            \(Piece.panel("Task", Self.facts(task)))
            \(mayChange && isOpen ? form.markup(owner.visitor) : .nothing)
            """)
    }

    private static func facts(_ task: JSONValue) -> HTML {
        func link(_ key: String, _ title: String, _ path: String) -> HTML? {
            task[key]?.string.map { Link(title, "\(path)/\($0)").text }
        }
        return Piece.facts([
            ("Recipient", task.shown("to")), ("Due", task.time("scheduled_for")),
            ("Worth sending until", task.time("expires_at")),
            ("Template", task["template"].map { "\($0.text("name")) (\($0.text("language")))" }),
            ("Rule", link("rule_id", task["rule_name"]?.string ?? "The rule", RulePages.path + "/rules")),
            ("Event", link("event_id", "The event", EventPages.path)),
            ("Message", link("message_id", "The message", TenantPages.path)),
            ("Subject", task.shown("subject")), ("Planned by", "\(Piece.sentence(task.text("origin")))"),
            ("Tries", task.number("tries")), ("Planned", task.time("created_at")), ("Ended", task.time("finished_at")),
            ("Id", task.shown("id")),
        ])
    }

    private func order(_ owner: Owner, _ word: String, _ done: Done) async throws -> Response {
        _ = try await owner.send(.post, "\(Self.api)/\(owner.part())/\(word)")
        return owner.redirect(to: "\(Self.path)/\(owner.part())", done)
    }

    private func move(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") {
                $0.field("scheduled_for", input.moment("scheduled_for"))
            }
            return owner.redirect(to: "\(Self.path)/\(owner.part())", .taskMoved)
        } orShow: { problem in
            try await detail(owner, input.texts, problem)
        }
    }
}
