import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// Those who must not be written to.
struct SuppressionPages: Sendable {
    static let path = ContactPages.path + "/suppressions"
    private static let api = "/v1/suppressions"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .contacts, .contacts)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking { try await page($0, ["category": "all", "reason": "manual"]) })
        router.on(.post, Self.path, routes.changing(add))
        router.on(.get, Self.path + "/{id}/delete", routes.preparing(confirmRemoval))
        router.on(.post, Self.path + "/{id}/delete", routes.changing(remove))
    }

    private func page(_ owner: Owner, _ typed: [String: String], _ problem: Problem? = nil) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery(["recipient", "category", "reason"]))
        let filters = Filters(
            owner, Self.path,
            [
                .line("recipient", "Number or user id", type: "search"),
                .choice("category", "About", SuppressionWords.categories),
                .choice("reason", "Reason", SuppressionWords.reasons),
            ])
        let form = Form(
            action: Self.path, submit: "Put them on the list",
            fields: [
                .heading("Put somebody on the list"),
                .line("recipient", "Number or WhatsApp's user id", isRequired: true, placeholder: "+39 340 …"),
                .choice("category", "Not to be sent", SuppressionWords.categories),
                .choice("reason", "Reason", SuppressionWords.ofTenants),
                .line("until", "Until", type: "date", hint: "For ever unless given."),
                .line("note", "Note", isWide: true),
            ], values: typed, problem: problem)
        let mayChange = owner.may(.contacts)
        return owner.page(
            "Not to be written to", status: problem?.status ?? 200, tabs: ContactPages.tabs(Self.path),
            """
            \(filters.markup)
            \(Self.table(mayChange).markup(
                found.data,
                empty: Piece.empty(
                    "Nobody is on the list", "Who writes STOP comes here by themselves, and so do numbers that WhatsApp refuses.")))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            \(ExportPages.offer(.suppressions, owner.filter(SuppressionQuery.parameters), on: .business, owner.visitor))
            \(mayChange ? form.markup(owner.visitor) : .nothing)
            """)
    }

    private static func table(_ mayChange: Bool) -> Table<JSONValue> {
        Table(
            "Those who must not be written to, newest first",
            [
                .init("Who", .lead) { "<span class=\"number\"><b>\($0.text("recipient"))</b></span>" },
                .init("Not to be sent", .end) { entry in
                    Piece.badge(entry.text("category") == "all" ? "Everything" : Piece.sentence(entry.text("category")), "amber")
                },
                .init("Reason", .whole) { entry in
                    let note: HTML? = entry.shown("note").map { "<div class=\"quiet small\">\($0)</div>" }
                    return "\(SuppressionWords.reason(entry.text("reason")))\(note)"
                },
                .init("Since") { $0.time("created_at") ?? .nothing },
                .init("Until") { $0.time("until") ?? .nothing },
            ]
                + (mayChange
                    ? [.init("", .whole) { Link("Take away", "\(path)/\($0.text("id"))/delete").button }] : []))
    }

    private func add(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.post, Self.api) { writer in
                writer.field("recipient", input["recipient"])
                writer.field("category", input["category"])
                writer.field("reason", input["reason"])
                writer.field("note", typed: input["note"])
                if input.isOn("until") { writer.field("until", input["until"] + "T23:59:59Z") }
            }
            return owner.redirect(to: Self.path, .suppressed)
        } orShow: { problem in
            try await page(owner, input.texts, problem)
        }
    }

    private func confirmRemoval(_ owner: Owner) async throws -> Response {
        let entry = try await owner.root("\(Self.api)/\(owner.part())")
        return owner.page(
            "Take this entry away?", back: Link("Not to be written to", Self.path),
            Form.confirmation(
                """
                <b>\(entry.text("recipient"))</b> may be written to again. The reason was: \
                \(SuppressionWords.reason(entry.text("reason"))). That is yours to answer for; the audit log says who did it.
                """,
                "Take it away", "\(Self.path)/\(owner.part())/delete", cancel: Self.path, owner.visitor))
    }

    private func remove(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())")
        return owner.redirect(to: Self.path, .unsuppressed)
    }
}

/// What STOP and START are called.
struct ConsentWordPages: Sendable {
    static let path = ContactPages.path + "/words"
    private static let api = "/v1/consent-settings"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .contacts, .contacts)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(show))
        router.on(.post, Self.path, routes.changing(change))
    }

    private func show(_ owner: Owner) async throws -> Response {
        let settings = try await owner.root(Self.api)
        var values = [
            "stop_words": settings.strings("stop_words").joined(separator: ", "),
            "start_words": settings.strings("start_words").joined(separator: ", "),
            "us_marketing_allowed": settings.isTrue("us_marketing_allowed") ? "yes" : "",
        ]
        for category in settings.strings("stop_categories") { values["stop.\(category)"] = "yes" }
        return page(owner, values)
    }

    private func page(_ owner: Owner, _ values: [String: String], _ problem: Problem? = nil) -> Response {
        guard owner.may(.contacts) else {
            return owner.page(
                "Words of consent", tabs: ContactPages.tabs(Self.path),
                Piece.panel(
                    "Who writes one of these",
                    Piece.facts([
                        ("ends messages", "\(values["stop_words"] ?? "")"),
                        ("begins them again", "\(values["start_words"] ?? "")"),
                    ])))
        }
        let form = Form(
            action: Self.path, submit: "Save",
            fields: [
                .area("stop_words", "Words that end messages", rows: 2, hint: "With commas between. Empty: the usual ones."),
                .area("start_words", "Words that begin them again", rows: 2),
                .heading("What they end and begin"),
            ]
                + TemplateCategory.allCases.map {
                    .check("stop.\($0.rawValue)", Piece.sentence($0.rawValue), api: "stop_categories")
                } + [
                    .heading("United States"),
                    .check(
                        "us_marketing_allowed", "Send marketing to numbers of the United States",
                        hint: "WhatsApp refuses it at present."),
                ],
            values: values, problem: problem)
        return owner.page(
            "Words of consent", status: problem?.status ?? 200, tabs: ContactPages.tabs(Self.path),
            form.markup(owner.visitor))
    }

    private func change(_ owner: Owner, _ input: FormInput) async throws -> Response {
        try await owner.attempt {
            _ = try await owner.send(.patch, Self.api) { writer in
                for name in ["stop_words", "start_words"] {
                    writer.key(name)
                    Self.write(input.list(name), into: &writer)
                }
                writer.key("stop_categories")
                let chosen = TemplateCategory.allCases.map(\.rawValue).filter { input.isOn("stop.\($0)") }
                Self.write(chosen, into: &writer)
                writer.field("us_marketing_allowed", input.isOn("us_marketing_allowed"))
            }
            return owner.redirect(to: Self.path, .settingsSaved)
        } orShow: { problem in
            page(owner, input.texts, problem)
        }
    }

    private static func write(_ words: [String], into writer: inout JSONWriter) {
        if words.isEmpty { writer.null() } else { writer.array { list in for word in words { list.string(word) } } }
    }
}
