import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Taking businesses on and looking after them: pages over the administration's routes.
struct AdministrationPages: Sendable {
    static let path = "/admin/businesses"
    private static let pageSize = "50"

    /// What a form on a business's page asks for, by the end of its address.
    enum Action: String, CaseIterable {
        case change, suspend, resume, delete
        case addKey = "keys"
        case revokeKey = "keys/revoke"
        case addPerson = "people"
        case removePerson = "people/remove"
    }

    private let people: People
    private let looks: Looks
    private let admin: AdminAPI

    init(_ site: SiteParts) {
        people = site.people
        looks = site.looks
        admin = AdminAPI(AdminParts(site))
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(list))
        router.on(.post, Self.path, Page.handler(create))
        router.on(.get, Self.path + "/{id}", Page.handler { try await detail($0) })
        for action in Action.allCases {
            router.on(.post, Self.path + "/{id}/" + action.rawValue, Page.handler { try await perform(action, $0) })
        }
    }

    // MARK: Looking

    private func list(_ request: Request) async throws -> Response {
        try await list(request, notice: nil, filled: [:])
    }

    private func list(_ request: Request, notice: HTML?, filled: [String: String], status: Int = 200) async throws -> Response {
        let visitor = try await founder(request, look: "businesses.listed")
        let words = ["q", "status", "plan", "cursor"].map { ($0, request.query($0)) }
        let isLooking = request.method == .get
        let tenants = try await admin.call(
            .get, TenantAdminRoutes.path, query: (isLooking ? words : []) + [("limit", Self.pageSize)], for: request)
        let plans = try await admin.call(.get, PlanRoutes.path, query: [("limit", "200")], for: request)
        let next = tenants?["next_cursor"]?.string.map { cursor in
            Self.path + QueryText.make(words.filter { $0.0 != "cursor" } + [("cursor", cursor)])
        }
        return Page.response(
            "Administration", visitor: visitor, section: .businesses, status: status,
            BusinessSections.list(
                tenants?["data"]?.elements ?? [], plans: plans?["data"]?.elements ?? [], next: next,
                search: request.query("q") ?? "", status: request.query("status") ?? "", notice, filled, visitor))
    }

    private func detail(_ request: Request, notice: HTML? = nil, status: Int = 200) async throws -> Response {
        let visitor = try await founder(request, look: "business.viewed")
        let path = try Self.route(request)
        guard let tenant = try await admin.call(.get, path, for: request) else { throw Problem.pageNotFound }
        let plans = try await admin.call(.get, PlanRoutes.path, query: [("limit", "200")], for: request)
        let keys = try await admin.call(.get, path + "/keys", query: [("limit", "200")], for: request)
        let users = try await admin.call(.get, path + "/users", query: [("limit", "200")], for: request)
        let business = BusinessSections.Shown(
            tenant: tenant, plans: plans?["data"]?.elements ?? [], keys: keys?["data"]?.elements ?? [],
            people: users?["data"]?.elements ?? [])
        let done: HTML? = request.query("done").map { _ in "<p class=\"notice\" role=\"status\">Done.</p>" }
        return Page.response(
            business.name, visitor: visitor, section: .businesses, status: status,
            business.content(notice ?? done, visitor))
    }

    private func founder(_ request: Request, look: String) async throws -> Visitor {
        let visitor = try await people.founder(of: request, looking: look, looks)
        return visitor
    }

    /// Of the administration, for the business that the page's address names.
    private static func route(_ request: Request) throws -> String {
        guard let id = request.pathParameter("id").flatMap({ TenantID($0) }) else { throw Problem.pageNotFound }
        return "\(TenantAdminRoutes.path)/\(id)"
    }

    // MARK: Acting

    private func create(_ request: Request) async throws -> Response {
        let fields = try people.form(request)
        _ = try await people.founder(of: request)
        var writer = JSONWriter()
        writer.object { writer in
            for name in ["name", "slug", "plan", "time_zone", "currency", "default_region"] {
                guard let value = fields[name]?.trimmed, !value.isEmpty else { continue }
                writer.key(name)
                writer.string(value)
            }
            if let owner = fields["owner"]?.trimmed, !owner.isEmpty {
                writer.field("owner", object: { $0.field("email", owner) })
            }
        }
        do {
            let made = try await admin.call(.post, TenantAdminRoutes.path, body: writer.bytes, for: request)
            return try await list(request, notice: BusinessSections.made(made), filled: [:], status: 201)
        } catch let problem as Problem where problem.status < 500 {
            return try await list(request, notice: BusinessSections.refused(problem), filled: fields, status: problem.status)
        }
    }

    private func perform(_ action: Action, _ request: Request) async throws -> Response {
        let fields = try people.form(request)
        _ = try await people.founder(of: request)
        let path = try Self.route(request)
        do {
            let answer = try await ask(action, path, fields, request)
            if action == .addKey {
                return try await detail(request, notice: BusinessSections.madeKey(answer), status: 201)
            }
            let back = "\(Self.path)/\(request.pathParameter("id") ?? "")?done=\(action.rawValue)"
            return .redirect(to: action == .delete ? Self.path : back)
        } catch let problem as Problem where (400..<500).contains(problem.status) && problem.status != 404 {
            return try await detail(request, notice: BusinessSections.refused(problem), status: problem.status)
        }
    }

    private func ask(
        _ action: Action, _ path: String, _ fields: [String: String], _ request: Request
    ) async throws -> JSONValue? {
        func id(_ name: String) throws -> String {
            guard let id = fields[name].flatMap({ UUIDValue($0) }) else { throw Problem.formBroken }
            return id.description
        }
        switch action {
        case .change:
            let body = fields.json(
                ["name", "plan", "time_zone", "currency", "default_region"], integers: ["daily_quota"],
                mayBeNull: ["default_region", "daily_quota"])
            return try await admin.call(.patch, path, body: body, for: request)
        case .suspend: return try await admin.call(.post, path + "/suspend", body: fields.json(["reason"]), for: request)
        case .resume: return try await admin.call(.post, path + "/resume", for: request)
        case .delete:
            return try await admin.call(
                .delete, path, query: [("confirm", fields["confirm"]), ("reason", fields["reason"])], for: request)
        case .addKey: return try await admin.call(.post, path + "/keys", body: fields.json(["name"]), for: request)
        case .revokeKey: return try await admin.call(.delete, path + "/keys/" + id("key"), for: request)
        case .addPerson:
            return try await admin.call(
                .post, path + "/users", body: fields.json(["email", "name", "role"]), for: request)
        case .removePerson: return try await admin.call(.delete, path + "/users/" + id("person"), for: request)
        }
    }
}
