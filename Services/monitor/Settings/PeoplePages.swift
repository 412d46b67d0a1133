import HTTPServer
import JSON
import Models

/// Who of a business may sign in, and what they may do.
struct PeoplePages: Sendable {
    static let path = SettingsTabs.path + "/people"
    private static let api = "/v1/users"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .keys)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking { try await list($0, ["role": "viewer"]) })
        router.on(.post, Self.path, routes.changing(invite))
        router.on(.get, Self.path + "/{id}", routes.looking { try await detail($0, nil, nil) })
        router.on(.post, Self.path + "/{id}", routes.changing(change))
        router.on(.get, Self.path + "/{id}/delete", routes.preparing(confirmRemoval))
        router.on(.post, Self.path + "/{id}/delete", routes.changing(remove))
    }

    private static let roles: [(value: String, title: String)] = [
        ("viewer", "Viewer: only looks"), ("operator", "Operator: all but keys, people and settings"),
        ("owner", "Owner: everything"),
    ]

    private func list(_ owner: Owner, _ typed: [String: String], _ problem: Problem? = nil) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery([]))
        let form = Form(
            action: Self.path, submit: "Let them in",
            fields: [
                .heading("Let somebody in", hint: "They sign in with a link that is sent to this address."),
                .line("email", "E-mail address", type: "email", isRequired: true), .line("name", "Name"),
                .choice("role", "Role", Self.roles),
            ], values: typed, problem: problem)
        return owner.page(
            "People", status: problem?.status ?? 200, tabs: SettingsTabs.markup(owner, at: Self.path),
            """
            \(Self.table.markup(
                found.data,
                empty: Piece.empty("Nobody yet", "So far your business is signed in to with its key. Let its people in by name.")))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            \(owner.may(.keys) ? form.markup(owner.visitor) : .nothing)
            """)
    }

    private static let table = Table<JSONValue>(
        "People, newest first",
        [
            .init("Person", .lead) { person in
                let name: HTML? = person.shown("name").map { "<div class=\"quiet small\">\($0)</div>" }
                return "<a class=\"row-link break\" href=\"\(path)/\(person.text("id"))\">\(person.text("email"))</a>\(name)"
            },
            .init("State", .end) { person in
                person.text("status") == "active" ? Piece.badge("May sign in", "green") : Piece.badge("Locked out", "grey")
            },
            .init("Role") { "\(Piece.sentence($0.text("role")))" },
            .init("Signed in last") { $0.time("last_sign_in_at") ?? "never" },
        ])

    private func invite(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.post, Self.api) { writer in
                writer.field("email", input["email"])
                writer.field("name", typed: input["name"])
                writer.field("role", input["role"])
            }
            return owner.redirect(to: Self.path, .personInvited)
        } orShow: { problem in
            try await list(owner, input.texts, problem)
        }
    }

    private func detail(_ owner: Owner, _ typed: [String: String]?, _ problem: Problem?) async throws -> Response {
        let person = try await owner.root("\(Self.api)/\(owner.part())")
        let own = "\(Self.path)/\(owner.part())"
        let form = Form(
            action: own, submit: "Save",
            fields: [
                .line("name", "Name"), .choice("role", "Role", Self.roles),
                .choice("status", "State", [("active", "May sign in"), ("disabled", "Locked out")]),
            ],
            values: typed ?? ["name": person.text("name"), "role": person.text("role"), "status": person.text("status")],
            problem: problem)
        return owner.page(
            person.text("email"), status: problem?.status ?? 200, back: Link("People", Self.path),
            actions: owner.may(.keys) ? [Link("Remove", own + "/delete").button] : [],
            """
            \(Piece.panel("Person", Piece.facts([
                ("Role", "\(Piece.sentence(person.text("role")))"), ("Signed in last", person.time("last_sign_in_at") ?? "never"),
                ("Since", person.time("created_at")), ("Let in by", person.shown("created_by")),
            ])))
            \(owner.may(.keys) ? form.markup(owner.visitor) : .nothing)
            """)
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") { writer in
                writer.field("name", input["name"])
                writer.field("role", input["role"])
                writer.field("status", input["status"])
            }
            return owner.redirect(to: "\(Self.path)/\(owner.part())", .personChanged)
        } orShow: { problem in
            try await detail(owner, input.texts, problem)
        }
    }

    private func confirmRemoval(_ owner: Owner) async throws -> Response {
        let person = try await owner.root("\(Self.api)/\(owner.part())")
        let own = "\(Self.path)/\(owner.part())"
        return owner.page(
            "Remove this person?", back: Link(person.text("email"), own),
            Form.confirmation(
                "<b>\(person.text("email"))</b> is signed out and cannot come in again.", "Remove the person", own + "/delete",
                cancel: own, owner.visitor))
    }

    private func remove(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())")
        return owner.redirect(to: Self.path, .personRemoved)
    }
}
