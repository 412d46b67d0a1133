import HTTPServer
import JSON
import Models

/// Who did what in the business.
struct AuditPages: Sendable {
    static let path = SettingsTabs.path + "/audit"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .audit)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
    }

    private func list(_ owner: Owner) async throws -> Response {
        var query = owner.listQuery(["actor", "actor_kind", "action", "target"])
        for (name, end) in [("from", "T00:00:00Z"), ("to", "T23:59:59Z")] where !owner.asked(name).isEmpty {
            query.append((name, owner.asked(name) + end))
        }
        let found = try await owner.get("/v1/audit", query)
        let keys = try await KeyNames(owner, for: found.data.map { $0.text("actor") })
        let filters = Filters(
            owner, Self.path,
            [
                .line("actor", "Who", type: "search"),
                .choice(
                    "actor_kind", "Kind",
                    [("user", "People"), ("key", "Keys"), ("founder", "Platform"), ("system", "By itself")]),
                .line("action", "What", placeholder: "sender."), .line("target", "To what", placeholder: "an id"),
                .line("from", "From day", type: "date"), .line("to", "To day", type: "date"),
            ])
        return owner.page(
            "Audit", tabs: SettingsTabs.markup(owner, at: Self.path),
            """
            \(filters.markup)
            \(Self.table(keys).markup(found.data, empty: Piece.empty("Nothing here", "Everything that is changed is written down here for good.")))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static func table(_ keys: KeyNames) -> Table<JSONValue> {
        Table(
            "Who did what, newest first",
            [
                .init("What", .lead) { line in
                    let words = line.text("action").replacing(".", with: " ")
                    let target: HTML? = line.shown("target").map { "<div class=\"quiet small break\">\($0)</div>" }
                    return "<b class=\"break\">\(Piece.sentence(words))</b>\(target)"
                },
                .init("When", .end) { line in "<span class=\"small quiet\">\(line.time("at"))</span>" },
                .init("Who", .whole) { line in
                    let address: HTML? = line.shown("address").map { ", from \($0)" }
                    return """
                        <span class="break">\(keys.words(line.text("actor")))</span> \
                        <span class="quiet small">\(line.text("actor_kind"))\(address)</span>
                        """
                },
                .init("More", .whole) { line in
                    let lines = DataLines.text(line["detail"])
                    return lines.isEmpty ? .nothing : "<span class=\"small break\">\(lines.replacing("\n", with: ", "))</span>"
                },
            ])
    }
}

/// People who want to be forgotten.
struct ErasurePages: Sendable {
    static let path = SettingsTabs.path + "/erasures"
    private static let api = "/v1/erasures"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .settings)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking { try await list($0, ["keep_opt_out": "yes"]) })
        router.on(.post, Self.path + "/confirm", routes.changing(confirm))
        router.on(.post, Self.path, routes.changing(order))
    }

    private func list(_ owner: Owner, _ typed: [String: String], _ problem: Problem? = nil) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery([]))
        let form = Form(
            action: Self.path + "/confirm", submit: "Go on",
            fields: [
                .heading("Have somebody forgotten", hint: "You are asked once more before anything is done."),
                .line("phone", "Phone", type: "tel"), .line("user_id", "Or WhatsApp's user id"),
                .check(
                    "keep_opt_out", "Keep their opt-out",
                    hint: "The number stays on the list of those who must not be written to: the only way to go on honouring that."),
            ], values: typed, problem: problem)
        return owner.page(
            "Erasures", status: problem?.status ?? 200, tabs: SettingsTabs.markup(owner, at: Self.path),
            """
            \(Self.table.markup(
                found.data, empty: Piece.empty("Nobody was forgotten", "When somebody wants their data gone, do it here; a proof stays.")))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            \(owner.may(.settings) ? form.markup(owner.visitor) : .nothing)
            """)
    }

    private static let table = Table<JSONValue>(
        "Erasures, newest first",
        [
            .init("Asked for", .lead) { $0.time("requested_at") ?? .nothing },
            .init("State", .end) { erasure in
                erasure.text("status") == "done" ? Piece.badge("Done", "green") : Piece.badge("Under way", "blue")
            },
            .init("Done") { $0.time("done_at") ?? .nothing },
            .init("Changed or removed", .whole) { erasure in
                let counts = (erasure["result"]?.members ?? []).map { member in
                    "\(Piece.sentence(member.key)) \(Piece.number(member.value.integer ?? 0))"
                }
                return counts.isEmpty ? .nothing : "<span class=\"small\">\(counts.joined(separator: ", "))</span>"
            },
            .init("Proof", .whole) { "<span class=\"quiet small break\">\($0.text("subject_hash"))</span>" },
        ])

    private func confirm(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let who = input.isOn("phone") ? input["phone"] : input["user_id"]
        guard !who.isEmpty else {
            return try await list(owner, input.texts, Problem(
                status: 422, code: "field_missing", title: "Whom?", detail: "Enter a number or WhatsApp's user id.", field: "phone"))
        }
        let carried = ["phone", "user_id", "keep_opt_out"].map { (name: $0, value: input[$0]) }
        return owner.page(
            "Have \(who) forgotten?", back: Link("Erasures", Self.path),
            """
            <section class="panel narrow-form"><div class="inside"><p>Messages to them that have not gone are cancelled; what was written \
            to them and by them, their contact, tasks and traces become unreadable or go. States and counts stay. <b>It cannot be undone.</b></p>
            <div class="buttons">\(Form.button("Forget them", Self.path, owner.visitor, kind: "btn-danger", carrying: carried))\
            \(Link("Leave it as it is", Self.path).button)</div></div></section>
            """)
    }

    private func order(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.post, Self.api) { writer in
                writer.field("phone", typed: input["phone"])
                if !input.isOn("phone") { writer.field("user_id", typed: input["user_id"]) }
                writer.field("keep_opt_out", input.isOn("keep_opt_out"))
            }
            return owner.redirect(to: Self.path, .erasureOrdered)
        } orShow: { problem in
            try await list(owner, input.texts, problem)
        }
    }
}
