import HTTPServer
import JSON
import Models

/// A business's API keys: what its programs come in with.
struct KeyPages: Sendable {
    static let path = SettingsTabs.path + "/keys"
    private static let api = "/v1/keys"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .settings, .keys)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/new", routes.preparing { page($0, FormInput(texts: ["scope.messages": "all"])) })
        router.on(.post, Self.path + "/new", routes.changing(create))
        router.on(.get, Self.path + "/{id}", routes.looking(detail))
        router.on(.post, Self.path + "/{id}", routes.changing(rename))
        router.on(.post, Self.path + "/{id}/rotate", routes.changing(rotate))
        router.on(.get, Self.path + "/{id}/revoke", routes.preparing(confirmRevocation))
        router.on(.post, Self.path + "/{id}/revoke", routes.changing(revoke))
    }

    // MARK: The list

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery([]))
        let new = Link("Make a key", Self.path + "/new").mainButton
        return owner.page(
            "API keys", tabs: SettingsTabs.markup(owner, at: Self.path), actions: owner.may(.keys) ? [new] : [],
            """
            \(Self.table.markup(
                found.data,
                empty: Piece.empty(
                    "No keys yet", "Your programs send messages with a key. Give each program its own.",
                    owner.may(.keys) ? [new] : [])))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static let table = Table<JSONValue>(
        "API keys, newest first",
        [
            .init("Key", .lead) { key in
                """
                <a class="row-link break" href="\(path)/\(key.text("id"))">\(key.text("name"))</a>\
                <div class="quiet small">\(key.text("prefix"))…</div>
                """
            },
            .init("Status", .end, badge),
            .init("May") { key in "<span class=\"small\">\(key.strings("scopes").joined(separator: ", "))</span>" },
            .init("Last used") { $0.time("last_used_at") ?? "never" },
            .init("Until") { $0.time("expires_at") ?? "no end" },
        ])

    @Sendable private static func badge(_ key: JSONValue) -> HTML {
        switch key.text("status") {
        case "active": Piece.badge("Works", "green")
        case "expired": Piece.badge("Over", "grey")
        default: Piece.badge("Revoked", "grey")
        }
    }

    // MARK: Making one

    private func create(_ owner: Owner, _ input: FormInput) async throws -> Response {
        do {
            let made = try await owner.send(.post, Self.api) { writer in
                writer.field("name", input["name"])
                writer.field("scopes", Self.scopes(input))
                if input.isOn("expires_on") { writer.field("expires_at", input["expires_on"] + "T23:59:59Z") }
            }
            return shownOnce(owner, made)
        } catch let problem as Problem where problem.isAboutInput {
            return page(owner, input, problem)
        }
    }

    private func page(_ owner: Owner, _ input: FormInput, _ problem: Problem? = nil) -> Response {
        let rights = Area.allCases.map { area in
            Field.choice(
                "scope.\(area.rawValue)", Piece.sentence(area.rawValue),
                [("", "Nothing"), ("read", "Look"), ("all", "Everything")], hint: Self.meaning(of: area))
        }
        let fields: [Field] =
            [
                .line(
                    "name", "Which program is it for?", hint: "You will know the key by this name.", isRequired: true,
                    placeholder: "Shop"),
                .line(
                    "expires_on", "Works until", type: "date", hint: "Until the end of that day (UTC); no end unless given.",
                    api: "expires_at"),
                Field(
                    name: "scopes", title: "What the program may do", kind: .heading, hint: "No more than it needs.",
                    isWide: true),
            ] + rights
        let form = Form(
            action: Self.path + "/new", submit: "Make the key", fields: fields, values: input.texts, problem: problem,
            cancel: Self.path)
        return owner.page(
            "Make a key", status: problem?.status ?? 200, back: Link("API keys", Self.path), form.markup(owner.visitor))
    }

    private static func scopes(_ input: FormInput) -> [String] {
        Area.allCases.compactMap { area in
            switch input["scope.\(area.rawValue)"] {
            case "all": Scope(area).text
            case "read": Scope(area, isReadOnly: true).text
            default: nil
            }
        }
    }

    private static func meaning(of area: Area) -> String {
        switch area {
        case .messages: "Send, read, cancel, retry; pauses and limits."
        case .templates: "Write, hand in, see."
        case .contacts: "Contacts, consent, conversations."
        case .automation: "Events, rules, tasks, broadcasts."
        case .callbacks: "Your endpoints and what they were told."
        case .costs: "What messages cost."
        case .settings: "Settings, senders, erasures."
        case .keys: "API keys and people."
        case .audit: "Who did what."
        }
    }

    private func shownOnce(_ owner: Owner, _ made: TenantAPI.Answer) -> Response {
        owner.page(
            "The new key", back: Link("API keys", Self.path),
            Piece.secret(
                made["key"]?.string ?? "", "This is the key, shown this once.",
                "As the header Authorization: Bearer … of each request.", Self.path))
    }

    // MARK: One key

    private func detail(_ owner: Owner) async throws -> Response {
        guard let key = try await owner.get("\(Self.api)/\(owner.part())").root else { throw Problem.apiUnavailable }
        return detailPage(owner, key, FormInput(texts: ["name": key.text("name")]))
    }

    private func detailPage(
        _ owner: Owner, _ key: JSONValue, _ input: FormInput, _ problem: Problem? = nil
    ) -> Response {
        let own = "\(Self.path)/\(key.text("id"))"
        let isActive = key.text("status") == "active"
        let successor = key["replaced_by"]?.string.map { Link("the key that took its place", "\(Self.path)/\($0)").text }
        let facts = Piece.facts([
            ("Begins with", Piece.code(key.text("prefix") + "…")), ("Status", Self.badge(key)),
            ("May", "\(key.strings("scopes").joined(separator: ", "))"), ("Made", key.time("created_at")),
            ("By", key.shown("created_by")), ("Works until", key.time("expires_at")), ("Revoked", key.time("revoked_at")),
            ("Last used", key.time("last_used_at") ?? "never"), ("Followed by", successor),
        ])
        var panels: [HTML] = [Piece.panel("Key", facts)]
        if owner.may(.keys), isActive {
            panels.append(
                Form(
                    action: own, submit: "Rename", fields: [.line("name", "Name", isRequired: true)], values: input.texts,
                    problem: problem
                ).markup(owner.visitor))
            panels.append(
                Form(
                    action: own + "/rotate", submit: "Make its successor",
                    fields: [
                        .heading("Change the key", hint: "A new one with the same name and rights; both work for a while."),
                        .choice(
                            "overlap_seconds", "The old one works on for",
                            [("86400", "a day"), ("3600", "an hour"), ("604800", "a week"), ("2592000", "30 days"), ("0", "no longer")]),
                    ]
                ).markup(owner.visitor))
        }
        let revoke = Link("Revoke", own + "/revoke").button
        return owner.page(
            key.text("name"), status: problem?.status ?? 200, back: Link("API keys", Self.path),
            actions: owner.may(.keys) && isActive ? [revoke] : [], "\(panels)")
    }

    private func rename(_ owner: Owner, _ input: FormInput) async throws -> Response {
        do {
            _ = try await owner.send(.patch, "\(Self.api)/\(owner.part())") { $0.field("name", input["name"]) }
            return owner.redirect(to: "\(Self.path)/\(owner.part())", .keyRenamed)
        } catch let problem as Problem where problem.isAboutInput {
            guard let key = try await owner.get("\(Self.api)/\(owner.part())").root else { throw Problem.apiUnavailable }
            return detailPage(owner, key, input, problem)
        }
    }

    private func rotate(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let made = try await owner.send(.post, "\(Self.api)/\(owner.part())/rotate") {
            $0.field("overlap_seconds", number: input["overlap_seconds"])
        }
        return shownOnce(owner, made)
    }

    private func confirmRevocation(_ owner: Owner) async throws -> Response {
        let key = try await owner.get("\(Self.api)/\(owner.part())")
        let (name, own) = (key["name"]?.string ?? "", "\(Self.path)/\(owner.part())")
        return owner.page(
            "Revoke this key?", back: Link(name, own),
            Form.confirmation(
                "Whatever uses <b>\(name)</b> can do nothing more, at once and for good.", "Revoke the key",
                own + "/revoke", cancel: own, owner.visitor))
    }

    private func revoke(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())")
        return owner.redirect(to: Self.path, .keyRevoked)
    }
}
