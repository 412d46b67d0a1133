import HTTPServer
import JSON
import Models
import Runtime
import Spreadsheet
import Storage

/// One message to many: drafted, filled with recipients, looked at beforehand, started, watched.
struct BroadcastPages: Sendable {
    static let path = "/dashboard/broadcasts"
    private static let api = "/v1/broadcasts"

    private let routes: OwnerRoutes
    private let store: BroadcastStore

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .broadcasts, .automation)
        store = BroadcastStore(site.tenantDatabase, ids: site.ids)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/new", routes.preparing { try await page($0, [:], id: nil) })
        router.on(.post, Self.path + "/new", routes.changing(create))
        router.on(.get, Self.path + "/{id}", routes.looking { try await detail($0, nil) })
        router.on(.get, Self.path + "/{id}/edit", routes.preparing(edit))
        router.on(.post, Self.path + "/{id}/edit", routes.changing(change))
        router.on(.post, Self.path + "/{id}/recipients", routes.changing(upload))
        router.on(.post, Self.path + "/{id}/clear", routes.changing(clear))
        router.on(.get, Self.path + "/{id}/results", routes.looking(results))
        for (word, done) in [("start", Done.broadcastStarted), ("pause", .broadcastPaused), ("resume", .broadcastResumed)] {
            router.on(
                .post, "\(Self.path)/{id}/\(word)", routes.changing { owner, _ in try await order(owner, word, done) })
        }
        router.on(.get, Self.path + "/{id}/cancel", routes.preparing(confirmCancelling))
        router.on(
            .post, Self.path + "/{id}/cancel",
            routes.changing { owner, _ in try await order(owner, "cancel", .broadcastCancelled) })
        router.on(.post, Self.path + "/{id}/delete", routes.changing(delete))
    }

    // MARK: The list

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery(["status"]))
        let filters = Filters(owner, Self.path, [.choice("status", "State", BroadcastWords.statuses)])
        let new = owner.may(.automation) ? [Link("New broadcast", Self.path + "/new").mainButton] : []
        return owner.page(
            "Broadcasts", actions: new,
            """
            \(filters.markup)
            \(Self.table.markup(
                found.data,
                empty: Piece.empty(
                    "No broadcasts", "A broadcast sends one template to many people, at the pace that WhatsApp allows you.", new)))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static let table = Table<JSONValue>(
        "Broadcasts, newest first",
        [
            .init("Broadcast", .lead) { broadcast in
                """
                <a class="row-link break" href="\(path)/\(broadcast.text("id"))">\(broadcast.text("name"))</a>\
                <div class="quiet small break">\(BroadcastWords.what(broadcast))</div>
                """
            },
            .init("State", .end) { BroadcastWords.badge($0) },
            .init("Recipients") { $0.number("recipients") },
            .init("Accepted") { $0.number("accepted") },
            .init("Refused") { $0.number("refused") },
            .init("When") { $0.time("started_at") ?? $0.time("scheduled_for") ?? .nothing },
        ])

    // MARK: Drafting

    private func page(
        _ owner: Owner, _ values: [String: String], id: String?, _ problem: Problem? = nil
    ) async throws -> Response {
        let templates = try await owner.get("/v1/templates", [("status", "approved"), ("limit", "200")])
        let senders = owner.maySee(.settings) ? try await owner.get("/v1/senders", [("limit", "200")]).data : []
        guard !templates.data.isEmpty else {
            return owner.page(
                "New broadcast", back: Link("All broadcasts", Self.path),
                "<div class=\"panel\">\(Piece.empty("No approved template", "A broadcast sends a template that WhatsApp has approved. Write one first.", [Link("Templates", TemplatePages.path).mainButton]))</div>")
        }
        let own = id.map { "\(Self.path)/\($0)" } ?? Self.path
        let form = Form(
            action: id == nil ? Self.path + "/new" : own + "/edit", submit: id == nil ? "Save the draft" : "Save",
            fields: BroadcastWords.fields(templates: templates.data, senders: senders), values: values, problem: problem,
            cancel: own)
        return owner.page(
            id == nil ? "New broadcast" : "Change the broadcast", status: problem?.status ?? 200,
            back: id == nil ? Link("All broadcasts", Self.path) : Link("The broadcast", own), form.markup(owner.visitor))
    }

    private func create(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            let made = try await owner.send(.post, Self.api) { writer in
                BroadcastWords.write(input, into: &writer)
                if input.isOn("scheduled_for") { writer.field("scheduled_for", input.moment("scheduled_for")) }
            }
            return owner.redirect(to: "\(Self.path)/\(made["id"]?.string ?? "")", .broadcastDrafted)
        } orShow: { problem in
            try await page(owner, input.texts, id: nil, problem)
        }
    }

    private func edit(_ owner: Owner) async throws -> Response {
        try await page(owner, BroadcastWords.values(of: try await root(owner)), id: owner.part())
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") { writer in
                BroadcastWords.write(input, into: &writer)
                writer.field("scheduled_for", typedOrNull: input.moment("scheduled_for"))
            }
            return owner.redirect(to: "\(Self.path)/\(owner.part())", .broadcastChanged)
        } orShow: { problem in
            try await page(owner, input.texts, id: owner.part(), problem)
        }
    }

    private func root(_ owner: Owner) async throws -> JSONValue { try await owner.root("\(Self.api)/\(owner.part())") }

    // MARK: One broadcast

    private func detail(_ owner: Owner, _ problem: Problem?, typed: [String: String] = [:]) async throws -> Response {
        let broadcast = try await root(owner)
        let isDraft = broadcast.text("status") == "draft"
        let usable = broadcast.count("recipients") - broadcast.count("unusable")
        let forecast =
            isDraft && usable > 0
            ? try await owner.send(.post, "\(Self.api)/\(owner.part())/forecast").root : nil
        let own = "\(Self.path)/\(owner.part())"
        let mayChange = owner.may(.automation)
        let moves = BroadcastWords.isMoving(broadcast)
        var upload = Form(
            action: own + "/recipients", submit: "Add recipients", fields: BroadcastWords.recipientFields, values: typed,
            problem: problem)
        upload.isUpload = true
        return owner.page(
            broadcast.text("name"), status: problem?.status ?? 200, back: Link("All broadcasts", Self.path),
            actions: ["<span class=\"live-sign\" data-live-sign role=\"status\" hidden></span>"],
            """
            <div data-live\(moves ? " data-live-every=\"3\"" : "" as HTML)>
            \(BroadcastProgress.markup(broadcast, mayChange ? Self.actions(broadcast, own, owner, mayStart: usable > 0) : []))
            </div>
            \(forecast.map(BroadcastForecastSection.markup))
            \(isDraft && mayChange ? upload.markup(owner.visitor) : .nothing)
            \(Piece.panel("Broadcast", BroadcastWords.facts(broadcast)))
            """)
    }

    private static func actions(
        _ broadcast: JSONValue, _ own: String, _ owner: Owner, mayStart: Bool
    ) -> [HTML] {
        func button(_ title: String, _ word: String, _ kind: String = "btn-plain") -> HTML {
            Form.button(title, "\(own)/\(word)", owner.visitor, kind: kind)
        }
        let results = Link("Results as CSV", own + "/results").button
        let cancel = Link("Call it back", own + "/cancel").button
        switch broadcast.text("status") {
        case "draft":
            let start = broadcast["scheduled_for"]?.string == nil ? "Start now" : "Start at its time"
            return [button("Delete", "delete"), Link("Change", own + "/edit").button]
                + (broadcast.count("recipients") > 0 ? [button("Forget the recipients", "clear")] : [])
                + (mayStart ? [button(start, "start", "btn-main")] : [])
        case "scheduled": return [cancel, button("Pause", "pause")]
        case "running": return [results, cancel, button("Pause", "pause", "btn-main")]
        case "paused": return [results, cancel, button("Go on", "resume", "btn-main")]
        default: return [results]
        }
    }

    private func upload(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let body = input.files["file"] ?? Array(input["rows"].utf8)
        return try await owner.attempt {
            _ = try await owner.send("\(Self.api)/\(owner.part())/recipients", body, contentType: "text/csv")
            return owner.redirect(to: "\(Self.path)/\(owner.part())", .recipientsAdded)
        } orShow: { problem in
            try await detail(owner, problem, typed: input.texts)
        }
    }

    private func clear(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())/recipients")
        return owner.redirect(to: "\(Self.path)/\(owner.part())", .recipientsForgotten)
    }

    private func delete(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())")
        return owner.redirect(to: Self.path, .broadcastDeleted)
    }

    private func order(_ owner: Owner, _ word: String, _ done: Done) async throws -> Response {
        _ = try await owner.send(.post, "\(Self.api)/\(owner.part())/\(word)")
        return owner.redirect(to: "\(Self.path)/\(owner.part())", done)
    }

    private func confirmCancelling(_ owner: Owner) async throws -> Response {
        let broadcast = try await root(owner)
        let own = "\(Self.path)/\(owner.part())"
        return owner.page(
            "Call this broadcast back?", back: Link(broadcast.text("name"), own),
            Form.confirmation(
                "What has not been sent of <b>\(broadcast.text("name"))</b> never will be. What was sent stays sent.",
                "Call it back", own + "/cancel", cancel: own, owner.visitor))
    }

    // MARK: Results

    /// From the rows themselves, as a stream: a hundred thousand lines fit in no answer of the API that is read whole.
    private func results(_ owner: Owner) async throws -> Response {
        let broadcast = try await root(owner)
        guard let id = BroadcastID(broadcast.text("id")) else { throw Problem.pageNotFound }
        let (store, tenantID) = (store, owner.tenantID)
        var response = Response.stream(contentType: "text/csv; charset=utf-8") { writer in
            var table = CSVTable(BroadcastWords.resultColumns)
            guard await writer.write(table.take()) else { return }
            var position = 0
            while writer.isOpen {
                guard let page = try? await store.results(of: id, tenantID, after: position, limit: 1_000), let last = page.last
                else { return }
                for result in page { table.append(BroadcastWords.row(result)) }
                guard await writer.write(table.take()) else { return }
                position = last.position
            }
        }
        response.setHeader("Content-Disposition", "attachment; filename=\"broadcast-\(id).csv\"")
        return response
    }
}
