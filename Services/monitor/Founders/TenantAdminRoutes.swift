import APIKit
import HTTPServer
import JSON
import Models
import Runtime
import Storage

/// Taking businesses on, looking at them, closing and removing them.
struct TenantAdminRoutes: Sendable {
    static let path = "/v1/admin/tenants"
    private static let fields = ["name", "slug", "plan", "default_region", "time_zone", "currency", "daily_quota"]

    let parts: AdminParts

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler(list))
        router.on(.post, Self.path, LogJSON.handler(create))
        router.on(.get, Self.path + "/{id}", LogJSON.handler(detail))
        router.on(.patch, Self.path + "/{id}", LogJSON.handler(change))
        router.on(.delete, Self.path + "/{id}", LogJSON.handler(delete))
        router.on(.post, Self.path + "/{id}/suspend", LogJSON.handler(suspend))
        router.on(.post, Self.path + "/{id}/resume", LogJSON.handler(resume))
    }

    // MARK: Looking

    private func list(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        var query = QueryReader(request, known: ["status", "plan", "q", "limit", "cursor"])
        let filter = AdministeredTenantFilter(
            status: query.word("status"), plan: query.text("plan"), text: query.text("q"))
        let (limit, after): (Int, TenantID?) = (query.limit(), query.cursor())
        try query.requireNoProblems()
        let tenants = try await parts.tenants.tenants(filter, after: after, max: limit + 1)
        return AdminJSON.page(tenants, limit: limit, cursor: { Cursor.encode($0.id) }, AdminJSON.write)
    }

    private func detail(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        try request.refuseParameters()
        let id = try parts.tenantID(of: request)
        guard let tenant = try await parts.tenants.tenant(id) else { throw Problem.tenantNotFound }
        let usage = try await parts.tenants.usage(of: id)
        return AdminJSON.answer { writer in
            AdminJSON.write(tenant, into: &writer)
            writer.field("usage", object: { AdminJSON.write(usage: usage, into: &$0) })
        }
    }

    // MARK: Taking on and changing

    /// `{"name":"Acme"}` is enough; with `owner` a person gets in, and the first key comes with the answer.
    private func create(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: Self.fields + ["owner", "key"], &problems)
        let name = AdminFields.requiredName("name", reader, &problems)
        let changes = changes(reader, &problems)
        let (key, owner) = (key(reader, &problems), owner(reader, &problems))
        guard problems.isEmpty, let name else { throw Problem.refused(problems.all) }
        guard let slug = changes.slug ?? TenantSlug.made(of: name) else {
            throw Problem.refused("slug_invalid", "slug", "No slug can be made of this name: give one.")
        }
        var new = NewTenant(id: TenantID(parts.site.ids.uuid()), slug: slug, name: name, key: key)
        if let plan = changes.plan { new.plan = plan }
        if let zone = changes.timeZone { new.timeZone = zone }
        if let currency = changes.currency { new.currency = currency }
        new.defaultRegion = changes.defaultRegion ?? nil
        new.dailyQuota = changes.dailyQuota ?? nil
        new.owner = owner
        new.invitation = owner.map { parts.invitation(to: $0.email, business: name) }
        switch try await parts.tenants.create(new, by: caller.source) {
        case .refused(let refusal): throw Problem.refused(refusal)
        case .created(let tenant, let stored, let user):
            parts.tell(tenant.id, .key)
            return AdminJSON.answer(201, location: "\(Self.path)/\(tenant.id)") { writer in
                AdminJSON.write(tenant, into: &writer)
                writer.field("api_key", object: { AdminJSON.write(stored, secret: key.key, into: &$0) })
                if let user { writer.field("owner", object: { AdminJSON.write(user, into: &$0) }) }
            }
        }
    }

    private func change(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        let id = try parts.tenantID(of: request)
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: Self.fields, &problems)
        let changes = changes(reader, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let tenant = try Self.done(try await parts.tenants.change(id, changes, by: caller.source))
        parts.tell(id, .settings)
        return AdminJSON.answer { AdminJSON.write(tenant, into: &$0) }
    }

    private func changes(_ reader: FieldReader, _ problems: inout FieldProblems) -> TenantChanges {
        var changes = TenantChanges()
        changes.name = AdminFields.name("name", reader, &problems)
        changes.slug = code("slug", reader, &problems, "1 to 63 of a–z, 0–9 and -, and not begin with -") {
            TenantSlug.isUsable($0)
        }
        changes.plan = reader.text("plan", &problems)
        changes.timeZone = reader.text("time_zone", &problems)
        changes.currency = code("currency", reader, &problems, "the three capital letters of ISO 4217: EUR") {
            $0.utf8.count == 3 && $0.utf8.allSatisfy { (65...90).contains($0) }
        }
        let region = code("default_region", reader, &problems, "the two capital letters of ISO 3166: IT") {
            $0.utf8.count == 2 && $0.utf8.allSatisfy { (65...90).contains($0) }
        }
        if reader.has("default_region") || reader.isNull("default_region") { changes.defaultRegion = .some(region) }
        let quota = reader.integer("daily_quota", in: 0...Int(Int32.max), &problems)
        if reader.has("daily_quota") || reader.isNull("daily_quota") { changes.dailyQuota = .some(quota) }
        for key in ["name", "slug", "plan", "time_zone", "currency"] where reader.isNull(key) {
            problems.note("field_missing", key, "`\(key)` cannot be taken away.")
        }
        changes.names = Self.fields.filter { reader.has($0) || reader.isNull($0) }
        return changes
    }

    private func code(
        _ key: String, _ reader: FieldReader, _ problems: inout FieldProblems, _ form: String,
        _ isRight: (String) -> Bool
    ) -> String? {
        guard let text = reader.text(key, &problems) else { return nil }
        if isRight(text) { return text }
        problems.note("\(key)_invalid", key, "`\(key)` must be \(form).")
        return nil
    }

    private func key(_ reader: FieldReader, _ problems: inout FieldProblems) -> NewTenantKey {
        guard let value = reader["key"] else { return NewTenantKey(name: "first", access: .everything, ids: parts.site.ids) }
        let fields = FieldReader(value, path: "key.", known: ["name", "scopes", "expires_at"], problems: &problems)
        return NewTenantKey(
            name: AdminFields.name("name", fields, &problems) ?? "first", access: AdminFields.access(fields, &problems),
            expiresAt: AdminFields.expiry(fields, &problems), ids: parts.site.ids)
    }

    private func owner(_ reader: FieldReader, _ problems: inout FieldProblems) -> NewTenantUser? {
        guard let value = reader["owner"] else { return nil }
        let fields = FieldReader(value, path: "owner.", known: ["email", "name"], problems: &problems)
        let name = AdminFields.name("name", fields, &problems) ?? ""
        guard let email = AdminFields.email(fields, &problems) else { return nil }
        return NewTenantUser(email: email, name: name, role: .owner, ids: parts.site.ids)
    }

    // MARK: Closing and opening

    private func suspend(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        let id = try parts.tenantID(of: request)
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: ["reason"], mayBeAbsent: true, &problems)
        let reason = AdminFields.name("reason", reader, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        return try answer(try await parts.tenants.suspend(id, reason: reason, by: caller.source), id)
    }

    private func resume(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        let id = try parts.tenantID(of: request)
        var problems = FieldProblems()
        _ = try parts.fields(of: request, known: [], mayBeAbsent: true, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        return try answer(try await parts.tenants.resume(id, by: caller.source), id)
    }

    /// `DELETE …?confirm=<slug>`: 202, because what was not sent yet is cancelled after the answer.
    private func delete(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        let id = try parts.tenantID(of: request)
        let query = QueryReader(request, known: ["confirm", "reason"])
        try query.requireNoProblems()
        let reason = query.text("reason").map { String($0.prefix(AdminFields.nameCharactersMax)) }
        let outcome = try await parts.tenants.delete(
            id, confirmedBy: query.text("confirm") ?? "", reason: reason, by: caller.source)
        let tenant = try Self.done(outcome)
        parts.tell(id, .key, .settings, .sender, .gate)
        parts.site.cancelLeftovers()
        return AdminJSON.answer(202) { AdminJSON.write(tenant, into: &$0) }
    }

    private func answer(_ outcome: TenantChangeOutcome, _ id: TenantID) throws -> Response {
        let tenant = try Self.done(outcome)
        // The gate first: a dispatcher that learns of it forgets what it knew of the tenant.
        parts.tell(id, .gate, .key, .settings, .sender)
        return AdminJSON.answer { AdminJSON.write(tenant, into: &$0) }
    }

    private static func done(_ outcome: TenantChangeOutcome) throws -> AdministeredTenant {
        switch outcome {
        case .done(let tenant): return tenant
        case .unknown: throw Problem.tenantNotFound
        case .refused(let refusal): throw Problem.refused(refusal)
        }
    }
}

/// The short name of a business in addresses and on command lines.
enum TenantSlug {
    static let charactersMax = 63

    static func isUsable(_ slug: String) -> Bool {
        (1...charactersMax).contains(slug.utf8.count) && !slug.hasPrefix("-")
            && slug.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// `Café Roma & Sons` becomes `caf-roma-sons`. Nil when nothing is left of it.
    static func made(of name: String) -> String? {
        let words = name.lowercased().utf8.split(whereSeparator: { !isLetterOrDigit($0) })
        let slug = String(words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-").prefix(charactersMax))
        return slug.isEmpty ? nil : slug
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
}
