import APIKit
import HTTPServer
import Models
import Storage

/// Keys and people of any business.
struct TenantAccessRoutes: Sendable {
    private static let keys = TenantAdminRoutes.path + "/{id}/keys"
    private static let users = TenantAdminRoutes.path + "/{id}/users"

    let parts: AdminParts

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.keys, LogJSON.handler(listKeys))
        router.on(.post, Self.keys, LogJSON.handler(createKey))
        router.on(.delete, Self.keys + "/{key_id}", LogJSON.handler(revokeKey))
        router.on(.get, Self.users, LogJSON.handler(listUsers))
        router.on(.post, Self.users, LogJSON.handler(createUser))
        router.on(.patch, Self.users + "/{user_id}", LogJSON.handler(changeUser))
        router.on(.delete, Self.users + "/{user_id}", LogJSON.handler(removeUser))
    }

    // MARK: Keys

    private func listKeys(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        let tenantID = try parts.tenantID(of: request)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let (limit, after): (Int, APIKeyID?) = (query.limit(), query.cursor())
        try query.requireNoProblems()
        guard let keys = try await parts.access.keys(of: tenantID, after: after, max: limit + 1) else {
            throw Problem.tenantNotFound
        }
        return AdminJSON.page(keys, limit: limit, cursor: { Cursor.encode($0.id) }) { key, writer in
            AdminJSON.write(key, into: &writer)
        }
    }

    private func createKey(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        let tenantID = try parts.tenantID(of: request)
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: ["name", "scopes", "expires_at"], &problems)
        let name = AdminFields.requiredName("name", reader, &problems)
        let access = AdminFields.access(reader, &problems)
        let expiresAt = AdminFields.expiry(reader, &problems)
        guard problems.isEmpty, let name else { throw Problem.refused(problems.all) }
        let new = NewTenantKey(name: name, access: access, expiresAt: expiresAt, ids: parts.site.ids)
        let created = try await withStorage {
            try await parts.access.create(new, of: tenantID, by: caller.source)
        }
        guard let created else { throw Problem.tenantNotFound }
        parts.tell(tenantID, .key)
        return AdminJSON.answer(201, location: "\(TenantAdminRoutes.path)/\(tenantID)/keys/\(created.id)") { writer in
            AdminJSON.write(created, secret: new.key, into: &writer)
        }
    }

    private func revokeKey(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        try request.refuseParameters()
        let tenantID = try parts.tenantID(of: request)
        guard let id = request.pathParameter("key_id").flatMap({ APIKeyID($0) }),
            try await parts.access.revoke(id, of: tenantID, by: caller.source)
        else { throw Problem.keyNotFound }
        parts.tell(tenantID, .key)
        return .empty()
    }

    // MARK: People

    private func listUsers(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        let tenantID = try parts.tenantID(of: request)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let (limit, after): (Int, UserID?) = (query.limit(), query.cursor())
        try query.requireNoProblems()
        guard let users = try await parts.access.users(of: tenantID, after: after, max: limit + 1) else {
            throw Problem.tenantNotFound
        }
        return AdminJSON.page(users, limit: limit, cursor: { Cursor.encode($0.id) }, AdminJSON.write)
    }

    /// The person gets a mail that says where to sign in.
    private func createUser(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        let tenantID = try parts.tenantID(of: request)
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: ["email", "name", "role"], &problems)
        let email = AdminFields.email(reader, &problems)
        let name = AdminFields.name("name", reader, &problems)
        _ = reader.required("role", &problems)
        let role = AdminFields.role(reader, &problems)
        guard problems.isEmpty, let email, let role else { throw Problem.refused(problems.all) }
        let new = NewTenantUser(email: email, name: name ?? "", role: role, ids: parts.site.ids)
        let outcome = try await withStorage {
            try await parts.access.create(
                new, of: tenantID, invitation: { parts.invitation(to: email, business: $0.name) }, by: caller.source)
        }
        switch outcome {
        case .tenantUnknown: throw Problem.tenantNotFound
        case .addressTaken:
            throw Problem.conflict("user_exists", "The business has a user with this address.", field: "email")
        case .created(let user):
            return AdminJSON.answer(201, location: "\(TenantAdminRoutes.path)/\(tenantID)/users/\(user.id)") { writer in
                AdminJSON.write(user, into: &writer)
            }
        }
    }

    private func changeUser(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        let (tenantID, id) = try (parts.tenantID(of: request), userID(of: request))
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: ["name", "role", "status"], &problems)
        let name = AdminFields.name("name", reader, &problems)
        let role = AdminFields.role(reader, &problems)
        let status = reader.text("status", &problems)
        if let status, status != "active", status != "disabled" {
            problems.note("status_unknown", "status", "`status` must be active or disabled.")
        }
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let user = try await parts.access.change(
            id, of: tenantID, name: name, role: role, isActive: status.map { $0 == "active" }, by: caller.source)
        guard let user else { throw Problem.userNotFound }
        return AdminJSON.answer { AdminJSON.write(user, into: &$0) }
    }

    private func removeUser(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        try request.refuseParameters()
        let (tenantID, id) = try (parts.tenantID(of: request), userID(of: request))
        guard try await parts.access.remove(id, of: tenantID, by: caller.source) else { throw Problem.userNotFound }
        return .empty()
    }

    private func userID(of request: Request) throws -> UserID {
        guard let id = request.pathParameter("user_id").flatMap({ UserID($0) }) else { throw Problem.userNotFound }
        return id
    }
}
