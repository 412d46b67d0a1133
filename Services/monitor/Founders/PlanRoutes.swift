import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// What businesses may have at most, in plans that many share.
struct PlanRoutes: Sendable {
    static let path = "/v1/admin/plans"
    /// The one that businesses have when nobody says which.
    private static let standard = "unlimited"

    let parts: AdminParts

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler(list))
        router.on(.post, Self.path, LogJSON.handler(create))
        router.on(.get, Self.path + "/{name}", LogJSON.handler(detail))
        router.on(.patch, Self.path + "/{name}", LogJSON.handler(change))
        router.on(.delete, Self.path + "/{name}", LogJSON.handler(remove))
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let limit = query.limit()
        let after = query.value("cursor", "cursor_invalid", "Use `next_cursor` of the page before, unchanged.") {
            Cursor.decode(text: $0)
        }
        try query.requireNoProblems()
        let plans = try await parts.plans.plans(after: after, max: limit + 1)
        return AdminJSON.page(plans, limit: limit, cursor: { Cursor.encode(text: $0.plan.name) }, AdminJSON.write)
    }

    private func detail(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        try request.refuseParameters()
        let plan = try await plan(of: request)
        return AdminJSON.answer { AdminJSON.write(plan, into: &$0) }
    }

    private func create(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: ["name", "title"] + Self.limits, &problems)
        let name = reader.requiredText("name", &problems)
        if let name, !TenantSlug.isUsable(name) {
            problems.note("name_invalid", "name", "`name` must be 1 to 63 of a–z, 0–9 and -, and not begin with -.")
        }
        let title = AdminFields.name("title", reader, &problems)
        let limits = limits(reader, over: [:], &problems)
        guard problems.isEmpty, let name else { throw Problem.refused(problems.all) }
        let plan = BusinessPlan(name: name, title: title ?? name, limits: limits)
        guard let created = try await parts.plans.create(plan, by: caller.source) else {
            throw Problem.conflict("plan_exists", "There is a plan of this name.", field: "name")
        }
        return AdminJSON.answer(201, location: "\(Self.path)/\(name)") { AdminJSON.write(created, into: &$0) }
    }

    /// Who has more than the new limits allow keeps it and gets no more.
    private func change(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        var plan = try await plan(of: request).plan
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: ["title"] + Self.limits, &problems)
        if let title = AdminFields.name("title", reader, &problems) { plan.title = title }
        plan.limits = limits(reader, over: plan.limits, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let changed = (["title"] + Self.limits).filter { reader.has($0) || reader.isNull($0) }
        guard let done = try await parts.plans.change(plan, changed: changed, by: caller.source) else {
            throw Problem.planNotFound
        }
        for tenantID in done.tenants { parts.tell(tenantID, .settings) }
        return AdminJSON.answer { AdminJSON.write(done.plan, into: &$0) }
    }

    private func remove(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        try request.refuseParameters()
        let name = request.pathParameter("name") ?? ""
        if name == Self.standard { throw Problem.planInUse }
        switch try await parts.plans.remove(name, by: caller.source) {
        case .removed: return .empty()
        case .unknown: throw Problem.planNotFound
        case .inUse: throw Problem.planInUse
        }
    }

    private func plan(of request: Request) async throws -> ListedPlan {
        guard let plan = try await parts.plans.plan(request.pathParameter("name") ?? "") else {
            throw Problem.planNotFound
        }
        return plan
    }

    private static let limits = PlanLimit.allCases.map(\.rawValue)

    private func limits(
        _ reader: FieldReader, over before: [PlanLimit: Int], _ problems: inout FieldProblems
    ) -> [PlanLimit: Int] {
        var limits = before
        for limit in PlanLimit.allCases {
            if reader.isNull(limit.rawValue) { limits[limit] = nil }
            if let max = reader.integer(limit.rawValue, in: limit.smallest...Int(Int32.max), &problems) {
                limits[limit] = max
            }
        }
        return limits
    }
}

extension Problem {
    fileprivate static let planInUse = conflict(
        "plan_in_use", "Businesses have this plan, or had it when they were deleted. Give them another first.",
        field: "name")
}
