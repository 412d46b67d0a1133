import APIKit
import HTTPServer
import JSON
import Models

/// A business's templates: what they look like, what became of them at WhatsApp, how they are used.
struct TemplatePages: Sendable {
    static let path = "/dashboard/templates"
    private static let api = "/v1/templates"

    private let routes: OwnerRoutes

    init(_ site: SiteParts) {
        routes = OwnerRoutes(site, .templates, .templates)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, routes.looking(list))
        router.on(.get, Self.path + "/{id}", routes.looking(detail))
        router.on(.post, Self.path + "/sync", routes.changing(sync))
        router.on(.get, Self.path + "/examples", routes.preparing(examples))
        router.on(.post, Self.path + "/examples/{name}", routes.changing(takeExample))
        router.on(.post, Self.path + "/{id}/submit", routes.changing(submit))
        router.on(.post, Self.path + "/{id}/unpause", routes.changing(unpause))
        router.on(.get, Self.path + "/{id}/delete", routes.preparing(confirmDeletion))
        router.on(.post, Self.path + "/{id}/delete", routes.changing(delete))
    }

    static func link(_ template: JSONValue) -> String { "\(path)/\(template.text("id"))" }

    // MARK: The list

    private func list(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api, owner.listQuery(["status", "category", "name", "language"]))
        let usage = try await owner.get(Self.api + "/usage")
        let used = Dictionary(usage.data.map { ($0.text("template_id"), $0) }, uniquingKeysWith: { first, _ in first })
        let filters = Filters(
            owner, Self.path,
            [
                .line("name", "Name", type: "search"),
                .choice("status", "Status", TemplateWords.statuses),
                .choice("category", "Category", TemplateWords.categories),
                .line("language", "Language", placeholder: "en"),
            ])
        let empty =
            filters.isUsed
            ? Piece.empty("No such templates", "None of your templates is like that.")
            : Piece.empty(
                "No templates yet",
                "A template is a text that WhatsApp has approved: what you may write to somebody first. Start from one of "
                    + "the examples, or write your own.", owner.may(.templates) ? Self.beginnings : [])
        return owner.page(
            "Templates", actions: owner.may(.templates) ? [Self.syncButton(owner)] + Self.beginnings : [],
            """
            \(filters.markup)
            \(Self.table(used).markup(found.data, empty: empty))
            \(Piece.pager(owner, Self.path, next: found.nextCursor))
            """)
    }

    private static let beginnings = [
        Link("Examples", path + "/examples").button, Link("Write a template", path + "/new").mainButton,
    ]

    private static func syncButton(_ owner: Owner) -> HTML {
        Form.button("Compare with WhatsApp", path + "/sync", owner.visitor)
    }

    private static func table(_ used: [String: JSONValue]) -> Table<JSONValue> {
        Table(
            "Templates and how they were used in the last 30 days",
            [
                .init("Template", .lead) { template in
                    """
                    <a class="row-link break" href="\(link(template))">\(template.text("name"))</a>\
                    <div class="quiet small">\(template.text("language")) · \(Piece.sentence(template.text("category")))</div>
                    """
                },
                .init("Status", .end) { TemplateWords.badge($0) },
                .init("Quality") { TemplateWords.quality($0) ?? .nothing },
                .init("Account") { template in
                    "<span class=\"small\">\(Piece.sentence(template.text("provider"))) \(template.text("account_id"))</span>"
                },
                .init("Sent, 30 days") { used[$0.text("id")]?.number("sent") ?? "0" },
                .init("Delivered") { template in
                    used[template.text("id")].map { "\($0.percent("delivery_rate"))" } ?? "–"
                },
                .init("Read") { template in used[template.text("id")].map { "\($0.percent("read_rate"))" } ?? "–" },
            ])
    }

    private func sync(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, Self.api + "/sync")
        return owner.redirect(to: Self.path, .templatesSynced)
    }

    // MARK: One template

    private func detail(_ owner: Owner) async throws -> Response {
        let address = "\(Self.api)/\(owner.part())"
        let template = try await owner.get(address)
        guard let root = template.root else { throw Problem.apiUnavailable }
        let values = owner.request.query.filter { $0.name.hasPrefix(TemplateDetail.valuePrefix) && !$0.value.isEmpty }
        let preview = try await owner.send(.post, address + "/preview") { writer in
            if values.isEmpty { return }
            writer.field("variables", object: { writer in
                for value in values {
                    writer.key(String(value.name.dropFirst(TemplateDetail.valuePrefix.count)))
                    writer.string(value.value)
                }
            })
        }
        let usage = try await owner.get(address + "/usage")
        let detail = TemplateDetail(template: root, preview: preview, usage: usage, owner: owner)
        return owner.page(
            root.text("name"), back: Link("All templates", Self.path), actions: detail.actions, detail.markup)
    }

    private func submit(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, "\(Self.api)/\(owner.part())/submit")
        return owner.redirect(to: "\(Self.path)/\(owner.part())", .templateSubmitted)
    }

    private func unpause(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.post, "\(Self.api)/\(owner.part())/unpause")
        return owner.redirect(to: "\(Self.path)/\(owner.part())", .templateUnpaused)
    }

    private func confirmDeletion(_ owner: Owner) async throws -> Response {
        let template = try await owner.get("\(Self.api)/\(owner.part())")
        let name = template["name"]?.string ?? ""
        let own = "\(Self.path)/\(owner.part())"
        let words: HTML =
            template["status"]?.string == "draft"
            ? "The draft <b>\(name)</b> will be gone at once, for good."
            : """
            <b>\(name)</b> is deleted at WhatsApp too, for good. Messages that wait for it will not go, and WhatsApp keeps \
            the name blocked for 30 days.
            """
        return owner.page(
            "Delete this template?", back: Link(name, own),
            Form.confirmation(words, "Delete the template", own + "/delete", cancel: own, owner.visitor))
    }

    private func delete(_ owner: Owner, _ input: FormInput) async throws -> Response {
        _ = try await owner.send(.delete, "\(Self.api)/\(owner.part())")
        return owner.redirect(to: Self.path, .templateDeleted)
    }

    // MARK: Examples

    private func examples(_ owner: Owner) async throws -> Response {
        let found = try await owner.get(Self.api + "/examples")
        let cards = found.data.map { example -> HTML in
            """
            <section class="panel card"><div class="inside"><h2 class="break">\(Piece.sentence(example.text("name")))</h2>
            <p class="quiet small">\(example.text("purpose")) \(Piece.sentence(example.text("category"))).</p>
            \(Bubble(example: example).markup)
            <div class="buttons">\(Form.button(
                "Start from this", "\(Self.path)/examples/\(QueryText.encode(example.text("name")))", owner.visitor,
                kind: "btn-main"))</div></div></section>
            """
        }
        return owner.page(
            "Examples", back: Link("All templates", Self.path), actions: [Link("Write your own", Self.path + "/new").button],
            "<p class=\"quiet\">Each becomes a draft of yours, which you change and hand in when you like it.</p>"
                + "<div class=\"cards\">\(cards)</div>")
    }

    private func takeExample(_ owner: Owner, _ input: FormInput) async throws -> Response {
        let made = try await owner.send(.post, "\(Self.api)/examples/\(owner.part("name"))")
        return owner.redirect(to: "\(Self.path)/\(made["id"]?.string ?? "")", .templateWritten)
    }
}
