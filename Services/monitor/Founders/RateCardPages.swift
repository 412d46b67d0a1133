import HTTPServer
import JSON
import Models
import Runtime

/// Meta's price lists as pages, over the administration's routes: imported after a look at what changes.
struct RateCardPages: Sendable {
    static let path = "/admin/rate-cards"

    private let forms: AdminForms
    private var admin: AdminAPI { forms.admin }

    init(_ site: SiteParts) {
        forms = AdminForms(site)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler { try await list($0) })
        router.on(.post, Self.path, Page.handler(store))
        router.on(.post, Self.path + "/preview", Page.handler(preview))
        router.on(.get, Self.path + "/{id}", Page.handler(detail))
        router.on(.get, Self.path + "/{id}/delete", Page.handler(confirmRemoval))
        router.on(.post, Self.path + "/{id}/delete", Page.handler(remove))
    }

    // MARK: Looking

    private func list(
        _ request: Request, _ typed: [String: String] = [:], _ problem: Problem? = nil
    ) async throws -> Response {
        let visitor = try await forms.founder(request, look: "rate_cards.viewed")
        let lists = try await admin.call(.get, RateCardRoutes.path, for: request)?.list("data") ?? []
        return AdminForms.page(
            "Price lists", request, visitor, status: problem?.status ?? 200,
            back: Link("Administration", AdministrationPages.path),
            """
            \(RateCardSections.lists(lists, today: String(SystemClock.now().rfc3339.prefix(10))))
            <h2 class="h5 mt-4">Import a price list</h2>
            \(RateCardSections.form(typed, problem).markup(visitor))
            """)
    }

    private func detail(_ request: Request) async throws -> Response {
        let visitor = try await forms.founder(request, look: "rate_card.viewed")
        let list = try await found(request)
        return AdminForms.page(
            list.text("name"), request, visitor, back: Link("Price lists", Self.path),
            actions: [Link("Delete…", "\(Self.path)/\(list.text("id"))/delete").button],
            RateCardSections.prices(of: list))
    }

    private func found(_ request: Request) async throws -> JSONValue {
        guard let list = try await admin.call(.get, Self.route(request), for: request) else { throw Problem.pageNotFound }
        return list
    }

    private static func route(_ request: Request) -> String {
        "\(RateCardRoutes.path)/\(AdminForms.part("id", of: request))"
    }

    // MARK: Importing

    /// What would change; the list travels on in the form that stores it.
    private func preview(_ request: Request) async throws -> Response {
        try await importing(request, isDry: true) { input, answer in
            let visitor = try await forms.founder(request, look: "rate_cards.viewed")
            return AdminForms.page(
                "Import these prices?", request, visitor, back: Link("Price lists", Self.path),
                RateCardSections.preview(answer?.list("data") ?? [], input, visitor))
        }
    }

    private func store(_ request: Request) async throws -> Response {
        try await importing(request, isDry: false) { _, _ in AdminForms.redirect(to: Self.path, .pricesImported) }
    }

    /// What is wrong stands beside the fields, with the list's text among them: nobody has to find the file again.
    private func importing(
        _ request: Request, isDry: Bool, _ show: (FormInput, JSONValue?) async throws -> Response
    ) async throws -> Response {
        var input = try await forms.input(request)
        if let file = input.files["file"] { input.texts["text"] = String(decoding: file, as: UTF8.self) }
        let query = [("valid_from", input["valid_from"]), ("name", input["name"]), ("dry_run", isDry ? "true" : "")]
        do {
            let answer = try await admin.call(
                .post, RateCardRoutes.path, query: query.map { ($0.0, $0.1) }, body: Array(input["text"].utf8),
                contentType: "text/csv", for: request)
            return try await show(input, answer)
        } catch let problem as Problem where problem.isAboutInput {
            return try await list(request, input.texts, problem)
        }
    }

    // MARK: Deleting

    private func confirmRemoval(_ request: Request) async throws -> Response {
        let visitor = try await forms.founder(request, look: "rate_card.viewed")
        let list = try await found(request)
        return AdminForms.removal(
            "Delete this price list?", of: Link(list.text("name"), "\(Self.path)/\(list.text("id"))"),
            """
            <b>\(list.text("name"))</b> (\(list.text("currency")), from \(list.text("valid_from"))) goes for good. What was \
            priced by it keeps its price.
            """,
            submit: "Delete the price list", request, visitor)
    }

    private func remove(_ request: Request) async throws -> Response {
        _ = try await forms.input(request)
        try await admin.call(.delete, Self.route(request), for: request)
        return AdminForms.redirect(to: Self.path, .pricesDeleted)
    }
}
