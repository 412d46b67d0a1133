import APIKit
import HTTPServer
import Models
import Storage

/// Keys of founders' programs, and the audit log of everything.
struct AdminKeyRoutes: Sendable {
    static let path = "/v1/admin/keys"

    let parts: AdminParts

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, LogJSON.handler(list))
        router.on(.post, Self.path, LogJSON.handler(create))
        router.on(.delete, Self.path + "/{key_id}", LogJSON.handler(revoke))
        router.on(.get, "/v1/admin/audit", LogJSON.handler(audit))
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        var query = QueryReader(request, known: ["limit", "cursor"])
        let (limit, after): (Int, AdminKeyID?) = (query.limit(), query.cursor())
        try query.requireNoProblems()
        let keys = try await parts.site.people.adminKeys.keys(after: after, max: limit + 1)
        return AdminJSON.page(keys, limit: limit, cursor: { Cursor.encode($0.id) }) { key, writer in
            AdminJSON.write(key, into: &writer)
        }
    }

    /// Who takes a key from a program must not be able to make another one with it.
    private func create(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        guard !caller.isKey else { throw Problem.founderSessionNeeded }
        var problems = FieldProblems()
        let reader = try parts.fields(of: request, known: ["name", "expires_at"], &problems)
        let name = AdminFields.requiredName("name", reader, &problems)
        let expiresAt = AdminFields.expiry(reader, &problems)
        guard problems.isEmpty, let name else { throw Problem.refused(problems.all) }
        let secret = APIKey.make(.admin)
        let key = try await parts.site.people.adminKeys.create(
            secret, name: name, email: caller.email, expiresAt: expiresAt, by: caller.source)
        return AdminJSON.answer(201, location: "\(Self.path)/\(key.id)") { writer in
            AdminJSON.write(key, secret: secret, into: &writer)
        }
    }

    private func revoke(_ request: Request) async throws -> Response {
        let caller = try await parts.site.people.founderCaller(of: request)
        try request.refuseParameters()
        guard let id = request.pathParameter("key_id").flatMap({ AdminKeyID($0) }),
            try await parts.site.people.adminKeys.revoke(id, by: caller.source)
        else { throw Problem.keyNotFound }
        return .empty()
    }

    // MARK: Who did what

    private func audit(_ request: Request) async throws -> Response {
        _ = try await parts.site.people.founderCaller(of: request)
        var query = QueryReader(request, known: ["tenant_id"] + AuditQuery.parameters)
        let tenantID = query.value("tenant_id", "tenant_id_invalid", "`tenant_id` must be the UUID of a business.") {
            TenantID($0)
        }
        let asked = AuditQuery(&query)
        try query.requireNoProblems()
        let records = try await parts.audit.entries(
            of: tenantID, everywhere: asked.filter, after: asked.after, max: asked.limit + 1)
        return AdminJSON.page(records, limit: asked.limit, cursor: { Cursor.encode(text: $0.id.description) }) {
            $0.writeFields(isForFounders: true, into: &$1)
        }
    }
}
