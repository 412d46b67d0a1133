import HTTPServer
import JSON
import Models

/// What businesses may have at most: plans as pages, over the administration's routes.
struct PlanPages: Sendable {
    static let path = "/admin/plans"
    /// Businesses shown on a plan's own page; the list of businesses shows all.
    private static let businessesMax = "50"
    private static let limits = PlanLimit.allCases.map(\.rawValue)

    private let forms: AdminForms
    private var admin: AdminAPI { forms.admin }

    init(_ site: SiteParts) {
        forms = AdminForms(site)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler { try await list($0) })
        router.on(.post, Self.path, Page.handler(create))
        router.on(.get, Self.path + "/{name}", Page.handler { try await detail($0) })
        router.on(.post, Self.path + "/{name}", Page.handler(change))
        router.on(.get, Self.path + "/{name}/delete", Page.handler(confirmRemoval))
        router.on(.post, Self.path + "/{name}/delete", Page.handler(remove))
    }

    // MARK: Looking

    private func list(
        _ request: Request, _ typed: [String: String] = [:], _ problem: Problem? = nil
    ) async throws -> Response {
        let visitor = try await forms.founder(request, look: "plans.viewed")
        let place = request.method == .get ? request.query("cursor") : nil
        let plans = try await admin.call(.get, PlanRoutes.path, query: [("cursor", place)], for: request)
        let next: HTML? = plans?["next_cursor"]?.string.map { cursor in
            "<nav class=\"pages\" aria-label=\"Pages\">\(Link("More →", Self.path + QueryText.make([("cursor", cursor)])).button)</nav>"
        }
        let form = Form(
            action: Self.path, submit: "Make the plan",
            fields: [
                .line("name", "Name", hint: "In addresses and for programs: small, pro-2.", isRequired: true),
                .line("title", "Title", hint: "For people; the name unless given."),
            ] + Self.limitFields,
            values: typed, problem: problem)
        return AdminForms.page(
            "Plans", request, visitor, status: problem?.status ?? 200, back: Link("Administration", AdministrationPages.path),
            """
            \(Self.table.markup(plans?.list("data") ?? [], empty: Piece.empty("No plan here", "Make one below.")))
            \(next)
            <h2 class="h5 mt-4">Make a plan</h2>
            \(form.markup(visitor))
            """)
    }

    private func detail(
        _ request: Request, _ typed: [String: String]? = nil, _ problem: Problem? = nil
    ) async throws -> Response {
        let visitor = try await forms.founder(request, look: "plan.viewed")
        let plan = try await plan(of: request)
        let name = plan.text("name")
        let businesses = try await admin.call(
            .get, TenantAdminRoutes.path, query: [("plan", name), ("limit", Self.businessesMax)], for: request)
        let all = AdministrationPages.path + QueryText.make([("plan", name)])
        let more: HTML? = businesses?["next_cursor"]?.string.map { _ in "<p>\(Link("All of them", all).button)</p>" }
        let form = Form(
            action: Self.path + "/" + name, submit: "Save",
            fields: [.line("title", "Title", isRequired: true)] + Self.limitFields,
            values: typed ?? Self.values(of: plan), problem: problem, cancel: Self.path)
        return AdminForms.page(
            plan.text("title"), request, visitor, status: problem?.status ?? 200, back: Link("Plans", Self.path),
            actions: [Link("Delete…", "\(Self.path)/\(name)/delete").button],
            """
            \(form.markup(visitor))
            \(BusinessSections.table("Businesses with this plan", empty: "No business has it.", businesses?.list("data") ?? []))
            \(more)
            """)
    }

    private func plan(of request: Request) async throws -> JSONValue {
        guard let plan = try await admin.call(.get, Self.route(request), for: request) else { throw Problem.planNotFound }
        return plan
    }

    private static func route(_ request: Request) -> String {
        "\(PlanRoutes.path)/\(AdminForms.part("name", of: request))"
    }

    // MARK: Acting

    private func create(_ request: Request) async throws -> Response {
        let input = try await forms.input(request)
        do {
            let body = input.texts.json(["name", "title"], integers: Self.limits)
            let made = try await admin.call(.post, PlanRoutes.path, body: body, for: request)
            return AdminForms.redirect(to: "\(Self.path)/\(made?.text("name") ?? "")", .planMade)
        } catch let problem as Problem where problem.isAboutInput {
            return try await list(request, input.texts, problem)
        }
    }

    private func change(_ request: Request) async throws -> Response {
        let input = try await forms.input(request)
        do {
            let body = input.texts.json(["title"], integers: Self.limits, mayBeNull: Self.limits)
            let plan = try await admin.call(.patch, Self.route(request), body: body, for: request)
            return AdminForms.redirect(to: "\(Self.path)/\(plan?.text("name") ?? "")", .planChanged)
        } catch let problem as Problem where problem.isAboutInput {
            return try await detail(request, input.texts, problem)
        }
    }

    private func confirmRemoval(_ request: Request) async throws -> Response {
        let visitor = try await forms.founder(request, look: "plan.viewed")
        let plan = try await plan(of: request)
        return AdminForms.removal(
            "Delete this plan?", of: Link(plan.text("title"), "\(Self.path)/\(plan.text("name"))"),
            "<b>\(plan.text("title"))</b> goes for good. It stays where a business has it, or had it when it was deleted.",
            submit: "Delete the plan", request, visitor)
    }

    private func remove(_ request: Request) async throws -> Response {
        _ = try await forms.input(request)
        do {
            try await admin.call(.delete, Self.route(request), for: request)
            return AdminForms.redirect(to: Self.path, .planDeleted)
        } catch let problem as Problem where problem.isAboutInput {
            return try await detail(request, nil, problem)
        }
    }

    // MARK: Pieces

    private static let limitFields: [Field] =
        [.heading("At most", hint: "An empty field is no limit.")]
        + PlanLimit.allCases.map { .line($0.rawValue, Piece.sentence($0.words), type: "number", placeholder: "any") }

    private static func values(of plan: JSONValue) -> [String: String] {
        var values = ["title": plan.text("title")]
        for limit in limits { values[limit] = plan[limit]?.integer.map { "\($0)" } ?? "" }
        return values
    }

    private static let table = Table<JSONValue>(
        "Plans, by name",
        [
            .init("Plan", .lead) { plan in
                """
                <a class="row-link" href="\(path)/\(plan.text("name"))">\(plan.text("title"))</a>
                <div class="quiet small">\(plan.text("name"))</div>
                """
            },
            .init("Businesses", .end) { $0.number("tenants") },
            .init("At most", .whole) { plan in
                let limits = PlanLimit.allCases.compactMap { limit in
                    plan[limit.rawValue]?.integer.map { "\(Piece.number($0)) \(limit.words)" }
                }
                return limits.isEmpty ? "<span class=\"quiet\">no limit</span>" : "\(limits.joined(separator: " · "))"
            },
        ])
}
